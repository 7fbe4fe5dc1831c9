//@compile-flags: --target aarch64-apple-darwin
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

// Apple's systems have a red zone of 128 bytes.

fn through_the_red_zone(x: u64) -> u64 {
    let y;
    unsafe {
        asm!(
            "str {0}, [sp, #-16]", //~ nostack_stack_use
            "ldr {1}, [sp, #-16]",
            in(reg) x,
            out(reg) y,
            options(nomem, nostack, preserves_flags),
        )
    };
    y
}

fn through_own_stack(x: u64) -> u64 {
    let y;
    unsafe {
        asm!(
            "str {0}, [sp, #-16]!",
            "ldr {1}, [sp], #16",
            in(reg) x,
            out(reg) y,
            options(nomem, preserves_flags),
        )
    };
    y
}
