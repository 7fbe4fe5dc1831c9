//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn pushes(a: u32) -> u32 {
    let b;
    unsafe { asm!("push {{{}}}", "pop {{{}}}", in(reg) a, out(reg) b, options(nostack)) }; //~ nostack_stack_use
    b
}

unsafe fn writes_below(a: u32) {
    unsafe { asm!("str {}, [sp, #-8]", in(reg) a, options(nostack)) }; //~ nostack_stack_use
}

fn moves_only() {
    unsafe { asm!("sub sp, #8", "add sp, #8", options(nostack, preserves_flags)) };
}
