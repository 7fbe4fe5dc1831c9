//@no-rustfix: some registers can't be declared
//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

extern "C" fn nothing() {}

unsafe fn scratch(p: *mut u64) {
    unsafe { asm!("ldr x9, [x0]", "str x9, [x0, #8]", in("x0") p) }; //~ undeclared_clobber
}

fn base_register() -> u64 {
    let y;
    unsafe { asm!("mov x19, #3", "mov {}, x19", out(reg) y) }; //~ undeclared_clobber
    y
}

fn frame_pointer() -> u64 {
    let y;
    unsafe { asm!("mov x29, #3", "mov {}, x29", out(reg) y) }; //~ undeclared_clobber
    y
}

fn link_register() {
    unsafe { asm!("bl 2f", "2:") }; //~ undeclared_clobber
}

fn call() {
    unsafe { asm!("bl {}", sym nothing) }; //~ undeclared_clobber
}

fn vector() {
    unsafe { asm!("movi v3.2d, #0") }; //~ undeclared_clobber
}

#[unsafe(naked)]
extern "C" fn keeps_less(x: u64) -> u64 {
    naked_asm!("mov x20, x0", "add x0, x20, x20", "ret") //~ undeclared_clobber
}

#[unsafe(naked)]
extern "C" fn forgets_the_way_back() {
    naked_asm!("bl {}", "ret", sym nothing) //~ undeclared_clobber
}

fn call_with_its_clobbers() {
    unsafe { asm!("bl {}", sym nothing, clobber_abi("C")) };
}

fn saved_and_restored(a: u64) -> u64 {
    let y;
    unsafe {
        asm!(
            "mov x2, x19",
            "mov x19, x0",
            "lsl x1, x19, #3",
            "mov x19, x2",
            in("x0") a,
            out("x1") y,
            out("x2") _,
        )
    };
    y
}

fn signed_and_authenticated() {
    unsafe { asm!("paciasp", "autiasp") };
}

fn signed_for_nobody() {
    unsafe { asm!("paciasp") }; //~ undeclared_clobber
}

#[unsafe(naked)]
extern "C" fn returns_by_a_signature() {
    naked_asm!("paciasp", "ret") //~ undeclared_clobber
}

#[unsafe(naked)]
extern "C" fn returns_as_it_came() {
    naked_asm!("paciasp", "autiasp", "ret")
}

#[unsafe(naked)]
extern "C" fn keeps_all(x: u64) -> u64 {
    naked_asm!(
        "stp x20, x30, [sp, #-16]!",
        "mov x20, x0",
        "bl {f}",
        "add x0, x20, x20",
        "ldp x20, x30, [sp], #16",
        "ret",
        f = sym nothing,
    )
}
