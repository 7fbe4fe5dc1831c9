//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn peek(p: *const u64) -> u64 {
    let v;
    unsafe { asm!("ldr {1}, [{0}]", inout(reg) p => _, out(reg) v, options(pure, readonly)) }; //~ inout_never_written
    v
}

unsafe fn step(p: *const u64) -> u64 {
    let v;
    unsafe { asm!("ldr {1}, [{0}], #8", inout(reg) p => _, out(reg) v, options(readonly)) };
    v
}
