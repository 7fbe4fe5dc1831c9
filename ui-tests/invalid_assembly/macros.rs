use std::arch::asm;

macro_rules! swap_bytes {
    ($value:expr) => {
        asm!("bswp {}", inout(reg) $value)
    };
}

macro_rules! run {
    ($($template:literal),* $(,)?) => {
        asm!($($template),*)
    };
}

fn from_a_macro(mut value: u64) -> u64 {
    unsafe { swap_bytes!(value) }; //~ invalid_assembly
    value
}

fn literal_given_to_a_macro() {
    unsafe { run!("nop", "npo") }; //~ invalid_assembly
}

fn joined() {
    unsafe { asm!(concat!("nop", "\n", "npo")) }; //~ invalid_assembly
}
