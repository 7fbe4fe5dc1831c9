//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn adds(a: f32, b: f32) -> f32 {
    let v;
    unsafe { asm!("vadd.f32 {}, {}, {}", lateout(sreg) v, in(sreg) a, in(sreg) b, options(preserves_flags)) }; //~ preserves_flags_fp_status
    v
}

fn compares(a: f32, b: f32) {
    unsafe { asm!("vcmp.f32 {}, {}", in(sreg) a, in(sreg) b, options(preserves_flags)) }; //~ preserves_flags_fp_status
}

fn moves(a: f32) -> f32 {
    let v;
    unsafe { asm!("vneg.f32 {0}, {1}", "vabs.f32 {0}, {0}", out(sreg) v, in(sreg) a, options(preserves_flags)) };
    v
}

fn restores(a: f32) -> f32 {
    let v;
    unsafe {
        asm!("vmrs {s}, fpscr", "vmul.f32 {v}, {a}, {a}", "vmsr fpscr, {s}",
            s = out(reg) _, v = out(sreg) v, a = in(sreg) a, options(preserves_flags))
    };
    v
}
