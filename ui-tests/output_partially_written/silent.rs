use std::arch::asm;
use std::arch::x86_64::{__m128, __m256};
use std::mem::MaybeUninit;

fn upper_half_is_cleared() -> u64 {
    let value;
    unsafe { asm!("mov {0:e}, 1", out(reg) value, options(pure, nomem, nostack, preserves_flags)) };
    value
}

fn cleared_first(a: u64, b: u64) -> u64 {
    let below;
    unsafe {
        asm!(
            "xor {below:e}, {below:e}",
            "cmp {a}, {b}",
            "setb {below:l}",
            a = in(reg) a,
            b = in(reg) b,
            below = out(reg) below,
            options(pure, nomem, nostack),
        )
    };
    below
}

fn widened_last(a: u64, b: u64) -> u64 {
    let below;
    unsafe {
        asm!(
            "cmp {a}, {b}",
            "setb {below:l}",
            "movzx {below:e}, {below:l}",
            a = in(reg) a,
            b = in(reg) b,
            below = out(reg) below,
            options(pure, nomem, nostack),
        )
    };
    below
}

fn narrow_types(value: u64) -> (u8, u16, f32) {
    let (a, b, c);
    unsafe {
        asm!(
            "test {value}, {value}",
            "setz {a}",
            "mov {b:x}, 5",
            "cvtsi2ss {c}, {value}",
            "movss {d}, {c}",
            value = in(reg) value,
            a = out(reg_byte) a,
            b = out(reg) b,
            c = out(xmm_reg) _,
            d = out(xmm_reg) c,
            options(nomem, nostack),
        )
    };
    (a, b, c)
}

unsafe fn from_memory(place: *const f32) -> __m128 {
    let value;
    unsafe {
        asm!(
            "movss {value}, [{place}]",
            place = in(reg) place,
            value = out(xmm_reg) value,
            options(pure, readonly, nostack, preserves_flags),
        )
    };
    value
}

#[target_feature(enable = "avx")]
unsafe fn with_a_vex_prefix(low: __m128) -> __m256 {
    let result;
    unsafe {
        asm!(
            "vmovaps {result:x}, {low}",
            low = in(xmm_reg) low,
            result = out(ymm_reg) result,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    result
}

fn both_bytes() -> u16 {
    let value;
    unsafe {
        asm!(
            "mov al, 1",
            "mov ah, 2",
            out("ax") value,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    value
}

fn thrown_away() {
    unsafe { asm!("mov {0:l}, 1", out(reg) _, options(nomem, nostack, preserves_flags)) };
}

fn an_input_as_well(mut value: u64) -> u64 {
    unsafe {
        asm!("mov {0:l}, 1", inout(reg) value, options(pure, nomem, nostack, preserves_flags))
    };
    value
}

fn as_it_says(value: u64) -> bool {
    let odd: MaybeUninit<u32>;
    unsafe {
        asm!(
            "test {value:l}, 1",
            "setnz {odd:l}",
            value = in(reg) value,
            odd = lateout(reg) odd,
            options(pure, nomem, nostack),
        );
        odd.as_ptr().cast::<bool>().read()
    }
}

fn widened_in_place(value: i8) -> i32 {
    let wide;
    unsafe { asm!("cbw", "cwde", in("al") value, lateout("eax") wide) };
    wide
}
