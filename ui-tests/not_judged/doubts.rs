#![deny(asm_lint::not_judged)]
use std::arch::asm;

fn computed_jump(target: usize) {
    unsafe { asm!("jmp {}", in(reg) target, options(noreturn)) };
}

fn invalid_bytes() {
    unsafe { asm!("nop", ".byte 0x06") }; //~ not_judged
}
