macro_rules! shift {
    ($value:expr) => {{
        let result: u64;
        std::arch::asm!("shl {0}, 1", "mov {1}, {0}", in(reg) $value, out(reg) result);
        result
    }};
}

fn in_a_macro(value: u64) -> u64 {
    unsafe { shift!(value) } //~ in_operand_modified
}
