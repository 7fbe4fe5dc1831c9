//! 32-bit Windows: a stack that is aligned to four, and hidden pointers that their callers take off.

#![no_std]

use core::arch::{asm, naked_asm};

extern "C" fn callee() {}

pub unsafe fn calls_from_anywhere(argument: u32) {
    unsafe {
        asm!(
            "push {}",
            "call {}",
            "add esp, 4",
            in(reg) argument,
            sym callee,
            clobber_abi("C"),
        )
    }
}

#[repr(C)]
pub struct Large([u32; 8]);

#[unsafe(naked)]
pub extern "C" fn leaves_the_hidden_pointer(value: u32) -> Large {
    naked_asm!("mov eax, [esp + 4]", "mov ecx, [esp + 8]", "mov [eax], ecx", "ret")
}

#[unsafe(naked)]
pub extern "C" fn pops_the_hidden_pointer(value: u32) -> Large {
    naked_asm!(
        "mov eax, [esp + 4]",
        "ret 4", //~ stack_pointer_not_restored
    )
}

#[unsafe(naked)]
pub extern "stdcall" fn pops_the_hidden_pointer_too(value: u32) -> Large {
    naked_asm!("mov eax, [esp + 4]", "ret 8")
}

extern "C" fn returns_large() -> Large {
    Large([0; 8])
}

pub unsafe fn takes_the_hidden_pointer_off(place: &mut Large) {
    unsafe {
        asm!(
            "push {}",
            "call {}",
            "add esp, 4",
            in(reg) place,
            sym returns_large,
            clobber_abi("C"),
        )
    }
}
