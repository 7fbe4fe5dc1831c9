use std::arch::asm;

fn exchanged(leaf: u32) -> [u32; 4] {
    let (a, b, c, d);
    unsafe {
        asm!(
            "mov {b:r}, rbx",
            "cpuid",
            "xchg {b:r}, rbx",
            b = out(reg) b,
            inout("eax") leaf => a,
            inout("ecx") 0 => c,
            out("edx") d,
            options(nomem, nostack, preserves_flags),
        )
    };
    [a, b, c, d]
}

unsafe fn pointer_by_name(place: *mut [u32; 3]) {
    unsafe {
        asm!(
            "push rbx",
            "cpuid",
            "mov [rdi], ebx",
            "mov [rdi + 4], edx",
            "mov [rdi + 8], ecx",
            "pop rbx",
            in("rdi") place,
            inout("eax") 0 => _,
            inout("ecx") 0 => _,
            out("edx") _,
            options(preserves_flags),
        )
    };
}

unsafe fn declared(place: *mut u64, a: u64, b: u64) {
    unsafe {
        asm!(
            "mov r8, {a}",
            "add r8, {b}",
            "mov [{place}], r8",
            a = in(reg) a,
            b = in(reg) b,
            place = in(reg) place,
            out("r8") _,
            options(nostack),
        )
    };
}

// `reg_abcd` never is `r9`.
fn other_class(a: u32, b: u32) -> u32 {
    let result;
    unsafe {
        asm!(
            "push r9",
            "mov r9d, {a:e}",
            "xchg {b:l}, {b:h}",
            "mov {a:e}, {b:e}",
            "xor {a:e}, r9d",
            "pop r9",
            a = inout(reg_abcd) a => result,
            b = inout(reg_abcd) b => _,
            options(pure, nomem),
        )
    };
    result
}

fn read_before(value: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "push rbx",
            "mov rbx, {value}",
            "bswap rbx",
            "mov rax, rbx",
            "pop rbx",
            value = in(reg) value,
            out("rax") result,
            options(pure, nomem, preserves_flags),
        )
    };
    result
}

fn saved_by_push(mut value: u64) -> u64 {
    unsafe {
        asm!(
            "xchg {value}, rbx",
            "bswap rbx",
            "xchg {value}, rbx",
            value = inout(reg) value,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    value
}

// Both are read before the first is changed.
fn changed_late(a: u64, b: u64) -> u64 {
    let sum;
    unsafe {
        asm!(
            "lea {sum}, [{a} + {b}]",
            "add {a}, 1",
            "sub {a}, 1",
            a = in(reg) a,
            b = in(reg) b,
            sum = out(reg) sum,
            options(pure, nomem, nostack),
        )
    };
    sum
}

fn frame_pointer() -> u64 {
    let frame;
    unsafe { asm!("mov {}, rbp", out(reg) frame, options(nomem, nostack, preserves_flags)) };
    frame
}

extern "C" fn callee(value: u64) -> u64 {
    value
}

unsafe fn aligned_call(value: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "push rbp",
            "mov rbp, rsp",
            "and rsp, -16",
            "call {}",
            "mov rsp, rbp",
            "pop rbp",
            sym callee,
            in("rdi") value,
            lateout("rax") result,
            clobber_abi("C"),
        )
    };
    result
}
