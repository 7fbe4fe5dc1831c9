//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn sometimes(x: u64) -> u64 {
    let y;
    unsafe { asm!("cbz {0}, 2f", "mov {1}, {0}", "2:", in(reg) x, out(reg) y) }; //~ output_unwritten
    y
}

fn always(x: u64) -> u64 {
    let y;
    unsafe { asm!("cmp {0}, #0", "csel {1}, {0}, xzr, ne", in(reg) x, out(reg) y) };
    y
}

unsafe fn ask_the_debugger(operation: u32, parameter: u64) -> u64 {
    let answer;
    unsafe { asm!("hlt #0xf000", in("w0") operation, in("x1") parameter, lateout("x0") answer) };
    answer
}
