use std::arch::asm;

fn on_one_path(mut count: u64) -> u64 {
    unsafe {
        asm!(
            "jrcxz 2f",
            "dec rcx", //~ preserves_flags_modified
            "2:",
            inout("rcx") count,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    count
}

fn to_a_label(number: u64) -> bool {
    unsafe {
        asm!(
            "test {number}, {number}", //~ preserves_flags_modified
            "jz {zero}",
            number = in(reg) number,
            zero = label { return true },
            options(nomem, nostack, preserves_flags),
        )
    };
    false
}

fn in_a_loop(mut count: u64) {
    unsafe {
        asm!(
            "2:",
            "pause",
            "sub {count}, 1", //~ preserves_flags_modified
            "jnz 2b",
            count = inout(reg) count,
            options(nomem, nostack, preserves_flags),
        )
    };
    let _ = count;
}

/// Any shift but one by nothing changes flags, so this is broken for nearly all values, not for all.
fn generic_and_silent<const BITS: u8>(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "shl {number}, {bits}",
            number = inout(reg) number,
            bits = const BITS,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    number
}

fn generic<const STEP: i32>(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "add {number}, {step}", //~ preserves_flags_modified
            number = inout(reg) number,
            step = const STEP,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    number
}
