//@compile-flags: -Ctarget-feature=+avx512f,+fma

use std::arch::asm;
use std::arch::x86_64::__m128;

fn no_promise(mut left: f64, right: f64) -> f64 {
    unsafe {
        asm!(
            "addsd {left}, {right}",
            left = inout(xmm_reg) left,
            right = in(xmm_reg) right,
            options(pure, nomem, nostack),
        )
    };
    left
}

fn logic(mut value: __m128) -> __m128 {
    unsafe {
        asm!(
            "pslld {value}, 1",
            "psrld {value}, 1",
            "shufps {value}, {value}, 0x1b",
            "rsqrtps {value}, {value}",
            "rcpps {value}, {value}",
            "paddd {value}, {value}",
            "movaps {other}, {value}",
            "andps {value}, {other}",
            value = inout(xmm_reg) value,
            other = out(xmm_reg) _,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    value
}

// Every `i32` is a double exactly.
fn exact(value: i32) -> f64 {
    let result;
    unsafe {
        asm!(
            "cvtsi2sd {result}, {value:e}",
            value = in(reg) value,
            result = out(xmm_reg) result,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    result
}

fn exceptions_suppressed(mut value: __m128) -> __m128 {
    unsafe {
        asm!(
            "vmaxps {value:z}, {value:z}, {value:z}, {{sae}}",
            value = inout(zmm_reg) value,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    value
}

unsafe fn only_read(control: *mut u16, environment: *mut [u8; 28]) -> u16 {
    let status;
    unsafe {
        asm!(
            "fnstcw word ptr [{control}]",
            "fnstsw ax",
            control = in(reg) control,
            out("ax") status,
            options(nostack, preserves_flags),
        );
        asm!("fnstenv [{}]", in(reg) environment, options(nostack, preserves_flags));
    }
    status
}

unsafe fn put_back(mut value: f32, old: &mut u32) -> f32 {
    unsafe {
        asm!(
            "stmxcsr dword ptr [{old}]",
            "sqrtss {value}, {value}",
            "ldmxcsr dword ptr [{old}]",
            old = in(reg) old,
            value = inout(xmm_reg) value,
            options(nostack, preserves_flags),
        )
    };
    value
}
