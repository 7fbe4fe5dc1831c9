//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn traps(x: u64) -> u64 {
    let y;
    unsafe { asm!("cbz {0}, 2f", "brk #2", "2: mov {1}, {0}", in(reg) x, out(reg) y, options(pure, nomem)) }; //~ pure_side_effect
    y
}

unsafe fn wakes(x: u64) -> u64 {
    let y;
    unsafe { asm!("sev", "mov {1}, {0}", in(reg) x, out(reg) y, options(pure, nomem)) }; //~ pure_side_effect
    y
}

/// To read the register is to take the interrupt.
unsafe fn acknowledges() -> u64 {
    let number;
    unsafe { asm!("mrs {}, icc_iar1_el1", out(reg) number, options(pure, nomem)) }; //~ pure_side_effect
    number
}

fn flags_saved(x: u64) -> u64 {
    let y;
    unsafe {
        asm!(
            "mrs {t}, nzcv",
            "adds {y}, {x}, #1",
            "msr nzcv, {t}",
            x = in(reg) x,
            y = out(reg) y,
            t = out(reg) _,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    y
}
