use std::arch::asm;

fn sum(a: u64, b: u64) -> u64 {
    let sum;
    unsafe {
        asm!(
            "mov {sum}, {a}", //~ lateout_written_early
            "add {sum}, {b}",
            a = in(reg) a,
            b = in(reg) b,
            sum = lateout(reg) sum,
            options(pure, nomem, nostack),
        )
    };
    sum
}

fn divided(dividend: u64, divisor: u64) -> (u64, u64) {
    let (quotient, remainder);
    unsafe {
        asm!(
            "xor edx, edx", //~ lateout_written_early
            "div {divisor}",
            divisor = in(reg) divisor,
            inlateout("rax") dividend => quotient,
            lateout("rdx") remainder,
            options(pure, nomem, nostack),
        )
    };
    (quotient, remainder)
}

// What is read and written is done with the first operand before the second is read.
fn inlateout(mut a: u64, b: u64) -> u64 {
    unsafe {
        asm!(
            "shl {a}, 3", //~ lateout_written_early
            "add {a}, {b}",
            a = inlateout(reg) a,
            b = in(reg) b,
            options(pure, nomem, nostack),
        )
    };
    a
}

unsafe fn late_clobber(place: *mut u32) {
    unsafe {
        asm!(
            "mov ecx, [{place}]", //~ lateout_written_early
            "bswap ecx",
            "mov [{place}], ecx",
            place = in(reg) place,
            lateout("ecx") _,
            options(nostack, preserves_flags),
        )
    };
}

extern "C" fn callee() -> u64 {
    5
}

unsafe fn clobber_abi(place: *mut u64) {
    unsafe {
        asm!(
            "call {callee}", //~ lateout_written_early
            "mov [{place}], rax",
            callee = sym callee,
            place = in(reg) place,
            clobber_abi("C"),
        )
    };
}

unsafe fn named_input(place: *const u64, other: u64) -> u64 {
    let value;
    unsafe {
        asm!(
            "mov {value}, [rsi]", //~ lateout_written_early
            "add {value}, rdi",
            in("rsi") place,
            in("rdi") other,
            value = lateout(reg) value,
            options(pure, readonly, nostack),
        )
    };
    value
}

// On the way round the input is read again.
unsafe fn in_a_loop(mut place: *const u8, needle: u8) -> u8 {
    let found;
    unsafe {
        asm!(
            "2:",
            "mov {found}, [{place}]", //~ lateout_written_early
            "inc {place}",
            "cmp {found}, {needle}",
            "jne 2b",
            place = inout(reg) place,
            needle = in(reg_byte) needle,
            found = lateout(reg_byte) found,
            options(pure, readonly, nostack),
        )
    };
    let _ = place;
    found
}

fn vector(a: f32, b: f32) -> f32 {
    let result;
    unsafe {
        asm!(
            "movaps {result}, {a}", //~ lateout_written_early
            "mulss {result}, {b}",
            a = in(xmm_reg) a,
            b = in(xmm_reg) b,
            result = lateout(xmm_reg) result,
            options(pure, nomem, nostack),
        )
    };
    result
}

fn att_syntax(a: u64, b: u64) -> u64 {
    let sum;
    unsafe {
        asm!(
            "movq {a}, {sum}", //~ lateout_written_early
            "addq {b}, {sum}",
            a = in(reg) a,
            b = in(reg) b,
            sum = lateout(reg) sum,
            options(att_syntax, pure, nomem, nostack),
        )
    };
    sum
}

fn generic<T: Into<u64>, const N: u32>(value: T) -> u64 {
    let result;
    unsafe {
        asm!(
            "mov {result:e}, {n}", //~ lateout_written_early
            "imul {result}, {value}",
            value = in(reg) value.into(),
            n = const N,
            result = lateout(reg) result,
            options(pure, nomem, nostack),
        )
    };
    result
}

extern "C" fn add_both(a: u64, b: u64) -> u64 {
    a + b
}

/// What the callee leaves in `rdi` is reported here, and not again as a change of an input.
unsafe fn stored_behind_a_call(place: *mut u64, a: u64, b: u64) {
    unsafe {
        asm!(
            "call {function}", //~ lateout_written_early
            "mov [{place}], rax",
            function = sym add_both,
            place = in(reg) place,
            in("rdi") a,
            in("rsi") b,
            clobber_abi("C"),
        )
    };
}
