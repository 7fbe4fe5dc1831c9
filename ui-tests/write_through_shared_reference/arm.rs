//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn writes(p: &u32) {
    unsafe { asm!("str {0}, [{0}]", in(reg) p) }; //~ write_through_shared_reference
}

fn writes_own(p: &mut u32) {
    unsafe { asm!("str {0}, [{0}]", in(reg) p) };
}
