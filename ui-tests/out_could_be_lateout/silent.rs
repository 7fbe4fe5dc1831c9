#![warn(asm_lint::out_could_be_lateout)]

use std::arch::asm;

unsafe fn late_already(pointer: *const u64) -> u64 {
    let value;
    unsafe {
        asm!(
            "mov {value}, [{pointer}]",
            pointer = in(reg) pointer,
            value = lateout(reg) value,
            options(pure, readonly, nostack, preserves_flags),
        )
    };
    value
}

unsafe fn read_afterwards(pointer: *const u64) -> u64 {
    let value;
    unsafe {
        asm!(
            "mov {value}, [{pointer}]",
            "add {value}, [{pointer} + 8]",
            pointer = in(reg) pointer,
            value = out(reg) value,
            options(pure, readonly, nostack),
        )
    };
    value
}

unsafe fn read_in_the_next_round(pointer: *const u64, count: u64) -> u64 {
    let value;
    unsafe {
        asm!(
            "2:",
            "mov {value}, [{pointer} + 8*{count} - 8]",
            "dec {count}",
            "jnz 2b",
            pointer = in(reg) pointer,
            count = inout(reg) count => _,
            value = out(reg) value,
            options(readonly, nostack),
        )
    };
    value
}

fn nothing_to_share() -> u64 {
    let value;
    unsafe { asm!("mov {}, 5", out(reg) value, options(pure, nomem, nostack, preserves_flags)) };
    value
}

fn other_registers(value: f64) -> u64 {
    let result;
    unsafe {
        asm!(
            "movq {}, {}",
            out(reg) result,
            in(xmm_reg) value,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    result
}

fn inputs_that_stay(mut left: u64, right: u64) -> (u64, u64) {
    let sum;
    unsafe {
        asm!(
            "lea rax, [{left} + rdx]",
            "not {left}",
            left = inout(reg) left,
            in("rdx") right,
            out("rax") sum,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    (left, sum)
}
