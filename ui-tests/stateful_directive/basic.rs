use std::arch::{asm, global_asm};

fn macro_definition() -> u32 {
    let result: u32;
    unsafe {
        asm!(
            ".macro stateful_five register", //~ stateful_directive
            "mov \\register, 5",
            ".endm",
            "stateful_five {result:e}",
            result = out(reg) result,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    result
}

fn syntax() -> u32 {
    let result: u32;
    unsafe {
        asm!(
            ".att_syntax", //~ stateful_directive
            "movl %ecx, %eax",
            out("eax") result,
            in("ecx") 5,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    result
}

fn syntax_of_att() -> u32 {
    let result: u32;
    unsafe {
        asm!(
            ".intel_syntax noprefix", //~ stateful_directive
            "mov eax, 5",
            out("eax") result,
            options(att_syntax, pure, nomem, nostack, preserves_flags),
        )
    };
    result
}

fn symbol_of_a_place() {
    unsafe {
        asm!(
            "2:",
            "nop",
            ".set stateful_length, . - 2b",
            ".set stateful_place, .", //~ stateful_directive
            options(nomem, nostack, preserves_flags),
        )
    };
}

fn symbol_of_a_parameter<const N: usize>() -> usize {
    let result;
    unsafe {
        asm!(
            ".equ stateful_count, {n}", //~ stateful_directive
            "mov {result}, offset stateful_count",
            n = const N,
            result = out(reg) result,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    result
}

fn two_macros() {
    unsafe {
        asm!(
            ".macro stateful_one", //~ stateful_directive
            ".endm",
            ".macro stateful_two",
            ".endm",
            "nop",
            options(nomem, nostack, preserves_flags),
        )
    };
}

macro_rules! define {
    () => {
        asm!(".macro stateful_three", ".endm", "nop", options(nomem, nostack, preserves_flags))
    };
}

unsafe fn by_macro() {
    unsafe { define!() }; //~ stateful_directive
}

global_asm!(
    ".section .rodata.stateful, \"a\", @progbits", //~ stateful_directive
    ".long 1",
);

global_asm!(
    "nop",
    ".code32", //~ stateful_directive
);

fn subsection() {
    unsafe {
        asm!(
            "jmp 2f",
            ".subsection 1", //~ stateful_directive
            "2:",
            "pause",
            options(nomem, nostack, preserves_flags),
        )
    };
}
