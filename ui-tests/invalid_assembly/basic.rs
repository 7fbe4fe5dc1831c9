use std::arch::{asm, global_asm};

fn misspelt(mut value: u64) -> u64 {
    unsafe { asm!("bswp {}", inout(reg) value) }; //~ invalid_assembly
    value
}

fn second_of_three(first: u64) {
    unsafe {
        asm!(
            "nop",
            "  nop; mov {0}, {0}, 1; nop # a comment", //~ invalid_assembly
            in(reg) first,
        )
    };
}

fn in_a_long_literal() {
    unsafe {
        asm!(
            "
            nop
            \x6eop 3
            "
        ) //~^^ invalid_assembly
    };
}

fn att_syntax(value: u64) {
    unsafe { asm!("movq {}, $1", in(reg) value, options(att_syntax)) }; //~ invalid_assembly
}

// Nothing calls it, so the compiler never assembles it.
fn generic<T>(pointer: *const T) {
    unsafe { asm!("mov eax, [{}], 7", in(reg) pointer, out("eax") _) }; //~ invalid_assembly
}

// The line is wrong whatever the number is.
fn generic_constant<const NUMBER: u32>() {
    unsafe {
        asm!(
            "mov eax, {}",
            "mvo eax, 1", //~ invalid_assembly
            const NUMBER,
            out("eax") _,
        )
    };
}

// No number makes it an instruction of Intel syntax.
fn no_constant_helps<const NUMBER: i32>(value: u64) {
    unsafe {
        asm!(
            "addq {number}, {value}", //~ invalid_assembly
            number = const NUMBER,
            value = inout(reg) value => _,
        )
    };
}

// What the compiler's lexer does not take in `asm!`, though it does in `global_asm!`.
fn binary_number() {
    unsafe { asm!("mov eax, 0b11", out("eax") _) }; //~ invalid_assembly
}

global_asm!(
    "global_label:",
    "no_such_instruction", //~ invalid_assembly
);

#[unsafe(naked)]
extern "C" fn naked() {
    std::arch::naked_asm!("rte") //~ invalid_assembly
}
