//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn mask() -> u32 {
    let v;
    unsafe { asm!("mrs {}, PRIMASK", out(reg) v, options(pure, nomem)) }; //~ pure_nondeterministic
    v
}

fn flags() -> u32 {
    let v;
    unsafe { asm!("mrs {}, APSR", out(reg) v, options(pure, nomem)) }; //~ pure_nondeterministic
    v
}

fn stack() -> u32 {
    let v;
    unsafe { asm!("mov {}, sp", out(reg) v, options(pure, nomem)) }; //~ pure_nondeterministic
    v
}

/// Only the flags that the block set itself reach the output.
fn compares(a: u32, b: u32) -> u32 {
    let v;
    unsafe {
        asm!("cmp {}, {}", "mrs {2}, APSR", "lsr {2}, {2}, #31",
            in(reg) a, in(reg) b, out(reg) v, options(pure, nomem, nostack))
    };
    v
}
