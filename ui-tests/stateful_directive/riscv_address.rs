//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

extern "C" fn handler() {}

/// LLVM marks the first half of an address with a name of its own. `.macro` makes us look at names.
#[unsafe(naked)]
unsafe extern "C" fn enters() {
    naked_asm!(
        ".macro save",
        "sd ra, 0(sp)",
        ".endm",
        "addi sp, sp, -16",
        "save",
        "la t0, {handler}",
        "jalr t0",
        "ld ra, 0(sp)",
        "addi sp, sp, 16",
        "ret",
        ".purgem save",
        handler = sym handler,
    )
}
