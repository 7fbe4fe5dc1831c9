use std::arch::asm;

unsafe fn balanced(target: *mut f64) {
    unsafe {
        asm!(
            "fldpi",
            "fld st(0)",
            "fmulp st(1), st",
            "fstp qword ptr [{}]",
            in(reg) target,
            out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
            out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
            options(nostack),
        )
    };
}

// Whatever is on the stack stays there.
unsafe fn balanced_without_clobbers(target: *mut f64) {
    unsafe { asm!("fldpi", "fstp qword ptr [{}]", in(reg) target, options(nostack)) };
}

unsafe fn exchanged_and_back() {
    unsafe {
        asm!("fxch st(1)", "fxch st(1)", options(nomem, nostack));
        asm!("fincstp", "fdecstp", options(nomem, nostack));
        asm!("fnop", options(nomem, nostack, preserves_flags));
    }
}

unsafe fn freed(target: *mut f64) {
    unsafe {
        asm!("fld1", "fst qword ptr [{}]", "ffree st(0)", "fincstp", in(reg) target, options(nostack))
    };
}

unsafe fn reset() {
    unsafe {
        asm!(
            "fninit",
            out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
            out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
            options(nomem, nostack),
        );
        asm!("emms", out("mm0") _, options(nomem, nostack));
    }
}

// One register represents all of them.
fn mmx(value: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "movq mm0, {value}",
            "psllq mm0, 3",
            "movq {result}, mm0",
            "emms",
            value = in(reg) value,
            result = out(reg) result,
            out("mm0") _, out("mm1") _, out("mm2") _, out("mm3") _,
            out("mm4") _, out("mm5") _, out("mm6") _, out("mm7") _,
            options(pure, nomem, nostack),
        );
    }
    result
}

unsafe fn calls() {
    extern "C" fn nothing() {}
    unsafe { asm!("call {}", sym nothing, clobber_abi("C")) };
}

unsafe fn in_a_loop(values: *const f64, count: usize, target: *mut f64) {
    unsafe {
        asm!(
            "fldz",
            "2:",
            "fadd qword ptr [{values} + 8*{count} - 8]",
            "dec {count}",
            "jnz 2b",
            "fstp qword ptr [{target}]",
            values = in(reg) values,
            count = inout(reg) count => _,
            target = in(reg) target,
            out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
            out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
            options(nostack),
        )
    };
}

unsafe fn for_ever() -> ! {
    unsafe { asm!("fld1", "2:", "hlt", "jmp 2b", options(noreturn)) };
}

unsafe fn saved_and_restored(area: &mut [u8; 108], value: &f64) {
    unsafe {
        asm!(
            "fnsave [{area}]",
            "fld qword ptr [{value}]",
            "fsqrt",
            "frstor [{area}]",
            area = in(reg) area,
            value = in(reg) value,
            options(nostack, preserves_flags),
        )
    };
}
