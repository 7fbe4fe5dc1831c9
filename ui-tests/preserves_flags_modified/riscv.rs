//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn lanes(n: usize) -> usize {
    let count;
    unsafe {
        asm!(
            ".option push",
            ".option arch, +v",
            "vsetvli {}, {}, e32, m1, ta, ma", //~ preserves_flags_modified
            ".option pop",
            out(reg) count,
            in(reg) n,
            options(nomem, nostack, preserves_flags),
        )
    };
    count
}

fn lanes_and_back(n: usize) -> usize {
    let count;
    unsafe {
        asm!(
            ".option push",
            ".option arch, +v",
            "csrr {l}, vl",
            "csrr {t}, vtype",
            "vsetvli {c}, {n}, e32, m1, ta, ma",
            "vsetvl x0, {l}, {t}",
            ".option pop",
            l = out(reg) _,
            t = out(reg) _,
            c = out(reg) count,
            n = in(reg) n,
            options(nomem, nostack, preserves_flags),
        )
    };
    count
}

fn integer_code_has_no_flags(a: u64, b: u64) -> u64 {
    let less;
    unsafe { asm!("sltu {}, {}, {}", out(reg) less, in(reg) a, in(reg) b, options(nomem, nostack, preserves_flags)) };
    less
}
