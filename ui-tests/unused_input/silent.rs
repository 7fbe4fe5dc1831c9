use std::arch::asm;

fn by_implication(mut value: u64, count: u8) -> u64 {
    unsafe { asm!("shl {0}, cl", inout(reg) value, in("cl") count) };
    value
}

fn factor_of_mulx(one: u64, other: u64) -> (u64, u64) {
    let (low, high);
    unsafe {
        asm!(
            "mulx {high}, {low}, {other}",
            in("rdx") one,
            other = in(reg) other,
            low = lateout(reg) low,
            high = lateout(reg) high,
        )
    };
    (low, high)
}

fn arguments_of_the_kernel(number: u64, argument: u64) {
    unsafe {
        asm!(
            "syscall",
            inout("rax") number => _,
            in("rdi") argument,
            lateout("rcx") _,
            lateout("r11") _,
        )
    };
}

fn left_for_a_debugger(value: u64) {
    unsafe { asm!("int3", in("rax") value) };
}

fn kept_alive(value: u64) {
    unsafe { asm!("", in("rax") value) };
}

fn left_for_a_debugger_for_ever(value: u64) -> ! {
    unsafe { asm!("2: jmp 2b", in("rax") value, options(noreturn)) };
}

// Valgrind watches for this.
fn question_to_valgrind(question: &[u64; 6]) -> u64 {
    let answer;
    unsafe {
        asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") question.as_ptr(),
            inout("rdx") 0_u64 => answer,
            inout("rdi") 0_u64 => _,
        )
    };
    answer
}
