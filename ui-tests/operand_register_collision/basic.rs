use std::arch::asm;

unsafe fn pushed_and_popped(place: *mut [u32; 3]) {
    unsafe {
        asm!(
            "push rbx",
            "cpuid", //~ operand_register_collision
            "mov [{place}], ebx",
            "mov [{place} + 4], edx",
            "mov [{place} + 8], ecx",
            "pop rbx",
            place = in(reg) place,
            inout("eax") 0 => _,
            inout("ecx") 0 => _,
            out("edx") _,
            options(preserves_flags),
        )
    };
}

// Moved away and back, but not exchanged: `saved` and `place` may both be what it should not.
unsafe fn moved_away_and_back(leaf: u32) -> u32 {
    let features: u32;
    unsafe {
        asm!(
            "mov {saved}, rbx",
            "cpuid", //~ operand_register_collision
            "mov {features:e}, ebx",
            "mov rbx, {saved}",
            saved = out(reg) _,
            features = out(reg) features,
            inout("eax") leaf => _,
            inout("ecx") 0 => _,
            out("edx") _,
            options(nomem, nostack, preserves_flags),
        )
    };
    features
}

unsafe fn att_syntax(place: *mut u32) {
    unsafe {
        asm!(
            "pushq %rbx",
            "movl $1, %ebx", //~ operand_register_collision
            "xaddl %ebx, ({place})",
            "popq %rbx",
            place = in(reg) place,
            options(att_syntax),
        )
    };
}

fn one_value_twice(a: u64, b: u64) -> u64 {
    let sum;
    unsafe {
        asm!(
            "add {a}, 1",
            "lea {sum}, [{a} + {b}]", //~ operand_register_collision
            "sub {a}, 1",
            a = in(reg) a,
            b = in(reg) b,
            sum = out(reg) sum,
            options(pure, nomem, nostack),
        )
    };
    sum
}

macro_rules! read_counter {
    ($place:expr) => {
        std::arch::asm!(
            "push r13",
            "rdrand r13",
            "mov [{0}], r13",
            "pop r13",
            in(reg) $place,
        )
    };
}

unsafe fn in_a_macro(place: *mut u64) {
    unsafe { read_counter!(place) } //~ operand_register_collision
}
