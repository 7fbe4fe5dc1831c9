use std::arch::asm;

fn stray_carry(mut value: u64) -> u64 {
    unsafe { asm!("adc {0}, 0", inout(reg) value, options(nomem, nostack)) }; //~ undefined_register_read
    value
}

fn stray_carry_rotated(mut value: u64) -> u64 {
    unsafe { asm!("rcl {0}, 1", inout(reg) value, options(nomem, nostack)) }; //~ undefined_register_read
    value
}

fn stray_condition() -> u8 {
    let flag;
    unsafe { asm!("setc {0}", out(reg_byte) flag, options(nomem, nostack, preserves_flags)) }; //~ undefined_register_read
    flag
}

fn conditional_move(a: u64, mut b: u64) -> u64 {
    unsafe {
        asm!(
            "cmovz {b}, {a}", //~ undefined_register_read
            a = in(reg) a,
            b = inout(reg) b,
            options(nomem, nostack, preserves_flags),
        )
    };
    b
}

fn branch() -> u32 {
    let result;
    unsafe {
        asm!(
            "mov {0:e}, 1",
            "jz 2f", //~ undefined_register_read
            "mov {0:e}, 2",
            "2:",
            out(reg) result,
            options(nomem, nostack, preserves_flags),
        )
    };
    result
}

fn output_read_first(value: u64) -> u64 {
    let sum;
    unsafe {
        asm!(
            "add {sum}, {value}", //~ undefined_register_read
            value = in(reg) value,
            sum = out(reg) sum,
            options(nomem, nostack),
        )
    };
    sum
}

// On the way round the register has a value, on the way in it has none.
fn output_read_in_a_loop(mut count: u64) -> u64 {
    let sum: u64;
    unsafe {
        asm!(
            "2:",
            "add {sum}, {count}", //~ undefined_register_read
            "dec {count}",
            "jnz 2b",
            count = inout(reg) count,
            sum = out(reg) sum,
            options(nomem, nostack),
        )
    };
    count ^ sum
}

unsafe fn selectors_of_system_state() -> u64 {
    let (low, high): (u32, u32);
    unsafe {
        asm!(
            "xgetbv", //~ undefined_register_read
            out("eax") low,
            out("edx") high,
            options(nomem, nostack, preserves_flags),
        );
        asm!(
            "rdmsr", //~ undefined_register_read
            out("eax") _,
            out("edx") _,
            options(nomem, nostack, preserves_flags),
        );
        asm!("wrmsr", in("ecx") 0xc000_0080_u32, in("eax") low, options(nostack, preserves_flags)); //~ undefined_register_read
    }
    u64::from(high) << 32 | u64::from(low)
}

fn unknown_leaf(leaf: u32) -> u32 {
    let features;
    unsafe {
        asm!(
            "mov {saved:r}, rbx",
            "cpuid", //~ undefined_register_read
            "xchg {saved:r}, rbx",
            saved = out(reg) _,
            inout("eax") leaf => _,
            out("ecx") _,
            out("edx") features,
            options(nomem, nostack, preserves_flags),
        )
    };
    features
}

unsafe fn no_operand(place: *mut u64) {
    unsafe {
        asm!(
            "mov [{place}], rax", //~ undefined_register_read
            "mov rcx, [{place} + r10]",
            place = in(reg) place,
            out("rcx") _,
            options(nostack, preserves_flags),
        )
    };
}

unsafe fn port_without_number(value: u8) {
    unsafe { asm!("out dx, al", in("al") value, options(nomem, nostack, preserves_flags)) }; //~ undefined_register_read
}

unsafe fn att_syntax(place: *mut u8, value: u8) {
    unsafe {
        asm!(
            "rep stosb", //~ undefined_register_read
            inout("rdi") place => _,
            in("al") value,
            out("rcx") _,
            options(att_syntax, nostack, preserves_flags),
        )
    };
}

fn generic<T: Into<u64>, const N: i32>(value: T) -> u64 {
    let sum;
    unsafe {
        asm!(
            "lea {sum}, [{value} + {sum} + {n}]", //~ undefined_register_read
            value = in(reg) value.into(),
            sum = out(reg) sum,
            n = const N,
            options(nomem, nostack, preserves_flags),
        )
    };
    sum
}

macro_rules! accumulate {
    ($value:expr) => {{
        let sum: u64;
        std::arch::asm!("xor {1}, {0}", in(reg) $value, out(reg) sum, options(nomem, nostack));
        sum
    }};
}

fn in_a_macro(value: u64) -> u64 {
    unsafe { accumulate!(value) } //~ undefined_register_read
}

fn element_that_nobody_gave(number: u32) -> std::arch::x86_64::__m128i {
    let vector;
    unsafe {
        asm!(
            "pinsrw {vector}, {number:e}, 0", //~ undefined_register_read
            "pshuflw {vector}, {vector}, 1",
            "punpcklqdq {vector}, {vector}",
            vector = out(xmm_reg) vector,
            number = in(reg) number,
        )
    };
    vector
}
