//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn only_if_equal(a: u32, b: u32) -> u32 {
    let v;
    unsafe { asm!("cmp {}, {}", "it eq", "moveq {2}, #1", in(reg) a, in(reg) b, out(reg) v) }; //~ output_unwritten
    v
}

fn either(a: u32, b: u32) -> u32 {
    let v;
    unsafe { asm!("cmp {}, {}", "ite eq", "moveq {2}, #1", "movne {2}, #0", in(reg) a, in(reg) b, out(reg) v) };
    v
}
