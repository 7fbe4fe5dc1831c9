//@compile-flags: --target thumbv7em-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn goes_on() -> ! {
    unsafe { asm!("svc 1", options(noreturn)) } //~ noreturn_falls_through
}

fn waits() -> ! {
    unsafe { asm!("wfi", options(noreturn)) } //~ noreturn_falls_through
}

fn traps() -> ! {
    unsafe { asm!("udf #0", options(noreturn)) }
}

fn loops() -> ! {
    unsafe { asm!("2:", "wfi", "b 2b", options(noreturn)) }
}

unsafe fn leaves(to: u32, stack: u32) -> ! {
    unsafe { asm!("msr MSP, {}", "bx {}", in(reg) stack, in(reg) to, options(noreturn)) }
}

unsafe fn stops_in_a_debugger() -> ! {
    unsafe { asm!("bkpt #0", options(noreturn)) }
}
