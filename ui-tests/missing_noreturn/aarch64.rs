//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn drop_level(pc: u64) {
    unsafe { asm!("msr elr_el1, {}", "eret", in(reg) pc) }; //~ missing_noreturn
}

unsafe fn drop_for_good(pc: u64) -> ! {
    unsafe { asm!("msr elr_el1, {}", "eret", in(reg) pc, options(noreturn)) }
}
