//@compile-flags: --target armv7a-none-eabi
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn translation(table: u32) {
    unsafe {
        asm!("mcr p15, 0, {}, c2, c0, 0", in(reg) table, options(nomem, preserves_flags)); //~ system_instruction_promise
        asm!("mcr p15, 0, {}, c8, c7, 0", in(reg) table, options(nomem, preserves_flags)); //~ system_instruction_promise
        asm!("mcr p15, 0, {}, c7, c6, 1", in(reg) table, options(nomem, preserves_flags)); //~ system_instruction_promise
    }
}

fn reads() -> u32 {
    let v;
    unsafe { asm!("mrc p15, 0, {}, c2, c0, 0", out(reg) v, options(nomem, preserves_flags)) };
    v
}
