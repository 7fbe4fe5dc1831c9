//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

/// Whatever `N` is, bits above the 32 of the input come down.
fn shifted_down<const N: u32>(x: u32) -> u64 {
    let r;
    unsafe {
        asm!(
            "lsr {r}, {x:x}, #{n}", //~ undefined_upper_bits_read
            r = lateout(reg) r,
            x = in(reg) x,
            n = const N,
        )
    };
    r
}

/// From 32 on only bits of the input are left.
fn upper_bits_shifted_out<const N: u32>(x: u32) -> u64 {
    let r;
    unsafe {
        asm!(
            "lsl {r}, {x:x}, #{n}",
            "lsr {r}, {r}, #{n}",
            r = lateout(reg) r,
            x = in(reg) x,
            n = const N,
        )
    };
    r
}
