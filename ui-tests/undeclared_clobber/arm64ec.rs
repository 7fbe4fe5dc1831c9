//@compile-flags: --target arm64ec-pc-windows-msvc
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits, asm_experimental_arch)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

// What is the same as on AArch64 is judged as there.

unsafe fn copy_word(p: *mut u64) {
    unsafe { asm!("ldr x9, [x0]", "str x9, [x0, #8]", in("x0") p) }; //~ undeclared_clobber
}

unsafe fn copy_word_right(p: *mut u64) {
    unsafe { asm!("ldr x9, [x0]", "str x9, [x0, #8]", in("x0") p, out("x9") _) };
}

fn barrier() {
    unsafe { asm!("dmb ish", options(nomem, nostack)) }; //~ nomem_synchronization
}

fn flags(n: u64) -> u64 {
    let r;
    unsafe { asm!("subs {0}, {0}, #1", inout(reg) n => r, options(nostack, preserves_flags)) }; //~ preserves_flags_modified
    r
}

unsafe fn own_stack(x: u64) -> u64 {
    let y;
    unsafe { asm!("str {}, [sp, #-16]!", "ldr {}, [sp], #16", in(reg) x, out(reg) y, options(nomem)) };
    y
}
