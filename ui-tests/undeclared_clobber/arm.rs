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
