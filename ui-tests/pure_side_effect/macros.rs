use std::arch::asm;

macro_rules! with_fence {
    ($number:ident) => {
        unsafe {
            asm!("lfence", "not {}", inout(reg) $number, options(pure, nomem, nostack, preserves_flags))
        }
    };
}

fn by_macro(mut number: u64) -> u64 {
    with_fence!(number); //~ pure_side_effect
    number
}
