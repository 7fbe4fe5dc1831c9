//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn leaves_the_frame() {
    unsafe { asm!("cmp r0, #0", "it eq", "bxeq lr", in("r0") 1u32) }; //~ return_out_of_block
}

unsafe fn comes_back() {
    unsafe { asm!("bl 2f", "b 3f", "2:", "bx lr", "3:", out("lr") _) };
}
