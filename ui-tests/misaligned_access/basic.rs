use std::arch::asm;
use std::arch::x86_64::__m128;

fn by_type(numbers: &[f32; 4]) -> __m128 {
    let vector;
    unsafe {
        asm!(
            "movaps {vector}, [{numbers}]", //~ misaligned_access
            numbers = in(reg) numbers,
            vector = out(xmm_reg) vector,
        )
    };
    vector
}

fn legacy_operand(numbers: &[u32; 4], mut vector: __m128) -> __m128 {
    unsafe {
        asm!(
            "addps {vector}, [{numbers}]", //~ misaligned_access
            numbers = in(reg) numbers,
            vector = inout(xmm_reg) vector,
        )
    };
    vector
}

fn by_offset(vectors: &[__m128; 4]) -> __m128 {
    let vector;
    unsafe {
        asm!(
            "movaps {vector}, [{vectors} + 8]", //~ misaligned_access
            vectors = in(reg) vectors,
            vector = out(xmm_reg) vector,
        )
    };
    vector
}

fn compare_and_exchange(pair: &mut [u64; 2]) {
    unsafe {
        asm!(
            "xchg rsi, rbx",
            "lock cmpxchg16b [rdi]", //~ misaligned_access
            "xchg rsi, rbx",
            in("rdi") pair,
            inout("rsi") 0_u64 => _,
            inout("rax") 0_u64 => _,
            inout("rdx") 0_u64 => _,
            in("rcx") 0_u64,
        )
    };
}

fn stepped_by_too_little(bytes: &mut [u8; 64], zeros: std::arch::x86_64::__m128) {
    unsafe {
        asm!(
            "and {p}, -16",
            "mov {n:e}, 2",
            "2:",
            "movaps [{p}], {zeros}", //~ misaligned_access
            "add {p}, 8",
            "dec {n:e}",
            "jnz 2b",
            p = inout(reg) bytes.as_mut_ptr() => _,
            n = out(reg) _,
            zeros = in(xmm_reg) zeros,
            options(nostack),
        )
    };
}

static QUARTERS: [f32; 4] = [0.25; 4];

fn static_by_name() -> std::arch::x86_64::__m128 {
    let vector;
    unsafe {
        asm!(
            "movaps {}, [rip + {}]", //~ misaligned_access
            out(xmm_reg) vector,
            sym QUARTERS,
        )
    };
    vector
}
