use std::arch::asm;

fn within(pair: &mut [u64; 2], rest: &[u64]) -> u64 {
    let value;
    unsafe {
        asm!(
            "mov {value}, [{pair} + 8]",
            "xor {value}, [{rest} + 64]",
            pair = in(reg) pair,
            rest = in(reg) rest.as_ptr(),
            value = out(reg) value,
        )
    };
    value
}

unsafe fn raw(pointer: *const u64) -> u64 {
    let value;
    unsafe { asm!("mov {}, [{} + 32]", out(reg) value, in(reg) pointer) };
    value
}

fn unknown_offset(table: &[u8; 16], index: usize) -> u8 {
    let value;
    unsafe {
        asm!(
            "mov {value}, [{table} + {index}]",
            table = in(reg) table,
            index = in(reg) index,
            value = out(reg_byte) value,
        )
    };
    value
}

fn unknown_count(place: &mut [u8; 4], count: usize) {
    unsafe {
        asm!(
            "rep stosb",
            inout("rdi") place => _,
            inout("rcx") count => _,
            in("al") 0_u8,
        )
    };
}
