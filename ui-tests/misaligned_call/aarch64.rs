//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

extern "C" fn nothing() {}

fn call() {
    unsafe {
        asm!(
            "sub sp, sp, #8",
            "bl {}", //~ misaligned_call
            "add sp, sp, #8",
            sym nothing,
            clobber_abi("C"),
        )
    };
}

fn rounded() {
    unsafe {
        asm!(
            "mov x20, sp",
            "sub x21, x20, #24",
            "and sp, x21, #-16",
            "bl {}",
            "mov sp, x20",
            sym nothing,
            out("x20") _,
            out("x21") _,
            clobber_abi("C"),
        )
    };
}
