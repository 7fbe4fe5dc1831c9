//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn compares(a: u32) {
    unsafe { asm!("cmp {}, #1", in(reg) a, options(preserves_flags)) }; //~ preserves_flags_modified
}

/// The half-word form outside of an IT block sets flags; the assembler has it written so.
fn adds(mut a: u32) -> u32 {
    unsafe { asm!("adds {0}, {0}, #1", inout(reg) a, options(preserves_flags)) }; //~ preserves_flags_modified
    a
}

fn saturates(mut a: u32) -> u32 {
    unsafe { asm!("ssat {0}, #8, {0}", inout(reg) a, options(preserves_flags)) }; //~ preserves_flags_modified
    a
}

fn adds_lanes(mut a: u32) -> u32 {
    unsafe { asm!("uadd8 {0}, {0}, {0}", inout(reg) a, options(preserves_flags)) }; //~ preserves_flags_modified
    a
}

fn restores(a: u32) -> u32 {
    let v;
    unsafe {
        asm!("mrs {s}, APSR", "cmp {a}, #1", "ite hi", "movhi {v}, #1", "movls {v}, #0", "msr APSR_nzcvq, {s}",
            a = in(reg) a, s = out(reg) _, v = out(reg) v, options(preserves_flags))
    };
    v
}

fn keeps(mut a: u32) -> u32 {
    unsafe {
        asm!("add {0}, {0}, #1", "ubfx {0}, {0}, #3, #5", "cpsid i", "cpsie i", inout(reg) a,
            options(preserves_flags))
    };
    a
}
