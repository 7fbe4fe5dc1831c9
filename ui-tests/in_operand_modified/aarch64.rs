//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn next_word(p: *const u64) -> u64 {
    let v;
    unsafe { asm!("ldr {}, [{}], #8", out(reg) v, in(reg) p, options(readonly)) }; //~ in_operand_modified
    v
}

unsafe fn write_line(p: *const u8, n: usize) {
    unsafe { asm!("svc 0", in("x8") 64u64, in("x0") 1u64, in("x1") p, in("x2") n) }; //~ in_operand_modified
}

unsafe fn firmware(f: u64) {
    unsafe { asm!("smc #0", in("x0") f, out("x1") _, out("x2") _, out("x3") _) }; //~ in_operand_modified
}

unsafe fn moving(p: *const u64) -> *const u64 {
    let q;
    unsafe { asm!("ldr {}, [{}], #8", out(reg) _, inout(reg) p => q, options(readonly)) };
    q
}
