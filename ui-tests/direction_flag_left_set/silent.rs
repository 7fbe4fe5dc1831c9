use std::arch::{asm, naked_asm};

unsafe fn cleared(last: *mut u8, count: usize) {
    unsafe {
        asm!(
            "std",
            "rep stosb",
            "cld",
            inout("rdi") last => _,
            inout("rcx") count => _,
            in("al") 0_u8,
            options(nostack, preserves_flags),
        )
    };
}

unsafe fn flags_back(last: *mut u8, count: usize) {
    unsafe {
        asm!(
            "pushfq",
            "std",
            "rep stosb",
            "popfq",
            inout("rdi") last => _,
            inout("rcx") count => _,
            in("al") 0_u8,
            options(preserves_flags),
        )
    };
}

/// Whether bit 10 is set cannot be determined.
unsafe fn unknown_flags(flags: u64) {
    unsafe { asm!("push {}", "popfq", in(reg) flags, options(nomem)) };
}

unsafe fn other_flags_loaded() {
    unsafe { asm!("push 0x202", "popfq", options(nomem)) };
}

fn never_back() -> ! {
    unsafe { asm!("std", "2:", "hlt", "jmp 2b", options(noreturn, nostack)) }
}

#[unsafe(naked)]
extern "C" fn naked(last: *mut u8, count: usize) {
    naked_asm!("mov rcx, rsi", "mov al, 0", "std", "rep stosb", "cld", "ret")
}
