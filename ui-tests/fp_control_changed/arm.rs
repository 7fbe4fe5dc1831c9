//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn sets(v: u32) {
    unsafe { asm!("vmsr fpscr, {}", in(reg) v) }; //~ fp_control_changed
}

fn flushes_for_a_while(a: f32) -> f32 {
    let v;
    unsafe {
        asm!("vmrs {s}, fpscr", "orr {t}, {s}, #0x1000000", "vmsr fpscr, {t}", "vmul.f32 {v}, {a}, {a}",
            "vmsr fpscr, {s}", s = out(reg) _, t = out(reg) _, v = out(sreg) v, a = in(sreg) a)
    };
    v
}
