//! The findings on every architecture, its instructions understood or not. There is no library for
//! most of these targets, so this brings the little of `core` that inline assembly needs.

#![feature(no_core, lang_items, rustc_attrs, asm_experimental_arch, decl_macro)]
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
impl Copy for u16 {}

#[rustc_builtin_macro]
pub macro asm("assembly template", $(operands,)* $(options($(option),*))?) {}
#[rustc_builtin_macro]
pub macro global_asm("assembly template", $(operands,)* $(options($(option),*))?) {}

pub unsafe fn operand(value: u16) {
    unsafe { asm!("/* {0} */", in(reg) value) };
}

pub unsafe fn data() {
    unsafe { asm!(".pushsection .rodata", ".byte 1, 2", ".popsection") };
}

pub unsafe fn no_instruction() {
    unsafe { asm!("frobnicate.") }; //~ invalid_assembly
}

pub unsafe fn macro_that_stays() {
    unsafe {
        asm!(
            ".macro nothing", //~ stateful_directive
            ".endm",
        )
    };
}

global_asm!(".globl table", "table: .byte 5");
