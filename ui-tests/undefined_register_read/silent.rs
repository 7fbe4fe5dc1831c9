use std::arch::asm;
use std::arch::x86_64::__m128i;

fn value_does_not_matter() -> (u64, __m128i, u64) {
    let (zero, ones, all): (u64, __m128i, u64);
    unsafe {
        asm!(
            "xor {a:e}, {a:e}",
            "sub {b}, {b}",
            "pxor {x}, {x}",
            "pcmpeqd {x}, {x}",
            "or {c}, -1",
            "and {d}, 0",
            a = out(reg) zero,
            b = out(reg) _,
            c = out(reg) all,
            d = out(reg) _,
            x = out(xmm_reg) ones,
            options(pure, nomem, nostack),
        )
    };
    (zero, ones, all)
}

fn mask(a: u64, b: u64) -> u64 {
    let mask;
    unsafe {
        asm!(
            "cmp {a}, {b}",
            "sbb {mask}, {mask}",
            a = in(reg) a,
            b = in(reg) b,
            mask = out(reg) mask,
            options(pure, nomem, nostack),
        )
    };
    mask
}

fn flags() -> u64 {
    let flags;
    unsafe { asm!("pushfq", "pop {}", out(reg) flags, options(nomem, preserves_flags)) };
    flags
}

fn interrupts_are_enabled() -> bool {
    let flags: u64;
    unsafe {
        asm!("pushfq", "pop {0}", "shr {0}, 9", "and {0}, 1", out(reg) flags, options(nomem))
    };
    flags != 0
}

fn flags_are_put_back(mut a: u64, b: u64) -> u64 {
    unsafe {
        asm!(
            "pushfq",
            "add {a}, {b}",
            "popfq",
            a = inout(reg) a,
            b = in(reg) b,
            options(pure, nomem, preserves_flags),
        )
    };
    a
}

