//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![warn(asm_lint::missing_option)]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn plain(x: u64) -> u64 {
    let y;
    unsafe { asm!("slli {}, {}, 1", out(reg) y, in(reg) x) }; //~ missing_option
    y
}

fn all_promised(x: u64) -> u64 {
    let y;
    unsafe { asm!("slli {}, {}, 1", out(reg) y, in(reg) x, options(pure, nomem, nostack)) };
    y
}
