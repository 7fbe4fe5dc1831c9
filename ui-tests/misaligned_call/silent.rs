use std::arch::asm;

extern "C" fn nothing() {}
extern "win64" fn windows() {}

unsafe fn plain() {
    unsafe { asm!("call {}", sym nothing, clobber_abi("C")) };
}

unsafe fn pairs() {
    unsafe {
        asm!("push rbx", "push rbp", "call {}", "pop rbp", "pop rbx", sym nothing, clobber_abi("C"))
    };
}

unsafe fn forced() {
    unsafe {
        asm!(
            "push rbx",
            "mov rbx, rsp",
            "and rsp, -16",
            "call {}",
            "mov rsp, rbx",
            "pop rbx",
            sym nothing,
            clobber_abi("C"),
        )
    };
}

unsafe fn forced_with_shadow_space() {
    unsafe {
        asm!(
            "push rbx",
            "mov rbx, rsp",
            "sub rsp, 32",
            "and rsp, -32",
            "call {}",
            "mov rsp, rbx",
            "pop rbx",
            sym windows,
            clobber_abi("win64"),
        )
    };
}

unsafe fn other_stack(top: *mut u8) {
    unsafe {
        asm!(
            "mov r12, rsp",
            "mov rsp, {top}",
            "call {}",
            "mov rsp, r12",
            sym nothing,
            top = in(reg) top,
            out("r12") _,
            clobber_abi("C"),
        )
    };
}

fn inside() -> u64 {
    let result;
    unsafe {
        asm!(
            "push rbx",
            "call 2f",
            "jmp 3f",
            "2:",
            "mov eax, 1",
            "ret",
            "3:",
            "pop rbx",
            out("rax") result,
        )
    };
    result
}

unsafe fn for_ever() -> ! {
    unsafe { asm!("and rsp, -16", "call {}", "ud2", sym nothing, options(noreturn)) };
}
