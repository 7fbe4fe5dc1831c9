//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn unknown() {
    unsafe { asm!("frobnicate {}", in(reg) 1u32) }; //~ invalid_assembly
}

/// Armv7-M has no A32, and no `sdiv` of three wide registers with `pc`.
fn out_of_range() {
    unsafe { asm!("mov {}, #0x12345", out(reg) _) }; //~ invalid_assembly
}

fn known() {
    unsafe { asm!("movw {}, #0x1234", out(reg) _) };
}
