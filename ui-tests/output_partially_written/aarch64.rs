//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn high_half() -> u64 {
    let r;
    unsafe { asm!("movk {}, #0x1234, lsl #16", out(reg) r) }; //~ output_partially_written
    r
}

unsafe fn byte(p: *const u8) -> u64 {
    let r: u64;
    unsafe { asm!("ldrb {:w}, [{}]", out(reg) r, in(reg) p, options(readonly)) };
    r
}
