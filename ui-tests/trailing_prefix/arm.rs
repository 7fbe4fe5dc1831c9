//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

/// The compiler's next instruction would become conditional.
fn reaches_past_the_end(a: u32) {
    unsafe { asm!("cmp {}, #0", "it eq", in(reg) a) }; //~ trailing_prefix
}

fn one_slot_is_left(a: u32, mut b: u32) -> u32 {
    unsafe { asm!("cmp {}, #0", "itt eq", "moveq {1}, #1", in(reg) a, inout(reg) b) }; //~ trailing_prefix
    b
}

fn complete(a: u32, mut b: u32) -> u32 {
    unsafe { asm!("cmp {}, #0", "itt eq", "moveq {1}, #1", "addeq {1}, #1", in(reg) a, inout(reg) b) };
    b
}

/// Blocks are assembled together: the open slots are no business of the next one.
fn after_open_slots() {
    unsafe { asm!("mov r0, r0", out("r0") _) };
}
