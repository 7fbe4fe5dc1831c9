use std::arch::asm;

unsafe fn load(pointer: *const u64, mut value: u64) -> u64 {
    unsafe {
        asm!(
            "mov {value}, [{pointer}]",
            pointer = in(reg) pointer,
            value = inout(reg) value, //~ inout_never_read
        )
    };
    value
}

fn zeroed_first(mut value: u64) -> u64 {
    unsafe {
        asm!(
            "xor {0:e}, {0:e}",
            "inc {0}",
            inout(reg) value, //~ inout_never_read
        )
    };
    value
}
