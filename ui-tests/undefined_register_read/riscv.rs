//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn adds_nothing_given(x: u64) -> u64 {
    let y;
    unsafe { asm!("add {}, {}, a5", out(reg) y, in(reg) x) }; //~ undefined_register_read
    y
}

fn no_number(argument: usize) {
    unsafe { asm!("ecall", inout("a0") argument => _, out("a1") _) }; //~ undefined_register_read
}

fn clears() -> u64 {
    let y;
    unsafe { asm!("xor {0}, {0}, {0}", out(reg) y) };
    y
}

fn masks() -> u64 {
    let y;
    unsafe { asm!("and {0}, {0}, zero", out(reg) y) };
    y
}

fn reads_the_thread_pointer() -> usize {
    let y;
    unsafe { asm!("mv {}, tp", out(reg) y) };
    y
}

extern "C" fn handler() {}

// Whoever is interrupted has values in all registers.
#[unsafe(naked)]
unsafe extern "C" fn trap() {
    naked_asm!(
        "csrrw sp, sscratch, sp",
        "sd t0, 0(sp)",
        "csrw stval, t1",
        "csrr t0, sepc",
        "addi t0, t0, 4",
        "csrw sepc, t0",
        "csrr t1, stval",
        "ld t0, 0(sp)",
        "csrrw sp, sscratch, sp",
        "sret",
    )
}

#[unsafe(naked)]
unsafe extern "C" fn trap_with_a_handler() {
    naked_asm!("csrrw sp, sscratch, sp", "sd t0, 0(sp)", "sd t6, 8(sp)", "j {}", sym handler)
}

// This one is called: nobody gives it `t0`.
#[unsafe(naked)]
unsafe extern "C" fn stores_more(place: *mut u64) {
    naked_asm!("sd s2, 0(a0)", "sd t0, 8(a0)", "ret") //~ undefined_register_read
}

// Callee-saved registers may be somebody's, wherever the block is.
unsafe fn saves_floating_point(place: *mut u64) {
    unsafe { asm!("fsd fs0, 0({0})", "fsd fs11, 8({0})", in(reg) place) };
}

unsafe fn saves_half(place: *mut u64) {
    unsafe { asm!("fsw fs0, 0({0})", in(reg) place) }; //~ undefined_register_read
}

unsafe fn stores_what_calls_lose(place: *mut u64) {
    unsafe { asm!("fsd ft0, 0({0})", in(reg) place) }; //~ undefined_register_read
}
