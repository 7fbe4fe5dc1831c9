use std::arch::asm;

macro_rules! clock {
    () => {{
        let time: u32;
        unsafe {
            asm!("rdtsc", out("eax") time, out("edx") _, options(pure, nomem, nostack, preserves_flags))
        };
        time
    }};
}

fn by_macro() -> u32 {
    clock!() //~ pure_nondeterministic
}
