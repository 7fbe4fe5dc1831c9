//! The convention `win64`: `rsi`, `rdi` and the lower halves of `xmm6` to `xmm15` are the caller's,
//! and a caller leaves 32 bytes of shadow space.

#![no_std]

use core::arch::{asm, naked_asm};

extern "C" fn callee() {}

extern "sysv64" fn unix_callee() {}

extern "efiapi" fn firmware_callee() {}

// Registers that a function keeps.

#[unsafe(naked)]
pub extern "C" fn changes_rsi_and_rdi(to: u64, from: u64) {
    naked_asm!(
        "mov rdi, rcx", //~ undeclared_clobber
        "mov rsi, rdx",
        "ret",
    )
}

#[unsafe(naked)]
pub extern "C" fn keeps_rsi_and_rdi(to: u64, from: u64, count: u64) {
    naked_asm!(
        "push rsi",
        "push rdi",
        "mov rdi, rcx",
        "mov rsi, rdx",
        "mov rcx, r8",
        "rep movsb",
        "pop rdi",
        "pop rsi",
        "ret",
    )
}

#[unsafe(naked)]
pub extern "C" fn keeps_rsi_in_shadow_space(from: u64) -> u64 {
    naked_asm!("mov [rsp + 8], rsi", "mov rsi, rcx", "lodsq", "mov rsi, [rsp + 8]", "ret")
}

#[unsafe(naked)]
pub extern "sysv64" fn unix_function_may_change_rsi(to: u64, from: u64, count: u64) {
    naked_asm!("mov rcx, rdx", "rep movsb", "ret")
}

#[unsafe(naked)]
pub extern "sysv64" fn unix_function_changes_rbx(value: u64) -> u64 {
    naked_asm!(
        "mov rbx, rdi", //~ undeclared_clobber
        "lea rax, [rbx + 1]",
        "ret",
    )
}

#[unsafe(naked)]
pub extern "C" fn changes_xmm6(first: f32, second: f32) -> f32 {
    naked_asm!(
        "movaps xmm6, xmm1", //~ undeclared_clobber
        "addss xmm0, xmm6",
        "ret",
    )
}

#[unsafe(naked)]
pub extern "C" fn changes_xmm5(first: f32, second: f32) -> f32 {
    naked_asm!("movaps xmm5, xmm1", "addss xmm0, xmm5", "ret")
}

#[unsafe(naked)]
pub extern "C" fn keeps_xmm6(first: f32, second: f32) -> f32 {
    naked_asm!(
        "sub rsp, 24",
        "movaps [rsp], xmm6",
        "movaps xmm6, xmm1",
        "addss xmm0, xmm6",
        "movaps xmm6, [rsp]",
        "add rsp, 24",
        "ret",
    )
}

#[unsafe(naked)]
pub extern "C" fn clears_upper_halves() {
    naked_asm!("vzeroupper", "ret")
}

#[unsafe(naked)]
pub extern "C" fn clears_all_vectors() {
    naked_asm!(
        "vzeroall", //~ undeclared_clobber
        "ret",
    )
}

// Calls.

pub unsafe fn calls() {
    unsafe { asm!("sub rsp, 32", "call {}", "add rsp, 32", sym callee, clobber_abi("C")) }
}

pub unsafe fn calls_without_clobbers() {
    unsafe {
        asm!(
            "sub rsp, 32",
            "call {}", //~ undeclared_clobber
            "add rsp, 32",
            sym callee,
        )
    }
}

pub unsafe fn calls_without_shadow_space() {
    unsafe {
        asm!(
            "call {}", //~ misaligned_call
            sym callee,
            clobber_abi("C"),
        )
    }
}

pub unsafe fn calls_misaligned() {
    unsafe {
        asm!(
            "sub rsp, 40",
            "call {}", //~ misaligned_call
            "add rsp, 40",
            sym callee,
            clobber_abi("C"),
        )
    }
}

pub unsafe fn calls_firmware_without_shadow_space() {
    unsafe {
        asm!(
            "push rbx",
            "sub rsp, 8",
            "call {}", //~ misaligned_call
            "add rsp, 8",
            "pop rbx",
            sym firmware_callee,
            clobber_abi("efiapi"),
        )
    }
}

pub unsafe fn calls_a_pointer(function: extern "C" fn(u64) -> u64, mut value: u64) -> u64 {
    unsafe {
        asm!(
            "sub rsp, 32",
            "call {}",
            "add rsp, 32",
            in(reg) function,
            inlateout("rcx") value,
            clobber_abi("C"),
            lateout("rax") _,
        )
    }
    value
}

pub unsafe fn a_unix_callee_wants_no_shadow_space() {
    unsafe { asm!("call {}", sym unix_callee, clobber_abi("sysv64")) }
}

/// What `clobber_abi("C")` declares here lacks `rsi` and `rdi`.
pub unsafe fn a_unix_callee_changes_more() {
    unsafe {
        asm!(
            "call {}", //~ undeclared_clobber
            sym unix_callee,
            clobber_abi("C"),
        )
    }
}

/// What `clobber_abi("sysv64")` declares covers all that a `win64` callee changes.
pub unsafe fn clobbers_of_unix_cover_more() {
    unsafe { asm!("sub rsp, 32", "call {}", "add rsp, 32", sym callee, clobber_abi("sysv64")) }
}

#[unsafe(naked)]
pub extern "C" fn naked_call() {
    naked_asm!("sub rsp, 40", "call {}", "add rsp, 40", "ret", sym callee)
}

#[unsafe(naked)]
pub extern "C" fn naked_call_without_shadow_space() {
    naked_asm!(
        "sub rsp, 8",
        "call {}", //~ misaligned_call
        "add rsp, 8",
        "ret",
        sym callee,
    )
}

#[unsafe(naked)]
pub extern "C" fn naked_call_to_unix_callee() {
    naked_asm!(
        "push rsi",
        "sub rsp, 32",
        "call {}", //~ undeclared_clobber
        "add rsp, 32",
        "pop rsi",
        "ret",
        sym unix_callee,
    )
}

// Other promises.

pub unsafe fn pushes() -> u64 {
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

/// There is no red zone, and yet nothing below `rsp` may be written.
pub unsafe fn writes_below_the_stack_pointer(value: u64) {
    unsafe {
        asm!(
            "mov [rsp - 8], {}", //~ nostack_stack_use
            in(reg) value,
            options(nostack, preserves_flags),
        )
    }
}

/// Nothing is known about the kernel but what the processor does.
pub unsafe fn system_call(number: u64) -> u64 {
    let status;
    unsafe {
        asm!("syscall", inlateout("rax") number => status, out("rcx") _, out("r11") _, options(nostack))
    }
    status
}

pub unsafe fn system_call_without_clobbers(number: u64) -> u64 {
    let status;
    unsafe {
        asm!(
            "syscall", //~ undeclared_clobber
            inlateout("rax") number => status,
            options(nostack),
        )
    }
    status
}

/// `gs:` is memory, here where it leads to the thread's block as elsewhere.
pub unsafe fn thread_block() -> u64 {
    let block;
    unsafe {
        asm!(
            "mov {}, gs:[0x30]", //~ nomem_memory_access
            out(reg) block,
            options(nostack, pure, nomem, preserves_flags),
        )
    }
    block
}
