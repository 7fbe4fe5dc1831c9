use std::arch::{asm, naked_asm};

extern "C" fn stops() -> ! {
    loop {}
}

fn halts_for_ever() -> ! {
    unsafe { asm!("cli", "2:", "hlt", "jmp 2b", options(noreturn, nostack)) }
}

fn jumps_out() -> ! {
    unsafe { asm!("xor ebp, ebp", "push 0", "jmp {}", sym stops, options(noreturn)) }
}

fn jumps_through_a_register(entry: u64) -> ! {
    unsafe { asm!("jmp {}", in(reg) entry, options(noreturn, nostack)) }
}

fn traps() -> ! {
    unsafe { asm!("ud2", options(noreturn, nomem, nostack)) }
}

fn calls_what_never_returns() -> ! {
    unsafe { asm!("call {}", sym stops, options(noreturn)) }
}

/// That the kernel does not come back from this can't be seen here.
fn exits(code: u64) -> ! {
    unsafe { asm!("syscall", in("rax") 60, in("rdi") code, options(noreturn, nostack)) }
}

fn fails_fast() -> ! {
    unsafe { asm!("int 0x29", in("ecx") 7, options(noreturn, nostack)) }
}

fn calls_something_unknown() -> ! {
    unsafe { asm!("call some_function_elsewhere", options(noreturn)) }
}

/// Without a table of handlers the trap resets the machine.
fn resets(table: &[u8; 10]) -> ! {
    unsafe { asm!("lidt [{}]", "int3", in(reg) table, options(noreturn, readonly, nostack)) }
}

unsafe fn to_user_mode(frame: u64) -> ! {
    unsafe { asm!("mov rsp, {}", "iretq", in(reg) frame, options(noreturn)) }
}

unsafe fn system_return(code: u64) -> ! {
    unsafe { asm!("sysretq", in("rcx") code, in("r11") 0x202, options(noreturn, nostack)) }
}

fn to_labels(value: u64) -> bool {
    let mut is_zero = false;
    unsafe {
        asm!(
            "test {value}, {value}",
            "jz {zero}",
            "jmp {other}",
            value = in(reg) value,
            zero = label { is_zero = true },
            other = label {},
            options(noreturn, nomem, nostack),
        )
    };
    is_zero
}

fn not_promised() {
    unsafe { asm!("hlt", options(nostack, preserves_flags)) };
}

#[unsafe(naked)]
extern "C" fn naked_return(value: u64) -> u64 {
    naked_asm!("lea rax, [rdi + 1]", "ret")
}

#[unsafe(naked)]
extern "C" fn naked_tail_jump() -> ! {
    naked_asm!("jmp {}", sym stops)
}

#[unsafe(naked)]
extern "C" fn naked_loop() -> ! {
    naked_asm!("2:", "hlt", "jmp 2b")
}

/// Whether a trap for a debugger continues, the environment decides.
fn debugger_trap() -> ! {
    unsafe { asm!("int3", options(noreturn)) }
}

fn single_step_trap() -> ! {
    unsafe { asm!(".byte 0xf1", options(noreturn)) }
}
