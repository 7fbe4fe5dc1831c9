#![warn(asm_lint::requires_target_feature)]
use std::arch::asm;

#[target_feature(enable = "popcnt")]
fn counts(value: u64) -> u64 {
    let count;
    unsafe {
        asm!(
            "popcnt {count}, {value}",
            value = in(reg) value,
            count = out(reg) count,
            options(pure, nomem, nostack),
        )
    };
    count
}

/// Every x86_64 has them.
fn of_the_target(value: f64) -> f64 {
    let mut result = value;
    unsafe { asm!("addsd {0}, {0}", "pause", inout(xmm_reg) result) };
    result
}

/// The compiler has no name for them.
fn of_the_system() -> u64 {
    let (low, high): (u32, u32);
    unsafe { asm!("rdtscp", out("eax") low, out("edx") high, out("ecx") _, options(nostack)) };
    u64::from(high) << 32 | u64::from(low)
}
