//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn reads(p: *const u32) -> u32 {
    let v;
    unsafe { asm!("ldr {}, [{}]", out(reg) v, in(reg) p, options(nomem)) }; //~ nomem_memory_access
    v
}

unsafe fn reads_a_list(p: *const u32) {
    unsafe { asm!("ldm {}, {{r2, r3}}", in(reg) p, out("r2") _, out("r3") _, options(nomem)) }; //~ nomem_memory_access
}

unsafe fn reads_if_equal(p: *const u32, a: u32, b: u32) {
    unsafe {
        asm!(
            "cmp {a}, {b}",
            "it eq",
            "ldreq {a}, [{p}]", //~ nomem_memory_access
            p = in(reg) p,
            a = inout(reg) a => _,
            b = in(reg) b,
            options(nomem),
        )
    };
}

unsafe fn table(index: u32, p: *const u8) {
    unsafe { asm!("tbb [{}, {}]", in(reg) p, in(reg) index, options(nomem, noreturn)) }; //~ nomem_memory_access
}

fn hints(p: *const u32) {
    unsafe { asm!("pld [{}]", "pldw [{0}, #4]", in(reg) p, options(nomem, preserves_flags)) };
}

fn own_stack(a: u32) -> u32 {
    let b;
    unsafe { asm!("push {{{}}}", "pop {{{}}}", in(reg) a, out(reg) b, options(nomem)) };
    b
}

/// The constant is in a literal pool, which is the block's own.
fn literal() -> u32 {
    let v;
    unsafe { asm!("ldr {}, =0x12345678", out(reg) v, options(nomem, nostack, preserves_flags)) };
    v
}
