//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn returns_from_the_middle() {
    unsafe { asm!("ret") }; //~ return_out_of_block
    //~^ missing_noreturn
}

fn returns_inside() {
    unsafe { asm!("jal t0, 2f", "j 3f", "2:", "jr t0", "3:", out("t0") _) };
}
