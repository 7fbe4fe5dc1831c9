//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

extern "C" fn nothing() {}

fn count(n: u64) {
    unsafe {
        asm!(
            "2:",
            "subs {0}, {0}, #1", //~ preserves_flags_modified
            "b.ne 2b",
            inout(reg) n => _,
            options(nomem, nostack, preserves_flags),
        )
    };
}

fn call() {
    unsafe { asm!("bl {}", sym nothing, clobber_abi("C"), options(preserves_flags)) }; //~ preserves_flags_modified
}

fn compares(a: f64) -> u32 {
    let r: u32;
    unsafe {
        asm!(
            "mrs {t}, fpsr",
            "fcmp {a:d}, #0.0", //~ preserves_flags_modified
            "cset {r:w}, mi",
            "msr fpsr, {t}",
            a = in(vreg) a,
            r = out(reg) r,
            t = out(reg) _,
            options(nomem, nostack, preserves_flags),
        )
    };
    r
}

fn count_without_flags(n: u64) {
    unsafe {
        asm!("2:", "sub {0}, {0}, #1", "cbnz {0}, 2b", inout(reg) n => _, options(nomem, nostack, preserves_flags))
    };
}

fn saved_and_restored(n: u64) -> u64 {
    let r;
    unsafe {
        asm!(
            "mrs {t}, nzcv",
            "adds {r}, {n}, #1",
            "msr nzcv, {t}",
            n = in(reg) n,
            r = out(reg) r,
            t = out(reg) _,
            options(nomem, nostack, preserves_flags),
        )
    };
    r
}

unsafe fn close(fd: u64) -> u64 {
    let r;
    unsafe { asm!("svc 0", in("x8") 57u64, inlateout("x0") fd => r, options(nostack, preserves_flags)) };
    r
}
