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
