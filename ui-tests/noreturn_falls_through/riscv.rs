//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn calls_the_firmware() -> ! {
    unsafe { asm!("ecall", in("a7") 8, options(nostack, noreturn)) } //~ noreturn_falls_through
}

fn waits() -> ! {
    unsafe { asm!("2:", "wfi", "j 2b", options(nomem, nostack, noreturn)) }
}

fn traps() -> ! {
    unsafe { asm!("unimp", options(nomem, nostack, noreturn)) }
}

fn leaves(to: usize) -> ! {
    unsafe { asm!("csrw mepc, {}", "mret", in(reg) to, options(nostack, noreturn)) }
}

fn jumps(to: usize) -> ! {
    unsafe { asm!("jr {}", in(reg) to, options(nostack, noreturn)) }
}
