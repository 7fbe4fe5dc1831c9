//@no-rustfix
//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

extern "C" fn nothing() {}

unsafe fn scratch(p: *mut u64) {
    unsafe { asm!("ld a5, 0(a0)", "sd a5, 8(a0)", in("a0") p) }; //~ undeclared_clobber
}

fn saved_register() -> u64 {
    let y;
    unsafe { asm!("li s1, 3", "mv {}, s1", out(reg) y) }; //~ undeclared_clobber
    y
}

fn frame_pointer() -> u64 {
    let y;
    unsafe { asm!("li s0, 3", "mv {}, s0", out(reg) y) }; //~ undeclared_clobber
    y
}

fn link_register() {
    unsafe { asm!("jal 2f", "2:") }; //~ undeclared_clobber
}

fn call() {
    unsafe { asm!("call {}", sym nothing) }; //~ undeclared_clobber
}

#[unsafe(naked)]
extern "C" fn keeps_less(x: u64) -> u64 {
    naked_asm!("mv s2, a0", "add a0, s2, s2", "ret") //~ undeclared_clobber
}

fn call_with_its_clobbers() {
    unsafe { asm!("call {}", sym nothing, clobber_abi("C")) };
}

fn saved_and_restored(a: u64) -> u64 {
    let y;
    unsafe {
        asm!(
            "mv a2, s1",
            "mv s1, a0",
            "slli a1, s1, 3",
            "mv s1, a2",
            in("a0") a,
            out("a1") y,
            out("a2") _,
        )
    };
    y
}

fn zero_register() {
    unsafe { asm!("li x0, 3", options(nomem, nostack)) };
}

// How a kernel sets its thread pointer.
fn sets_thread_pointer(id: usize) {
    unsafe { asm!("mv tp, {}", in(reg) id) };
}

#[unsafe(naked)]
extern "C" fn keeps_all(x: u64) -> u64 {
    naked_asm!(
        "addi sp, sp, -16",
        "sd ra, 8(sp)",
        "sd s2, 0(sp)",
        "mv s2, a0",
        "call {f}",
        "add a0, s2, s2",
        "ld s2, 0(sp)",
        "ld ra, 8(sp)",
        "addi sp, sp, 16",
        "ret",
        f = sym nothing,
    )
}

// This machine has no vectors, so none can be lost.
fn call_with_listed_clobbers() {
    unsafe {
        asm!(
            "call {}",
            sym nothing,
            out("ra") _, out("t0") _, out("t1") _, out("t2") _, out("t3") _, out("t4") _, out("t5") _,
            out("t6") _, out("a0") _, out("a1") _, out("a2") _, out("a3") _, out("a4") _, out("a5") _,
            out("a6") _, out("a7") _, out("ft0") _, out("ft1") _, out("ft2") _, out("ft3") _,
            out("ft4") _, out("ft5") _, out("ft6") _, out("ft7") _, out("ft8") _, out("ft9") _,
            out("ft10") _, out("ft11") _, out("fa0") _, out("fa1") _, out("fa2") _, out("fa3") _,
            out("fa4") _, out("fa5") _, out("fa6") _, out("fa7") _,
        )
    };
}

fn call_without_one_of_them() {
    unsafe {
        asm!(
            "call {}", //~ undeclared_clobber
            sym nothing,
            out("ra") _, out("t0") _, out("t1") _, out("t2") _, out("t3") _, out("t4") _, out("t5") _,
            out("t6") _, out("a0") _, out("a1") _, out("a2") _, out("a3") _, out("a4") _, out("a5") _,
            out("a6") _, out("a7") _, out("ft0") _, out("ft1") _, out("ft2") _, out("ft3") _,
            out("ft4") _, out("ft5") _, out("ft6") _, out("ft7") _, out("ft8") _, out("ft9") _,
            out("ft10") _, out("fa0") _, out("fa1") _, out("fa2") _, out("fa3") _,
            out("fa4") _, out("fa5") _, out("fa6") _, out("fa7") _,
        )
    };
}

#[unsafe(naked)]
extern "C" fn restores_half(x: u64) -> u64 {
    naked_asm!(
        "addi sp, sp, -16",
        "sd s2, 8(sp)",
        "mv s2, a0",
        "add a0, s2, s2",
        "lw s2, 8(sp)", //~ undeclared_clobber
        "addi sp, sp, 16",
        "ret",
    )
}
