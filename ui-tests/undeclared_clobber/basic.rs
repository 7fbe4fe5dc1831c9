#![feature(asm_unwind)]

use std::arch::asm;

unsafe fn system_call(number: usize) -> isize {
    let result;
    unsafe {
        asm!(
            "syscall", //~ undeclared_clobber
            inlateout("rax") number => result,
            options(nostack, preserves_flags),
        )
    };
    result
}

fn product(a: u64, b: u64) -> u64 {
    let low;
    unsafe {
        asm!(
            "mul {b}", //~ undeclared_clobber
            b = in(reg) b,
            inlateout("rax") a => low,
            options(pure, nomem, nostack),
        )
    };
    low
}

fn time() -> u64 {
    let low: u64;
    unsafe {
        asm!(
            "rdtsc",
            "shl rdx, 32", //~ undeclared_clobber
            "or rax, rdx",
            out("rax") low,
            options(nomem, nostack),
        )
    };
    low
}

unsafe fn several_places(pointer: *mut u64) {
    unsafe {
        asm!(
            "mov r8, [{pointer}]", //~ undeclared_clobber
            "mov r9, [{pointer} + 8]",
            "bswap r8",
            "movbe [{pointer}], r9",
            pointer = in(reg) pointer,
            out("r10") _,
            options(nostack, preserves_flags),
        )
    };
}

unsafe fn vectors(place: *mut [u8; 16]) {
    unsafe {
        asm!(
            "pxor xmm7, xmm7", //~ undeclared_clobber
            "movups [{place}], xmm7",
            place = in(reg) place,
            options(nostack, preserves_flags),
        );
        asm!("vzeroupper", options(nomem, nostack, preserves_flags)); //~ undeclared_clobber
        asm!("kxorq k1, k1, k1", options(nomem, nostack, preserves_flags)); //~ undeclared_clobber
        asm!(
            "vpxord zmm17, zmm17, zmm17", //~ undeclared_clobber
            out("xmm16") _,
            options(nomem, nostack, preserves_flags),
        );
    }
}

#[allow(asm_lint::fp_control_changed)]
unsafe fn state_restored(area: *const u8) {
    unsafe {
        asm!(
            "xrstor [{area}]", //~ undeclared_clobber
            area = in(reg) area,
            in("eax") 7,
            in("edx") 0,
            out("st(0)") _,
            options(nostack),
        )
    };
}

extern "C" fn callee(value: u64) -> u64 {
    value
}

unsafe fn calls(value: u64) -> u64 {
    let result: u64;
    unsafe {
        asm!("call {}", sym callee, inout("rdi") value => _, out("rax") result); //~ undeclared_clobber
    }
    result
}

fn on_one_path(value: u64) {
    unsafe {
        asm!(
            "test {value}, {value}",
            "jnz 2f",
            "mov r12, {value}", //~ undeclared_clobber
            "2:",
            value = in(reg) value,
            options(nomem, nostack),
        )
    };
}

fn generic<T: Into<u64>, const N: u32>(value: T) -> u64 {
    let result: u64;
    unsafe {
        asm!(
            "mov r9d, {n}", //~ undeclared_clobber
            "lea {result}, [{value} + r9]",
            n = const N,
            value = in(reg) value.into(),
            result = lateout(reg) result,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    result
}

unsafe fn transaction(counter: *mut u64) {
    unsafe {
        asm!(
            "xbegin 2f", //~ undeclared_clobber
            "inc qword ptr [{counter}]",
            "xend",
            "2:",
            counter = in(reg) counter,
            options(nostack),
        )
    };
}

// A Rust function's type is never only there to have one.
unsafe fn calls_a_rust_function(function: fn()) -> u64 {
    let result;
    unsafe {
        asm!(
            "call {function}", //~ undeclared_clobber
            function = in(reg) function,
            out("rax") result,
            options(may_unwind),
        )
    };
    result
}

#[target_feature(enable = "avx")]
unsafe fn clears_upper_parts(p: *mut u8) {
    unsafe {
        asm!(
            "vpxor ymm0, ymm0, ymm0",
            "vmovdqu [{}], ymm0",
            "vzeroupper", //~ undeclared_clobber
            in(reg) p,
            out("ymm0") _, out("ymm1") _, out("ymm2") _, out("ymm3") _, out("ymm4") _, out("ymm5") _,
            out("ymm6") _, out("ymm7") _, out("ymm8") _, out("ymm9") _, out("ymm10") _,
            out("ymm11") _, out("ymm12") _, out("ymm13") _,
        )
    };
}

/// Whether the second store hits the first or not: `r12` is not what it was.
unsafe fn loads_what_another_store_may_have_hit(p: *mut u64, q: *mut u64, value: u64) {
    unsafe {
        asm!(
            "mov [{p}], {value}",
            "mov qword ptr [{q}], 5",
            "mov r12, [{p}]", //~ undeclared_clobber
            p = in(reg) p,
            q = in(reg) q,
            value = in(reg) value,
        )
    };
}
