//! 32-bit x86: few registers, of which `esi` and `ebp` can't be declared.

#![no_std]

use core::arch::asm;

// The stack.

pub unsafe fn leaves_a_value(value: u32) {
    unsafe {
        asm!(
            "push {}", //~ stack_pointer_not_restored
            in(reg) value,
            options(preserves_flags),
        )
    }
}

pub unsafe fn pushes_ebp() {
    unsafe {
        asm!(
            "push ebp", //~ nostack_stack_use
            "pop ebp",
            options(nostack, preserves_flags),
        )
    }
}

pub unsafe fn pushes_esi(value: u32) -> u32 {
    let result;
    unsafe {
        asm!(
            "push esi", //~ nostack_stack_use
            "mov esi, eax",
            "add eax, esi",
            "pop esi",
            inlateout("eax") value => result,
            options(pure, nomem, nostack),
        )
    }
    result
}

pub unsafe fn pushes_esi_openly(value: u32) -> u32 {
    let result;
    unsafe {
        asm!(
            "push esi",
            "mov esi, eax",
            "add eax, esi",
            "pop esi",
            inlateout("eax") value => result,
            options(pure, nomem),
        )
    }
    result
}

pub unsafe fn pushes_all() {
    unsafe {
        asm!("pushad", "xor eax, eax", "mov ecx, eax", "mov esi, eax", "mov ebp, eax", "popad")
    }
}

pub unsafe fn pushes_all_without_stack() {
    unsafe {
        asm!(
            "pushad", //~ nostack_stack_use
            "popad",
            options(nostack, nomem, preserves_flags),
        )
    }
}

/// `popal` puts `eax` back, too.
pub unsafe fn pops_the_result() -> u32 {
    let result;
    unsafe {
        asm!(
            "pushal",
            "movl $1, %eax",
            "popal",
            out("eax") result, //~ output_unwritten
            options(att_syntax),
        )
    }
    result
}

pub unsafe fn flags() -> u32 {
    let flags;
    unsafe { asm!("pushfd", "pop {}", out(reg) flags, options(nomem, preserves_flags)) }
    flags
}

pub unsafe fn flags_restored() {
    unsafe {
        asm!("pushfl", "cli", "addl $4, %eax", "popfl", out("eax") _, options(att_syntax, preserves_flags))
    }
}

// cpuid and its ebx, which can be declared here.

pub unsafe fn identifies() -> u32 {
    let features;
    unsafe {
        asm!(
            "cpuid",
            inout("eax") 1 => _,
            out("ebx") _,
            out("ecx") _,
            out("edx") features,
            options(nomem, nostack, preserves_flags),
        )
    }
    features
}

pub unsafe fn identifies_without_ebx() -> u32 {
    let features;
    unsafe {
        asm!(
            "cpuid", //~ undeclared_clobber
            inout("eax") 1 => _,
            out("ecx") _,
            out("edx") features,
            options(nomem, nostack, preserves_flags),
        )
    }
    features
}

pub unsafe fn identifies_keeping_ebx() -> u32 {
    let brand;
    unsafe {
        asm!(
            "mov {brand}, ebx",
            "cpuid",
            "xchg {brand}, ebx",
            brand = out(reg) brand,
            inout("eax") 0 => _,
            out("ecx") _,
            out("edx") _,
            options(nomem, nostack, preserves_flags),
        )
    }
    brand
}

pub unsafe fn identifies_in_att() {
    unsafe {
        asm!(
            "pushl %ebx", //~ nostack_stack_use
            "cpuid",
            "popl %ebx",
            inout("eax") 0 => _,
            out("ecx") _,
            out("edx") _,
            options(att_syntax, nomem, nostack, preserves_flags),
        )
    }
}

// System calls.

pub unsafe fn system_call(number: u32, first: u32) -> u32 {
    let status;
    unsafe {
        asm!(
            "int 0x80",
            inlateout("eax") number => status,
            in("ebx") first,
            options(nostack, preserves_flags),
        )
    }
    status
}

pub unsafe fn system_call_changes_its_number(number: u32, first: u32) {
    unsafe {
        asm!(
            "int 0x80", //~ in_operand_modified
            in("eax") number,
            in("ebx") first,
            options(nostack),
        )
    }
}

pub unsafe fn system_call_without_output(first: u32) {
    unsafe {
        asm!(
            "mov eax, 1",
            "int 0x80", //~ undeclared_clobber
            in("ebx") first,
            options(nostack),
        )
    }
}

pub unsafe fn system_call_of_four(number: u32, arguments: [u32; 4]) -> u32 {
    let status;
    unsafe {
        asm!(
            "xchg esi, {fourth}",
            "int 0x80",
            "xchg esi, {fourth}",
            fourth = inout(reg) arguments[3] => _,
            inlateout("eax") number => status,
            in("ebx") arguments[0],
            in("ecx") arguments[1],
            in("edx") arguments[2],
            options(nostack, preserves_flags),
        )
    }
    status
}

pub unsafe fn system_call_changes_esi(number: u32, fourth: u32) -> u32 {
    let status;
    unsafe {
        asm!(
            "mov esi, edi", //~ undeclared_clobber
            "int 0x80",
            inlateout("eax") number => status,
            in("ebx") 0,
            in("edi") fourth,
            options(nostack, preserves_flags),
        )
    }
    status
}

pub unsafe fn system_call_of_six(number: u32, arguments: &[u32; 6]) -> u32 {
    let status;
    unsafe {
        asm!(
            "push ebp",
            "push esi",
            "mov esi, [edi + 12]",
            "mov ebp, [edi + 20]",
            "mov edi, [edi + 16]",
            "int 0x80",
            "pop esi",
            "pop ebp",
            inlateout("eax") number => status,
            in("ebx") arguments[0],
            in("ecx") arguments[1],
            in("edx") arguments[2],
            inlateout("edi") arguments => _,
        )
    }
    status
}

// Strings: `esi` can't be an operand.

pub unsafe fn copies(to: *mut u8, from: *const u8, count: usize) {
    unsafe {
        asm!(
            "xchg {from}, esi",
            "rep movsb",
            "xchg {from}, esi",
            from = inout(reg) from => _,
            inout("edi") to => _,
            inout("ecx") count => _,
            options(nostack, preserves_flags),
        )
    }
}

pub unsafe fn copies_and_changes_esi(to: *mut u8, from: *const u8, count: usize) {
    unsafe {
        asm!(
            "mov esi, edx",
            "rep movsb", //~ undeclared_clobber
            in("edx") from,
            inout("edi") to => _,
            inout("ecx") count => _,
            options(nostack, preserves_flags),
        )
    }
}

pub unsafe fn fills_and_changes_inputs(to: *mut u8, count: usize) {
    unsafe {
        asm!(
            "rep stosb", //~ in_operand_modified
            in("edi") to,
            in("ecx") count,
            in("al") 0u8,
            options(nostack, preserves_flags),
        )
    }
}

pub unsafe fn fills_in_att(to: *mut u32, count: usize) {
    unsafe {
        asm!(
            "rep stosl", //~ readonly_memory_write
            inout("edi") to => _,
            inout("ecx") count => _,
            in("eax") 0,
            options(att_syntax, readonly, nostack, preserves_flags),
        )
    }
}
