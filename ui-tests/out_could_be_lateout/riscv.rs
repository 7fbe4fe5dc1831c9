//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![warn(asm_lint::out_could_be_lateout)]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn written_last(x: u64) -> u64 {
    let y;
    unsafe { asm!("slli {}, {}, 1", out(reg) y, in(reg) x) }; //~ out_could_be_lateout
    y
}

fn written_first(x: u64) -> u64 {
    let y;
    unsafe { asm!("li {0}, 1", "add {0}, {0}, {1}", out(reg) y, in(reg) x) };
    y
}
