use std::arch::asm;

fn thrown_away() {
    unsafe { asm!("", out("rax") _, out("xmm0") _, options(nomem, nostack, preserves_flags)) };
}

fn input_comes_out(mut value: u64) -> u64 {
    let other: u64;
    unsafe {
        asm!("/* {0} */", inout(reg) value, options(nomem, nostack, preserves_flags));
        asm!("", in("rax") value, lateout("rax") other, options(nomem, nostack, preserves_flags));
    }
    other
}

fn on_every_path(value: i64) -> i64 {
    let sign;
    unsafe {
        asm!(
            "test {value}, {value}",
            "js 3f",
            "mov {sign:e}, 1",
            "jmp 4f",
            "3:",
            "mov {sign}, -1",
            "4:",
            value = in(reg) value,
            sign = out(reg) sign,
            options(pure, nomem, nostack),
        )
    };
    sign
}

fn written_first(value: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "mov {result:e}, 7",
            "test {value}, {value}",
            "jz 2f",
            "mov {result:e}, 1",
            "2:",
            value = in(reg) value,
            result = out(reg) result,
            options(pure, nomem, nostack),
        )
    };
    result
}

fn bit_scan(value: u64) -> (u64, u32) {
    let (lowest, highest): (u64, u32);
    unsafe {
        asm!(
            "bsf {lowest}, {value}",
            "bsr {highest:e}, {value:e}",
            value = in(reg) value,
            lowest = out(reg) lowest,
            highest = out(reg) highest,
            options(pure, nomem, nostack),
        )
    };
    (lowest, highest)
}

// Both jumps ask the same question.
fn same_condition(value: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "test {value}, {value}",
            "jz 2f",
            "lea {result}, [{value} + 1]",
            "2:",
            "jnz 3f",
            "mov {result:e}, 5",
            "3:",
            value = in(reg) value,
            result = out(reg) result,
            options(pure, nomem, nostack),
        )
    };
    result
}

// The loop is entered at least once.
fn in_a_loop(mut count: u64) -> u64 {
    let last: u64;
    unsafe {
        asm!(
            "2:",
            "mov {last}, {count}",
            "dec {count}",
            "jnz 2b",
            count = inout(reg) count,
            last = out(reg) last,
            options(pure, nomem, nostack),
        )
    };
    count ^ last
}

fn by_implication(leaf: u32) -> [u32; 3] {
    let (a, c, d);
    unsafe {
        asm!(
            "xchg {saved}, rbx",
            "cpuid",
            "xchg {saved}, rbx",
            saved = out(reg) _,
            inout("eax") leaf => a,
            inout("ecx") 0 => c,
            out("edx") d,
            options(nomem, nostack, preserves_flags),
        )
    };
    [a, c, d]
}

unsafe fn by_the_kernel(number: usize) -> (usize, usize) {
    let (result, second);
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            lateout("rdx") second,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        )
    };
    (result, second)
}

extern "C" fn callee(value: u64) -> u64 {
    value
}

unsafe fn by_a_function(value: u64) -> (u64, u64) {
    let (low, high);
    unsafe {
        asm!(
            "call {}",
            sym callee,
            in("rdi") value,
            lateout("rax") low,
            lateout("rdx") high,
            clobber_abi("C"),
        )
    };
    (low, high)
}

fn byte(value: u64) -> u8 {
    let odd;
    unsafe {
        asm!(
            "test {value:l}, 1",
            "setnz {odd}",
            value = in(reg) value,
            odd = out(reg_byte) odd,
            options(pure, nomem, nostack),
        )
    };
    odd
}
