//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn store_two(p: *mut u64, a: u64, b: u64) {
    unsafe {
        asm!(
            "str x19, [sp, #-16]!",
            "mov x19, {a}", //~ operand_register_collision
            "str x19, [{p}]",
            "str {b}, [{p}, #8]",
            "ldr x19, [sp], #16",
            a = in(reg) a,
            b = in(reg) b,
            p = in(reg) p,
        )
    };
}

unsafe fn store_declared(p: *mut u64, a: u64) {
    unsafe { asm!("mov x9, {}", "str x9, [{}]", in(reg) a, in(reg) p, out("x9") _) };
}
