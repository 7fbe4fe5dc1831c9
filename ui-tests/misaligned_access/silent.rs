use std::arch::asm;
use std::arch::x86_64::__m128;

#[repr(align(16))]
struct Aligned([f32; 4]);

fn aligned_type(numbers: &Aligned) -> __m128 {
    let vector;
    unsafe { asm!("movaps {}, [{}]", out(xmm_reg) vector, in(reg) numbers) };
    vector
}

fn any_address(numbers: &[f32; 4]) -> __m128 {
    let vector;
    unsafe { asm!("movups {}, [{}]", out(xmm_reg) vector, in(reg) numbers) };
    vector
}

fn vex(numbers: &[f32; 4], mut vector: __m128) -> __m128 {
    unsafe { asm!("vaddps {0}, {0}, [{1}]", inout(xmm_reg) vector, in(reg) numbers) };
    vector
}

unsafe fn bytes(pointer: *const u8) -> __m128 {
    let vector;
    unsafe { asm!("movaps {}, [{}]", out(xmm_reg) vector, in(reg) pointer) };
    vector
}

fn in_bounds_of_an_aligned_place() -> __m128 {
    let place = Aligned([0.0; 4]);
    let vector;
    unsafe { asm!("movaps {}, [{}]", out(xmm_reg) vector, in(reg) &place.0) };
    vector
}

fn aligned_in_the_block(bytes: &mut [u8; 64], zeros: __m128) {
    unsafe {
        asm!(
            "add {p}, 15",
            "and {p}, -16",
            "mov {n:e}, 2",
            "2:",
            "movaps [{p}], {zeros}",
            "movaps [{p} + 16], {zeros}",
            "add {p}, 16",
            "dec {n:e}",
            "jnz 2b",
            p = inout(reg) bytes.as_mut_ptr() => _,
            n = out(reg) _,
            zeros = in(xmm_reg) zeros,
            options(nostack),
        )
    };
}
