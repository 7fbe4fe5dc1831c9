use std::arch::asm;

unsafe fn widened_first(table: *const u32, index: u32) -> u32 {
    let value;
    unsafe {
        asm!(
            "mov {index:e}, {index:e}",
            "mov {value:e}, [{table} + 4*{index:r}]",
            table = in(reg) table,
            index = inout(reg) index => _,
            value = out(reg) value,
            options(pure, readonly, nostack, preserves_flags),
        )
    };
    value
}

fn sum_is_cut(a: u32, b: u32) -> u32 {
    let sum;
    unsafe {
        asm!(
            "lea {sum:e}, [{a:r} + {b:r} + 1]",
            a = in(reg) a,
            b = in(reg) b,
            sum = lateout(reg) sum,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    sum
}

fn byte(value: u8) -> u64 {
    let wide;
    unsafe {
        asm!(
            "movzx {wide:e}, {value}",
            value = in(reg_byte) value,
            wide = lateout(reg) wide,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    wide
}

fn sign_extended(value: i32) -> i64 {
    let wide;
    unsafe {
        asm!(
            "movsxd {wide}, {value:e}",
            value = in(reg) value,
            wide = lateout(reg) wide,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    wide
}

fn masked(value: u16) -> u64 {
    let low;
    unsafe {
        asm!(
            "mov {low:e}, {value:e}",
            "and {low:e}, 0x0fff",
            value = in(reg) value,
            low = out(reg) low,
            options(pure, nomem, nostack),
        )
    };
    low
}

fn full_width_and_back(mut a: u32, b: u32) -> u32 {
    unsafe {
        asm!(
            "add {a:r}, {b:r}",
            "imul {a:r}, {b:r}",
            "xor {a:r}, {b:r}",
            "shl {a:r}, 3",
            a = inout(reg) a,
            b = in(reg) b,
            options(pure, nomem, nostack),
        )
    };
    a
}

unsafe fn pushed(value: u32) {
    unsafe { asm!("push {0:r}", "pop {0:r}", in(reg) value, options(nomem)) };
}

unsafe fn port(port: u16, value: u8) -> u8 {
    let answer;
    unsafe {
        asm!("out dx, al", in("dx") port, in("al") value, options(nomem, nostack, preserves_flags));
        asm!("in al, dx", in("dx") port, out("al") answer, options(nomem, nostack, preserves_flags));
    }
    answer
}

unsafe fn model_specific(register: u32, low: u32, high: u32) {
    unsafe {
        asm!(
            "wrmsr",
            in("ecx") register,
            in("eax") low,
            in("edx") high,
            options(nostack, preserves_flags),
        )
    };
}

fn shift_count(mut value: u64, count: u8) -> u64 {
    unsafe {
        asm!("shl {0}, cl", inout(reg) value, in("cl") count, options(pure, nomem, nostack))
    };
    value
}

fn scalar_in_a_vector(a: f32, b: f32) -> f32 {
    let mut sum = a;
    unsafe {
        asm!(
            "addss {sum}, {b}",
            sum = inout(xmm_reg) sum,
            b = in(xmm_reg) b,
            options(pure, nomem, nostack),
        )
    };
    sum
}

unsafe fn pointer(place: *const u32) -> u32 {
    let value;
    unsafe {
        asm!(
            "mov {value:e}, [{place:r}]",
            place = in(reg) place,
            value = out(reg) value,
            options(pure, readonly, nostack, preserves_flags),
        )
    };
    value
}

unsafe fn compare_and_exchange(place: *mut u32, mut old: u32, new: u32) -> (u32, bool) {
    let same: u8;
    unsafe {
        asm!(
            "lock cmpxchg [{place}], {new:e}",
            "sete {same}",
            place = in(reg) place,
            new = in(reg) new,
            same = out(reg_byte) same,
            inout("eax") old,
            options(nostack),
        )
    };
    (old, same != 0)
}

unsafe fn segment(selector: u16) {
    unsafe { asm!("mov ds, {0:x}", in(reg) selector, options(nostack, preserves_flags)) };
}

fn counts_that_the_processor_cuts(value: u64, index: u32, sum: u32) -> (u8, u32) {
    let (bit, checksum);
    unsafe {
        asm!(
            "bt {value}, {index:r}",
            "setc {bit}",
            "crc32 {sum:r}, {value}",
            value = in(reg) value,
            index = in(reg) index,
            bit = out(reg_byte) bit,
            sum = inout(reg) sum => checksum,
        )
    };
    (bit, checksum)
}

fn vector_count(value: std::arch::x86_64::__m128i, count: f64) -> std::arch::x86_64::__m128i {
    let shifted;
    unsafe { asm!("psrlq {0}, {1}", inout(xmm_reg) value => shifted, in(xmm_reg) count) };
    shifted
}
