//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn leaves_compression_off() {
    unsafe { asm!(".option norvc", "nop") }; //~ stateful_directive
}

fn leaves_a_macro() {
    unsafe { asm!(".macro nothing", "nop", ".endm", "nothing") }; //~ stateful_directive
}

fn pushes_and_pops() {
    unsafe { asm!(".option push", ".option norvc", "nop", ".option pop") };
}
