//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]
#![warn(asm_lint::unneeded_clobber)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn touches(a: u32) {
    unsafe { asm!("mov r3, {}", in(reg) a, out("r3") _, out("r2") _) }; //~ unneeded_clobber
}
