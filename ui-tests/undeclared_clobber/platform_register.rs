//@no-rustfix: the platform register can't be declared
//@compile-flags: --target aarch64-pc-windows-msvc
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

// On Windows and Apple systems `x18` is the system's in every function.

#[unsafe(naked)]
unsafe extern "C" fn as_scratch(p: *mut u64, v: u64) {
    naked_asm!("add x18, x1, #1", "str x18, [x0]", "ret") //~ undeclared_clobber
}

#[unsafe(naked)]
unsafe extern "C" fn only_read() -> u64 {
    naked_asm!("ldr x0, [x18, #0x30]", "ret")
}

#[unsafe(naked)]
unsafe extern "C" fn restored(p: *mut u64, v: u64) {
    naked_asm!("mov x9, x18", "add x18, x1, #1", "str x18, [x0]", "mov x18, x9", "ret")
}
