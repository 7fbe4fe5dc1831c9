//@compile-flags: --target armv7a-none-eabi
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

/// In A32 `it` is a remark for the assembler, and no instruction.
fn emits_nothing(a: u32) {
    unsafe { asm!("cmp {}, #0", "it eq", in(reg) a) };
}
