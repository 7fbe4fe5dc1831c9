//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn leaves_pushed() {
    unsafe { asm!("push {{r0}}") }; //~ stack_pointer_not_restored
}

fn balanced() {
    unsafe { asm!("push {{r0, r1}}", "add sp, #8") };
}

#[unsafe(naked)]
extern "C" fn returns_lower() {
    naked_asm!("sub sp, #8", "bx lr") //~ stack_pointer_not_restored
}
