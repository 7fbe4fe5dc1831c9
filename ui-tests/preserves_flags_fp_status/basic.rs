//@compile-flags: -Ctarget-feature=+avx512f,+fma

use std::arch::asm;
use std::arch::x86_64::__m256d;

fn sum(mut left: f64, right: f64) -> f64 {
    unsafe {
        asm!(
            "addsd {left}, {right}", //~ preserves_flags_fp_status
            left = inout(xmm_reg) left,
            right = in(xmm_reg) right,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    left
}

fn several(mut left: f32, right: f32) -> f32 {
    unsafe {
        asm!(
            "mulss {right}, {left}", //~ preserves_flags_fp_status
            "xorps {left}, {right}",
            "subss {left}, {right}",
            left = inout(xmm_reg) left,
            right = inout(xmm_reg) right => _,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    left
}

fn vectors(mut left: __m256d, right: __m256d) -> __m256d {
    unsafe {
        asm!(
            "vfmadd231pd {left}, {left}, {right}", //~ preserves_flags_fp_status
            left = inout(ymm_reg) left,
            right = in(ymm_reg) right,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    left
}

fn conversion(value: f64) -> i64 {
    let result;
    unsafe {
        asm!(
            "cvttsd2si {value}, {result}", //~ preserves_flags_fp_status
            value = in(xmm_reg) value,
            result = lateout(reg) result,
            options(att_syntax, pure, nomem, nostack, preserves_flags),
        )
    };
    result
}

unsafe fn x87(target: *mut f64) {
    unsafe {
        asm!(
            "fldpi", //~ preserves_flags_fp_status
            "fstp qword ptr [{}]",
            in(reg) target,
            options(nostack, preserves_flags),
        )
    };
}

unsafe fn clear_flags() {
    unsafe {
        asm!("fnclex", options(nomem, nostack, preserves_flags)); //~ preserves_flags_fp_status
        asm!(
            "lea rsp, [rsp - 16]",
            "stmxcsr dword ptr [rsp]",
            "mov byte ptr [rsp], -128",
            "ldmxcsr dword ptr [rsp]",
            //~^ preserves_flags_fp_status
            //~| fp_control_changed
            "lea rsp, [rsp + 16]",
            options(nomem, preserves_flags),
        );
    }
}

macro_rules! root {
    ($value:ident) => {
        asm!(
            "sqrtsd {0}, {0}",
            inout(xmm_reg) $value,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
}

fn by_macro<T>(mut value: f64) -> f64 {
    unsafe { root!(value) }; //~ preserves_flags_fp_status
    value
}
