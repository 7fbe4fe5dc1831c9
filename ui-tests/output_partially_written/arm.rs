//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn half(a: u32) -> u32 {
    let v;
    unsafe { asm!("movt {}, #1", out(reg) v) }; //~ output_partially_written
    v
}

fn field(a: u32) -> u32 {
    let v;
    unsafe { asm!("bfi {}, {}, #0, #8", out(reg) v, in(reg) a) }; //~ output_partially_written
    v
}

fn both_halves() -> u32 {
    let v;
    unsafe { asm!("movw {0}, #1", "movt {0}, #2", out(reg) v) };
    v
}

fn narrow_load(p: &u8) -> u32 {
    let v;
    unsafe { asm!("ldrb {}, [{}]", out(reg) v, in(reg) p) };
    v
}
