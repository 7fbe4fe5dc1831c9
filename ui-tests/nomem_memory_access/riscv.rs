//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

unsafe fn load(p: *const u64) -> u64 {
    let value;
    unsafe { asm!("ld {}, 0({})", out(reg) value, in(reg) p, options(nomem, nostack)) }; //~ nomem_memory_access
    value
}

unsafe fn reserve(p: *const u32) -> u32 {
    let value;
    unsafe { asm!("lr.w.aq {}, ({})", out(reg) value, in(reg) p, options(nomem, nostack)) }; //~ nomem_memory_access
    value
}

unsafe fn clear_block(p: *mut u8) {
    unsafe {
        asm!(
            ".option push",
            ".option arch, +zicboz",
            "cbo.zero ({})", //~ nomem_memory_access
            ".option pop",
            in(reg) p,
            options(nomem, nostack),
        )
    };
}

// Addresses, hints and own stack are silent.
static COUNTER: u32 = 7;

fn address() -> usize {
    let value;
    unsafe { asm!("lla {}, {}", out(reg) value, sym COUNTER, options(nomem, nostack)) };
    value
}

fn prefetch(p: *const u8) {
    unsafe { asm!(".insn i 0x13, 6, x0, {}, 1", in(reg) p, options(nomem, nostack)) };
}

fn through_own_stack(x: u64) -> u64 {
    let y;
    unsafe {
        asm!(
            "addi sp, sp, -16",
            "sd {x}, 8(sp)",
            "ld {y}, 8(sp)",
            "addi sp, sp, 16",
            x = in(reg) x,
            y = out(reg) y,
            options(nomem),
        )
    };
    y
}
