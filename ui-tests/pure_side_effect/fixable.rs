use std::arch::asm;

fn fence(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "lfence", //~ pure_side_effect
            "not {number}",
            "lfence",
            number = inout(reg) number,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    number
}

fn breakpoint(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "int3", //~ pure_side_effect
            "notq {0}",
            inout(reg) number,
            options(att_syntax, pure, nomem, nostack, preserves_flags),
        )
    };
    number
}
