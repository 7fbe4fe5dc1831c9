use std::arch::asm;

unsafe fn pushed_and_popped(start: *mut u8, count: usize, value: u8) {
    unsafe {
        asm!(
            "push rdi",
            "rep stosb",
            "pop rdi",
            in("rdi") start,
            inout("rcx") count => _,
            in("al") value,
            options(preserves_flags),
        )
    };
}

unsafe fn clobbered_too(start: *mut u8, count: usize, value: u8) {
    unsafe {
        asm!(
            "rep stosb",
            in("rdi") start,
            in("rcx") count,
            in("al") value,
            lateout("rdi") _,
            lateout("rcx") _,
            options(nostack, preserves_flags),
        )
    };
}

unsafe fn counted_up_and_down(pointer: *const u32) -> u32 {
    let value: u32;
    unsafe {
        asm!(
            "add {pointer}, 4",
            "mov {value:e}, [{pointer}]",
            "sub {pointer}, 4",
            pointer = in(reg) pointer,
            value = out(reg) value,
            options(pure, readonly, nostack),
        )
    };
    value
}

fn moved_away_and_back(value: u64) -> u64 {
    let double;
    unsafe {
        asm!(
            "mov {double}, {value}",
            "add {value}, {value}",
            "xchg {double}, {value}",
            value = in(reg) value,
            double = out(reg) double,
            options(pure, nomem, nostack),
        )
    };
    double
}

unsafe fn through_a_vector_register(value: u64) {
    unsafe {
        asm!(
            "movq {kept}, {value}",
            "not {value}",
            "movq {value}, {kept}",
            value = in(reg) value,
            kept = out(xmm_reg) _,
            options(nomem, nostack, preserves_flags),
        )
    };
}

// Nothing sees the register after a jump that does not return.
unsafe fn never_back(stack: *const u8, entry: u64) -> ! {
    unsafe {
        asm!(
            "add {stack}, 16",
            "mov rsp, {stack}",
            "jmp {entry}",
            stack = in(reg) stack,
            entry = in(reg) entry,
            options(noreturn),
        )
    };
}

extern "C" fn callee(value: u64) -> u64 {
    value
}

unsafe fn called(value: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "call {}",
            sym callee,
            in("rdi") value,
            lateout("rax") result,
            clobber_abi("C"),
        )
    };
    result
}

// For some values of the constant nothing is changed.
fn generic<const STEP: i32>(value: u64) -> u64 {
    let next;
    unsafe {
        asm!(
            "add {value}, {step}",
            "lea {next}, [{value} + 1]",
            value = in(reg) value,
            step = const STEP,
            next = out(reg) next,
            options(pure, nomem, nostack),
        )
    };
    next
}

// A byte that is named reserves a byte.
unsafe fn byte(value: u8, place: *mut u8) {
    unsafe {
        asm!(
            "mov [{place}], {value}",
            value = in(reg_byte) value,
            place = in(reg) place,
            options(nostack, preserves_flags),
        )
    };
}

fn done_twice(value: u64, key: &u64) -> (u64, u64) {
    let (negated, mixed);
    unsafe {
        asm!(
            "neg {value}",
            "mov {negated}, {value}",
            "neg {value}",
            "mov {key}, [{pointer}]",
            "xor {value}, {key}",
            "mov {mixed}, {value}",
            "xor {value}, {key}",
            value = in(reg) value,
            pointer = in(reg) key,
            key = out(reg) _,
            negated = out(reg) negated,
            mixed = out(reg) mixed,
        )
    };
    (negated, mixed)
}
