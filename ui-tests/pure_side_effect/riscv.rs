//@no-rustfix
//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn with_fence(x: u64) -> u64 {
    let y;
    unsafe { asm!("mv {}, {}", "fence", out(reg) y, in(reg) x, options(pure, readonly, nostack)) }; //~ pure_side_effect
    //~^ nomem_synchronization
    y
}

fn masks_interrupts() -> usize {
    let old;
    unsafe { asm!("csrrci {}, sstatus, 2", out(reg) old, options(pure, readonly, nostack)) }; //~ pure_side_effect
    //~^ system_instruction_promise
    //~^^ pure_nondeterministic
    old
}

fn plain(x: u64) -> u64 {
    let y;
    unsafe { asm!("slli {}, {}, 3", out(reg) y, in(reg) x, options(pure, nomem, nostack)) };
    y
}
