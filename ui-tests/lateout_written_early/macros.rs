macro_rules! double {
    ($a:expr, $b:expr) => {{
        let result: u64;
        std::arch::asm!("mov {2}, {0}", "sub {2}, {1}", in(reg) $a, in(reg) $b, lateout(reg) result);
        result
    }};
}

fn in_a_macro(a: u64, b: u64) -> u64 {
    unsafe { double!(a, b) } //~ lateout_written_early
}
