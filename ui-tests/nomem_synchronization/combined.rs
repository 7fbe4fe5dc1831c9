//@no-rustfix: two lints want to remove the same option
use std::arch::asm;

unsafe fn exchange(pointer: *mut u64, mut value: u64) -> u64 {
    unsafe {
        asm!(
            "xchg [{pointer}], {value}", //~ nomem_synchronization
            //~^ readonly_memory_write
            pointer = in(reg) pointer,
            value = inout(reg) value,
            options(readonly, nostack, preserves_flags),
        )
    };
    value
}

fn pure(mut value: u64) -> u64 {
    unsafe {
        asm!(
            "mfence", //~ nomem_synchronization
            //~^ pure_side_effect
            "not {value}",
            value = inout(reg) value,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    value
}
