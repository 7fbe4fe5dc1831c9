//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]
#![deny(asm_lint::not_judged)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

/// Nobody knows by how much, but it is less than 64.
fn shifted<const N: u32>(x: u64) -> u64 {
    let r;
    unsafe {
        asm!(
            "lsr {r}, {x}, #{n}",
            r = lateout(reg) r,
            x = in(reg) x,
            n = const N,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    r
}

fn narrow<const N: u32>(x: u32) -> u32 {
    let r;
    unsafe {
        asm!(
            "ror {r:w}, {x:w}, #{n}",
            r = lateout(reg) r,
            x = in(reg) x,
            n = const N,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    r
}

/// A field that is as wide as its place.
fn field<const LOW: u32, const WIDTH: u32>(x: u64) -> u64 {
    let r;
    unsafe {
        asm!(
            "ubfx {r}, {x}, #{low}, #{width}",
            r = lateout(reg) r,
            x = in(reg) x,
            low = const LOW,
            width = const WIDTH,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    r
}

/// By 0 it changes nothing.
fn shifted_in_place<const N: u32>(x: u64) {
    unsafe { asm!("lsr {x}, {x}, #{n}", x = in(reg) x, n = const N) }; //~ not_judged
}

/// A label is defined for 1 alone.
fn single<const N: u32>() {
    unsafe { asm!("1: cbz x0, {}b", const N, in("x0") 0_u64) }; //~ not_judged
}
