//@no-rustfix
use std::arch::asm;

fn reserved_by_the_compiler(leaf: u32) -> u32 {
    let (a, c, d): (u32, u32, u32);
    unsafe {
        asm!(
            "cpuid", //~ undeclared_clobber
            inout("eax") leaf => a,
            inout("ecx") 0 => c,
            out("edx") d,
            options(nomem, nostack, preserves_flags),
        )
    };
    a ^ c ^ d
}

// The classic, without its last line.
fn not_put_back(leaf: u32) -> u32 {
    let b: u32;
    unsafe {
        asm!(
            "mov {b:r}, rbx",
            "cpuid", //~ undeclared_clobber
            "mov {b:e}, ebx",
            b = out(reg) b,
            inout("eax") leaf => _,
            inout("ecx") 0 => _,
            out("edx") _,
            options(nomem, nostack, preserves_flags),
        )
    };
    b
}

// An 8-bit name reserves 8 bits.
fn byte_register() -> u8 {
    let value;
    unsafe {
        asm!("mov eax, 5", out("al") value, options(pure, nomem, nostack, preserves_flags)) //~ undeclared_clobber
    };
    value
}

// In 64-bit code this is more than nothing.
fn clears_the_upper_half() {
    unsafe { asm!("mov ebx, ebx", options(nomem, nostack, preserves_flags)) }; //~ undeclared_clobber
}

unsafe fn att_syntax(value: u64) {
    unsafe {
        asm!(
            "movq {value}, %rbx", //~ undeclared_clobber
            value = in(reg) value,
            options(att_syntax, nomem, nostack, preserves_flags),
        )
    };
}

macro_rules! read_counter {
    ($counter:expr) => {{
        let low: u32;
        std::arch::asm!("rdpmc", in("ecx") $counter, out("eax") low, options(nomem, nostack));
        low
    }};
}

unsafe fn in_a_macro() -> u32 {
    unsafe { read_counter!(1) } //~ undeclared_clobber
}

unsafe fn output_in_a_class(function: extern "C" fn(u64) -> u64, value: u64) -> u64 {
    let other: u64;
    unsafe {
        asm!(
            "call {function}", //~ undeclared_clobber
            "mov {other}, rax",
            function = in(reg) function,
            in("rdi") value,
            other = out(reg) other,
        );
    }
    other
}

/// The low half comes back, the upper half does not.
fn saved_by_halves(leaf: u32) -> u32 {
    let b: u32;
    unsafe {
        asm!(
            "mov esi, ebx",
            "cpuid",
            "xchg esi, ebx", //~ undeclared_clobber
            out("esi") b,
            inout("eax") leaf => _,
            inout("ecx") 0 => _,
            out("edx") _,
            options(nomem, nostack, preserves_flags),
        )
    };
    b
}

/// Nothing says how it is called.
fn assumed() {
    unsafe { asm!("call save_state") }; //~ undeclared_clobber
}

/// It has a body, so that its type is not a mere excuse for an address.
extern "C" fn with_body() {}

fn believed() -> u64 {
    let result;
    unsafe { asm!("call {}", sym with_body, out("rax") result) }; //~ undeclared_clobber
    result
}
