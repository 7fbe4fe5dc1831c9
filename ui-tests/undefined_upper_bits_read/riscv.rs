//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn top_half(a: u32) -> u32 {
    let y;
    unsafe { asm!("srli {}, {}, 16", lateout(reg) y, in(reg) a) }; //~ undefined_upper_bits_read
    y
}

fn is_zero(a: u8) -> u64 {
    let y;
    unsafe { asm!("seqz {}, {}", lateout(reg) y, in(reg) a) }; //~ undefined_upper_bits_read
    y
}

fn top_half_of_the_word(a: u32) -> u32 {
    let y;
    unsafe { asm!("srliw {}, {}, 16", lateout(reg) y, in(reg) a) };
    y
}

fn extends(a: u32) -> u64 {
    let y;
    unsafe { asm!("slli {0}, {1}, 32", "srli {0}, {0}, 32", lateout(reg) y, in(reg) a) };
    y
}

fn boxed(x: f32) -> u64 {
    let y;
    unsafe { asm!("fmv.x.d {}, {}", lateout(reg) y, in(freg) x) };
    y
}

fn sum(a: f32, b: f32) -> f32 {
    let y;
    unsafe { asm!("fadd.s {}, {}, {}", lateout(freg) y, in(freg) a, in(freg) b) };
    y
}
