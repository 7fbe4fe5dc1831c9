//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn next_word(p: *const u32) -> u32 {
    let v;
    unsafe { asm!("ldr {}, [{}], #4", out(reg) v, in(reg) p) }; //~ in_operand_modified
    v
}

fn counts(n: u32) {
    unsafe { asm!("2:", "subs {}, #1", "bne 2b", in(reg) n) }; //~ in_operand_modified
}

/// A half-word `ldm` writes its base back unless it loads it, too.
unsafe fn loads_list(p: *const u32) {
    unsafe { asm!("ldm r0!, {{r2, r3}}", in("r0") p, out("r2") _, out("r3") _) }; //~ in_operand_modified
}

unsafe fn without_writeback(p: *const u32) {
    unsafe { asm!("ldrd r2, r3, [r0, #8]", in("r0") p, out("r2") _, out("r3") _) };
}
