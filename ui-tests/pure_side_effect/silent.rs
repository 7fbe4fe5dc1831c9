use std::arch::asm;

/// A fault is not a side effect.
fn divide(dividend: u64, divisor: u64) -> u64 {
    let quotient;
    unsafe {
        asm!(
            "div {divisor}",
            divisor = in(reg) divisor,
            inout("rax") dividend => quotient,
            inout("rdx") 0_u64 => _,
            options(pure, nomem, nostack),
        )
    };
    quotient
}

unsafe fn checksum(pointer: *const u32, mut sum: u32) -> u32 {
    unsafe {
        asm!(
            "prefetcht0 [{pointer} + 64]",
            "crc32 {sum:e}, dword ptr [{pointer}]",
            pointer = in(reg) pointer,
            sum = inout(reg) sum,
            options(pure, readonly, nostack, preserves_flags),
        )
    };
    sum
}

fn loops(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "2:",
            "pause",
            "shr {number}, 1",
            "jc 2b",
            number = inout(reg) number,
            options(pure, nomem, nostack),
        )
    };
    number
}

/// A trap that no path reaches.
fn unreachable_trap(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "not {number}",
            "jmp 2f",
            "ud2",
            "2:",
            number = inout(reg) number,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    number
}

unsafe fn not_promised(port: u16) -> u8 {
    let value;
    unsafe {
        asm!(
            "in al, dx",
            in("dx") port,
            out("al") value,
            options(nomem, nostack, preserves_flags),
        )
    };
    value
}
