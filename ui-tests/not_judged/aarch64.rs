//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]
#![warn(asm_lint::not_judged)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn another_stack(x: u64) {
    unsafe { asm!("msr spsel, #0", "str {}, [sp, #-16]!", in(reg) x) }; //~ not_judged
}

fn add(a: u64) -> u64 {
    let r;
    unsafe { asm!("add {}, {}, #1", lateout(reg) r, in(reg) a) };
    r
}
