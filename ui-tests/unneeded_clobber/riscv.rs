//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![warn(asm_lint::unneeded_clobber)]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn never_touched(x: u64) -> u64 {
    let y;
    unsafe { asm!("slli {}, {}, 1", out(reg) y, in(reg) x, out("t0") _) }; //~ unneeded_clobber
    y
}

fn touched(x: u64) -> u64 {
    let y;
    unsafe { asm!("mv t0, {1}", "mv {0}, t0", out(reg) y, in(reg) x, out("t0") _) };
    y
}
