//! A naked function that takes what is above its return address is entered by a jump.
#![deny(asm_lint::not_judged)]
use std::arch::naked_asm;

/// An interrupt stub: the processor has pushed an error code where a return address would be.
#[unsafe(naked)]
unsafe extern "C" fn stub() {
    naked_asm!("pop rdi", "mov rbx, [rsp]", "jmp {}", sym handler) //~ not_judged
}

#[unsafe(naked)]
pub unsafe extern "C" fn public_stub() {
    naked_asm!("pop rax", "pop rcx", "pop r12", "push rcx", "push rax", "ret") //~ not_judged
}

/// It takes its return address, and goes back by it.
#[unsafe(naked)]
pub unsafe extern "C" fn returns_by_a_jump() {
    naked_asm!("pop rcx", "jmp rcx")
}

/// It also takes what its caller has pushed before the call.
#[unsafe(naked)]
pub unsafe extern "C" fn takes_from_its_caller() {
    naked_asm!("pop rdi", "pop rsi", "jmp rdi") //~ not_judged
}

/// `r12` belongs to the caller, whatever happens to the return address.
#[unsafe(naked)]
pub unsafe extern "C" fn returns() {
    naked_asm!("pop rcx", "xor r12d, r12d", "push rcx", "ret") //~ undeclared_clobber
}

extern "C" fn handler() {}
