//@compile-flags: --target armv7-unknown-linux-gnueabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![deny(asm_lint::not_judged)]
#![allow(dead_code, internal_features, asm_lint::hazard)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

/// With LEN set, an instruction of VFP works on several registers.
fn sets_length(setting: u32) {
    unsafe {
        asm!(
            "vmsr fpscr, {}",
            "vadd.f32 s16, s17, s18", //~ not_judged
            in(reg) setting,
        )
    };
}

/// LEN is 0 on entry, and that is restored.
fn restores(a: f32) -> f32 {
    let result;
    unsafe {
        asm!(
            "vmrs {saved}, fpscr",
            "orr {set}, {saved}, #0x01000000",
            "vmsr fpscr, {set}",
            "vadd.f32 {result}, {a}, {a}",
            "vmsr fpscr, {saved}",
            saved = out(reg) _,
            set = out(reg) _,
            a = in(sreg) a,
            result = out(sreg) result,
        )
    };
    result
}

fn clears(a: f32) -> f32 {
    let result;
    unsafe {
        asm!(
            "mov {zero}, #0",
            "vmsr fpscr, {zero}",
            "vadd.f32 {result}, {a}, {a}",
            zero = out(reg) _,
            a = in(sreg) a,
            result = out(sreg) result,
        )
    };
    result
}
