//@compile-flags: --target thumbv7em-none-eabi
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]
#![deny(asm_lint::not_judged)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

/// The M-profile has the coprocessors 0 to 7; the assembler takes others, too.
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
