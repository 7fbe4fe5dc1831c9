//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn unknown() {
    unsafe { asm!("mov rax, 1") }; //~ invalid_assembly
}

fn without_the_extension(p: *mut u32, n: u32) {
    unsafe { asm!("ldadd {0:w}, wzr, [{1}]", in(reg) n, in(reg) p) }; //~ invalid_assembly
}

#[target_feature(enable = "lse")]
fn with_the_extension(p: *mut u32, n: u32) {
    unsafe { asm!("ldadd {0:w}, wzr, [{1}]", in(reg) n, in(reg) p) };
}

/// A part of its callers, which may have the feature.
#[inline(always)]
unsafe fn part_of_its_callers(p: *mut u64, x: u64) {
    unsafe { asm!("stadd {}, [{}]", in(reg) x, in(reg) p) };
}

#[inline]
unsafe fn perhaps_on_its_own(p: *mut u64, x: u64) {
    unsafe { asm!("stadd {}, [{}]", in(reg) x, in(reg) p) }; //~ invalid_assembly
}
