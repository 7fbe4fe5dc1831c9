use std::arch::asm;

unsafe fn push() {
    unsafe { asm!("fld1", options(nomem, nostack)) }; //~ x87_state_changed
}

unsafe fn pop(target: *mut f64) {
    unsafe { asm!("fstp qword ptr [{}]", in(reg) target, options(nostack)) }; //~ x87_state_changed
}

unsafe fn overwrite() {
    unsafe { asm!("fsqrt", options(nomem, nostack)) }; //~ x87_state_changed
}

unsafe fn turn() {
    unsafe { asm!("fincstp", options(nomem, nostack)) }; //~ x87_state_changed
}

unsafe fn reset() {
    unsafe { asm!("fninit", options(nomem, nostack)) }; //~ x87_state_changed
}

unsafe fn left_on_the_empty_stack(target: *mut f64) {
    unsafe {
        asm!(
            "fldpi",
            "fld1", //~ x87_state_changed
            "fst qword ptr [{}]",
            in(reg) target,
            out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
            out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
            options(nostack),
        )
    };
}

unsafe fn popped_too_often(target: *mut f64) {
    unsafe {
        asm!(
            "fld1",
            "fstp qword ptr [{target}]",
            "fstp qword ptr [{target}]", //~ x87_state_changed
            target = in(reg) target,
            out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
            out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
            options(nostack),
        )
    };
}

unsafe fn on_one_path(target: *mut f64, wanted: u64) {
    unsafe {
        asm!(
            "fldz", //~ x87_state_changed
            "test {wanted}, {wanted}",
            "jz 2f",
            "fstp qword ptr [{target}]",
            "2:",
            target = in(reg) target,
            wanted = in(reg) wanted,
            out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
            out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
            options(nostack),
        )
    };
}

fn mmx_without_clobbers(value: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "movq mm0, {value}", //~ x87_state_changed
            "psllq mm0, 3",
            "movq {result}, mm0",
            "emms",
            value = in(reg) value,
            result = out(reg) result,
            options(nomem, nostack),
        );
        asm!(
            "movq rax, mm1",
            "emms", //~ x87_state_changed
            out("rax") _,
            options(nomem, nostack),
        );
    }
    result
}

fn mmx_without_emms(value: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "movq %rdi, %mm0", //~ x87_state_changed
            "movq %mm0, %rax",
            in("rdi") value,
            out("rax") result,
            out("mm0") _,
            options(att_syntax, pure, nomem, nostack),
        );
    }
    result
}

macro_rules! push_one {
    () => {
        asm!("fld1", options(nomem, nostack))
    };
}

unsafe fn by_macro<T>() {
    unsafe { push_one!() }; //~ x87_state_changed
}
