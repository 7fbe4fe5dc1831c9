use std::arch::asm;

fn promised() -> ! {
    unsafe { asm!("2:", "hlt", "jmp 2b", options(noreturn, nostack)) }
}

fn comes_back() {
    unsafe { asm!("hlt", options(nostack, preserves_flags)) };
}

fn comes_back_on_one_path(count: u64) {
    unsafe {
        asm!(
            "2:",
            "dec {count}",
            "jnz 2b",
            count = inout(reg) count => _,
            options(nomem, nostack),
        )
    };
}

/// The kernel returns, as far as is known.
fn system_call() {
    unsafe {
        asm!("syscall", inlateout("rax") 39 => _, out("rcx") _, out("r11") _, options(nostack));
    }
}

/// `noreturn` is not allowed with outputs.
fn with_output() -> u64 {
    let value;
    unsafe { asm!("mov {}, 1", "ud2", out(reg) value, options(nostack, nomem, preserves_flags)) };
    value
}

/// Where this goes cannot be determined.
fn computed(index: u64) {
    unsafe {
        asm!(
            "lea {address}, [rip + 2f]",
            "lea {address}, [{address} + {index}]",
            "jmp {address}",
            "2:",
            "nop",
            "nop",
            address = out(reg) _,
            index = in(reg) index,
            options(nomem, nostack, preserves_flags),
        )
    };
}

fn to_a_label() {
    unsafe { asm!("jmp {}", label { return }, options(nomem, nostack, preserves_flags)) };
}

/// Switching back continues at the label whose address is on the stack.
unsafe fn switch(save: *mut *mut u8, load: *const *mut u8) {
    unsafe {
        asm!(
            "push rbp",
            "push rbx",
            "lea rax, [rip + 2f]",
            "push rax",
            "mov [rdi], rsp",
            "mov rsp, [rsi]",
            "ret",
            "2:",
            "pop rbx",
            "pop rbp",
            inout("rdi") save => _,
            inout("rsi") load => _,
            out("r12") _,
            out("r13") _,
            out("r14") _,
            out("r15") _,
            clobber_abi("C"),
        )
    };
}

/// The function returns to the address that it finds on the stack.
fn call_by_hand() {
    extern "C" fn callee() {}
    unsafe {
        asm!("lea rax, [rip + 2f]", "push rax", "jmp {}", "2:", sym callee, clobber_abi("C"))
    };
}
