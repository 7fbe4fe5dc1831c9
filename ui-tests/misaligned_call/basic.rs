use std::arch::asm;

extern "C" fn nothing() {}
extern "win64" fn windows() {}

unsafe fn one_push() {
    unsafe {
        asm!(
            "push rbx",
            "call {}", //~ misaligned_call
            "pop rbx",
            sym nothing,
            clobber_abi("C"),
        )
    };
}

unsafe fn behind_empty_lines() {
    unsafe {
        asm!(
            "",
            "",
            "push rbx",
            "call {}", //~ misaligned_call
            "pop rbx",
            sym nothing,
            clobber_abi("C"),
        )
    };
}

unsafe fn several_calls(function: extern "C" fn()) {
    unsafe {
        asm!(
            "sub rsp, 24",
            "mov r12, {function}",
            "call r12", //~ misaligned_call
            "call {nothing}",
            "add rsp, 24",
            "call {nothing}",
            function = in(reg) function,
            nothing = sym nothing,
            out("r12") _,
            clobber_abi("C"),
        )
    };
}

unsafe fn on_one_path(wanted: u64) {
    unsafe {
        asm!(
            "mov r12, rsp",
            "test {wanted}, {wanted}",
            "jz 2f",
            "sub rsp, 40",
            "2:",
            "call {nothing}", //~ misaligned_call
            "mov rsp, r12",
            wanted = in(reg) wanted,
            nothing = sym nothing,
            out("r12") _,
            clobber_abi("C"),
        )
    };
}

unsafe fn no_shadow_space() {
    unsafe {
        asm!("call {}", sym windows, clobber_abi("win64")); //~ misaligned_call
        asm!(
            "sub rsp, 16",
            "call {}", //~ misaligned_call
            "add rsp, 16",
            sym windows,
            clobber_abi("win64"),
        );
    }
}

unsafe fn efi(function: extern "efiapi" fn(usize), argument: usize) {
    unsafe {
        asm!(
            "sub rsp, 32",
            "push rcx",
            "call {function}", //~ misaligned_call
            "pop rcx",
            "add rsp, 32",
            function = in(reg) function,
            in("rcx") argument,
            clobber_abi("efiapi"),
        )
    };
}

unsafe fn att() {
    unsafe {
        asm!(
            "subq $8, %rsp",
            "callq {}", //~ misaligned_call
            "addq $8, %rsp",
            sym nothing,
            clobber_abi("C"),
            options(att_syntax),
        )
    };
}

unsafe fn generic<const N: usize>() {
    unsafe {
        asm!(
            "sub rsp, 16 * {n} + 8",
            "call {nothing}", //~ misaligned_call
            "add rsp, 16 * {n} + 8",
            n = const N,
            nothing = sym nothing,
            clobber_abi("C"),
        )
    };
}

macro_rules! call_with_saved {
    ($function:path) => {
        asm!("push rbx", "call {}", "pop rbx", sym $function, clobber_abi("C"))
    };
}

unsafe fn by_macro() {
    unsafe { call_with_saved!(nothing) }; //~ misaligned_call
}

/// `clobber_abi` says how a function is called that only the template names.
unsafe fn named_without_shadow_space() {
    unsafe { asm!("call some_firmware_entry", clobber_abi("win64")) }; //~ misaligned_call
}

unsafe fn named_and_misaligned() {
    unsafe {
        asm!(
            "push 1",
            "call some_c_function", //~ misaligned_call
            "add rsp, 8",
            clobber_abi("sysv64"),
        )
    };
}
