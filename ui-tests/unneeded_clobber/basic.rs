#![warn(asm_lint::unneeded_clobber)]

use std::arch::asm;

fn one(mut value: u64) -> u64 {
    unsafe {
        asm!(
            "bswap {}",
            inout(reg) value,
            out("rcx") _, //~ unneeded_clobber
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    value
}

fn several(left: u64, right: u64) -> u64 {
    let product;
    unsafe {
        asm!(
            "mulq {right}",
            right = in(reg) right,
            inout("rax") left => product,
            out("rdx") _,
            out("rcx") _, //~ unneeded_clobber
            lateout("xmm3") _,
            out("st(0)") _,
            options(att_syntax, pure, nomem, nostack),
        )
    };
    product
}

macro_rules! zero {
    ($value:ident) => {
        asm!("xor eax, eax", out("eax") $value, out("r9") _, options(pure, nomem, nostack))
    };
}

fn by_macro<T>() -> u32 {
    let value;
    unsafe { zero!(value) }; //~ unneeded_clobber
    value
}
