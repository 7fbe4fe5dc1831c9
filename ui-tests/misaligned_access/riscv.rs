//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn bytes(p: &mut [u8; 8]) -> u64 {
    let old;
    unsafe { asm!("amoadd.d {}, x0, ({})", out(reg) old, in(reg) p, options(nostack)) }; //~ misaligned_access
    old
}

fn word(p: &mut u64) -> u64 {
    let old;
    unsafe { asm!("amoadd.d {}, x0, ({})", out(reg) old, in(reg) p, options(nostack)) };
    old
}

fn plain(p: &mut [u8; 8]) -> u64 {
    let old;
    unsafe { asm!("ld {}, 0({})", out(reg) old, in(reg) p, options(nostack)) };
    old
}
