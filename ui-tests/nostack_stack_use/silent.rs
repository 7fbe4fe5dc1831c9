use std::arch::asm;

extern "C" fn callee() {}

unsafe fn on_another_stack(top: *mut u8) {
    unsafe {
        asm!(
            "and r12, -16",
            "xchg rsp, r12",
            "call {callee}",
            "mov rsp, r12",
            callee = sym callee,
            inout("r12") top => _,
            clobber_abi("C"),
            options(nostack),
        )
    };
}

unsafe fn never_back(entry: extern "C" fn() -> !, top: *mut u8) -> ! {
    unsafe {
        asm!(
            "push 0",
            "mov rsp, {top}",
            "push 0",
            "jmp {entry}",
            entry = in(reg) entry,
            top = in(reg) top,
            options(noreturn, nostack),
        )
    }
}

unsafe fn to_user_mode(stack: u64, code: u64) -> ! {
    unsafe {
        asm!(
            "push 0x23",
            "push {stack}",
            "push 0x202",
            "push 0x33",
            "push {code}",
            "iretq",
            stack = in(reg) stack,
            code = in(reg) code,
            options(noreturn, nostack),
        )
    }
}

fn moves_only() {
    unsafe { asm!("sub rsp, 64", "add rsp, 64", options(nomem, nostack)) };
}

/// The frame of the compiler is above the stack pointer.
unsafe fn frame() -> u64 {
    let word;
    unsafe { asm!("mov {}, [rsp]", out(reg) word, options(readonly, nostack, preserves_flags)) };
    word
}

fn not_promised() -> u64 {
    let flags;
    unsafe { asm!("pushfq", "pop {}", out(reg) flags, options(nomem, preserves_flags)) };
    flags
}
