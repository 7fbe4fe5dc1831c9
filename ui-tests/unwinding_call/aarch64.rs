//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

extern "C-unwind" fn unwinds() {}

fn call() {
    unsafe { asm!("bl {}", sym unwinds, clobber_abi("C")) }; //~ unwinding_call
}

extern "C" fn never_unwinds() {}

fn call_that_does_not() {
    unsafe { asm!("bl {}", sym never_unwinds, clobber_abi("C")) };
}
