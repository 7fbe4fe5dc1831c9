use std::arch::naked_asm;

#[unsafe(naked)]
extern "C" fn one_argument(a: u64) -> u64 {
    naked_asm!("lea rax, [rdi + rsi]", "ret") //~ undefined_register_read
}

#[unsafe(naked)]
extern "C" fn stray_flag(a: u64) -> u64 {
    naked_asm!("mov rax, rdi", "adc rax, 0", "ret") //~ undefined_register_read
}

extern "C" fn function(a: u64, b: u64) -> u64 {
    a ^ b
}

#[unsafe(naked)]
extern "C" fn forwards(a: u64, b: u64) -> u64 {
    naked_asm!("jmp {}", sym function)
}

#[unsafe(naked)]
extern "C" fn two_arguments(a: u64, b: *const u64) -> u64 {
    naked_asm!("mov rax, [rsi]", "add rax, rdi", "ret")
}

// Whoever is interrupted has values in all registers.
#[unsafe(naked)]
unsafe extern "C" fn saves_all() {
    naked_asm!(
        "push rax",
        "push rcx",
        "push rdx",
        "mov rdi, rsp",
        "call {}",
        "pop rdx",
        "pop rcx",
        "pop rax",
        "iretq",
        sym function,
    )
}

// A switch of contexts begins this, not a call.
#[unsafe(naked)]
unsafe extern "C" fn first_of_a_thread() {
    naked_asm!("mov rdi, r12", "mov rsi, rbp", "call rbx", "ud2")
}

#[unsafe(naked)]
unsafe extern "C" fn saves_context(place: *mut u64) {
    naked_asm!(
        "mov [rdi], rbx",
        "mov [rdi + 8], rbp",
        "mov [rdi + 16], r12",
        "mov [rdi + 24], rsp",
        "xor eax, eax",
        "ret",
    )
}

// The flags on entry do not matter here: the branch tests its own.
#[unsafe(naked)]
unsafe extern "C" fn saves_flags(place: *mut u64, again: u64) {
    naked_asm!(
        "pushfq",
        "pop qword ptr [rdi]",
        "test rsi, rsi",
        "jz 2f",
        "mov [rdi + 8], rsi",
        "2: ret",
    )
}

#[unsafe(naked)]
unsafe extern "C" fn saves_flags_and_asks_for_one(place: *mut u64) {
    naked_asm!("pushfq", "pop qword ptr [rdi]", "setc [rdi + 8]", "ret") //~ undefined_register_read
}

#[unsafe(naked)]
unsafe extern "win64" fn saves_vectors(place: *mut [u128; 2]) {
    naked_asm!("movups [rcx], xmm6", "movups [rcx + 16], xmm15", "ret")
}

#[unsafe(naked)]
unsafe extern "win64" fn saves_too_many_vectors(place: *mut [u128; 2]) {
    naked_asm!(
        "movups [rcx], xmm6",
        "movups [rcx + 16], xmm5", //~ undefined_register_read
        "ret",
    )
}

#[unsafe(naked)]
extern "C" fn swaps_halves(value: u128) -> u128 {
    naked_asm!("mov rax, rsi", "mov rdx, rdi", "ret")
}

#[unsafe(naked)]
extern "C" fn third_half(value: i128) -> i128 {
    naked_asm!("mov rax, rdi", "mov rdx, rcx", "ret") //~ undefined_register_read
}

// Six registers are not enough for the second: it is on the stack.
#[unsafe(naked)]
extern "C" fn on_the_stack(a: u64, b: u64, c: u64, d: u64, e: u64, wide: i128) -> u64 {
    naked_asm!("mov rax, [rsp + 8]", "xor rax, r9", "ret") //~ undefined_register_read
}
