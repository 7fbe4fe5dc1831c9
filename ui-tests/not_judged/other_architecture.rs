//@compile-flags: --target loongarch64-unknown-none
#![feature(no_core, lang_items, rustc_attrs, decl_macro)]
#![no_core]
#![deny(asm_lint::not_judged)]

// As much of a standard library as a block needs: that of the target may not be installed.
#[lang = "pointee_sized"]
trait PointeeSized {}
#[lang = "meta_sized"]
trait MetaSized: PointeeSized {}
#[lang = "sized"]
trait Sized: MetaSized {}
#[lang = "copy"]
trait Copy {}
#[rustc_builtin_macro]
macro asm($($arguments:tt)*) {}

pub fn nothing() {
    unsafe { asm!("nop", options(nomem)) }; //~ not_judged
}
