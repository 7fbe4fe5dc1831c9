//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn push(x: u64) -> u64 {
    let y;
    unsafe { asm!("str {}, [sp, #-8]!", "ldr {}, [sp], #8", in(reg) x, out(reg) y, options(nomem)) }; //~ misaligned_access
    y
}

fn exclusive(p: &mut [u8; 8]) -> u64 {
    let y;
    unsafe { asm!("ldxr {}, [{}]", out(reg) y, in(reg) p) }; //~ misaligned_access
    y
}

fn plain(p: &[u8; 8]) -> u64 {
    let y;
    unsafe { asm!("ldr {}, [{}]", out(reg) y, in(reg) p) };
    y
}
