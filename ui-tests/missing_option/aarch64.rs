//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]
#![warn(asm_lint::missing_option)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn add(a: u64, b: u64) -> u64 {
    let r;
    unsafe { asm!("add {}, {}, {}", lateout(reg) r, in(reg) a, in(reg) b) }; //~ missing_option
    r
}

fn fence() {
    unsafe { asm!("dmb ish") };
}