fn flags_in_a_register(mut a: u64, b: u64) -> u64 {
    unsafe {
        asm!(
            "lahf",
            "seto al",
            "add {a}, {b}",
            "add al, 0x7f",
            "sahf",
            a = inout(reg) a,
            b = in(reg) b,
            out("rax") _,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    a
}

fn saved_and_restored(leaf: u32) -> u32 {
    let b: u32;
    unsafe {
        asm!(
            "mov {b:r}, rbx",
            "cpuid",
            "xchg {b:r}, rbx",
            b = out(reg) b,
            inout("eax") leaf => _,
            inout("ecx") 0 => _,
            out("edx") _,
            options(nomem, nostack, preserves_flags),
        )
    };
    b
}

// These leaves have no subleaves.
fn known_leaf() -> u32 {
    let features;
    unsafe {
        asm!(
            "push rbx",
            "cpuid",
            "pop rbx",
            inout("eax") 1 => _,
            out("ecx") features,
            out("edx") _,
            options(nomem, preserves_flags),
        )
    };
    features
}

unsafe fn selector_in_the_block() -> u32 {
    let low;
    unsafe {
        asm!(
            "xor ecx, ecx",
            "xgetbv",
            out("ecx") _,
            out("eax") low,
            out("edx") _,
            options(nomem, nostack),
        )
    };
    low
}

fn stack_pointer() -> (u64, u64, u64) {
    let (stack, frame, here);
    unsafe {
        asm!("mov {}, rsp", out(reg) stack, options(nomem, nostack, preserves_flags));
        asm!("mov {}, rbp", out(reg) frame, options(nomem, nostack, preserves_flags));
        asm!("lea {}, [rip]", out(reg) here, options(nomem, nostack, preserves_flags));
    }
    (stack, frame, here)
}

fn segment() -> u16 {
    let selector;
    unsafe { asm!("mov {0:x}, cs", out(reg) selector, options(nomem, nostack, preserves_flags)) };
    selector
}

unsafe fn control_registers() -> (u64, u64) {
    let (a, b);
    unsafe {
        asm!("mov {}, cr3", out(reg) a, options(nomem, nostack, preserves_flags));
        asm!("mov {}, dr7", out(reg) b, options(nomem, nostack, preserves_flags));
    }
    (a, b)
}

fn no_operations() {
    unsafe {
        asm!(
            "nop dword ptr [rax + rcx]",
            "xchg rcx, rcx",
            "lea rdx, [rdx]",
            "xchg bx, bx",
            options(nomem, nostack, preserves_flags),
        )
    };
}

// The old upper part stays, and nothing sees it.
fn conversions(value: i32) -> (f64, f64, f32) {
    let (a, b, c);
    unsafe {
        asm!(
            "cvtsi2sd {a}, {value:e}",
            "sqrtsd {b}, {a}",
            "cvtsd2ss {c}, {a}",
            value = in(reg) value,
            a = out(xmm_reg) a,
            b = out(xmm_reg) b,
            c = out(xmm_reg) c,
            options(pure, nomem, nostack),
        )
    };
    (a, b, c)
}

#[target_feature(enable = "avx")]
fn three_operands(value: i64) -> (f64, f64) {
    let (a, b);
    unsafe {
        asm!(
            "vcvtsi2sd {a}, {a}, {value}",
            "vsqrtsd {b}, {b}, {a}",
            value = in(reg) value,
            a = out(xmm_reg) a,
            b = out(xmm_reg) b,
            options(pure, nomem, nostack),
        )
    };
    (a, b)
}

// The first instruction sets the carry flag.
fn wide_sum(a: [u64; 2], b: [u64; 2]) -> [u64; 2] {
    let [mut low, mut high] = a;
    unsafe {
        asm!(
            "add {low}, {0}",
            "adc {high}, {1}",
            in(reg) b[0],
            in(reg) b[1],
            low = inout(reg) low,
            high = inout(reg) high,
            options(pure, nomem, nostack),
        )
    };
    [low, high]
}

fn carry_chain_in_a_loop(mut sum: u64, mut count: u64) -> u64 {
    unsafe {
        asm!(
            "clc",
            "2:",
            "adc {sum}, 5",
            "dec {count}",
            "jnz 2b",
            sum = inout(reg) sum,
            count = inout(reg) count,
            options(pure, nomem, nostack),
        )
    };
    sum ^ count
}

fn set_byte_by_byte() -> u16 {
    let value;
    unsafe {
        asm!(
            "mov al, 1",
            "mov ah, al",
            out("ax") value,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    value
}

unsafe fn on_the_own_stack() {
    unsafe { asm!("push rax", "pop rax", "push rcx", "add rsp, 8", options(nomem)) };
}

// What is stored there is not a value.
fn fence() {
    let place = core::cell::UnsafeCell::new(core::mem::MaybeUninit::<usize>::uninit());
    unsafe {
        asm!(
            "xchg [{place}], {any}",
            place = in(reg) place.get(),
            any = out(reg) _,
            options(nostack, preserves_flags),
        )
    };
}

unsafe fn kernel(number: usize, a: usize) -> isize {
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

fn filled_element_by_element(numbers: &[u32; 4], pair: &[f32; 2]) -> (__m128i, __m128i, __m128i) {
    let (inserted, halves, spread);
    unsafe {
        asm!(
            "pinsrw {inserted}, {first:e}, 0",
            "pshuflw {inserted}, {inserted}, 0",
            "punpcklqdq {inserted}, {inserted}",
            "movlps {halves}, [{pair}]",
            "movlhps {halves}, {halves}",
            "movlps {spread}, [{pair}]",
            "shufps {spread}, {spread}, 0x44",
            first = in(reg) numbers[0],
            pair = in(reg) pair,
            inserted = out(xmm_reg) inserted,
            halves = out(xmm_reg) halves,
            spread = out(xmm_reg) spread,
        )
    };
    (inserted, halves, spread)
}
