use std::arch::asm;

fn no_flags(mut a: u64, b: u64) -> u64 {
    unsafe {
        asm!(
            "lea {a}, [{a} + 2*{b} + 1]",
            "not {a}",
            "bswap {a}",
            "rorx {a}, {a}, 3",
            "mov {b}, {a}",
            "xchg {a}, {b}",
            a = inout(reg) a,
            b = inout(reg) b => _,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    a
}

fn saved_on_the_stack(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "pushfq",
            "add {number}, 1",
            "popfq",
            number = inout(reg) number,
            options(pure, nomem, preserves_flags),
        )
    };
    number
}

fn saved_in_registers(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "lahf",
            "seto al",
            "add {number}, 1",
            "add al, 127",
            "sahf",
            number = inout(reg) number,
            out("rax") _,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    number
}

unsafe fn other_flags(pointer: *mut u8, count: usize) {
    unsafe {
        asm!("cli", options(nostack, preserves_flags));
        asm!("sti", options(nostack, preserves_flags));
        asm!("stac", "clac", options(nostack, preserves_flags));
        asm!(
            "std",
            "rep stosb",
            "cld",
            inout("rdi") pointer => _,
            inout("rcx") count => _,
            in("al") 0_u8,
            options(nostack, preserves_flags),
        );
    }
}

unsafe fn system(number: usize) -> usize {
    let answer;
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => answer,
            out("rcx") _,
            out("r11") _,
            options(nostack, preserves_flags),
        );
        asm!("int 0x80", inout("rax") number => _, options(nostack, preserves_flags));
        asm!("mov {0}, cr0", "mov cr0, {0}", out(reg) _, options(nostack, preserves_flags));
        asm!("mov {0}, dr7", "mov dr7, {0}", out(reg) _, options(nostack, preserves_flags));
    }
    answer
}

fn shift_by_nothing(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "shl {number}, {bits}",
            number = inout(reg) number,
            bits = const 0,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    number
}

/// The path with the changed flags does not come back.
unsafe fn no_exit(value: u64) {
    unsafe {
        asm!(
            "pushfq",
            "test {value}, {value}",
            "jz 2f",
            "popfq",
            "jmp 3f",
            "2:",
            "ud2",
            "3:",
            value = in(reg) value,
            options(preserves_flags),
        )
    };
}

/// What happens after this is not known.
unsafe fn opaque() {
    unsafe { asm!("vmcall", options(nostack, preserves_flags)) };
}

unsafe fn not_promised(mut number: u64) -> u64 {
    unsafe { asm!("inc {}", inout(reg) number, options(nostack)) };
    number
}

/// The image is changed, but not in the bits of the status flags.
unsafe fn alignment_check_by_image() {
    unsafe {
        asm!(
            "pushfq",
            "or qword ptr [rsp], 0x40000",
            "popfq",
            options(preserves_flags),
        )
    };
}

fn saved_in_a_register(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "pushfq",
            "pop {saved}",
            "add {number}, 1",
            "push {saved}",
            "popfq",
            number = inout(reg) number,
            saved = out(reg) _,
            options(pure, nomem, preserves_flags),
        )
    };
    number
}

fn stack_without_arithmetic() {
    unsafe { asm!("lea rsp, [rsp - 64]", "lea rsp, [rsp + 64]", options(nomem, preserves_flags)) };
}

fn interrupt_flag_by_image() {
    unsafe { asm!("pushfq", "bts qword ptr [rsp], 9", "popfq", options(preserves_flags)) };
}
