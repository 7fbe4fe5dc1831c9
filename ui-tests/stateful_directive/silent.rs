use std::arch::{asm, global_asm};

fn macro_taken_back() -> u32 {
    let result: u32;
    unsafe {
        asm!(
            ".macro stateful_five register",
            "mov \\register, 5",
            ".endm",
            "stateful_five {result:e}",
            ".purgem stateful_five",
            result = out(reg) result,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    result
}

fn there_and_back() -> u32 {
    let result: u32;
    unsafe {
        asm!(
            ".att_syntax",
            "movl %ecx, %eax",
            ".intel_syntax noprefix",
            out("eax") result,
            in("ecx") 5,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    result
}

fn table() -> u32 {
    let result: u32;
    unsafe {
        asm!(
            ".pushsection .rodata.stateful, \"a\", @progbits",
            "2:",
            ".long 7",
            ".popsection",
            "mov {result:e}, dword ptr [rip + 2b]",
            result = out(reg) result,
            options(pure, readonly, nostack, preserves_flags),
        )
    };
    result
}

fn same_constant() -> u32 {
    let result: u32;
    unsafe {
        asm!(
            ".equ stateful_six, 6",
            "mov {result:e}, stateful_six",
            result = out(reg) result,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    result
}

fn repeated(mut value: u32) -> u32 {
    unsafe {
        asm!(
            ".rept 8",
            "lea {value:e}, [{value} + 1]",
            ".endr",
            value = inout(reg) value,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    value
}

global_asm!(
    ".pushsection .text.stateful, \"ax\", @progbits",
    ".globl stateful_silent",
    "stateful_silent:",
    "ret",
    ".popsection",
);

global_asm!(".section .rodata.stateful_two, \"a\", @progbits", ".long 1", ".text");

fn subsection_and_back() {
    unsafe {
        asm!(
            "jmp 3f",
            "2:",
            ".subsection 1",
            "3:",
            "pause",
            "jmp 2b",
            ".previous",
            options(nomem, nostack, preserves_flags),
        )
    };
}
