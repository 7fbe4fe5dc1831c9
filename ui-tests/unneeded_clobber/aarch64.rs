//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]
#![warn(asm_lint::unneeded_clobber)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn add(a: u64) -> u64 {
    let r;
    unsafe { asm!("add {}, {}, #1", lateout(reg) r, in(reg) a, out("x9") _) }; //~ unneeded_clobber
    r
}

fn add_by_register(a: u64) -> u64 {
    let r;
    unsafe { asm!("mov x9, #1", "add {}, {}, x9", lateout(reg) r, in(reg) a, out("x9") _) };
    r
}
