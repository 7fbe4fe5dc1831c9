//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn leaves_a_word(a: u64) {
    unsafe { asm!("addi sp, sp, -16", "sd {}, 0(sp)", in(reg) a) }; //~ stack_pointer_not_restored
}

fn takes_it_back(a: u64) {
    unsafe { asm!("addi sp, sp, -16", "sd {}, 0(sp)", "addi sp, sp, 16", in(reg) a) };
}

fn by_its_scratch_register() {
    unsafe { asm!("csrrw sp, sscratch, sp", "csrrw sp, sscratch, sp") };
}
