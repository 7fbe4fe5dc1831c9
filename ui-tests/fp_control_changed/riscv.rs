//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn rounds_up_from_now() {
    unsafe { asm!("fsrmi 3", options(nomem, nostack)) }; //~ fp_control_changed
}

fn rounds_up_once(a: f64, b: f64) -> f64 {
    let sum;
    unsafe {
        asm!(
            "fsrmi {old}, 3",
            "fadd.d {s}, {a}, {b}, dyn",
            "fsrm {old}",
            old = out(reg) _,
            s = out(freg) sum,
            a = in(freg) a,
            b = in(freg) b,
            options(nomem, nostack),
        )
    };
    sum
}
