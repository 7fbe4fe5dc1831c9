use std::arch::{asm, naked_asm};

/// The block put the address there itself.
fn to_a_label() -> u32 {
    let value;
    unsafe {
        asm!(
            "lea rax, [rip + 2f]",
            "push rax",
            "ret",
            "2:",
            "mov eax, 1",
            out("rax") value,
            options(nomem),
        )
    };
    let _: u64 = value;
    1
}

fn subroutine() -> u64 {
    let value;
    unsafe { asm!("call 2f", "jmp 3f", "2:", "mov eax, 1", "ret", "3:", out("rax") value) };
    value
}

extern "C" fn stops() -> ! {
    loop {}
}

fn to_a_function(entry: usize) {
    unsafe { asm!("push {}", "ret", in(reg) entry, options(noreturn)) };
}

fn to_a_symbol() {
    unsafe { asm!("lea rax, [rip + {}]", "mov [rsp], rax", "ret", sym stops, options(noreturn)) };
}

/// What is on another stack is not the compiler's.
fn on_another_stack(top: usize) {
    unsafe { asm!("mov rsp, {}", "ret", in(reg) top, options(noreturn)) };
}

fn to_user_mode(frame: usize) {
    unsafe { asm!("mov rsp, {}", "iretq", in(reg) frame, options(noreturn)) };
}

#[unsafe(naked)]
pub extern "C" fn naked() -> u32 {
    naked_asm!("mov eax, 1", "ret")
}
