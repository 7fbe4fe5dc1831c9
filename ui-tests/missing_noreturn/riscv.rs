//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn leaves(to: usize) {
    unsafe { asm!("csrw sepc, {}", "sret", in(reg) to, options(nostack)) }; //~ missing_noreturn
}

fn comes_back(count: usize) {
    unsafe { asm!("2:", "addi {0}, {0}, -1", "bnez {0}, 2b", inout(reg) count => _, options(nostack)) };
}
