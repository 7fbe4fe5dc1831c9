//! A kernel's target: no red zone, no vector registers, no system below it.

#![no_std]
#![feature(abi_x86_interrupt)]

use core::arch::{asm, naked_asm};

extern "C" fn callee() {}

// The stack.

pub unsafe fn flags() -> u64 {
    let flags;
    unsafe { asm!("pushfq", "pop {}", out(reg) flags, options(nomem, preserves_flags)) }
    flags
}

/// Without a red zone the push does no harm today, and is promised not to be there all the same.
pub unsafe fn flags_without_stack() -> u64 {
    let flags;
    unsafe {
        asm!(
            "pushfq", //~ nostack_stack_use
            "pop {}",
            out(reg) flags,
            options(nomem, nostack, preserves_flags),
        )
    }
    flags
}

pub unsafe fn writes_below_the_stack_pointer(value: u64) {
    unsafe {
        asm!(
            "mov [rsp - 8], {}", //~ nostack_stack_use
            in(reg) value,
            options(nostack, preserves_flags),
        )
    }
}

pub unsafe fn switches_stacks(stack: u64, mut value: u64) -> u64 {
    unsafe {
        asm!(
            "xchg rsp, {stack}",
            "push {value}",
            "pop {value}",
            "xchg rsp, {stack}",
            stack = inout(reg) stack => _,
            value = inout(reg) value,
            options(nostack, preserves_flags),
        )
    }
    value
}

/// Reloads `cs` by a far return.
pub unsafe fn loads_code_segment(selector: u64) {
    unsafe {
        asm!(
            "push {selector}",
            "lea {target}, [rip + 2f]",
            "push {target}",
            "retfq",
            "2:",
            selector = in(reg) selector,
            target = out(reg) _,
            options(preserves_flags),
        )
    }
}

// Calls and system calls.

/// There are no vector registers that the callee could change.
pub unsafe fn calls() {
    unsafe { asm!("call {}", sym callee, clobber_abi("C")) }
}

pub unsafe fn calls_with_general_registers() {
    unsafe {
        asm!(
            "call {}",
            sym callee,
            out("rax") _, out("rcx") _, out("rdx") _, out("rsi") _, out("rdi") _,
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
        )
    }
}

pub unsafe fn calls_without_clobbers() {
    unsafe {
        asm!(
            "call {}", //~ undeclared_clobber
            sym callee,
        )
    }
}

/// What comes back in `rax` is the callee's business where no kernel is known.
pub unsafe fn system_call(number: u64) {
    unsafe { asm!("syscall", in("rax") number, out("rcx") _, out("r11") _, options(nostack)) }
}

pub unsafe fn system_call_without_clobbers(number: u64) {
    unsafe {
        asm!(
            "syscall", //~ undeclared_clobber
            in("rax") number,
            options(nostack),
        )
    }
}

pub unsafe fn interrupt_0x80(number: u64) {
    unsafe { asm!("int 0x80", in("rax") number, options(nostack)) }
}

// What kernels do.

pub unsafe fn halts() -> ! {
    unsafe { asm!("cli", "2:", "hlt", "jmp 2b", options(nomem, nostack, noreturn)) }
}

pub unsafe fn loads_descriptor_table(descriptor: &[u8; 10]) {
    unsafe {
        asm!(
            "lgdt [{}]", //~ nomem_memory_access
            in(reg) descriptor,
            options(nomem, nostack, preserves_flags),
        )
    }
}

pub unsafe fn flushes_translation(address: u64) {
    unsafe {
        asm!(
            "invlpg [{}]", //~ system_instruction_promise
            in(reg) address,
            options(nomem, nostack, preserves_flags),
        )
    }
}

/// The function that it calls may change more than it saves.
#[unsafe(naked)]
pub extern "x86-interrupt" fn saves_too_few(frame: &[u64; 5]) {
    naked_asm!(
        "push rax",
        "push rdx",
        "call {}", //~ undeclared_clobber
        "pop rdx",
        "pop rax",
        "iretq",
        sym callee,
    )
}

#[unsafe(naked)]
pub extern "C" fn switches_contexts(old: *mut u64, new: u64) {
    naked_asm!(
        "push rbx",
        "push rbp",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "mov [rdi], rsp",
        "mov rsp, rsi",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbp",
        "pop rbx",
        "ret",
    )
}

#[unsafe(naked)]
pub extern "C" fn changes_rbx(value: u64) -> u64 {
    naked_asm!(
        "mov rbx, rdi", //~ undeclared_clobber
        "mov rax, rbx",
        "ret",
    )
}

/// In `win64` the arguments are elsewhere, and `rsi` is kept.
#[unsafe(naked)]
pub extern "win64" fn windows_function(value: u64) -> u64 {
    naked_asm!(
        "mov rsi, rcx", //~ undeclared_clobber
        "mov rax, rsi",
        "ret",
    )
}

#[unsafe(naked)]
pub extern "efiapi" fn firmware_function(value: u64) -> u64 {
    naked_asm!(
        "mov rdi, rcx", //~ undeclared_clobber
        "mov rax, rdi",
        "ret",
    )
}

// Firmware and handlers.

/// What answers an interrupt answers in the carry flag, too.
pub unsafe fn disk_service(function: u16) -> bool {
    let failed: u8;
    unsafe {
        asm!(
            "int 0x13",
            "setc {}",
            out(reg_byte) failed,
            inout("ax") function => _,
        )
    }
    failed != 0
}

/// The compiler keeps nothing in vector registers here, nor relies on MXCSR.
pub unsafe fn uses_vectors(control: *const u32, data: *mut u8) {
    unsafe {
        asm!(
            "ldmxcsr [{control}]",
            "movups xmm0, [{data}]",
            "movups [{data}], xmm0",
            control = in(reg) control,
            data = in(reg) data,
            options(nostack),
        )
    }
}

/// A handler gives back every register, and returns with `iret`.
#[unsafe(naked)]
pub extern "x86-interrupt" fn handler(_frame: u64) {
    naked_asm!("push rax", "push rdx", "xor eax, eax", "xor edx, edx", "pop rdx", "pop rax", "iretq")
}

#[unsafe(naked)]
pub extern "x86-interrupt" fn handler_with_error_code(_frame: u64, _code: u64) {
    naked_asm!("push rcx", "mov rcx, [rsp + 8]", "pop rcx", "add rsp, 8", "iretq")
}

#[unsafe(naked)]
pub extern "x86-interrupt" fn handler_that_forgets(_frame: u64) {
    naked_asm!(
        "xor eax, eax", //~ undeclared_clobber
        "iretq",
    )
}

#[unsafe(naked)]
pub extern "x86-interrupt" fn handler_that_leaves_the_code(_frame: u64, _code: u64) {
    naked_asm!("iretq") //~ stack_pointer_not_restored
}
