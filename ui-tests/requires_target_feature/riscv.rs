//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]
#![warn(asm_lint::requires_target_feature)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn rotates(x: usize) -> usize {
    let result;
    unsafe {
        asm!(
            ".option push",
            ".option arch, +zbb",
            "rori {0}, {1}, 3", //~ requires_target_feature
            ".option pop",
            out(reg) result,
            in(reg) x,
            options(pure, nomem, nostack),
        )
    };
    result
}

fn inverts(x: usize, y: usize) -> usize {
    let result;
    unsafe {
        asm!(
            ".insn r 0x33, 7, 0x20, {0}, {1}, {2}", //~ requires_target_feature
            out(reg) result,
            in(reg) x,
            in(reg) y,
            options(pure, nomem, nostack),
        )
    };
    result
}

/// The target has M, A, F, D and C.
unsafe fn of_the_target(p: *mut u32, n: usize) -> usize {
    let result;
    unsafe {
        asm!("amoadd.w zero, zero, ({1})", "mul {0}, {2}, {2}", "fcvt.s.l ft0, {2}", "csrr {0}, cycle",
            out(reg) result, in(reg) p, in(reg) n, out("ft0") _)
    };
    result
}
