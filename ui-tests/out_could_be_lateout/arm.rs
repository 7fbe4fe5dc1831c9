//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]
#![warn(asm_lint::out_could_be_lateout)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn last(a: u32) -> u32 {
    let v;
    unsafe { asm!("add {}, {}, #1", out(reg) v, in(reg) a) }; //~ out_could_be_lateout
    v
}
