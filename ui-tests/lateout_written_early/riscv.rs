//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn two_words(p: *const u64) -> (u64, u64) {
    let (a, b);
    unsafe { asm!("ld {a}, 0({p})", "ld {b}, 8({p})", p = in(reg) p, a = lateout(reg) a, b = lateout(reg) b) }; //~ lateout_written_early
    (a, b)
}

unsafe fn second_is_late(p: *const u64) -> (u64, u64) {
    let (a, b);
    unsafe { asm!("ld {a}, 0({p})", "ld {b}, 8({p})", p = in(reg) p, a = out(reg) a, b = lateout(reg) b) };
    (a, b)
}
