//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn ticks() -> u64 {
    let t;
    unsafe { asm!("mrs {}, cntvct_el0", out(reg) t, options(pure, nomem, nostack)) }; //~ pure_nondeterministic
    t
}

fn cores() -> u64 {
    let t;
    unsafe { asm!("mrs {}, id_aa64pfr0_el1", out(reg) t, options(pure, nomem, nostack)) }; //~ pure_nondeterministic
    t
}

fn thread() -> u64 {
    let t;
    unsafe { asm!("mrs {}, tpidr_el0", out(reg) t, options(pure, nomem, nostack)) }; //~ pure_nondeterministic
    t
}

fn here() -> u64 {
    let l;
    unsafe { asm!("adr {}, 2f", "2:", out(reg) l, options(pure, nomem, nostack)) }; //~ pure_nondeterministic
    l
}

fn looked_away() -> u64 {
    let t;
    unsafe { asm!("mrs {0}, cntvct_el0", "mov {0}, #4", out(reg) t, options(pure, nomem, nostack)) };
    t
}
