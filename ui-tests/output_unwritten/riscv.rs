//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn sometimes(a: u64) -> u64 {
    let y;
    unsafe { asm!("beqz {a}, 2f", "li {y}, 1", "2:", a = in(reg) a, y = out(reg) y) }; //~ output_unwritten
    y
}

fn always(a: u64) -> u64 {
    let y;
    unsafe { asm!("li {y}, 0", "beqz {a}, 2f", "li {y}, 1", "2:", a = in(reg) a, y = out(reg) y) };
    y
}
