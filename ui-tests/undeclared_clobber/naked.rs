use std::arch::naked_asm;

#[unsafe(naked)]
extern "C" fn product(a: u64, b: u64) -> u64 {
    naked_asm!(
        "mov rbx, rdi",
        "imul rbx, rsi", //~ undeclared_clobber
        "mov rax, rbx",
        "ret",
    )
}

#[unsafe(naked)]
extern "win64" fn other_abi(a: u64) -> u64 {
    naked_asm!(
        "mov rdi, rcx", //~ undeclared_clobber
        "pxor xmm6, xmm6",
        "mov rax, rdi",
        "ret",
    )
}

#[unsafe(naked)]
extern "C" fn early_return(a: u64) -> u64 {
    naked_asm!(
        "push r12",
        "xor eax, eax",
        "test rdi, rdi",
        "jnz 2f",
        "mov r12, rdi", //~ undeclared_clobber
        "add rsp, 8",
        "ret",
        "2:",
        "pop r12",
        "ret",
    )
}

extern "C" fn function(_: u64) {}

#[unsafe(naked)]
extern "C" fn tail_call(a: u64) {
    naked_asm!(
        "mov r15, rdi", //~ undeclared_clobber
        "jmp {}",
        sym function,
    )
}

#[unsafe(naked)]
unsafe extern "C" fn called_too(a: u64) {
    naked_asm!("mov rbx, rdi", "ret") //~ undeclared_clobber
}

unsafe fn calls(a: u64) -> usize {
    unsafe { called_too(a) };
    called_too as *const () as usize
}

#[unsafe(naked)]
unsafe extern "C" fn pointed_at(a: u64) {
    naked_asm!("mov rbx, rdi", "ret") //~ undeclared_clobber
}

fn pointer() -> unsafe extern "C" fn(u64) {
    pointed_at
}

#[unsafe(naked)]
unsafe extern "C" fn believed(a: u64) {
    naked_asm!("mov rbx, rdi", "ret") //~ undeclared_clobber
}

unsafe fn believes(a: u64) {
    unsafe { std::arch::asm!("call {}", sym believed, in("rdi") a, clobber_abi("C")) };
}
