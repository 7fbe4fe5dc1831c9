//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn unused() {
    unsafe { asm!("nop", in("r3") 1u32) }; //~ unused_input
}

fn for_the_system() {
    unsafe { asm!("svc 0", in("r3") 1u32) };
}
