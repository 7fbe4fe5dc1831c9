//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

extern "C" fn nothing() {}

fn off_by_8() {
    unsafe { asm!("addi sp, sp, -8", "call {}", "addi sp, sp, 8", sym nothing, clobber_abi("C")) }; //~ misaligned_call
}

fn aligned() {
    unsafe { asm!("addi sp, sp, -16", "call {}", "addi sp, sp, 16", sym nothing, clobber_abi("C")) };
}
