//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn adds_nothing_given(x: u64) -> u64 {
    let y;
    unsafe { asm!("add {}, {}, a5", out(reg) y, in(reg) x) }; //~ undefined_register_read
    y
}

fn no_number(argument: usize) {
    unsafe { asm!("ecall", inout("a0") argument => _, out("a1") _) }; //~ undefined_register_read
}

fn clears() -> u64 {
    let y;
    unsafe { asm!("xor {0}, {0}, {0}", out(reg) y) };
    y
}

fn masks() -> u64 {
    let y;
    unsafe { asm!("and {0}, {0}, zero", out(reg) y) };
    y
}

fn reads_the_thread_pointer() -> usize {
    let y;
    unsafe { asm!("mv {}, tp", out(reg) y) };
    y
}
