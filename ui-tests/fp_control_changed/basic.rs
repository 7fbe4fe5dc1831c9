use std::arch::asm;

unsafe fn foreign_value(setting: &u32) {
    unsafe { asm!("ldmxcsr dword ptr [{}]", in(reg) setting, options(readonly, nostack)) }; //~ fp_control_changed
}

unsafe fn flush_denormals() {
    unsafe {
        asm!(
            "sub rsp, 16",
            "stmxcsr dword ptr [rsp]",
            "or dword ptr [rsp], 0x8040",
            "ldmxcsr dword ptr [rsp]", //~ fp_control_changed
            "add rsp, 16",
            options(nomem),
        )
    };
}

unsafe fn truncate() {
    unsafe {
        asm!(
            "sub rsp, 16",
            "fnstcw word ptr [rsp]",
            "or word ptr [rsp], 0xc00",
            "fldcw word ptr [rsp]", //~ fp_control_changed
            "add rsp, 16",
            options(nomem),
        )
    };
}

unsafe fn both(mxcsr: &u32, control: &u16) {
    unsafe {
        asm!(
            "fldcw word ptr [{control}]",
            "ldmxcsr dword ptr [{mxcsr}]", //~ fp_control_changed
            control = in(reg) control,
            mxcsr = in(reg) mxcsr,
            options(readonly, nostack),
        )
    };
}

// Where the jump is taken, the old value does not come back.
unsafe fn on_one_path(mut value: f32, setting: &u32) -> f32 {
    unsafe {
        asm!(
            "subq $16, %rsp",
            "stmxcsr (%rsp)",
            "ldmxcsr ({setting})",
            "sqrtss {value}, {value}",
            "ucomiss {value}, {value}",
            "jp 2f",
            "ldmxcsr (%rsp)", //~ fp_control_changed
            "2:",
            "addq $16, %rsp",
            setting = in(reg) setting,
            value = inout(xmm_reg) value,
            options(att_syntax, readonly),
        )
    };
    value
}

macro_rules! set_mxcsr {
    ($setting:expr) => {
        asm!("ldmxcsr dword ptr [{}]", in(reg) $setting, options(readonly, nostack))
    };
}

unsafe fn by_macro<T>(setting: &u32) {
    unsafe { set_mxcsr!(setting) }; //~ fp_control_changed
}

fn loads_a_context(image: *const u8) {
    unsafe { asm!("fxrstor [{}]", in(reg) image, clobber_abi("C"), options(nostack)) }; //~ fp_control_changed
}

unsafe fn loads_an_environment(image: *const u8) {
    unsafe { asm!("fldenv [{}]", in(reg) image, options(readonly, nostack)) }; //~ fp_control_changed
}

unsafe fn loads_the_unit(image: *const u8) {
    unsafe {
        asm!(
            "frstor [{}]", //~ fp_control_changed
            in(reg) image,
            out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
            out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
            options(readonly, nostack),
        )
    };
}

unsafe fn loads_components(image: *const u8) {
    unsafe {
        asm!(
            "xrstor [{}]", //~ fp_control_changed
            in(reg) image,
            in("eax") 7,
            in("edx") 0,
            clobber_abi("C"),
            options(nostack),
        )
    };
}

unsafe fn edits_an_image(area: *mut u8) {
    unsafe {
        asm!(
            "fxsave [rdi]",
            "or dword ptr [rdi + 24], 0x8040",
            "fxrstor [rdi]", //~ fp_control_changed
            in("rdi") area,
            options(nostack),
        )
    };
}

unsafe fn edits_an_image_on_the_stack() {
    unsafe {
        asm!(
            "push rbp",
            "mov rbp, rsp",
            "sub rsp, 512",
            "and rsp, -16",
            "fxsave [rsp]",
            "mov word ptr [rsp], 0x27f",
            "fxrstor [rsp]", //~ fp_control_changed
            "mov rsp, rbp",
            "pop rbp",
        )
    };
}

unsafe fn edits_an_environment(area: *mut u8) {
    unsafe {
        asm!(
            "fnstenv [rdi]",
            "or word ptr [rdi], 0xc00",
            "fldenv [rdi]", //~ fp_control_changed
            in("rdi") area,
            options(nostack),
        )
    };
}
