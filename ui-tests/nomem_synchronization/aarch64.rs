//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn fence() {
    unsafe { asm!("dmb ish", options(nomem, nostack)) }; //~ nomem_synchronization
}

unsafe fn acquire(p: *const u32) -> u32 {
    let v: u32;
    unsafe { asm!("ldar {:w}, [{}]", out(reg) v, in(reg) p, options(readonly, nostack)) }; //~ nomem_synchronization
    v
}

fn instructions_only() {
    unsafe { asm!("isb", "csdb", "yield", options(nomem, nostack)) };
}
