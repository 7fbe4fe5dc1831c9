//@compile-flags: --target riscv32imac-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

// Registers have 32 bits there.
fn top_half(a: u32) -> u32 {
    let y;
    unsafe { asm!("srli {}, {}, 16", lateout(reg) y, in(reg) a) };
    y
}

fn top_byte(a: u16) -> u32 {
    let y;
    unsafe { asm!("srli {}, {}, 24", lateout(reg) y, in(reg) a) }; //~ undefined_upper_bits_read
    y
}
