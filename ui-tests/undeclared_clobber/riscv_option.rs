//@no-rustfix
//@compile-flags: --target riscv32imc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

extern "C" fn nothing() {}

/// The target has neither the extension nor what its encodings are shared with.
#[unsafe(naked)]
extern "C" fn saves_both(x: u32) -> u32 {
    naked_asm!(
        ".option push",
        ".option arch, +zcmp",
        "cm.push {{ra, s0-s1}}, -16",
        "mv s0, a0",
        "mv s1, a0",
        "call {}",
        "add a0, s0, s1",
        "cm.popret {{ra, s0-s1}}, 16",
        ".option pop",
        sym nothing,
    )
}

#[unsafe(naked)]
extern "C" fn saves_one(x: u32) -> u32 {
    naked_asm!(
        ".option push",
        ".option arch, +zcmp",
        "cm.push {{ra, s0}}, -16",
        "mv s0, a0",
        "mv s1, a0", //~ undeclared_clobber
        "call {}",
        "add a0, s0, s1",
        "cm.popret {{ra, s0}}, 16",
        ".option pop",
        sym nothing,
    )
}

/// With D the same encoding would be a store of a double.
fn stores_a_double() {
    unsafe {
        asm!(
            ".option push",
            ".option arch, +d",
            "addi sp, sp, -16",
            "c.fsdsp fs0, 0(sp)",
            "fmv.d fs0, ft0",
            "fmv.d ft1, fs0", //~ undeclared_clobber
            "c.fldsp fs0, 0(sp)",
            "addi sp, sp, 16",
            ".option pop",
        )
    };
}
