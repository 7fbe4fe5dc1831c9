//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn no_such_instruction() {
    unsafe { asm!("movq a0, a1") }; //~ invalid_assembly
}

fn wrong_base() {
    unsafe { asm!("addi a0, a0, 4096", out("a0") _) }; //~ invalid_assembly
}

fn right() {
    unsafe { asm!("addi a0, a0, 2047", out("a0") _, options(nomem)) };
}
