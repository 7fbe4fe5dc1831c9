//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

#[unsafe(naked)]
unsafe extern "C" fn second_of_one(a: u32) -> u32 {
    naked_asm!(
        "adds r0, r0, r1", //~ undefined_register_read
        "bx lr",
    )
}

/// A pair begins at an even register.
#[unsafe(naked)]
unsafe extern "C" fn pair(a: u32, b: u64) -> u32 {
    naked_asm!("adds r0, r0, r2", "adds r0, r0, r3", "bx lr")
}

#[unsafe(naked)]
unsafe extern "C" fn between(a: u32, b: u64) -> u32 {
    naked_asm!(
        "adds r0, r0, r1", //~ undefined_register_read
        "bx lr",
    )
}

/// Exceptions enter what has no parameters.
#[unsafe(naked)]
unsafe extern "C" fn supervisor_call() {
    naked_asm!("mov r1, lr", "adds r0, r0, r3", "bx r1")
}

#[unsafe(naked)]
unsafe extern "C" fn float(a: f32, b: f32) -> f32 {
    naked_asm!("vadd.f32 s0, s0, s1", "bx lr")
}

#[unsafe(naked)]
unsafe extern "C" fn no_float(a: *mut f32) {
    naked_asm!(
        "vadd.f32 s0, s0, s1", //~ undefined_register_read
        "vstr s0, [r0]",
        "bx lr",
    )
}
