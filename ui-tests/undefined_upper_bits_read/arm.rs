//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn whole_register(n: u8) -> u32 {
    let v;
    unsafe { asm!("add {}, {}, #1", out(reg) v, in(reg) n) }; //~ undefined_upper_bits_read
    v
}

fn low_byte(n: u8) -> u32 {
    let v;
    unsafe { asm!("uxtb {}, {}", out(reg) v, in(reg) n) };
    v
}

fn stored(n: u8, p: &mut u8) {
    unsafe { asm!("strb {}, [{}]", in(reg) n, in(reg) p) };
}

/// The register holds eight bits.
unsafe fn raises_the_mask(n: u8) {
    unsafe { asm!("msr BASEPRI, {}", in(reg) n) };
}
