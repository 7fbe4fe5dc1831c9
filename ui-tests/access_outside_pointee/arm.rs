//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn reads_two(p: &u32) {
    unsafe { asm!("ldrd {}, {}, [{}]", out(reg) _, out(reg) _, in(reg) p) }; //~ access_outside_pointee
}

fn reads_two_of_two(p: &u64) {
    unsafe { asm!("ldm {}, {{r2, r3}}", in(reg) p, out("r2") _, out("r3") _) };
}
