//@compile-flags: --target armv7a-none-eabi
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]
#![deny(asm_lint::not_judged)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

trait Register {
    const COPROCESSOR: u32;
    const OPERATION: u32;
    const PRIMARY: u32;
    const SECONDARY: u32;

    fn read() -> u32 {
        let value;
        unsafe {
            asm!(
                "mrc p{coprocessor}, {operation}, {value}, c{primary}, c{secondary}, 0",
                coprocessor = const Self::COPROCESSOR,
                operation = const Self::OPERATION,
                value = out(reg) value,
                primary = const Self::PRIMARY,
                secondary = const Self::SECONDARY,
                options(nomem, nostack, preserves_flags),
            )
        };
        value
    }

    fn write(value: u32) {
        unsafe {
            asm!(
                "mcr p{coprocessor}, {operation}, {value}, c{primary}, c{secondary}, 0",
                coprocessor = const Self::COPROCESSOR,
                operation = const Self::OPERATION,
                value = in(reg) value,
                primary = const Self::PRIMARY,
                secondary = const Self::SECONDARY,
                options(nostack, preserves_flags),
            )
        };
    }
}

/// Some operations of coprocessor 15 act on caches.
trait Operation {
    const COPROCESSOR: u32;
    const PRIMARY: u32;

    fn write(value: u32) {
        unsafe {
            asm!( //~ not_judged
                "mcr p{coprocessor}, 0, {value}, c{primary}, c0, 0",
                coprocessor = const Self::COPROCESSOR,
                value = in(reg) value,
                primary = const Self::PRIMARY,
                options(nomem, nostack, preserves_flags),
            )
        };
    }
}

trait Pair {
    const COPROCESSOR: u32;
    const OPERATION: u32;
    const SECONDARY: u32;

    fn read() -> u32 {
        let value;
        unsafe {
            asm!(
                "mrrc p{coprocessor}, {operation}, {value}, {upper}, c{secondary}",
                coprocessor = const Self::COPROCESSOR,
                operation = const Self::OPERATION,
                value = out(reg) value,
                upper = out(reg) _,
                secondary = const Self::SECONDARY,
                options(nomem, nostack, preserves_flags),
            )
        };
        value
    }
}

/// Before Armv8 the maker of a processor may have other coprocessors, also under conditions.
fn of_the_maker() -> u32 {
    let value;
    unsafe {
        asm!(
            "cdp p1, 2, c3, c4, c5, 6",
            "cmp {value}, #1",
            "mcrne p2, 0, {value}, c1, c2, 3",
            "mrc p0, 0, {value}, c1, c2, 3",
            value = inout(reg) 0 => value,
            options(nomem, nostack),
        )
    };
    value
}
