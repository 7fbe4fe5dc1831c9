//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn traps() -> u32 {
    let v;
    unsafe { asm!("mov {}, #1", "bkpt #1", out(reg) v, options(pure, nomem)) }; //~ pure_side_effect
    v
}

fn plain(mut v: u32) -> u32 {
    unsafe { asm!("rbit {0}, {0}", "clz {0}, {0}", inout(reg) v, options(pure, nomem, nostack, preserves_flags)) };
    v
}

/// The maker of the processor defines what a coprocessor does.
fn of_a_coprocessor(x: u32) -> u32 {
    let r;
    unsafe {
        asm!(
            "mcr p1, #0, {1}, c0, c0, #0", //~ pure_side_effect
            "mov {0}, {1}",
            out(reg) r,
            in(reg) x,
            options(pure, nomem, nostack),
        )
    };
    r
}
