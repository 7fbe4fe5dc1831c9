//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn seven(x: u64) -> u64 {
    let y;
    unsafe { asm!("mov {}, #7", inout(reg) x => y) }; //~ inout_never_read
    y
}

fn seven_above(x: u64) -> u64 {
    let y;
    unsafe { asm!("movk {}, #7, lsl #48", inout(reg) x => y) };
    y
}

unsafe fn compare_and_swap(p: *mut u64, old: u64, new: u64) -> u64 {
    let mut seen = old;
    unsafe {
        asm!(".arch_extension lse", "casal {}, {}, [{}]", inout(reg) seen, in(reg) new, in(reg) p)
    };
    seen
}
