//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn with_old_carry(a: u32) -> u32 {
    let v;
    unsafe { asm!("adc {}, {}, #0", out(reg) v, in(reg) a) }; //~ undefined_register_read
    v
}

fn rotates_the_old_carry_in(a: u32) -> u32 {
    let v;
    unsafe { asm!("rrx {}, {}", out(reg) v, in(reg) a) }; //~ undefined_register_read
    v
}

fn rotates_its_own_carry_in(a: u32) -> u32 {
    let v;
    unsafe { asm!("lsls {0}, {1}, #1", "rrx {0}, {0}", out(reg) v, in(reg) a) };
    v
}

fn by_old_flags(mut a: u32) -> u32 {
    unsafe { asm!("it eq", "moveq {}, #1", inout(reg) a) }; //~ undefined_register_read
    a
}

fn not_an_operand() -> u32 {
    let v;
    unsafe { asm!("add {}, r3, #1", out(reg) v) }; //~ undefined_register_read
    v
}

fn independent() -> u32 {
    let v;
    unsafe { asm!("eor {0}, {0}, {0}", "sub {0}, {0}, {0}", out(reg) v) };
    v
}

fn saves() {
    unsafe { asm!("push {{r4, r5}}", "pop {{r4, r5}}", "mrs {0}, APSR", "msr APSR_nzcvq, {0}", out(reg) _) };
}

// Callee-saved registers may be somebody's, wherever the block is.
unsafe fn saves_floating_point(place: *mut u32) {
    unsafe { asm!("vstmia {0}, {{d8-d15}}", "vstr s16, [{0}, #64]", in(reg) place) };
}

unsafe fn stores_what_calls_lose(place: *mut u32) {
    unsafe { asm!("vstr s3, [{0}]", in(reg) place) }; //~ undefined_register_read
}

// The exception that switches between threads returns with what it finds on the other one's stack.
#[unsafe(naked)]
unsafe extern "C" fn switches_threads() {
    naked_asm!(
        "mrs r0, psp",
        "tst lr, #0x10",
        "it eq",
        "vstmdbeq r0!, {{s16-s31}}",
        "stmdb r0!, {{r4-r11, lr}}",
        "bl {}",
        "ldmia r0!, {{r4-r11, lr}}",
        "tst lr, #0x10",
        "it eq",
        "vldmiaeq r0!, {{s16-s31}}",
        "msr psp, r0",
        "bx lr",
        sym handler,
    )
}

extern "C" fn handler() {}

#[unsafe(naked)]
unsafe extern "C" fn stores_two(place: *mut u32) {
    naked_asm!("stm r0, {{r2, r12}}", "vstr d9, [r0, #8]", "bx lr") //~ undefined_register_read
}
