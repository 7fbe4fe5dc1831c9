//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn leaves() -> u64 {
    let value;
    unsafe { asm!("mov {}, #1", "ret", out(reg) value) }; //~ return_out_of_block
    value
}

unsafe fn leaves_by_another_register() {
    unsafe {
        asm!(
            "mov x9, x30",
            "ret x9", //~ return_out_of_block
            options(noreturn),
        )
    };
}

unsafe fn own_subroutine(x: u64) -> u64 {
    let y;
    unsafe {
        asm!(
            "b 3f",
            "2: add {0}, {0}, #1",
            "ret",
            "3: bl 2b",
            inout(reg) x => y,
            out("x30") _,
        )
    };
    y
}

unsafe fn to_its_own_place(x: u64) -> u64 {
    let y;
    unsafe {
        asm!(
            "adr {t}, 2f",
            "ret {t}",
            "udf #0",
            "2: add {x}, {x}, #1",
            x = inout(reg) x => y,
            t = out(reg) _,
        )
    };
    y
}

#[unsafe(naked)]
unsafe extern "C" fn function() {
    naked_asm!("ret")
}
