//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![warn(asm_lint::not_judged)]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn unknown_instruction() {
    unsafe { asm!(".insn 0x0000000b") }; //~ not_judged
}

fn jumps_by_a_table(index: usize) {
    unsafe { asm!("la t0, 2f", "add t0, t0, {}", "jr t0", "2:", in(reg) index, out("t0") _) }; //~ not_judged
}

fn known(x: u64) -> u64 {
    let y;
    unsafe { asm!("slli {}, {}, 1", out(reg) y, in(reg) x) };
    y
}
