//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn old_flags(a: u64, b: u64) -> u64 {
    let r;
    unsafe { asm!("csel {}, {}, {}, eq", lateout(reg) r, in(reg) a, in(reg) b) }; //~ undefined_register_read
    r
}

fn no_operand() -> u64 {
    let r;
    unsafe { asm!("add {}, x9, #1", out(reg) r) }; //~ undefined_register_read
    r
}

fn zeros() -> u64 {
    let r;
    unsafe { asm!("eor {0}, {0}, {0}", out(reg) r) };
    r
}

fn zeros_of_a_vector() -> f64 {
    let r;
    unsafe { asm!("eor {0:v}.16b, {0:v}.16b, {0:v}.16b", out(vreg) r) };
    r
}

fn random() -> u64 {
    let (r, ok): (u64, u32);
    unsafe { asm!("mrs {}, s3_3_c2_c4_0", "cset {:w}, ne", out(reg) r, out(reg) ok) };
    r
}

fn fused(a: f64, b: f64, c: f64) -> f64 {
    let r;
    unsafe {
        asm!(
            "fmadd {r:d}, {a:d}, {b:d}, {c:d}",
            a = in(vreg) a,
            b = in(vreg) b,
            c = in(vreg) c,
            r = lateout(vreg) r,
        )
    };
    r
}

fn accumulated(a: f64, b: f64) -> f64 {
    let r;
    unsafe {
        asm!(
            "fmla {r:v}.2d, {a:v}.2d, {b:v}.2d", //~ undefined_register_read
            a = in(vreg) a,
            b = in(vreg) b,
            r = out(vreg) r,
        )
    };
    r
}

unsafe fn only_leaves() {
    // Reported by `return_out_of_block`.
    #[allow(asm_lint::return_out_of_block)]
    unsafe {
        asm!("ret", options(noreturn))
    };
}

/// The first of the three sets the flags that the others go by.
unsafe fn copies(mut to: *mut u8, mut from: *const u8, mut bytes: u64) {
    unsafe {
        asm!(
            ".arch_extension mops",
            "cpyfp [{0}]!, [{1}]!, {2}!",
            "cpyfm [{0}]!, [{1}]!, {2}!",
            "cpyfe [{0}]!, [{1}]!, {2}!",
            inout(reg) to,
            inout(reg) from,
            inout(reg) bytes,
        )
    };
}

/// An ending without its beginning.
unsafe fn fills_the_rest(mut to: *mut u8, mut bytes: u64, byte: u64) {
    unsafe {
        asm!(
            ".arch_extension mops",
            "sete [{0}]!, {1}!, {2}", //~ undefined_register_read
            inout(reg) to,
            inout(reg) bytes,
            in(reg) byte,
        )
    };
}
