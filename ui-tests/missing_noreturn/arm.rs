//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn enter(stack: u32, to: u32) {
    unsafe { asm!("mov sp, {}", "bx {}", in(reg) stack, in(reg) to) }; //~ missing_noreturn
}

unsafe fn enters(stack: u32, to: u32) -> ! {
    unsafe { asm!("mov sp, {}", "bx {}", in(reg) stack, in(reg) to, options(noreturn)) }
}
