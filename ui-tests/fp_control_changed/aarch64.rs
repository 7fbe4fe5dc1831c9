//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn rounds_up() {
    unsafe { asm!("msr fpcr, {}", in(reg) 0x40_0000u64) }; //~ fp_control_changed
}

fn ceiling(x: f64) -> f64 {
    let r;
    unsafe {
        asm!(
            "mrs {s}, fpcr",
            "orr {t}, {s}, #0x400000",
            "msr fpcr, {t}",
            "frinti {r:d}, {x:d}",
            "msr fpcr, {s}",
            s = out(reg) _,
            t = out(reg) _,
            x = in(vreg) x,
            r = out(vreg) r,
        )
    };
    r
}
