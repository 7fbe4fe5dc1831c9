use std::arch::{asm, naked_asm};

extern "C" fn returns() {}

fn halt() -> ! {
    unsafe { asm!("hlt", options(noreturn, nostack)) } //~ noreturn_falls_through
}

fn on_one_path(code: u32) -> ! {
    unsafe {
        asm!(
            "test {code:e}, {code:e}",
            "jz 2f", //~ noreturn_falls_through
            "ud2",
            "2:",
            code = in(reg) code,
            options(noreturn),
        )
    }
}

fn nothing() -> ! {
    unsafe { asm!("", options(noreturn)) } //~ noreturn_falls_through
}

/// The type of the function says that it returns.
fn call() -> ! {
    unsafe { asm!("call {}", sym returns, options(noreturn)) } //~ noreturn_falls_through
}

fn port() -> ! {
    unsafe { asm!("out dx, al", in("dx") 0xf4_u16, in("al") 0_u8, options(noreturn, nostack)) } //~ noreturn_falls_through
}

/// Only this is reported: the wrong stack pointer does not matter until this is fixed.
fn told_alone(value: u64) -> ! {
    unsafe {
        asm!(
            "push {value}",
            "std",
            "inc rbx", //~ noreturn_falls_through
            value = in(reg) value,
            options(noreturn, nostack, preserves_flags),
        )
    }
}

fn with_labels(value: u64) -> bool {
    unsafe {
        asm!(
            "test {value}, {value}",
            "jz {zero}", //~ noreturn_falls_through
            value = in(reg) value,
            zero = label { return true },
            options(noreturn, nostack),
        )
    };
    false
}

fn att_syntax() -> ! {
    unsafe { asm!("hlt", options(att_syntax, noreturn)) } //~ noreturn_falls_through
}

#[unsafe(naked)]
extern "C" fn naked(value: u64) -> u64 {
    naked_asm!("lea rax, [rdi + 1]") //~ noreturn_falls_through
}

#[unsafe(naked)]
extern "C" fn naked_on_one_path(value: u64) -> u64 {
    naked_asm!(
        "mov rax, rdi",
        "test rax, rax",
        "jz 2f", //~ noreturn_falls_through
        "ret",
        "2:",
    )
}

macro_rules! stop {
    () => {
        unsafe { asm!("cli", "hlt", options(noreturn)) }
    };
}

fn by_macro() -> ! {
    stop!() //~ noreturn_falls_through
}

unsafe fn guest(control_block: u64) -> ! {
    unsafe {
        asm!(
            "vmload rax",
            "vmrun rax",
            "vmsave rax", //~ noreturn_falls_through
            in("rax") control_block,
            options(noreturn),
        )
    }
}

/// One way does without the trap.
fn trap_on_one_path(value: u64) -> ! {
    unsafe {
        asm!(
            "test {0}, {0}",
            "jz 2f",
            "int3",
            "2:",
            "nop", //~ noreturn_falls_through
            in(reg) value,
            options(noreturn),
        )
    }
}
