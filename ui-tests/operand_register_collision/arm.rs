//@compile-flags: --target armv7a-none-eabi
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

/// Neither `r6` nor the frame pointer can be declared, but `reg` may be `r6`.
fn calls_the_monitor(mut five: u32, six: u32) -> u32 {
    unsafe {
        asm!(
            "mov {saved}, r6",
            "mov r6, {five}", //~ operand_register_collision
            "mov r5, {six}",
            ".inst 0xe1600070",
            "mov {five}, r6",
            "mov r6, {saved}",
            saved = out(reg) _,
            five = inout(reg) five,
            six = in(reg) six,
            out("r0") _,
            out("r5") _,
            out("r1") _,
            out("r2") _,
            out("r3") _,
        )
    };
    five
}

/// The mode stays the same, so `lr` does, too.
fn masks_interrupts() -> u32 {
    let before;
    unsafe {
        asm!(
            "mrs {before}, cpsr",
            "orr {after}, {before}, #0x80",
            "msr cpsr_c, {after}",
            before = out(reg) before,
            after = out(reg) _,
            options(nostack, preserves_flags),
        )
    };
    before
}

/// Which system it calls is not known, but `six` has to get there.
fn calls_a_system(five: u32, six: u32) {
    unsafe {
        asm!(
            "mov {saved}, r6",
            "mov r6, {five}", //~ operand_register_collision
            "mov r5, {six}",
            "svc #1",
            "mov r6, {saved}",
            saved = out(reg) _,
            five = in(reg) five,
            six = in(reg) six,
            out("r0") _,
            out("r5") _,
        )
    };
}
