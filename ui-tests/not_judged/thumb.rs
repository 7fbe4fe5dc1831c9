//@compile-flags: --target thumbv8m.main-none-eabihf -C target-cpu=cortex-m55
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]
#![warn(asm_lint::not_judged)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn load(p: *const u32) {
    unsafe { asm!("vldrw.u32 q0, [{}]", in(reg) p, out("q0") _) }; //~ not_judged
}

fn predicated(n: u32) {
    unsafe {
        asm!(
            "vctp.32 {}", //~ not_judged
            "vpst", //~ not_judged
            "vaddt.i32 q0, q1, q2", //~ not_judged
            in(reg) n,
            out("q0") _,
        )
    };
}

fn looped(n: u32) {
    unsafe {
        asm!(
            "dlstp.32 lr, {}", //~ not_judged
            "2:",
            "vadd.i32 q0, q1, q2",
            "letp lr, 2b", //~ not_judged
            in(reg) n,
            out("q0") _,
            out("lr") _,
        )
    };
}

fn compared_to_label(x: u32) -> u32 {
    unsafe { asm!("cbz {0}, {1}", "nop", in(reg) x, label { return 1 }) }; //~ not_judged
    0
}

/// Outside of a predicated block and a loop, it is the instruction of Advanced SIMD.
fn plain() {
    unsafe { asm!("vadd.i32 q0, q1, q2", out("q0") _) };
}

fn compared_to_own_label(x: u32) -> u32 {
    let r;
    unsafe {
        asm!(
            "mov {1}, #0",
            "cbz {0}, 2f",
            "mov {1}, #1",
            "2:",
            in(reg) x,
            out(reg) r,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    r
}

fn literal() -> u32 {
    let r;
    unsafe {
        asm!("ldr {0}, =0x12345678", out(reg) r, options(nomem, pure, nostack, preserves_flags))
    };
    r
}

fn coprocessor(x: u32) -> u32 {
    let r;
    unsafe {
        asm!(
            "mcr p0, #1, {1}, c2, c3, #4",
            "mrc p0, #1, {0}, c2, c3, #4",
            out(reg) r,
            in(reg) x,
            options(nomem, nostack, preserves_flags),
        )
    };
    r
}

fn call(f: extern "C" fn()) {
    unsafe { asm!("blx {0}", in(reg) f, clobber_abi("C")) };
}

fn jump(f: extern "C" fn() -> !) {
    unsafe { asm!("bx {0}", in(reg) f, options(noreturn)) };
}
