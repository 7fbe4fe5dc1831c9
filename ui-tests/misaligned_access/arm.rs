//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn exclusive(p: &[u8; 8]) {
    unsafe { asm!("ldrex {}, [{}]", "clrex", out(reg) _, in(reg) p) };
}

fn pair(p: &u16) {
    unsafe { asm!("ldrd {}, {}, [{}]", out(reg) _, out(reg) _, in(reg) p) }; //~ misaligned_access
    //~^ access_outside_pointee
}

fn plain(p: &u32) {
    unsafe { asm!("ldr {}, [{}]", out(reg) _, in(reg) p) };
}
