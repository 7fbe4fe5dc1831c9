use std::arch::naked_asm;

extern "C" fn double(value: u64) -> u64 {
    2 * value
}

extern "win64" fn windows(value: u64) -> u64 {
    value
}

#[unsafe(naked)]
extern "C" fn plain(value: u64) -> u64 {
    naked_asm!(
        "call {}", //~ misaligned_call
        "ret",
        sym double,
    )
}

#[unsafe(naked)]
extern "C" fn aligned(value: u64) -> u64 {
    naked_asm!("sub rsp, 8", "call {}", "add rsp, 8", "ret", sym double)
}

#[unsafe(naked)]
extern "C" fn framed(value: u64) -> u64 {
    naked_asm!("push rbp", "mov rbp, rsp", "call {}", "pop rbp", "ret", sym double)
}

#[unsafe(naked)]
extern "C" fn tail(value: u64) -> u64 {
    naked_asm!("jmp {}", sym double)
}

#[unsafe(naked)]
extern "win64" fn no_shadow_space(value: u64) -> u64 {
    naked_asm!(
        "sub rsp, 8",
        "call {}", //~ misaligned_call
        "add rsp, 8",
        "ret",
        sym windows,
    )
}

#[unsafe(naked)]
extern "win64" fn shadow_space(value: u64) -> u64 {
    naked_asm!("sub rsp, 40", "call {}", "add rsp, 40", "ret", sym windows)
}

extern "C" fn handle(_frame: *const u64) {}

// The processor enters a handler, with an error code on its stack.
#[unsafe(naked)]
extern "C" fn handler() -> ! {
    naked_asm!(
        "push rax",
        "push rcx",
        "push rdx",
        "push rsi",
        "push rdi",
        "push r8",
        "push r9",
        "push r10",
        "push r11",
        "push r12",
        "lea rdi, [rsp + 80]",
        "cld",
        "call {}",
        "pop r12",
        "pop r11",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rdi",
        "pop rsi",
        "pop rdx",
        "pop rcx",
        "pop rax",
        "add rsp, 8",
        "iretq",
        sym handle,
    )
}

extern "C" fn finish() -> ! {
    loop {}
}

// The bottom of a thread's stack has this as its return address: nothing calls it.
#[unsafe(naked)]
unsafe extern "C" fn end_of_thread() -> ! {
    naked_asm!("call {}", "ud2", sym finish)
}

// The caller does not matter: the block has aligned the stack itself.
#[unsafe(naked)]
unsafe extern "C" fn start() -> ! {
    naked_asm!(
        "xor ebp, ebp",
        "mov rdi, rsp",
        "and rsp, -16",
        "push rdi",
        "call {}", //~ misaligned_call
        "ud2",
        sym finish,
    )
}

#[unsafe(naked)]
unsafe extern "C" fn enter(value: u64) -> ! {
    naked_asm!("call {}", "ud2", sym double) //~ misaligned_call
}
