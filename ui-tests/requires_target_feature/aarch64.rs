//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]
#![warn(asm_lint::requires_target_feature)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn adds(p: *mut u32, n: u32) {
    unsafe {
        asm!(
            ".arch_extension lse",
            "ldadd {0:w}, wzr, [{1}]", //~ requires_target_feature
            "stadd {0:w}, [{1}]",
            in(reg) n,
            in(reg) p,
            options(nostack),
        )
    };
}

fn checks(value: u64) -> u32 {
    let mut sum = 0u32;
    unsafe {
        asm!(
            ".inst 0x9ac14c00", //~ requires_target_feature
            inout("w0") sum,
            in("x1") value,
            options(pure, nomem, nostack),
        )
    };
    sum
}

/// Its callers may have it, or not.
#[inline(always)]
unsafe fn swaps(p: *mut u64, new: u64) -> u64 {
    let old;
    unsafe { asm!("swpal {1}, {0}, [{2}]", out(reg) old, in(reg) new, in(reg) p, options(nostack)) }; //~ requires_target_feature
    old
}

#[target_feature(enable = "lse")]
unsafe fn swaps_where_it_is_enabled(p: *mut u64, new: u64) -> u64 {
    let old;
    unsafe { asm!("swpal {1}, {0}, [{2}]", out(reg) old, in(reg) new, in(reg) p, options(nostack)) };
    old
}

/// Every AArch64 processor has these, or takes them for `nop`.
fn of_the_target(a: u64) -> u64 {
    let flags: u64;
    unsafe {
        asm!("bti c", "pacia1716", "mrs {0}, nzcv", "fmov d0, {1}", "dsb ish",
            out(reg) flags, in(reg) a, out("v0") _, out("x17") _)
    };
    flags
}
