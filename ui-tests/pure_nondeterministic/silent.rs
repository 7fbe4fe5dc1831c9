use std::arch::asm;

static TABLE: [u64; 2] = [1, 2];

/// What varies is overwritten, or masked away.
fn dead(number: u32) -> u32 {
    let answer;
    unsafe {
        asm!(
            "rdtsc",
            "and edx, 0",
            "mov eax, {number:e}",
            "bswap eax",
            "or eax, edx",
            number = in(reg) number,
            out("eax") answer,
            out("edx") _,
            options(pure, nomem, nostack),
        )
    };
    answer
}

/// `fs` and `gs` lead to memory.
fn thread_local() -> u64 {
    let value;
    unsafe { asm!("mov {}, fs:[0]", out(reg) value, options(pure, readonly, nostack, preserves_flags)) };
    value
}

fn symbol() -> *const u64 {
    let address;
    unsafe {
        asm!(
            "lea {}, [rip + {}]",
            out(reg) address,
            sym TABLE,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    address
}

/// The table is the block's own, but its address does not reach the output.
fn own_table(index: u64) -> u8 {
    let value;
    unsafe {
        asm!(
            "lea {value:r}, [rip + 2f]",
            "mov {value}, [{value:r} + {index}]",
            ".pushsection .rodata",
            "2: .byte 1, 2, 3, 4",
            ".popsection",
            index = in(reg) index,
            value = out(reg) value,
            options(pure, readonly, nostack, preserves_flags),
        );
        narrow(value)
    }
}

fn narrow(value: u64) -> u8 {
    value as u8
}

fn saved_flags(mut number: u64) -> u64 {
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

fn own_stack(value: u64) -> u32 {
    let half;
    unsafe {
        asm!(
            "mov [rsp - 16], {value}",
            "mov {half:e}, [rsp - 12]",
            value = in(reg) value,
            half = out(reg) half,
            options(pure, nomem, preserves_flags),
        )
    };
    half
}

fn restored_frame_pointer(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "push rbp",
            "mov rbp, rsp",
            "not rax",
            "pop rbp",
            inout("rax") number,
            options(pure, nomem, preserves_flags),
        )
    };
    number
}

/// Both ways give the same.
fn same_on_both_paths(number: u64) -> u64 {
    let answer;
    unsafe {
        asm!(
            "rdtsc",
            "test al, 1",
            "mov {answer}, {number}",
            "jz 2f",
            "pause",
            "2:",
            number = in(reg) number,
            answer = out(reg) answer,
            out("eax") _,
            out("edx") _,
            options(pure, nomem, nostack),
        )
    };
    answer
}

fn not_promised() -> u32 {
    let time;
    unsafe {
        asm!("rdtsc", out("eax") time, out("edx") _, options(nomem, nostack, preserves_flags));
    }
    time
}

/// The distance of two labels is the same in every copy.
fn size_of_code() -> u64 {
    let size;
    unsafe {
        asm!(
            "lea {size}, [rip + 3f]",
            "lea {start}, [rip + 2f]",
            "2:",
            "sub {size}, {start}",
            "3:",
            size = out(reg) size,
            start = out(reg) _,
            options(pure, nomem, nostack),
        )
    };
    size
}

/// The string instruction writes what is loaded, although it is not known where.
fn cleared_on_the_stack() -> u64 {
    let value;
    unsafe {
        asm!(
            "sub rsp, 64",
            "mov rdi, rsp",
            "mov ecx, 8",
            "xor eax, eax",
            "rep stosq",
            "mov {value}, [rsp + 16]",
            "add rsp, 64",
            value = out(reg) value,
            out("rdi") _,
            out("rcx") _,
            out("rax") _,
            options(pure, nomem),
        )
    };
    value
}

/// The rounding mode is the same wherever Rust code runs.
fn rounding() -> u64 {
    let mode;
    unsafe {
        asm!(
            "push 0",
            "stmxcsr [rsp]",
            "pop {mode}",
            "and {mode:e}, 0x6000",
            mode = out(reg) mode,
            options(pure, nomem),
        )
    };
    mode
}

/// The comparison sets the condition bits.
fn x87_comparison(value: &f64) -> u16 {
    let status;
    unsafe {
        asm!(
            "fld qword ptr [{}]",
            "ftst",
            "fnstsw ax",
            "fstp st(0)",
            "and ax, 0x4500",
            in(reg) value,
            out("ax") status,
            out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
            out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
            options(pure, readonly, nostack),
        )
    };
    status
}
