//@check-pass
use std::arch::asm;

fn comment_only() {
    unsafe { asm!("// npo", "/* npo */ nop", "# npo") };
}

fn not_assembled() {
    unsafe { asm!(".if 0", "npo", ".endif") };
}

fn second_byte(value: u16) -> u8 {
    let high;
    // A register that needs a REX prefix can't be combined with `ah`.
    unsafe {
        asm!("mov {high}, {value:h}", high = out(reg_byte) high, value = in(reg_abcd) value)
    };
    high
}

// It may be a shift count that the instruction can hold.
fn generic_constant<const COUNT: u32>(value: u64) {
    unsafe { asm!("shl {}, {}", inout(reg) value => _, const COUNT) };
}

fn empty() {
    unsafe { asm!("") };
}
