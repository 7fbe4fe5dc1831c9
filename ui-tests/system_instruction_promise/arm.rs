//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn masks() {
    unsafe {
        asm!("cpsid i", options(nomem, preserves_flags)); //~ system_instruction_promise
        asm!("cpsie i", options(nomem, preserves_flags)); //~ system_instruction_promise
    }
}

fn raises_the_mask(level: u32) {
    unsafe { asm!("msr BASEPRI, {}", in(reg) level, options(nomem, preserves_flags)) }; //~ system_instruction_promise
}

fn semihosting(operation: u32, p: *const u32) {
    unsafe { asm!("bkpt #0xab", inout("r0") operation => _, in("r1") p, options(nomem, preserves_flags)) }; //~ system_instruction_promise
}

fn calls_the_system() {
    unsafe { asm!("svc 7", options(nomem)) }; //~ system_instruction_promise
}

fn reads_only() -> u32 {
    let v;
    unsafe { asm!("mrs {}, BASEPRI", "wfi", "bkpt #1", out(reg) v, options(nomem, preserves_flags)) };
    v
}

fn without_promise() {
    unsafe { asm!("cpsid i", "cpsie i", options(nostack, preserves_flags)) };
}
