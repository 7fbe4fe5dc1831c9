//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn first_word(p: *const u64) -> u64 {
    let v;
    unsafe { asm!("ldr {}, [{}]", out(reg) v, in(reg) p, options(nomem)) }; //~ nomem_memory_access
    v
}

unsafe fn zero_block(p: *mut u8) {
    unsafe { asm!("dc zva, {}", in(reg) p, options(nomem)) }; //~ nomem_memory_access
}

unsafe fn add_atomically(p: *mut u32, n: u32) {
    unsafe {
        asm!(
            ".arch_extension lse",
            "ldadd {0:w}, wzr, [{1}]", //~ nomem_memory_access
            in(reg) n,
            in(reg) p,
            options(nomem),
        )
    };
}

fn hint(p: *const u8) {
    unsafe { asm!("prfm pldl1keep, [{}]", in(reg) p, options(nomem, nostack)) };
}

fn own_stack(x: u64) -> u64 {
    let y;
    unsafe { asm!("str {}, [sp, #-16]!", "ldr {}, [sp], #16", in(reg) x, out(reg) y, options(nomem)) };
    y
}

fn literal_pool() -> u64 {
    let y;
    unsafe { asm!("ldr {}, =0x123456789abcdef0", out(reg) y, options(nomem, nostack)) };
    y
}
