//! 32-bit x86: values in pairs of registers and in parts of them, and AT&T syntax.

#![no_std]

use core::arch::asm;

// Few registers.

pub unsafe fn uses_all_registers(values: [u32; 4]) -> u32 {
    let sum;
    unsafe {
        asm!(
            "add {0}, {1}",
            "add {0}, {2}",
            "add {0}, {3}",
            inout(reg) values[0] => sum,
            in(reg) values[1],
            in(reg) values[2],
            in(reg) values[3],
            options(pure, nomem, nostack),
        )
    }
    sum
}

pub unsafe fn changes_one_of_many(values: [u32; 4]) -> u32 {
    let sum;
    unsafe {
        asm!(
            "add {0}, {1}",
            "add {2}, {3}", //~ in_operand_modified
            "add {0}, {2}",
            inout(reg) values[0] => sum,
            in(reg) values[1],
            in(reg) values[2],
            in(reg) values[3],
            options(pure, nomem, nostack),
        )
    }
    sum
}

pub unsafe fn byte_of_a_byte_register(mut value: u8) -> u8 {
    unsafe { asm!("rol {}, 1", inout(reg_byte) value, options(pure, nomem, nostack)) }
    value
}

pub unsafe fn bit_of_a_wide_register(wide: u32) -> bool {
    let carry: u8;
    unsafe {
        asm!("bt {1}, 0", "setc {0}", out(reg_byte) carry, in(reg) wide, options(pure, nomem, nostack))
    }
    carry != 0
}

// Values in pairs of registers.

pub unsafe fn time_stamp() -> u64 {
    let (low, high): (u32, u32);
    unsafe {
        asm!("rdtsc", out("eax") low, out("edx") high, options(nomem, nostack, preserves_flags))
    }
    u64::from(high) << 32 | u64::from(low)
}

pub unsafe fn half_a_time_stamp() -> u32 {
    let low;
    unsafe {
        asm!(
            "rdtsc", //~ undeclared_clobber
            out("eax") low,
            options(nomem, nostack, preserves_flags),
        )
    }
    low
}

pub unsafe fn adds_pairs(low: &mut u32, high: &mut u32, other: u64) {
    unsafe {
        asm!(
            "add {low}, {other_low}",
            "adc {high}, {other_high}",
            low = inout(reg) *low,
            high = inout(reg) *high,
            other_low = in(reg) other as u32,
            other_high = in(reg) (other >> 32) as u32,
            options(pure, nomem, nostack),
        )
    }
}

pub unsafe fn exchanges_pairs(place: *mut u64, old: u64, new: u64) -> bool {
    let done: u32;
    unsafe {
        asm!(
            "lock cmpxchg8b [edi]",
            "setz al",
            "movzx eax, al",
            inout("eax") old as u32 => done,
            inout("edx") (old >> 32) as u32 => _,
            in("ebx") new as u32,
            in("ecx") (new >> 32) as u32,
            in("edi") place,
            options(nostack),
        )
    }
    done != 0
}

pub unsafe fn exchanges_pairs_without_edx(place: *mut u64, new: u64) {
    unsafe {
        asm!(
            "lock cmpxchg8b [edi]", //~ in_operand_modified
            inout("eax") 0 => _,
            in("edx") 0,
            in("ebx") new as u32,
            in("ecx") (new >> 32) as u32,
            in("edi") place,
            options(nostack),
        )
    }
}

pub unsafe fn multiplies(first: u32, second: u32) -> u32 {
    let product;
    unsafe {
        asm!(
            "mul {}", //~ undeclared_clobber
            in(reg) second,
            inlateout("eax") first => product,
            options(pure, nomem, nostack),
        )
    }
    product
}

// AT&T: the operands the other way round.

pub unsafe fn loads_in_att(place: &u32) -> u32 {
    let value;
    unsafe {
        asm!(
            "movl ({}), {}", //~ nomem_memory_access
            in(reg) place,
            out(reg) value,
            options(att_syntax, pure, nomem, nostack, preserves_flags),
        )
    }
    value
}

pub unsafe fn adds_in_att(mut value: u32) -> u32 {
    unsafe {
        asm!(
            "leal 4(,{0},2), {0}",
            "incl {0}", //~ preserves_flags_modified
            inout(reg) value,
            options(att_syntax, pure, nomem, nostack, preserves_flags),
        )
    }
    value
}

pub unsafe fn copies_in_att(to: *mut u32, from: *const u32, count: usize) {
    unsafe {
        asm!(
            "xchgl %esi, {0}",
            "rep movsl",
            "xchgl %esi, {0}",
            inout(reg) from => _,
            inout("edi") to => _,
            inout("ecx") count => _,
            options(att_syntax, nostack, preserves_flags),
        )
    }
}

pub unsafe fn writes_below_the_stack_pointer_in_att(value: u32) {
    unsafe {
        asm!(
            "movl {}, -4(%esp)", //~ nostack_stack_use
            in(reg) value,
            options(att_syntax, nostack, preserves_flags),
        )
    }
}

// Operands narrower than their registers.

/// Nothing but `al` is read.
pub unsafe fn reads_the_byte(value: u8) -> u8 {
    let result: u32;
    unsafe {
        asm!(
            "mov ah, al",
            "mov al, ah",
            inlateout("eax") u32::from(value) => result,
            options(pure, nomem, nostack, preserves_flags),
        )
    }
    result as u8
}

pub unsafe fn reads_the_half(value: u16, mut sum: u32) -> u32 {
    unsafe {
        asm!(
            "movzx eax, ax",
            "add {0}, eax",
            inout(reg) sum,
            inout("ax") value => _,
            options(pure, nomem, nostack),
        )
    }
    sum
}

pub unsafe fn reads_more_than_the_half(value: u16, mut sum: u32) -> u32 {
    unsafe {
        asm!(
            "add {0}, eax", //~ undefined_upper_bits_read
            inout(reg) sum,
            in("ax") value,
            options(pure, nomem, nostack),
        )
    }
    sum
}

pub unsafe fn writes_a_part() -> u32 {
    let result;
    unsafe {
        asm!(
            "mov {0:x}, 1", //~ output_partially_written
            out(reg) result,
            options(pure, nomem, nostack, preserves_flags),
        )
    }
    result
}

pub unsafe fn writes_all_of_a_half() -> u16 {
    let result;
    unsafe { asm!("mov {0:x}, 1", out(reg) result, options(pure, nomem, nostack, preserves_flags)) }
    result
}

pub unsafe fn vectors(first: f32, second: f32) -> f32 {
    let sum;
    unsafe {
        asm!(
            "movaps xmm7, {1}", //~ operand_register_collision undeclared_clobber
            "addss {0}, xmm7",
            inlateout(xmm_reg) first => sum,
            in(xmm_reg) second,
            options(pure, nomem, nostack),
        )
    }
    sum
}
