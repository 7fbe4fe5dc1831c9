#![warn(asm_lint::requires_target_feature)]
use std::arch::asm;

fn counts(value: u64) -> u64 {
    let count;
    unsafe {
        asm!(
            "popcnt {count}, {value}", //~ requires_target_feature
            value = in(reg) value,
            count = out(reg) count,
            options(pure, nomem, nostack),
        )
    };
    count
}

fn adds(mut a: [u64; 4]) {
    unsafe {
        asm!(
            "vmovdqu ymm0, [{a}]", //~ requires_target_feature
            "vpaddq ymm0, ymm0, ymm0", //~ requires_target_feature
            "vmovdqu [{a}], ymm0",
            "vzeroupper",
            a = in(reg) &mut a,
            out("ymm0") _, clobber_abi("C"),
            options(nostack, preserves_flags),
        )
    };
}

/// Some of what is needed is there.
#[target_feature(enable = "bmi1")]
fn rotates(value: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "andn {0}, {1}, {1}",
            "rorx {0}, {1}, 3", //~ requires_target_feature
            out(reg) result,
            in(reg) value,
            options(pure, nomem, nostack),
        )
    };
    result
}
