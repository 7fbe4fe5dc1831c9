//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn leaves_a_macro() {
    unsafe { asm!(".macro plus_one r", "add \\r, \\r, #1", ".endm", "plus_one {}", inout(reg) 1u32 => _) }; //~ stateful_directive
}

fn removes_it() {
    unsafe {
        asm!(".macro plus_two r", "add \\r, \\r, #2", ".endm", "plus_two {}", ".purgem plus_two",
            inout(reg) 1u32 => _)
    };
}
