//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn time() -> u64 {
    let value;
    unsafe { asm!("rdtime {}", out(reg) value, options(pure, nomem, nostack)) }; //~ pure_nondeterministic
    value
}

fn hart() -> usize {
    let value;
    unsafe { asm!("csrr {}, mhartid", out(reg) value, options(pure, nomem, nostack)) }; //~ pure_nondeterministic
    value
}

fn place() -> usize {
    let value;
    unsafe { asm!("auipc {}, 0", out(reg) value, options(pure, nomem, nostack)) }; //~ pure_nondeterministic
    value
}

fn stack() -> usize {
    let value;
    unsafe { asm!("mv {}, sp", out(reg) value, options(pure, nomem, nostack)) }; //~ pure_nondeterministic
    value
}

fn time_impurely() -> u64 {
    let value;
    unsafe { asm!("rdtime {}", out(reg) value, options(nomem, nostack)) };
    value
}

fn sum(a: f64, b: f64) -> f64 {
    let sum;
    unsafe { asm!("fadd.d {}, {}, {}", out(freg) sum, in(freg) a, in(freg) b, options(pure, nomem, nostack)) };
    sum
}
