//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

/// What a switch of contexts saves is not an argument: that is what it is for.
#[unsafe(naked)]
unsafe extern "C" fn switch(from: *mut u64, to: *const u64) {
    naked_asm!(
        "stp x19, x20, [x0]",
        "stp x29, x30, [x0, #16]",
        "stp d8, d9, [x0, #32]",
        "mov x9, sp",
        "str x9, [x0, #48]",
        "ldp x19, x20, [x1]",
        "ldp x29, x30, [x1, #16]",
        "ldp d8, d9, [x1, #32]",
        "ldr x9, [x1, #48]",
        "mov sp, x9",
        "ret",
    )
}

#[unsafe(naked)]
unsafe extern "C" fn save_too_much(to: *mut u64) {
    naked_asm!(
        "stp x19, x9, [x0]", //~ undefined_register_read
        "ret",
    )
}

#[unsafe(naked)]
unsafe extern "C" fn store(p: *mut u64) {
    naked_asm!(
        "add x10, x10, #1", //~ undefined_register_read
        "str x10, [x0]",
        "ret",
    )
}

#[unsafe(naked)]
unsafe extern "C" fn second_of_one(a: u64) -> u64 {
    naked_asm!(
        "add x0, x0, x1", //~ undefined_register_read
        "ret",
    )
}

#[unsafe(naked)]
unsafe extern "C" fn second_of_two(a: u64, b: u64) -> u64 {
    naked_asm!("add x0, x0, x1", "ret")
}

/// The processor or the firmware enters what has no parameters.
#[unsafe(naked)]
unsafe extern "C" fn begin() -> ! {
    naked_asm!("mov x19, x0", "b .")
}

struct Large([u64; 4]);

#[unsafe(naked)]
unsafe extern "C" fn large(a: u64) -> Large {
    naked_asm!("stp x0, x0, [x8]", "stp x0, x0, [x8, #16]", "ret")
}

#[unsafe(naked)]
unsafe extern "C" fn float(a: u64, b: f64) -> f64 {
    naked_asm!(
        "scvtf d2, x0",
        "fadd d0, d0, d2",
        "fadd d0, d0, d1", //~ undefined_register_read
        "ret",
    )
}
