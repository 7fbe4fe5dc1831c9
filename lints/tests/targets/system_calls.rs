//! System calls of systems that report errors in the carry flag. There need not be a library for
//! these targets, so this brings the little of `core` that inline assembly needs.

#![feature(no_core, lang_items, rustc_attrs, decl_macro)]
#![no_core]
#![allow(internal_features)]

#[lang = "pointee_sized"]
pub trait PointeeSized {}
#[lang = "meta_sized"]
pub trait MetaSized: PointeeSized {}
#[lang = "sized"]
pub trait Sized: MetaSized {}
#[lang = "copy"]
pub trait Copy: Sized {}
impl Copy for u8 {}
impl Copy for u64 {}

#[rustc_builtin_macro]
pub macro asm("assembly template", $(operands,)* $(options($(option),*))?) {}

/// The carry flag is the kernel's answer.
pub unsafe fn failed(number: u64, argument: u64) -> u8 {
    let carry: u8;
    unsafe {
        asm!(
            "syscall",
            "setc {carry}",
            carry = out(reg_byte) carry,
            inlateout("rax") number => _,
            in("rdi") argument,
            lateout("rdx") _,
            lateout("rcx") _,
            lateout("r8") _,
            lateout("r9") _,
            lateout("r10") _,
            lateout("r11") _,
            options(nostack),
        )
    };
    carry
}

pub unsafe fn branches_by_carry(number: u64) -> u64 {
    let result: u64;
    unsafe {
        asm!(
            "syscall",
            "jnc 2f",
            "neg rax",
            "2:",
            inlateout("rax") number => result,
            lateout("rdx") _,
            lateout("rcx") _,
            lateout("r8") _,
            lateout("r9") _,
            lateout("r10") _,
            lateout("r11") _,
            options(nostack),
        )
    };
    result
}

/// The other flags are still those that the compiler left.
pub unsafe fn asks_for_zero_flag(number: u64) -> u8 {
    let zero: u8;
    unsafe {
        asm!(
            "syscall",
            "setz {zero}", //~ undefined_register_read
            zero = out(reg_byte) zero,
            inlateout("rax") number => _,
            lateout("rdx") _,
            lateout("rcx") _,
            lateout("r8") _,
            lateout("r9") _,
            lateout("r10") _,
            lateout("r11") _,
            options(nostack),
        )
    };
    zero
}

pub unsafe fn promises_flags(number: u64) -> u64 {
    let result: u64;
    unsafe {
        asm!(
            "syscall", //~ preserves_flags_modified
            inlateout("rax") number => result,
            lateout("rdx") _,
            lateout("rcx") _,
            lateout("r8") _,
            lateout("r9") _,
            lateout("r10") _,
            lateout("r11") _,
            options(nostack, preserves_flags),
        )
    };
    result
}

pub unsafe fn forgets_a_clobber(number: u64) -> u64 {
    let result: u64;
    unsafe {
        asm!(
            "syscall", //~ undeclared_clobber
            inlateout("rax") number => result,
            lateout("rdx") _,
            lateout("rcx") _,
            options(nostack),
        )
    };
    result
}
