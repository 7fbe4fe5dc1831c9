#![deny(asm_lint::not_judged)]
use std::arch::asm;

fn computed_jump(target: usize) {
    unsafe { asm!("jmp {}", in(reg) target, options(noreturn)) };
}

fn invalid_bytes() {
    unsafe { asm!("nop", ".byte 0x06") }; //~ not_judged
}

/// Some system calls never come back.
fn exits(code: usize) -> ! {
    unsafe { asm!("syscall", in("rax") 60, in("rdi") code, options(noreturn, nostack)) } //~ not_judged
}

fn calls_something_unknown() -> ! {
    unsafe { asm!("call some_function_elsewhere", options(noreturn)) } //~ not_judged
}

unsafe fn switches_stacks(from: *mut usize, to: *const usize) {
    unsafe {
        asm!(
            "mov [{from}], rsp",
            "mov rsp, [{to}]", //~ not_judged
            from = in(reg) from,
            to = in(reg) to,
            options(preserves_flags),
        )
    };
}
