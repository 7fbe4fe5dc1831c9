//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn reads(mut a: u32) -> u32 {
    unsafe { asm!("cmp {}, #1", inout(reg) a) }; //~ inout_never_written
    a
}

fn counts(mut a: u32) -> u32 {
    unsafe { asm!("subs {}, #1", inout(reg) a) };
    a
}

/// A debugger answers in registers.
unsafe fn asks_the_host(number: usize, mut parameter: usize) -> usize {
    unsafe { asm!("bkpt #0xab", inout("r0") number => _, inout("r1") parameter) };
    parameter
}
