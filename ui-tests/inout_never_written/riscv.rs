//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn only_read(x: u64) -> u64 {
    let y;
    let mut x = x;
    unsafe { asm!("slli {}, {}, 1", out(reg) y, inout(reg) x) }; //~ inout_never_written
    y
}

fn both(x: u64) -> u64 {
    let mut x = x;
    unsafe { asm!("slli {0}, {0}, 1", inout(reg) x) };
    x
}
