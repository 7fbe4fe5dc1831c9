use std::arch::asm;

fn hidden_from_the_compiler(mut value: u64) -> u64 {
    unsafe { asm!("/* {0} */", inout(reg) value) };
    value
}

fn changed_on_one_path(mut one: i64, other: i64) -> i64 {
    unsafe { asm!("cmp {0}, {1}", "cmovl {0}, {1}", inout(reg) one, in(reg) other) };
    one
}

fn changed_by_the_kernel(mut number: u64) -> u64 {
    unsafe {
        asm!("syscall", inout("rax") number, lateout("rcx") _, lateout("r11") _);
    }
    number
}

/// What the function at this address does with its registers only its author knows.
fn changed_behind_an_address(address: u64, mut first: u64, mut second: u64) -> (u64, u64) {
    unsafe {
        asm!(
            "call rax",
            in("rax") address,
            inout("r12") first,
            inout("r13") second,
            clobber_abi("C"),
        );
    }
    (first, second)
}

fn clobbered(value: u64) {
    unsafe { asm!("test {0}, {0}", inout(reg) value => _) };
}

// Bochs stops here, and whoever sits before it may change the register.
fn question_to_an_emulator(mut value: u64) -> u64 {
    unsafe { asm!("xchg bx, bx", inout("rax") value) };
    value
}
