//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

extern "C" fn nothing() {}

fn swap(a: u64, b: u64) -> u64 {
    let (x, y): (u64, u64);
    unsafe {
        asm!(
            "stp {0}, {1}, [sp, #-16]!", //~ nostack_stack_use
            "ldp {1}, {0}, [sp], #16",
            inout(reg) a => x,
            inout(reg) b => y,
            options(nomem, nostack),
        )
    };
    x
}

fn call() {
    unsafe { asm!("bl {}", sym nothing, clobber_abi("C"), options(nostack)) }; //~ nostack_stack_use
}

fn without_access() {
    unsafe { asm!("sub sp, sp, #16", "add sp, sp, #16", options(nomem, nostack)) };
}
