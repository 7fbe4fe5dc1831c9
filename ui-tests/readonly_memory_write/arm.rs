//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn writes(p: *mut u32, v: u32) {
    unsafe { asm!("str {}, [{}]", in(reg) v, in(reg) p, options(readonly)) }; //~ readonly_memory_write
}

unsafe fn writes_two(p: *mut u32, v: u32) {
    unsafe { asm!("strd {0}, {1}, [{2}]", in(reg) v, in(reg) v, in(reg) p, options(readonly)) }; //~ readonly_memory_write
}

unsafe fn may_write(p: *mut u32, v: u32) -> u32 {
    let failed;
    unsafe { asm!("strex {}, {}, [{}]", out(reg) failed, in(reg) v, in(reg) p, options(readonly)) }; //~ readonly_memory_write
    failed
}

unsafe fn reads(p: *const u32) -> u32 {
    let v;
    unsafe { asm!("ldrex {}, [{}]", "clrex", out(reg) v, in(reg) p, options(readonly)) };
    v
}
