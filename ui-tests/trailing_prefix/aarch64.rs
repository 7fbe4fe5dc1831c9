//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn ends_early() {
    unsafe { asm!(".arch_extension sve", "movprfx z0, z1", out("v0") _) }; //~ trailing_prefix
}

unsafe fn ends_well() {
    unsafe { asm!(".arch_extension sve", "movprfx z0, z1", "add z0.d, z0.d, #1", out("v0") _, in("v1") 0.0f64) };
}
