use std::arch::asm;

fn clock() -> u64 {
    let time;
    unsafe {
        asm!(
            "rdtsc", //~ pure_nondeterministic
            "shl rdx, 32",
            "or rax, rdx",
            out("rax") time,
            out("rdx") _,
            options(pure, nomem, nostack),
        )
    };
    time
}

fn random() -> (u64, u8) {
    let (number, valid);
    unsafe {
        asm!(
            "rdrand {number}", //~ pure_nondeterministic
            "setc {valid}",
            number = out(reg) number,
            valid = out(reg_byte) valid,
            options(pure, nomem, nostack),
        )
    };
    (number, valid)
}

fn flags() -> u64 {
    let flags;
    unsafe { asm!("pushfq", "pop {}", out(reg) flags, options(pure, nomem, preserves_flags)) }; //~ pure_nondeterministic
    flags
}

fn low_flags() -> u64 {
    let flags;
    unsafe {
        asm!(
            "lahf", //~ pure_nondeterministic
            "movzx eax, ah",
            out("rax") flags,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    flags
}

fn stack_pointer() -> u64 {
    let pointer;
    unsafe { asm!("mov {}, rsp", out(reg) pointer, options(pure, nomem, nostack, preserves_flags)) }; //~ pure_nondeterministic
    pointer
}

fn own_address() -> u64 {
    let address;
    unsafe {
        asm!(
            "lea {}, [rip + 2f]", //~ pure_nondeterministic
            "2:",
            out(reg) address,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    address
}

fn own_address_by_call() -> u64 {
    let address;
    unsafe {
        asm!(
            "call 2f", //~ pure_nondeterministic
            "2:",
            "pop {}",
            out(reg) address,
            options(pure, nomem, preserves_flags),
        )
    };
    address
}

fn segment() -> u16 {
    let selector;
    unsafe { asm!("mov {:x}, cs", out(reg) selector, options(pure, nomem, nostack, preserves_flags)) }; //~ pure_nondeterministic
    selector
}

fn control_register() -> u64 {
    let value;
    unsafe { asm!("mov {}, cr3", out(reg) value, options(pure, nomem, nostack, preserves_flags)) }; //~ pure_nondeterministic
    value
}

fn features() -> u32 {
    let value: u32;
    unsafe {
        asm!(
            "mov {saved:r}, rbx",
            "cpuid", //~ pure_nondeterministic
            "xchg {saved:r}, rbx",
            saved = out(reg) _,
            inout("eax") 1 => _,
            inout("ecx") 0 => value,
            out("edx") _,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    value
}

fn descriptor_table() -> u64 {
    let base;
    unsafe {
        asm!(
            "sub rsp, 16",
            "sidt [rsp]", //~ pure_nondeterministic
            "mov {}, [rsp + 2]",
            "add rsp, 16",
            out(reg) base,
            options(pure, nomem),
        )
    };
    base
}

fn model_specific(index: u32) -> u32 {
    let low;
    unsafe {
        asm!(
            "rdmsr", //~ pure_nondeterministic
            in("ecx") index,
            out("eax") low,
            out("edx") _,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    low
}

/// Nothing was written there before.
fn below_the_stack_pointer() -> u64 {
    let value;
    unsafe { asm!("mov {}, [rsp - 8]", out(reg) value, options(pure, nomem, preserves_flags)) }; //~ pure_nondeterministic
    value
}

/// The bit decides which constant is the output.
fn decided_by_a_branch() -> u32 {
    let answer;
    unsafe {
        asm!(
            "rdtsc", //~ pure_nondeterministic
            "test al, 1",
            "mov eax, 5",
            "jz 2f",
            "mov eax, 7",
            "2:",
            out("eax") answer,
            out("edx") _,
            options(pure, nomem, nostack),
        )
    };
    answer
}

fn decided_by_a_condition(a: u64, b: u64) -> u64 {
    let answer;
    unsafe {
        asm!(
            "rdtsc", //~ pure_nondeterministic
            "test al, 1",
            "cmovz {a}, {b}",
            a = inout(reg) a => answer,
            b = in(reg) b,
            out("eax") _,
            out("edx") _,
            options(pure, nomem, nostack),
        )
    };
    answer
}

/// The time decides which element is loaded.
unsafe fn decided_by_an_address(table: *const u64) -> u64 {
    let answer;
    unsafe {
        asm!(
            "rdtsc", //~ pure_nondeterministic
            "and eax, 7",
            "mov {answer}, [{table} + 8*rax]",
            table = in(reg) table,
            answer = out(reg) answer,
            out("rax") _,
            out("rdx") _,
            options(pure, readonly, nostack),
        )
    };
    answer
}

fn att_syntax() -> u32 {
    let time;
    unsafe {
        asm!(
            "rdtsc", //~ pure_nondeterministic
            out("eax") time,
            out("edx") _,
            options(att_syntax, pure, nomem, nostack, preserves_flags),
        )
    };
    time
}

fn generic<const SHIFT: u8>() -> u32 {
    let time;
    unsafe {
        asm!(
            "rdtsc", //~ pure_nondeterministic
            "shr eax, {}",
            const SHIFT,
            out("eax") time,
            out("edx") _,
            options(pure, nomem, nostack),
        )
    };
    time
}

fn exceptions() -> u64 {
    let status;
    unsafe {
        asm!(
            "push 0",
            "stmxcsr [rsp]", //~ pure_nondeterministic
            "pop {status}",
            "and {status:e}, 0x3f",
            status = out(reg) status,
            options(pure, nomem),
        )
    };
    status
}

fn x87_status() -> u16 {
    let status;
    unsafe {
        asm!(
            "fnstsw ax", //~ pure_nondeterministic
            out("ax") status,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    status
}

fn started() -> u32 {
    let reason;
    unsafe {
        asm!(
            "mov eax, -1",
            "xbegin 2f", //~ pure_nondeterministic
            "xend",
            "2:",
            out("eax") reason,
            options(pure, nomem, nostack),
        )
    };
    reason
}

fn fenced_clock() -> u32 {
    let low;
    unsafe {
        asm!(
            "lfence",
            "rdtsc", //~ pure_nondeterministic
            out("eax") low,
            out("edx") _,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    low
}
