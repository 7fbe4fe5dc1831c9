use std::arch::naked_asm;

extern "C" fn function(a: u64) -> u64 {
    a
}

#[unsafe(naked)]
extern "C" fn pushed_and_popped(a: u64) -> u64 {
    naked_asm!("push rbx", "mov rbx, rdi", "call {}", "add rax, rbx", "pop rbx", "ret", sym function)
}

#[unsafe(naked)]
extern "C" fn with_a_frame(a: u64) -> u64 {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "sub rsp, 32",
        "mov [rbp - 8], r12",
        "mov r12, rdi",
        "lea rax, [r12 + 1]",
        "mov r12, [rbp - 8]",
        "leave",
        "ret",
    )
}

// What belongs to the callee may be changed.
#[unsafe(naked)]
extern "C" fn scratch(a: u64) -> u64 {
    naked_asm!("mov rcx, rdi", "lea r11, [rcx + 1]", "mov rax, r11", "pxor xmm6, xmm6", "ret")
}

// After the switch, other registers are restored than were saved.
#[unsafe(naked)]
unsafe extern "C" fn switch_context(old: *mut u64, new: *const u64) {
    naked_asm!(
        "push rbx",
        "push rbp",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "mov [rdi], rsp",
        "mov rsp, [rsi]",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbp",
        "pop rbx",
        "ret",
    )
}

extern "C" fn main(_: *const u8) -> ! {
    loop {}
}

// There is no caller to return to.
#[unsafe(naked)]
unsafe extern "C" fn start() -> ! {
    naked_asm!("xor ebp, ebp", "mov rdi, rsp", "and rsp, -16", "call {}", "ud2", sym main)
}

// Called only by assembly, which knows what happens to `rbx`.
#[unsafe(naked)]
unsafe extern "C" fn part_of_a_routine() {
    naked_asm!("lea rbx, [rdi + rdi]", "add rbx, rsi", "ret")
}

#[unsafe(naked)]
unsafe extern "C" fn routine(a: u64, b: u64) -> u64 {
    naked_asm!("push rbx", "call {}", "mov rax, rbx", "pop rbx", "ret", sym part_of_a_routine)
}

// Jumped to, not called: its address goes into a table that the linker reads.
#[unsafe(naked)]
unsafe extern "C" fn entry_of_a_table() {
    naked_asm!("mov rbx, [rax + 8]", "ret 16")
}

fn table() -> [usize; 1] {
    [entry_of_a_table as *const () as usize]
}

// The registers lie where a room of variable size says, which no code here goes by but its own.
#[unsafe(naked)]
unsafe extern "C" fn works_in_a_room(bytes: usize, place: *mut u64) {
    naked_asm!(
        "mov rax, rsp",
        "push rbx",
        "sub rsp, rdi",
        "and rsp, -64",
        "mov [rsp + 40], rax",
        "mov ebx, 8",
        "2:",
        "mov [rsi + 8 * rbx], rbx",
        "dec rbx",
        "jnz 2b",
        "call {}",
        "mov rsi, [rsp + 40]",
        "mov rbx, [rsi - 8]",
        "mov rsp, rsi",
        "ret",
        sym part_of_a_routine,
    )
}

/// A frame of a size that is known only at run time, page by page, and a routine that fills it: whether
/// the saved stack pointer is among what it writes cannot be determined, nor what comes back through it.
#[unsafe(naked)]
unsafe extern "sysv64" fn fills_a_frame_in_a_routine(count: usize, value: u64) {
    naked_asm!(
        "mov rax, rsp",
        "push rbx",
        "lea r11, [rsp + rdi*2 - 320]",
        "and r11, -64",
        "mov r10, rsp",
        "sub r10, r11",
        "and r10, -4096",
        "lea rsp, [r10 + r11]",
        "4:",
        "lea rsp, [rsp - 4096]",
        "mov r10, [rsp]",
        "cmp rsp, r11",
        "ja 4b",
        "mov [rsp + 40], rax",
        "call 3f",
        "mov r8, [rsp + 40]",
        "mov rbx, [r8 - 8]",
        "lea rsp, [r8]",
        "ret",
        "3:",
        "mov rbx, rsi",
        "lea rcx, [rsp + 80]",
        "2:",
        "mov [rcx], rbx",
        "add rcx, 32",
        "dec rdi",
        "jnz 2b",
        "ret",
    )
}

/// A table is written in a loop, at an address that two paths give different distances from the entry
/// stack pointer. It is below what was saved, which the analysis cannot tell; nothing is accused.
#[unsafe(naked)]
unsafe extern "C" fn table_below_a_moved_stack(words: *const u64, count: u64) {
    naked_asm!(
        "mov rax, rsp",
        "push rbx",
        "push rbp",
        "lea r10, [rsp - 1344]",
        "lea r11, [rdi - 64]",
        "sub r11, r10",
        "and r11, 4095",
        "cmp r11, 512",
        "jb 2f",
        "sub r10, 512",
        "2:",
        "and r10, -64",
        "mov rsp, r10",
        "mov [rsp + 40], rax",
        "lea rbp, [rsp + 64]",
        "3:",
        "mov rbx, [rdi]",
        "mov [rbp], rbx",
        "lea rdi, [rdi + 8]",
        "lea rbp, [rbp + 8]",
        "dec rsi",
        "jnz 3b",
        "mov rsi, [rsp + 40]",
        "mov rbx, [rsi - 8]",
        "mov rbp, [rsi - 16]",
        "lea rsp, [rsi]",
        "ret",
    )
}
