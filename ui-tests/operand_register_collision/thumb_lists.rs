//@no-rustfix: not all of it has a suggestion
//@compile-flags: --target thumbv8m.main-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

extern "C" fn nothing() {}

/// The list names `r5` to `r10`, too, so that each is where it was, whatever `f` is in.
unsafe fn calls_the_other_state(f: usize, a: u32) -> u32 {
    let r;
    unsafe {
        asm!(
            "push {{r4-r11}}",
            "mov r4, {f}",
            "bic r4, r4, #1",
            "blxns r4",
            "pop {{r4-r11}}",
            f = in(reg) f,
            inlateout("r0") a => r,
            clobber_abi("C"),
        )
    };
    r
}

/// If `f` is in `r4`, its lowest bit is cleared twice.
unsafe fn clears_twice(f: usize, a: u32) -> u32 {
    let r;
    unsafe {
        asm!(
            "push {{r4-r11}}",
            "bic r4, r4, #1",
            "mov r4, {f}",
            "bic r4, r4, #1",
            "blxns r4",
            "pop {{r4-r11}}",
            f = in(reg) f,
            inlateout("r0") a => r,
            clobber_abi("C"),
        )
    };
    r
}

/// If `f` is in `r5`, 0 is called.
unsafe fn clears_too_early(f: usize) {
    unsafe {
        asm!(
            "push {{r4-r11}}",
            "movs r5, #0", //~ operand_register_collision
            "mov r4, {f}",
            "blx r4",
            "pop {{r4-r11}}",
            f = in(reg) f,
            clobber_abi("C"),
        )
    };
}

/// If `p` is in `r6`, the load changes it before it is read.
unsafe fn loads_a_range(p: *const u32, q: *mut u32) {
    unsafe {
        asm!(
            "push {{r5-r8}}",
            "ldm r0, {{r5-r8}}", //~ operand_register_collision
            "str r7, [{q}]",
            "pop {{r5-r8}}",
            q = in(reg) q,
            in("r0") p,
        )
    };
}
