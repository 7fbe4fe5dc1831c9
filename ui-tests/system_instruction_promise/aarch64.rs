//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn lock_out() {
    unsafe { asm!("msr daifset, #2", options(nomem, nostack)) }; //~ system_instruction_promise
}

unsafe fn table(base: u64) {
    unsafe { asm!("msr ttbr0_el1, {}", "isb", in(reg) base, options(nomem, nostack)) }; //~ system_instruction_promise
}

unsafe fn forgets() {
    unsafe { asm!("tlbi vmalle1", options(nomem, nostack)) }; //~ system_instruction_promise
}

fn level() -> u64 {
    let l;
    unsafe { asm!("mrs {}, CurrentEL", out(reg) l, options(nomem, nostack)) };
    l
}

fn stop() -> ! {
    unsafe { asm!("msr daifset, #0xf", "2: wfe", "b 2b", options(nomem, nostack, noreturn)) }
}
