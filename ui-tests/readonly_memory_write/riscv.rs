//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn store(p: *mut u32, value: u32) {
    unsafe { asm!("sw {}, 0({})", in(reg) value, in(reg) p, options(readonly, nostack)) }; //~ readonly_memory_write
}

unsafe fn store_conditional(p: *mut u32, value: u32) -> u32 {
    let failed;
    unsafe {
        asm!(
            "sc.w {}, {}, ({})", //~ readonly_memory_write
            out(reg) failed,
            in(reg) value,
            in(reg) p,
            options(readonly, nostack),
        )
    };
    failed
}

unsafe fn load(p: *const u32) -> u32 {
    let value;
    unsafe { asm!("lr.w {}, ({})", out(reg) value, in(reg) p, options(readonly, nostack)) };
    value
}
