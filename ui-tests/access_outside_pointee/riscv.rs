//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn beyond(p: &mut u64) {
    unsafe { asm!("sd zero, 8({})", in(reg) p, options(nostack)) }; //~ access_outside_pointee
}

fn inside(p: &mut u64) {
    unsafe { asm!("sw zero, 4({})", in(reg) p, options(nostack)) };
}
