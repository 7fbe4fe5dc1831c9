//@compile-flags: --target armv7a-none-eabi
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn counter() -> u32 {
    let v;
    unsafe { asm!("mrc p15, 0, {}, c9, c13, 0", out(reg) v, options(pure, nomem)) }; //~ pure_nondeterministic
    v
}

fn clock() -> u32 {
    let v;
    unsafe { asm!("mrrc p15, 1, {}, {}, c14", out(reg) v, out(reg) _, options(pure, nomem)) }; //~ pure_nondeterministic
    v
}
