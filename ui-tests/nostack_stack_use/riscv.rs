//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

extern "C" fn nothing() {}

fn pushes(x: u64) {
    unsafe {
        asm!(
            "addi sp, sp, -16",
            "sd {}, 0(sp)", //~ nostack_stack_use
            "addi sp, sp, 16",
            in(reg) x,
            options(nostack),
        )
    };
}

fn calls() {
    unsafe { asm!("call {}", sym nothing, clobber_abi("C"), options(nostack)) }; //~ nostack_stack_use
}

fn moves_only() {
    unsafe { asm!("addi sp, sp, -16", "addi sp, sp, 16", options(nostack)) };
}

fn jumps_inside() {
    unsafe { asm!("jal t0, 2f", "j 3f", "2:", "jr t0", "3:", out("t0") _, options(nostack)) };
}
