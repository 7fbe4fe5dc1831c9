//@no-rustfix: the findings need many clobbers
//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

// What is taken from the stack in lengths of a vector is given back in them.

#[target_feature(enable = "sve")]
unsafe fn spilled(p: *mut u8) {
    unsafe {
        asm!(
            "addvl sp, sp, #-2", "addpl sp, sp, #-1",
            "str z3, [sp, #1, mul vl]", "str z4, [sp]", "ldr z3, [{p}]", "ldr z4, [{p}]",
            "ldr z4, [sp]", "ldr z3, [sp, #1, mul vl]",
            "addpl sp, sp, #9", "addvl sp, sp, #1",
            p = in(reg) p, options(readonly, preserves_flags)
        )
    };
}

#[target_feature(enable = "sve")]
unsafe fn spilled_in_vain(p: *mut u8) {
    unsafe {
        asm!(
            "addvl sp, sp, #-1", "str z3, [sp]", "ldr z3, [{p}]", //~ undeclared_clobber
            "addvl sp, sp, #1",
            p = in(reg) p, options(readonly, preserves_flags)
        )
    };
}

#[target_feature(enable = "sve")]
unsafe fn given_back_too_much() {
    unsafe { asm!("addvl sp, sp, #-1", "addvl sp, sp, #2", options(nomem, preserves_flags)) }; //~ stack_pointer_not_restored
}

// `setffr` gives `ffr` its value.
#[target_feature(enable = "sve")]
unsafe fn first_fault(p: *const u8) -> u64 {
    let n;
    unsafe {
        asm!(
            "ptrue p0.b", "setffr", "ldff1b {{z0.b}}, p0/z, [{p}]", "rdffr p1.b, p0/z", "cntp {n}, p0, p1.b",
            p = in(reg) p, n = out(reg) n, out("v0") _, out("p0") _, out("p1") _, out("ffr") _,
            options(readonly, nostack, preserves_flags)
        )
    };
    n
}

// Streaming mode begins with all vectors and predicates clear.
unsafe fn streaming() {
    unsafe { asm!(".arch_extension sme", "smstart sm", "smstop sm", options(nostack)) }; //~ undeclared_clobber
}

unsafe fn only_the_array() {
    unsafe { asm!(".arch_extension sme", "smstart za", "smstop za", options(nostack)) };
}
