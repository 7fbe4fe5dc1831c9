use std::arch::asm;

unsafe fn string_instruction(start: *mut u64, count: usize) {
    unsafe {
        asm!(
            "rep stosq", //~ in_operand_modified
            in("rdi") start,
            in("rcx") count,
            in("rax") 0_u64,
            options(nostack, preserves_flags),
        )
    };
}

unsafe fn compare_and_exchange(place: *mut u64, old: u64, new: u64) -> bool {
    let same: u8;
    unsafe {
        asm!(
            "lock cmpxchg [{place}], {new}", //~ in_operand_modified
            "sete {same}",
            place = in(reg) place,
            new = in(reg) new,
            in("rax") old,
            same = out(reg_byte) same,
            options(nostack),
        )
    };
    same != 0
}

unsafe fn system_call(number: usize) {
    unsafe {
        asm!(
            "syscall", //~ in_operand_modified
            in("rax") number,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        )
    };
}

fn on_one_path(mut value: u64, limit: u64) -> u64 {
    unsafe {
        asm!(
            "cmp {value}, {limit}",
            "jb 2f",
            "dec {limit}", //~ in_operand_modified
            "mov {value}, {limit}",
            "2:",
            value = inout(reg) value,
            limit = in(reg) limit,
            options(pure, nomem, nostack),
        )
    };
    value
}

// Clearing the upper half is a change, too: another value may live there.
fn upper_half(value: u32) -> u64 {
    let wide;
    unsafe {
        asm!(
            "mov {value:e}, {value:e}", //~ in_operand_modified
            "mov {wide}, {value:r}",
            value = in(reg) value,
            wide = out(reg) wide,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    wide
}

unsafe fn att_syntax(counter: u64) -> u32 {
    let features;
    unsafe {
        asm!(
            "mov %rbx, {saved}",
            "cpuid", //~ in_operand_modified
            "xchg %rbx, {saved}",
            saved = out(reg) _,
            in("eax") 7,
            in("rcx") counter,
            out("edx") features,
            options(att_syntax, nomem, nostack, preserves_flags),
        )
    };
    features
}

unsafe fn vector(value: f32) -> f32 {
    let result;
    unsafe {
        asm!(
            "addss {value}, {value}", //~ in_operand_modified
            "movaps {result}, {value}",
            value = in(xmm_reg) value,
            result = out(xmm_reg) result,
            options(pure, nomem, nostack),
        )
    };
    result
}

fn to_a_label(value: u64) -> bool {
    unsafe {
        asm!(
            "dec {value}", //~ in_operand_modified
            "jz {zero}",
            "inc {value}",
            value = in(reg) value,
            zero = label { return true },
            options(nomem, nostack),
        )
    };
    false
}

fn generic<const STEP: i32, T: Copy>(value: *const T) -> *const T {
    let next;
    unsafe {
        asm!(
            "add {value}, {step}",
            "inc {value}", //~ in_operand_modified
            "lea {next}, [{value} + 1]",
            value = in(reg) value,
            step = const STEP,
            next = out(reg) next,
            options(pure, nomem, nostack),
        )
    };
    next
}
