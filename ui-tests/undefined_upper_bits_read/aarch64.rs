//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn choose(c: u8, a: u64, b: u64) -> u64 {
    let r;
    unsafe {
        asm!(
            "cmp {0:w}, #0", //~ undefined_upper_bits_read
            "csel {3}, {1}, {2}, ne",
            in(reg) c,
            in(reg) a,
            in(reg) b,
            lateout(reg) r,
        )
    };
    r
}

fn choose_by_byte(c: u8, a: u64, b: u64) -> u64 {
    let r;
    unsafe {
        asm!(
            "tst {0:w}, #0xff",
            "csel {3}, {1}, {2}, ne",
            in(reg) c,
            in(reg) a,
            in(reg) b,
            lateout(reg) r,
        )
    };
    r
}

fn whole_part(x: f32) -> i64 {
    let r: i64;
    unsafe { asm!("fcvtzs {}, {:d}", out(reg) r, in(vreg) x) }; //~ undefined_upper_bits_read
    r
}
