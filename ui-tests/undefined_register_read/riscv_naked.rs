//@compile-flags: --target riscv32imac-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits, abi_riscv_interrupt)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

#[unsafe(naked)]
unsafe extern "C" fn second_of_one(a: usize) -> usize {
    naked_asm!(
        "add a0, a0, a1", //~ undefined_register_read
        "ret",
    )
}

/// A pair begins anywhere.
#[unsafe(naked)]
unsafe extern "C" fn pair(a: u32, b: u64) -> u32 {
    naked_asm!("add a0, a0, a1", "add a0, a0, a2", "ret")
}

#[unsafe(naked)]
unsafe extern "C" fn after_the_pair(a: u32, b: u64) -> u32 {
    naked_asm!(
        "add a0, a0, a3", //~ undefined_register_read
        "ret",
    )
}

/// Without floating-point registers, these are in integer ones.
#[unsafe(naked)]
unsafe extern "C" fn float(a: f64, b: f32) -> u32 {
    naked_asm!("add a0, a1, a2", "ret")
}

/// Firmware passes the hart's number.
#[unsafe(naked)]
unsafe extern "C" fn begin() -> ! {
    naked_asm!("mv s2, a0", "mv s3, a1", "j .")
}

/// What was interrupted left something everywhere.
#[unsafe(naked)]
unsafe extern "riscv-interrupt-m" fn handler() {
    naked_asm!("sw t0, -4(sp)", "add t0, t0, t1", "lw t0, -4(sp)", "mret")
}
