//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn barriers() {
    unsafe {
        asm!("dmb", options(nomem, preserves_flags)); //~ nomem_synchronization
        asm!("dsb sy", options(readonly, preserves_flags)); //~ nomem_synchronization
    }
}

fn other_order() {
    unsafe { asm!("isb", "wfe", "sev", "yield", "clrex", options(nomem, preserves_flags)) };
}

fn no_promise() {
    unsafe { asm!("dmb", options(nostack, preserves_flags)) };
}
