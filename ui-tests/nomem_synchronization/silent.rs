use std::arch::asm;

fn not_promised() {
    unsafe { asm!("mfence", "sfence", options(nostack, preserves_flags)) };
}

/// These order instructions, and nothing about memory is promised to others by them.
fn time() -> u32 {
    let low;
    unsafe {
        asm!(
            "lfence",
            "serialize",
            "pause",
            "rdtsc",
            "lfence",
            out("eax") low,
            out("edx") _,
            options(nomem, nostack, preserves_flags),
        )
    };
    low
}

fn between_registers(mut a: u64, mut b: u64) -> (u64, u64) {
    unsafe {
        asm!(
            "xchg {a}, {b}",
            a = inout(reg) a,
            b = inout(reg) b,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    (a, b)
}
