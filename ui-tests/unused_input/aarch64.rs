//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn plus_eight(x: u64, unused: u64) -> u64 {
    let r;
    unsafe { asm!("add x0, x0, #8", inout("x0") x => r, in("x5") unused) }; //~ unused_input
    r
}

unsafe fn system_call(number: u64, a: u64) -> u64 {
    let r;
    unsafe { asm!("svc 0", in("x8") number, inout("x0") a => r) };
    r
}

/// A request to Valgrind, which does nothing elsewhere.
unsafe fn ask_valgrind(default: u64, request: *const u64) -> u64 {
    let answer;
    unsafe {
        asm!(
            "ror x12, x12, #3",
            "ror x12, x12, #13",
            "ror x12, x12, #51",
            "ror x12, x12, #61",
            "orr x10, x10, x10",
            inout("x3") default => answer,
            in("x4") request,
        )
    };
    answer
}
