//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

extern "C" fn callee() {}

fn odd() {
    unsafe { asm!("push {{r0}}", "bl {}", "pop {{r0}}", sym callee, clobber_abi("C")) }; //~ misaligned_call
}

fn even() {
    unsafe { asm!("push {{r0, r1}}", "bl {}", "add sp, #8", sym callee, clobber_abi("C")) };
}
