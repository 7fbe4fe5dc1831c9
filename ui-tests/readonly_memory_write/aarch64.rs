//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn clear_pair(p: *mut u64) {
    unsafe { asm!("stp xzr, xzr, [{}]", in(reg) p, options(readonly)) }; //~ readonly_memory_write
}

unsafe fn same_value(p: *mut u32) {
    unsafe {
        asm!(
            "ldxr {v:w}, [{p}]",
            "stxr {s:w}, {v:w}, [{p}]", //~ readonly_memory_write
            v = out(reg) _,
            s = out(reg) _,
            p = in(reg) p,
            options(readonly),
        )
    };
}

unsafe fn pair(p: *const u64) -> u64 {
    let (a, b): (u64, u64);
    unsafe { asm!("ldp {}, {}, [{}]", out(reg) a, out(reg) b, in(reg) p, options(readonly)) };
    a
}
