use std::arch::asm;

fn on_one_path(value: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "test {value}, {value}",
            "jz 2f",
            "mov {result:e}, 1",
            "2:",
            value = in(reg) value,
            result = out(reg) result, //~ output_unwritten
            options(pure, nomem, nostack),
        )
    };
    result
}

fn never(value: u32) -> (u32, u32) {
    let (low, high);
    unsafe {
        asm!(
            "bswap eax",
            inout("eax") value => low,
            lateout("edx") high, //~ output_unwritten
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    (low, high)
}

fn empty_template() -> f32 {
    let value;
    unsafe { asm!("", out("xmm0") value, options(nomem, nostack, preserves_flags)) }; //~ output_unwritten
    value
}

fn several() -> u64 {
    let (a, b, c): (u64, u64, u64);
    unsafe {
        asm!(
            "mov {b:e}, 1 // {a} {c}",
            a = out(reg) a, //~ output_unwritten
            b = out(reg) b,
            c = lateout(reg) c,
            options(nomem, nostack, preserves_flags),
        )
    };
    a ^ b ^ c
}

// Moved somewhere else instead.
unsafe fn att_syntax(leaf: u32) -> u32 {
    let b;
    unsafe {
        asm!(
            "mov %rbx, %r11",
            "cpuid",
            "xchg %rbx, %r11",
            inout("eax") leaf => _,
            inout("ecx") 0 => _,
            out("edx") _,
            out("r11") _,
            lateout("esi") b, //~ output_unwritten
            options(att_syntax, nomem, nostack, preserves_flags),
        )
    };
    b
}

fn in_a_loop(mut count: u64) -> u64 {
    let last: u64;
    unsafe {
        asm!(
            "2:",
            "sub {count}, 1",
            "jc 3f",
            "mov {last}, {count}",
            "jmp 2b",
            "3:",
            count = inout(reg) count,
            last = out(reg) last, //~ output_unwritten
            options(pure, nomem, nostack),
        )
    };
    count ^ last
}

fn generic<T: Default + Copy, const N: u64>() -> u64 {
    let (value, other): (u64, u64);
    unsafe {
        asm!(
            "mov {0}, {2} // {1}",
            out(reg) value,
            out(reg) other, //~ output_unwritten
            const N,
            options(nomem, nostack, preserves_flags),
        )
    };
    value ^ other
}

macro_rules! undefined {
    () => {{
        let value: u64;
        std::arch::asm!("/* {0} */", out(reg) value, options(nomem, nostack, preserves_flags));
        value
    }};
}

fn in_a_macro() -> u64 {
    unsafe { undefined!() } //~ output_unwritten
}

fn into_another_register(leaf: u64, argument: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "push rbx",
            "mov rbx, rsi",
            "encls",
            "mov r11, rbx",
            "pop rbx",
            inout("rax") leaf => _,
            in("rsi") argument,
            lateout("rsi") result, //~ output_unwritten
            out("r11") _,
            out("rcx") _,
            out("rdx") _,
        )
    };
    result
}
