//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn sets(mut a: u32) -> u32 {
    unsafe { asm!("movw {}, #1", inout(reg) a) }; //~ inout_never_read
    a
}

fn perhaps(mut a: u32, b: u32) -> u32 {
    unsafe { asm!("cmp {1}, #0", "it eq", "moveq {0}, #1", inout(reg) a, in(reg) b) };
    a
}
