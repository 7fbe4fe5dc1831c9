//@no-rustfix: a naked function has no operands
//@compile-flags: --target thumbv8m.main-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

// The message names the part that is lost.

#[unsafe(naked)]
unsafe extern "C" fn a_single(p: *const f32) -> f32 {
    naked_asm!("vldr s17, [r0]", "vadd.f32 s0, s17, s17", "bx lr") //~ undeclared_clobber
}

#[unsafe(naked)]
unsafe extern "C" fn a_double(p: *const u64) {
    naked_asm!("vldr d9, [r0]", "vstr d9, [r0]", "bx lr") //~ undeclared_clobber
}

#[unsafe(naked)]
unsafe extern "C" fn all_four(p: *const u64) {
    naked_asm!("vldmia r0, {{s16-s19}}", "bx lr") //~ undeclared_clobber
}

#[unsafe(naked)]
unsafe extern "C" fn saved(p: *const f32) -> f32 {
    naked_asm!("vpush {{s16, s17}}", "vldr s16, [r0]", "vadd.f32 s0, s16, s16", "vpop {{s16, s17}}", "bx lr")
}
