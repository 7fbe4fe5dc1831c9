#![feature(asm_goto_with_outputs)]

use std::arch::asm;

fn to_a_label(value: u64) -> u64 {
    let result: u64;
    unsafe {
        asm!(
            "test {value}, {value}",
            "jz {zero}",
            "mov {result}, {value}",
            value = in(reg) value,
            result = out(reg) result, //~ output_unwritten
            zero = label {},
            options(nomem, nostack),
        )
    };
    result
}

fn the_label_returns(value: u64) -> Option<u64> {
    let result: u64;
    unsafe {
        asm!(
            "test {value}, {value}",
            "jz {zero}",
            "mov {result}, {value}",
            value = in(reg) value,
            result = out(reg) result,
            zero = label { return None },
            options(nomem, nostack),
        )
    };
    Some(result)
}
