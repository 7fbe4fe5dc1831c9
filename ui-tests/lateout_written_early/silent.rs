use std::arch::asm;

fn written_last(a: u64, b: u64) -> u64 {
    let sum;
    unsafe {
        asm!(
            "lea {sum}, [{a} + {b}]",
            a = in(reg) a,
            b = in(reg) b,
            sum = lateout(reg) sum,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    sum
}

fn product(a: u64, b: u64) -> (u64, u64) {
    let (low, high);
    unsafe {
        asm!(
            "mul {b}",
            b = in(reg) b,
            inlateout("rax") a => low,
            lateout("rdx") high,
            options(pure, nomem, nostack),
        )
    };
    (low, high)
}

fn early(dividend: u64, divisor: u64) -> (u64, u64) {
    let (quotient, remainder);
    unsafe {
        asm!(
            "xor edx, edx",
            "div {divisor}",
            divisor = in(reg) divisor,
            inlateout("rax") dividend => quotient,
            out("rdx") remainder,
            options(pure, nomem, nostack),
        )
    };
    (quotient, remainder)
}

fn registers_by_name(a: u64, b: u64) -> u64 {
    let sum;
    unsafe {
        asm!(
            "mov rax, rdi",
            "add rax, rsi",
            in("rdi") a,
            in("rsi") b,
            lateout("rax") sum,
            options(pure, nomem, nostack),
        )
    };
    sum
}

fn other_class(value: u64, x: f64) -> f64 {
    let sum;
    unsafe {
        asm!(
            "cvtsi2sd {sum}, {value}",
            "addsd {x}, {sum}",
            "movq {bits}, {x}",
            "add {value}, {bits}",
            value = inout(reg) value => _,
            x = inout(xmm_reg) x => _,
            bits = out(reg) _,
            sum = out(xmm_reg) sum,
            options(pure, nomem, nostack),
        )
    };
    sum
}

unsafe fn pair(start: *mut u8, count: usize, value: u8) {
    unsafe {
        asm!(
            "rep stosb",
            in("rdi") start,
            in("rcx") count,
            in("al") value,
            lateout("rdi") _,
            lateout("rcx") _,
            options(nostack, preserves_flags),
        )
    };
}

// An `inout` needs a register of its own until the end.
fn read_again(mut a: u64, mut b: u64) -> u64 {
    unsafe {
        asm!(
            "add {a}, {b}",
            "add {a}, {b}",
            "add {b}, {a}",
            a = inlateout(reg) a,
            b = inout(reg) b,
            options(pure, nomem, nostack),
        )
    };
    a ^ b
}

unsafe fn system_call(number: usize, a: usize) -> usize {
    let result;
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") a,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack, preserves_flags),
        )
    };
    result
}

// The register is put together in two steps, but the inputs are read before.
fn counter() -> u64 {
    let value;
    unsafe {
        asm!(
            "rdtsc",
            "shl rdx, 32",
            "or rax, rdx",
            lateout("rax") value,
            lateout("rdx") _,
            options(nomem, nostack),
        )
    };
    value
}

extern "C" fn callee(value: u64) -> u64 {
    value
}

unsafe fn argument_by_name(value: u64) -> u64 {
    let result;
    unsafe {
        asm!("call {}", sym callee, in("rdi") value, lateout("rax") result, clobber_abi("C"))
    };
    result
}

fn label_on_the_stack() {
    unsafe {
        asm!(
            "push {selector}",
            "lea {address}, [rip + 2f]",
            "push {address}",
            "retfq",
            "2:",
            selector = in(reg) 8_u64,
            address = lateout(reg) _,
            options(preserves_flags),
        )
    };
}
