//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn defines(x: u64) -> u64 {
    let r;
    unsafe {
        asm!(
            ".macro plus_one r", //~ stateful_directive
            "add \\r, \\r, #1",
            ".endm",
            "plus_one {0}",
            inout(reg) x => r,
        )
    };
    r
}

fn adds_an_extension(x: u32) -> u32 {
    let r;
    unsafe { asm!(".arch_extension crc", "crc32w {0:w}, {0:w}, {0:w}", inout(reg) x => r) };
    r
}
