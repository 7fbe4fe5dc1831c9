//@no-rustfix
//@compile-flags: --target riscv32imac-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits, riscv_target_feature)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

extern "C" fn nothing() {}

// This machine has neither floating-point nor vector registers.
fn call_with_listed_clobbers() {
    unsafe {
        asm!(
            "call {}",
            sym nothing,
            out("ra") _, out("t0") _, out("t1") _, out("t2") _, out("t3") _, out("t4") _, out("t5") _,
            out("t6") _, out("a0") _, out("a1") _, out("a2") _, out("a3") _, out("a4") _, out("a5") _,
            out("a6") _, out("a7") _,
        )
    };
}

// This function may keep values in vector registers.
#[target_feature(enable = "zve32x")]
unsafe fn vectors() {
    unsafe {
        asm!(
            "call {}", //~ undeclared_clobber
            sym nothing,
            out("ra") _, out("t0") _, out("t1") _, out("t2") _, out("t3") _, out("t4") _, out("t5") _,
            out("t6") _, out("a0") _, out("a1") _, out("a2") _, out("a3") _, out("a4") _, out("a5") _,
            out("a6") _, out("a7") _,
        )
    };
}
