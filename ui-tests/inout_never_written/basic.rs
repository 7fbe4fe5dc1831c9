use std::arch::asm;

unsafe fn store(pointer: *mut u64, mut value: u64) -> u64 {
    unsafe {
        asm!(
            "mov [{pointer}], {value}",
            pointer = in(reg) pointer,
            value = inout(reg) value, //~ inout_never_written
        )
    };
    value
}

fn only_tested(number: u64) -> (u64, u8) {
    let (same, odd);
    unsafe {
        asm!(
            "test al, al",
            "setpo {odd}",
            inout("rax") number => same, //~ inout_never_written
            odd = out(reg_byte) odd,
        )
    };
    (same, odd)
}
