use std::arch::asm;

unsafe fn put_back(mut value: f32, setting: &u32) -> f32 {
    unsafe {
        asm!(
            "sub rsp, 16",
            "stmxcsr dword ptr [rsp]",
            "ldmxcsr dword ptr [{setting}]",
            "sqrtss {value}, {value}",
            "ldmxcsr dword ptr [rsp]",
            "add rsp, 16",
            setting = in(reg) setting,
            value = inout(xmm_reg) value,
            options(readonly),
        )
    };
    value
}

unsafe fn put_back_from_elsewhere(mut value: f32, setting: &u32, old: &mut u32) -> f32 {
    unsafe {
        asm!(
            "stmxcsr dword ptr [{old}]",
            "ldmxcsr dword ptr [{setting}]",
            "sqrtss {value}, {value}",
            "ldmxcsr dword ptr [{old}]",
            old = in(reg) old,
            setting = in(reg) setting,
            value = inout(xmm_reg) value,
            options(nostack),
        )
    };
    value
}

unsafe fn round_down(value: &f64) -> i64 {
    let result: i64;
    unsafe {
        asm!(
            "sub rsp, 16",
            "fnstcw word ptr [rsp]",
            "movzx eax, word ptr [rsp]",
            "or eax, 0x400",
            "mov word ptr [rsp + 2], ax",
            "fldcw word ptr [rsp + 2]",
            "fld qword ptr [{value}]",
            "fistp qword ptr [rsp + 8]",
            "fldcw word ptr [rsp]",
            "mov rax, qword ptr [rsp + 8]",
            "add rsp, 16",
            value = in(reg) value,
            out("rax") result,
            out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
            out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
            options(readonly),
        )
    };
    result
}

unsafe fn clear_exception_flags() {
    unsafe {
        asm!(
            "sub rsp, 16",
            "stmxcsr dword ptr [rsp]",
            "and dword ptr [rsp], -64",
            "ldmxcsr dword ptr [rsp]",
            "add rsp, 16",
            options(nomem),
        )
    };
}

unsafe fn reset() {
    unsafe { asm!("fninit", out("st(0)") _, options(nomem, nostack)) };
}

unsafe fn read_only(setting: &mut u32, control: &mut u16) {
    unsafe {
        asm!(
            "stmxcsr dword ptr [{setting}]",
            "fnstcw word ptr [{control}]",
            setting = in(reg) setting,
            control = in(reg) control,
            options(nostack, preserves_flags),
        )
    };
}

fn arithmetic(mut value: f64) -> f64 {
    unsafe { asm!("mulsd {0}, {0}", inout(xmm_reg) value, options(pure, nomem, nostack)) };
    value
}

#[repr(align(64))]
struct Area([u8; 4096]);

unsafe fn images(area: &mut Area, setting: &u32, mask: u32) {
    unsafe {
        asm!(
            "fxsave [{area}]",
            "ldmxcsr dword ptr [{setting}]",
            "fxrstor [{area}]",
            area = in(reg) area,
            setting = in(reg) setting,
            options(nostack),
        );
        asm!(
            "xsave [{area}]",
            "ldmxcsr dword ptr [{setting}]",
            "xrstor [{area}]",
            area = in(reg) area,
            setting = in(reg) setting,
            in("eax") mask,
            in("edx") 0,
            options(nostack),
        );
        asm!(
            "fnstenv [{area}]",
            "fninit",
            "fldenv [{area}]",
            area = in(reg) area,
            out("st(0)") _,
            options(nostack),
        );
    }
}

/// This is what Rust code expects.
fn default_environment() {
    unsafe {
        asm!(
            "push 0x1f80", "ldmxcsr [rsp]", "mov word ptr [rsp], 0x37f", "fldcw [rsp]", "add rsp, 8",
            options(nomem),
        )
    };
}

/// What is changed in the images is not control: the exception flags, the part that belongs to the
/// program, and what is restored.
unsafe fn edited_images(area: *mut u8) {
    unsafe {
        asm!(
            "fxsave [rdi]",
            "and dword ptr [rdi + 24], -64",
            "mov qword ptr [rdi + 464], 1",
            "mov eax, [rdi + 24]",
            "mov dword ptr [rdi + 24], 0x1f80",
            "mov [rdi + 24], eax",
            "fxrstor [rdi]",
            in("rdi") area,
            out("eax") _,
            options(nostack),
        );
    }
}

/// Whether this changes the setting cannot be determined.
unsafe fn image_of_what_the_processor_has(area: *mut u8, mask: u32, at: usize) {
    unsafe {
        asm!(
            "xsave [rdi]",
            "mov dword ptr [rdi + 24], 0x1f80",
            "xrstor [rdi]",
            in("rdi") area,
            in("eax") mask,
            in("edx") 0,
            options(nostack),
        );
        asm!(
            "fxsave [rdi]",
            "mov dword ptr [rdi + rcx], 0x1f80",
            "fxrstor [rdi]",
            in("rdi") area,
            in("rcx") at,
            options(nostack),
        );
    }
}
