use std::arch::asm;

macro_rules! increment {
    ($number:ident) => {
        asm!("inc {}", inout(reg) $number, options(pure, nomem, nostack, preserves_flags))
    };
}

fn by_macro(mut number: u64) -> u64 {
    unsafe { increment!(number) }; //~ preserves_flags_modified
    number
}
