//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn leave(code: u64) -> ! {
    unsafe { asm!("svc 0", in("x8") 93u64, in("x0") code, options(noreturn)) } //~ noreturn_falls_through
}

unsafe fn leave_for_good(code: u64) -> ! {
    unsafe { asm!("svc 0", "brk #1", in("x8") 93u64, in("x0") code, options(noreturn)) }
}

unsafe fn wait() -> ! {
    unsafe { asm!("2: wfi", "b 2b", options(noreturn)) }
}

unsafe fn jump(f: *const u8) -> ! {
    unsafe { asm!("br {}", in(reg) f, options(noreturn)) }
}
