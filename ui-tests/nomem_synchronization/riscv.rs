//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn fence() {
    unsafe { asm!("fence rw, rw", options(nomem, nostack)) }; //~ nomem_synchronization
}

fn total_store_order() {
    unsafe { asm!("fence.tso", options(readonly, nostack)) }; //~ nomem_synchronization
}

unsafe fn acquire(p: *const u32) -> u32 {
    let value;
    unsafe {
        asm!(
            "lr.w.aq {}, ({})", //~ nomem_synchronization
            out(reg) value,
            in(reg) p,
            options(readonly, nostack),
        )
    };
    value
}

// `pause` is encoded as a fence before nothing.
fn pause() {
    unsafe { asm!(".insn 0x0100000f", options(nomem, nostack)) };
}

fn fence_of_instructions() {
    unsafe { asm!("fence.i", options(nostack)) };
}
