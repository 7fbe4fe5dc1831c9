use std::arch::asm;

extern "C" fn stops() -> ! {
    loop {}
}

fn spins() {
    unsafe { asm!("2:", "pause", "jmp 2b", options(nomem, nostack)) }; //~ missing_noreturn
}

fn traps(code: u64) {
    unsafe { asm!("ud2", in("rax") code) }; //~ missing_noreturn
}

fn jumps(entry: u64) {
    unsafe { asm!("jmp {}", in(reg) entry, options(nostack)) }; //~ missing_noreturn
}

unsafe fn to_user_mode(frame: u64) {
    unsafe { asm!("mov rsp, {}", "iretq", in(reg) frame) }; //~ missing_noreturn
}

fn calls_what_never_returns() {
    unsafe { asm!("call {}", sym stops) }; //~ missing_noreturn
}

/// Clobbers are not outputs that anything uses, but `noreturn` allows none.
fn with_clobbers() {
    unsafe { asm!("xor eax, eax", "2:", "hlt", "jmp 2b", out("eax") _, options(nostack)) }; //~ missing_noreturn
}

fn att_syntax() {
    unsafe { asm!("2:", "hlt", "jmp 2b", options(att_syntax, nostack)) }; //~ missing_noreturn
}

/// The jump that takes the address of the label was the only way to it.
fn gone_from_the_label(target: usize) {
    unsafe {
        asm!(
            "lea rsp, [rip + 2f]",
            "jmp {target}", //~ missing_noreturn
            "2:",
            target = in(reg) target,
        )
    };
}
