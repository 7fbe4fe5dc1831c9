use std::arch::asm;
use std::arch::x86_64::{__m128, __m256};

fn one_byte(a: u64, b: u64) -> u64 {
    let below;
    unsafe {
        asm!(
            "cmp {a}, {b}",
            "setb {below:l}", //~ output_partially_written
            a = in(reg) a,
            b = in(reg) b,
            below = out(reg) below,
            options(pure, nomem, nostack),
        )
    };
    below
}

unsafe fn two_bytes(place: *const u16) -> u32 {
    let value;
    unsafe {
        asm!(
            "mov {value:x}, [{place}]", //~ output_partially_written
            place = in(reg) place,
            value = out(reg) value,
            options(pure, readonly, nostack, preserves_flags),
        )
    };
    value
}

fn high_byte() -> u16 {
    let value;
    unsafe {
        asm!(
            "mov {value:h}, 1", //~ output_partially_written
            value = out(reg_abcd) value,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    value
}

fn between_registers(one: __m128) -> __m128 {
    let result;
    unsafe {
        asm!(
            "movss {result}, {one}", //~ output_partially_written
            one = in(xmm_reg) one,
            result = out(xmm_reg) result,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    result
}

// Without a VEX prefix the upper half is unchanged.
#[target_feature(enable = "avx")]
unsafe fn upper_half(low: __m128) -> __m256 {
    let result;
    unsafe {
        asm!(
            "movaps {result:x}, {low}", //~ output_partially_written
            low = in(xmm_reg) low,
            result = out(ymm_reg) result,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    result
}

fn on_one_path(value: u64) -> u32 {
    let result;
    unsafe {
        asm!(
            "mov {result:l}, 1", //~ output_partially_written
            "test {value}, {value}",
            "jz 2f",
            "movzx {result:e}, {result:l}",
            "2:",
            value = in(reg) value,
            result = out(reg) result,
            options(pure, nomem, nostack),
        )
    };
    result
}

fn att_syntax(value: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "testq {value}, {value}",
            "setz {result:l}", //~ output_partially_written
            value = in(reg) value,
            result = lateout(reg) result,
            options(att_syntax, pure, nomem, nostack),
        )
    };
    result
}

fn generic<T: Into<u64>>(value: T) -> u16 {
    let result;
    unsafe {
        asm!(
            "test {value}, {value}",
            "setz al", //~ output_partially_written
            value = in(reg) value.into(),
            out("ax") result,
            options(pure, nomem, nostack),
        )
    };
    result
}

macro_rules! is_zero {
    ($value:expr) => {{
        let result: u32;
        std::arch::asm!("test {0}, {0}", "setz {1:l}", in(reg) $value, out(reg) result);
        result
    }};
}

fn in_a_macro(value: u64) -> u32 {
    unsafe { is_zero!(value) } //~ output_partially_written
}

fn three_of_four(a: u32, b: u32) -> std::arch::x86_64::__m128i {
    let vector;
    unsafe {
        asm!(
            "movlps {vector}, [{zeros}]",
            "pinsrw {vector}, {a:e}, 4",
            "pinsrw {vector}, {b:e}, 5", //~ output_partially_written
            zeros = in(reg) &[0_u32; 2],
            a = in(reg) a,
            b = in(reg) b,
            vector = out(xmm_reg) vector,
        )
    };
    vector
}

fn above_the_input(value: i8) -> i32 {
    let wide;
    unsafe { asm!("cbw", in("al") value, lateout("eax") wide) }; //~ output_partially_written
    wide
}

fn above_the_status(a: u8, b: u8) -> u32 {
    let greater;
    unsafe {
        asm!(
            "cmp {a}, {b}",
            "mov ax, 0",
            "seta al", //~ output_partially_written
            a = in(reg_byte) a,
            b = in(reg_byte) b,
            out("eax") greater,
        )
    };
    greater
}
