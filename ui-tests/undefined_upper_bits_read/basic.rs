use std::arch::asm;

unsafe fn count(start: *mut u8, count: u32, value: u8) {
    unsafe {
        asm!(
            "rep stosb", //~ undefined_upper_bits_read
            inout("rdi") start => _,
            inout("ecx") count => _,
            in("al") value,
            options(nostack, preserves_flags),
        )
    };
}

unsafe fn index(table: *const u32, index: u32) -> u32 {
    let value;
    unsafe {
        asm!(
            "mov {value:e}, [{table} + 4*{index:r}]", //~ undefined_upper_bits_read
            table = in(reg) table,
            index = in(reg) index,
            value = lateout(reg) value,
            options(pure, readonly, nostack, preserves_flags),
        )
    };
    value
}

fn sum(a: u64, b: u32) -> u64 {
    let sum;
    unsafe {
        asm!(
            "lea {sum}, [{a} + {b:r}]", //~ undefined_upper_bits_read
            a = in(reg) a,
            b = in(reg) b,
            sum = out(reg) sum,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    sum
}

fn compared(value: i32) -> bool {
    let negative: u8;
    unsafe {
        asm!(
            "test {value:r}, {value:r}", //~ undefined_upper_bits_read
            "sets {negative}",
            value = in(reg) value,
            negative = out(reg_byte) negative,
            options(pure, nomem, nostack),
        )
    };
    negative != 0
}

unsafe fn stored(place: *mut u64, value: u16) {
    unsafe {
        asm!(
            "mov [{place}], {value:r}", //~ undefined_upper_bits_read
            place = in(reg) place,
            value = in(reg) value,
            options(nostack, preserves_flags),
        )
    };
}

fn shifted_down(value: u16) -> u32 {
    let high;
    unsafe {
        asm!(
            "mov {high:e}, {value:e}", //~ undefined_upper_bits_read
            "shr {high:e}, 8",
            value = in(reg) value,
            high = out(reg) high,
            options(pure, nomem, nostack),
        )
    };
    high
}

unsafe fn several(place: *const u8, a: u32, b: u32) -> u8 {
    let value;
    unsafe {
        asm!(
            "mov {value}, [{place} + {a:r}]", //~ undefined_upper_bits_read
            "xor {value}, [{place} + {b:r}]",
            place = in(reg) place,
            a = in(reg) a,
            b = in(reg) b,
            value = out(reg_byte) value,
            options(pure, readonly, nostack),
        )
    };
    value
}

fn comes_out_again(mut value: u32) -> u32 {
    unsafe {
        asm!(
            "shr {0:r}, 1", //~ undefined_upper_bits_read
            inout(reg) value,
            options(pure, nomem, nostack),
        )
    };
    value
}

unsafe fn att_syntax(table: *const u64, index: u8) -> u64 {
    let value;
    unsafe {
        asm!(
            "movq ({table}, {index:r}, 8), {value}", //~ undefined_upper_bits_read
            table = in(reg) table,
            index = in(reg) u16::from(index),
            value = out(reg) value,
            options(att_syntax, pure, readonly, nostack, preserves_flags),
        )
    };
    value
}

unsafe fn generic<T>(place: *const T, offset: i32) -> u8 {
    let value;
    unsafe {
        asm!(
            "mov {value}, [{place} + {offset:r}]", //~ undefined_upper_bits_read
            place = in(reg) place,
            offset = in(reg) offset - 1,
            value = out(reg_byte) value,
            options(pure, readonly, nostack, preserves_flags),
        )
    };
    value
}

macro_rules! bit {
    ($value:expr) => {{
        let count: u64;
        std::arch::asm!("popcnt {1}, {0:r}", in(reg) $value, out(reg) count, options(nomem, nostack));
        count
    }};
}

fn in_a_macro(value: u32) -> u64 {
    unsafe { bit!(value) } //~ undefined_upper_bits_read
}

fn sum_of_neighbours(value: f32) -> f32 {
    let sum;
    unsafe { asm!("haddps {0}, {0}", inout(xmm_reg) value => sum) }; //~ undefined_upper_bits_read
    sum
}
