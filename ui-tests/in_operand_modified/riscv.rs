//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn counts_down(count: usize) {
    unsafe { asm!("2:", "addi {0}, {0}, -1", "bnez {0}, 2b", in(reg) count) }; //~ in_operand_modified
}

fn asks_the_firmware(number: usize, argument: usize) {
    unsafe { asm!("ecall", in("a7") number, in("a0") argument, out("a1") _) }; //~ in_operand_modified
}

unsafe fn exchanges(p: *mut u32, old: u32, new: u32) {
    unsafe {
        asm!(
            ".option push",
            ".option arch, +zacas",
            "amocas.w {}, {}, ({})", //~ in_operand_modified
            ".option pop",
            in(reg) old,
            in(reg) new,
            in(reg) p,
        )
    };
}

fn counts_and_restores(count: usize) {
    unsafe { asm!("mv {t}, {n}", "addi {n}, {n}, 1", "mv {n}, {t}", n = in(reg) count, t = out(reg) _) };
}

/// Without a function number it is a legacy call, which has one result.
unsafe fn asks_for_the_old_service(number: usize, mut a: usize, b: usize) -> usize {
    unsafe { asm!("ecall", in("a7") number, inout("a0") a, in("a1") b) };
    a
}
