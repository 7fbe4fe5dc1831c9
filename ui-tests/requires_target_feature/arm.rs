//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]
#![warn(asm_lint::requires_target_feature)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn extends(mut x: u32) -> u32 {
    unsafe { asm!("uxtb16 {0}, {0}", inout(reg) x, options(pure, nomem, nostack)) };
    x
}

/// The target has single precision alone.
fn halves(mut x: f32) -> f32 {
    unsafe { asm!("vadd.f32 {0}, {0}, {0}", inout(sreg) x, options(pure, nomem, nostack)) };
    x
}

fn adds_in_double_precision() {
    unsafe {
        asm!(
            ".fpu fpv5-d16", //~ stateful_directive
            "vadd.f64 d0, d0, d0", //~ requires_target_feature
            out("d0") _,
            options(nomem, nostack),
        )
    };
}
