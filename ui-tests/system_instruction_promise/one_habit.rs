//! Several findings of one habit in one crate: the explanation is given once.
use std::arch::asm;

macro_rules! call {
    ($number:literal) => {{
        let status: u64;
        unsafe {
            asm!(
                "tdcall",
                inout("rax") $number => status,
                out("rcx") _, out("rdx") _, out("r8") _, out("r9") _, out("r10") _, out("r11") _,
                options(nomem, nostack),
            )
        };
        status
    }};
}

fn first() -> u64 {
    call!(1_u64) //~ system_instruction_promise
}

fn second() -> u64 {
    call!(2_u64) //~ system_instruction_promise
}

fn third() -> u64 {
    call!(3_u64) //~ system_instruction_promise
}

/// Another instruction, another explanation.
fn flushes() {
    unsafe { asm!("wbnoinvd", options(nomem, nostack, preserves_flags)) }; //~ system_instruction_promise
}
