//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn two_words(p: *const u64) -> u64 {
    let (a, b): (u64, u64);
    unsafe {
        asm!(
            "ldr {a}, [{p}]", //~ lateout_written_early
            "ldr {b}, [{p}, #8]",
            p = in(reg) p,
            a = lateout(reg) a,
            b = lateout(reg) b,
            options(readonly),
        )
    };
    a
}

unsafe fn at_once(p: *const u64) -> u64 {
    let (a, b): (u64, u64);
    unsafe { asm!("ldp {}, {}, [{}]", lateout(reg) a, lateout(reg) b, in(reg) p, options(readonly)) };
    a
}
