//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn writes_two(p: &mut u64) {
    unsafe { asm!("stp xzr, xzr, [{}]", in(reg) p) }; //~ access_outside_pointee
}

fn writes_two_of_two(p: &mut [u64; 2]) {
    unsafe { asm!("stp xzr, xzr, [{}]", in(reg) p) };
}
