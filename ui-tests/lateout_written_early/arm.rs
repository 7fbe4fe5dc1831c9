//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn two_words(p: *const u32) -> u32 {
    let (a, b): (u32, u32);
    unsafe { asm!("ldr {}, [{2}]", "ldr {}, [{2}, #4]", lateout(reg) a, lateout(reg) b, in(reg) p) }; //~ lateout_written_early
    a
}

/// Both are written at once.
unsafe fn a_pair(p: *const u32) -> u32 {
    let (a, b): (u32, u32);
    unsafe { asm!("ldrd {}, {}, [{}]", lateout(reg) a, lateout(reg) b, in(reg) p) };
    a
}
