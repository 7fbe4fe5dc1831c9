//@compile-flags: --target riscv64gc-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

// Linux answers a system call in a0 alone.
fn asks(number: usize, x: usize) -> usize {
    let answer;
    unsafe { asm!("ecall", in("a7") number, inout("a0") x => answer) };
    answer
}

fn hides(number: usize) {
    unsafe { asm!("ecall", in("a7") number) }; //~ undeclared_clobber
}

fn keeps_floats(x: f64) -> f64 {
    let y;
    unsafe { asm!("fmv.d fs0, {}", "fmv.d {}, fs0", in(freg) x, out(freg) y) }; //~ undeclared_clobber
    y
}
