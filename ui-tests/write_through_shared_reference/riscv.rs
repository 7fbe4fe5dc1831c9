//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn resets(p: &u64) {
    unsafe { asm!("sd zero, 0({})", in(reg) p, options(nostack)) }; //~ write_through_shared_reference
}

fn resets_own(p: &mut u64) {
    unsafe { asm!("sd zero, 0({})", in(reg) p, options(nostack)) };
}
