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

// Whoever is called here knows a convention of its own.
unsafe fn switch(other: *mut *mut u8) {
    unsafe {
        asm!(
            "push rbx",
            "call [rdx]",
            "pop rbx",
            inout("rdx") other => _,
            out("r12") _,
            out("r13") _,
            out("r14") _,
            out("r15") _,
            clobber_abi("sysv64"),
        )
    };
}

#[unsafe(naked)]
extern "C" fn started_by_a_switch() {
    std::arch::naked_asm!("mov rdi, r12", "call rbx", "ud2")
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
