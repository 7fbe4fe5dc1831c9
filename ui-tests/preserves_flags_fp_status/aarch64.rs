//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn add(a: f64, b: f64) -> f64 {
    let r;
    unsafe {
        asm!(
            "fadd {0:d}, {1:d}, {2:d}", //~ preserves_flags_fp_status
            lateout(vreg) r,
            in(vreg) a,
            in(vreg) b,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    r
}

fn magnitude(a: f64) -> f64 {
    let r;
    unsafe {
        asm!("fabs {0:d}, {1:d}", lateout(vreg) r, in(vreg) a, options(pure, nomem, nostack, preserves_flags))
    };
    r
}

fn exact(a: u32) -> f64 {
    let r;
    unsafe { asm!("ucvtf {0:d}, {1:w}", lateout(vreg) r, in(reg) a, options(pure, nomem, nostack, preserves_flags)) };
    r
}

fn status_restored(a: f64) -> f64 {
    let r;
    unsafe {
        asm!(
            "mrs {t}, fpsr",
            "fsqrt {r:d}, {a:d}",
            "msr fpsr, {t}",
            a = in(vreg) a,
            r = out(vreg) r,
            t = out(reg) _,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    r
}

fn saturating(a: f64, b: f64) -> f64 {
    let r;
    unsafe {
        asm!(
            "uqadd {0:v}.8b, {1:v}.8b, {2:v}.8b", //~ preserves_flags_fp_status
            lateout(vreg) r,
            in(vreg) a,
            in(vreg) b,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    r
}

fn wrapping(a: f64, b: f64) -> f64 {
    let r;
    unsafe {
        asm!(
            "add {0:v}.8b, {1:v}.8b, {2:v}.8b",
            lateout(vreg) r,
            in(vreg) a,
            in(vreg) b,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    r
}
