//@no-rustfix
//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

extern "C" fn callee() {}

unsafe fn scratch(p: *mut u32) {
    unsafe { asm!("ldr r4, [{0}]", "str r4, [{0}, #4]", in(reg) p) }; //~ undeclared_clobber
}

/// `r6` cannot be an operand: the message says how to save it.
unsafe fn not_an_operand(v: u32) {
    unsafe { asm!("mov r6, {}", in(reg) v) }; //~ undeclared_clobber
}

unsafe fn frame_pointer(v: u32) {
    unsafe { asm!("mov r7, {}", in(reg) v) }; //~ undeclared_clobber
}

unsafe fn link() {
    unsafe { asm!("bl 2f", "2:") }; //~ undeclared_clobber
}

unsafe fn calls() {
    unsafe { asm!("bl {}", sym callee) }; //~ undeclared_clobber
}

unsafe fn calls_openly() {
    unsafe { asm!("bl {}", sym callee, clobber_abi("C")) };
}

unsafe fn saves(v: u32) {
    unsafe { asm!("push {{r6, r7}}", "mov r6, r0", "mov r7, r0", "pop {{r6, r7}}", in("r0") v) };
}

unsafe fn saves_in_a_register(v: u32) {
    unsafe { asm!("mov r1, r7", "mov r7, r0", "svc 0", "mov r7, r1", inout("r0") v => _, out("r1") _) };
}

#[unsafe(naked)]
extern "C" fn callee_saved(x: u32) -> u32 {
    naked_asm!("mov r4, r0", "bx lr") //~ undeclared_clobber
}

#[unsafe(naked)]
extern "C" fn saves_callee_saved(x: u32) -> u32 {
    naked_asm!("push {{r4, lr}}", "mov r4, r0", "bl {}", "mov r0, r4", "pop {{r4, pc}}", sym callee)
}

// This machine has `d0` to `d15`.
unsafe fn lists_clobbers() {
    unsafe {
        asm!(
            "bl {}",
            sym callee,
            out("r0") _, out("r1") _, out("r2") _, out("r3") _, out("r12") _, out("lr") _,
            out("d0") _, out("d1") _, out("d2") _, out("d3") _, out("d4") _, out("d5") _, out("d6") _,
            out("d7") _,
        )
    };
}

unsafe fn lists_too_few() {
    unsafe {
        asm!(
            "bl {}", //~ undeclared_clobber
            sym callee,
            out("r0") _, out("r1") _, out("r2") _, out("r3") _, out("r12") _, out("lr") _,
            out("d0") _, out("d1") _, out("d2") _, out("d3") _, out("d4") _, out("d5") _, out("d6") _,
        )
    };
}

// `d1` is the upper half of `q0`, of which `d0` is the lower.
unsafe fn declares_one_half(p: *const u64) {
    unsafe { asm!("vldmia {}, {{d0, d1}}", in(reg) p, out("d0") _) }; //~ undeclared_clobber
}

unsafe fn declares_a_quarter(p: *const u64) {
    unsafe { asm!("vldmia {}, {{d0, d1}}", in(reg) p, out("s1") _) }; //~ undeclared_clobber
}
