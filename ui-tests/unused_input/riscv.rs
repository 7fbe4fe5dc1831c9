//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn nobody_reads(x: u64) -> u64 {
    let y;
    unsafe { asm!("li {}, 1", out(reg) y, in("a5") x) }; //~ unused_input
    y
}

fn the_firmware_may_read(number: usize, x: usize) {
    unsafe { asm!("ecall", in("a7") number, inout("a0") 0usize => _, out("a1") _, in("a2") x) };
}
