//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

// RUSTSEC-2026-0012: the rounds of a permutation that is written in assembly. The pointer to the round
// constants and the number of rounds were inputs, although the block counts both.

unsafe fn permute(state: *mut u64, constants: *const u64, rounds: u64) {
    unsafe {
        asm!(
            ".arch_extension sha3",
            "ld1 {{v0.1d, v1.1d, v2.1d, v3.1d}}, [x0]",
            "2: sub x8, x8, #1",
            "eor3 v4.16b, v0.16b, v1.16b, v2.16b",
            "rax1 v5.2d, v4.2d, v3.2d",
            "bcax v0.16b, v0.16b, v5.16b, v1.16b",
            "xar v1.2d, v1.2d, v5.2d, #63",
            "ld1r {{v6.2d}}, [x1], #8", //~ in_operand_modified
            "eor v0.16b, v0.16b, v6.16b",
            "cbnz x8, 2b",
            "st1 {{v0.1d, v1.1d, v2.1d, v3.1d}}, [x0]",
            in("x0") state,
            in("x1") constants,
            in("x8") rounds,
            out("v0") _,
            out("v1") _,
            out("v2") _,
            out("v3") _,
            out("v4") _,
            out("v5") _,
            out("v6") _,
            options(nostack),
        )
    };
}

unsafe fn permute_right(state: *mut u64, constants: *const u64, rounds: u64) {
    unsafe {
        asm!(
            ".arch_extension sha3",
            "ld1 {{v0.1d, v1.1d, v2.1d, v3.1d}}, [x0]",
            "2: sub x8, x8, #1",
            "eor3 v4.16b, v0.16b, v1.16b, v2.16b",
            "rax1 v5.2d, v4.2d, v3.2d",
            "bcax v0.16b, v0.16b, v5.16b, v1.16b",
            "xar v1.2d, v1.2d, v5.2d, #63",
            "ld1r {{v6.2d}}, [x1], #8",
            "eor v0.16b, v0.16b, v6.16b",
            "cbnz x8, 2b",
            "st1 {{v0.1d, v1.1d, v2.1d, v3.1d}}, [x0]",
            in("x0") state,
            inout("x1") constants => _,
            inout("x8") rounds => _,
            out("v0") _,
            out("v1") _,
            out("v2") _,
            out("v3") _,
            out("v4") _,
            out("v5") _,
            out("v6") _,
            options(nostack),
        )
    };
}
