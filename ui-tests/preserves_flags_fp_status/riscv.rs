//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn sum(a: f64, b: f64) -> f64 {
    let sum;
    unsafe {
        asm!(
            "fadd.d {}, {}, {}", //~ preserves_flags_fp_status
            out(freg) sum,
            in(freg) a,
            in(freg) b,
            options(nomem, nostack, preserves_flags),
        )
    };
    sum
}

fn clears() {
    unsafe { asm!("fsflags x0", options(nomem, nostack, preserves_flags)) }; //~ preserves_flags_fp_status
}

fn sum_and_back(a: f64, b: f64) -> f64 {
    let sum;
    unsafe {
        asm!(
            "frflags {t}",
            "fadd.d {s}, {a}, {b}",
            "fsflags {t}",
            t = out(reg) _,
            s = out(freg) sum,
            a = in(freg) a,
            b = in(freg) b,
            options(nomem, nostack, preserves_flags),
        )
    };
    sum
}

fn absolute(a: f64) -> f64 {
    let b;
    unsafe { asm!("fabs.d {}, {}", out(freg) b, in(freg) a, options(nomem, nostack, preserves_flags)) };
    b
}

fn exact(a: i32) -> f64 {
    let b;
    unsafe { asm!("fcvt.d.w {}, {}", out(freg) b, in(reg) a, options(nomem, nostack, preserves_flags)) };
    b
}
