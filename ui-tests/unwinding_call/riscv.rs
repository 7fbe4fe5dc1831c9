//@compile-flags: --target riscv64gc-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

extern "C-unwind" fn may_unwind() {}
extern "C" fn may_not() {}

fn calls() {
    unsafe { asm!("call {}", sym may_unwind, clobber_abi("C")) }; //~ unwinding_call
}

fn calls_quietly() {
    unsafe { asm!("call {}", sym may_not, clobber_abi("C")) };
}
