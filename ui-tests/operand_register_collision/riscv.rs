//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn sum_by_s1(a: u64, b: u64) -> u64 {
    let y;
    unsafe {
        asm!(
            "mv {t}, s1",
            "mv s1, {a}", //~ operand_register_collision
            "add {y}, s1, {b}",
            "mv s1, {t}",
            a = in(reg) a,
            b = in(reg) b,
            t = out(reg) _,
            y = out(reg) y,
        )
    };
    y
}

fn sum_by_a5(a: u64, b: u64) -> u64 {
    let y;
    unsafe { asm!("mv a5, {a}", "add {y}, a5, {b}", a = in(reg) a, b = in(reg) b, y = out(reg) y, out("a5") _) };
    y
}
