//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn leaves_room(a: u64) {
    unsafe { asm!("sub sp, sp, #32", "cbz {}, 2f", "add sp, sp, #32", "2:", in(reg) a) }; //~ stack_pointer_not_restored
}

fn restores(a: u64) {
    unsafe { asm!("sub sp, sp, #32", "str {}, [sp, #8]", "add sp, sp, #32", in(reg) a) };
}

/// What runs on the other stack hands the old one back in `x2`.
unsafe fn run_on(stack: u64, resume: u64) {
    unsafe {
        asm!(
            "blr {resume}",
            "mov sp, x2",
            resume = in(reg) resume,
            in("x2") stack,
            clobber_abi("C"),
        )
    };
}
