#![warn(asm_lint::missing_option)]

use std::arch::asm;

fn nothing_promised(mut value: u64) -> u64 {
    unsafe { asm!("bswap {}", inout(reg) value) }; //~ missing_option
    value
}

unsafe fn only_read(pointer: *const u64) -> u64 {
    let value;
    unsafe {
        asm!( //~ missing_option
            "mov ({pointer}), {value}",
            pointer = in(reg) pointer,
            value = out(reg) value,
            options(att_syntax, nostack, preserves_flags),
        )
    };
    value
}

fn stronger_than_readonly(mut value: u64) -> u64 {
    unsafe {
        asm!("not {}", inout(reg) value, options(pure, readonly, nostack, preserves_flags)) //~ missing_option
    };
    value
}

unsafe fn written(pointer: *mut u64) {
    unsafe { asm!("add qword ptr [{}], 1", in(reg) pointer) }; //~ missing_option
}

fn changes_flags(mut value: u64) -> u64 {
    unsafe { asm!("add {}, 1", inout(reg) value, options(nomem)) }; //~ missing_option
    value
}

fn goes_round(mut value: u64) -> u64 {
    unsafe {
        asm!( //~ missing_option
            "2:",
            "shr {0}, 1",
            "jnc 2b",
            inout(reg) value,
        )
    };
    value
}

fn uses_the_stack() -> u64 {
    let flags;
    unsafe { asm!("pushfq", "pop {}", out(reg) flags, options(nomem)) }; //~ missing_option
    flags
}

macro_rules! swap_bytes {
    ($value:ident) => {
        asm!("bswap {}", inout(reg) $value)
    };
}

fn by_macro<T>(mut value: u64) -> u64 {
    unsafe { swap_bytes!(value) }; //~ missing_option
    value
}

fn time() -> u32 {
    let low;
    unsafe { asm!("rdtsc", out("eax") low, out("edx") _) }; //~ missing_option
    low
}
