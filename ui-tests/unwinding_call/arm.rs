//@compile-flags: --target armv7-unknown-linux-gnueabihf
#![feature(asm_unwind, no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

extern "C-unwind" fn unwinds() {}

fn call() {
    unsafe { asm!("bl {}", sym unwinds, clobber_abi("C")) }; //~ unwinding_call
}

fn call_that_may() {
    unsafe { asm!("bl {}", sym unwinds, clobber_abi("C"), options(may_unwind)) };
}
