//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]
#![warn(asm_lint::out_could_be_lateout)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn add(a: u64) -> u64 {
    let r;
    unsafe { asm!("add {}, {}, #1", out(reg) r, in(reg) a) }; //~ out_could_be_lateout
    r
}

fn twice(a: u64) -> u64 {
    let r;
    unsafe { asm!("mov {0}, {1}", "add {0}, {0}, {1}", out(reg) r, in(reg) a) };
    r
}
