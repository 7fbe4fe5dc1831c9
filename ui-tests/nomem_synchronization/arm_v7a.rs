//@compile-flags: --target armv7a-none-eabi
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

/// The barriers of Armv6 are registers of coprocessor 15.
fn barriers(zero: u32) {
    unsafe {
        asm!("mcr p15, 0, {}, c7, c10, 5", in(reg) zero, options(nomem, preserves_flags)); //~ nomem_synchronization
        asm!("mcr p15, 0, {}, c7, c10, 4", in(reg) zero, options(nomem, preserves_flags)); //~ nomem_synchronization
        asm!("mcr p15, 0, {}, c7, c5, 4", in(reg) zero, options(nomem, preserves_flags));
    }
}
