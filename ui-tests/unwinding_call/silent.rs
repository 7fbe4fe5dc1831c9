#![feature(asm_unwind)]

use std::arch::asm;

extern "C-unwind" fn may_panic() {}
extern "C" fn stops_panics() {}

unsafe fn declared() {
    unsafe { asm!("call {}", sym may_panic, clobber_abi("C"), options(may_unwind)) };
}

unsafe fn no_panic_gets_out(function: extern "sysv64" fn()) {
    unsafe {
        asm!("call {}", sym stops_panics, clobber_abi("C"));
        asm!("call {}", in(reg) function, clobber_abi("C"));
    }
}

unsafe fn who_is_called(address: usize) {
    unsafe { asm!("call {}", in(reg) address, clobber_abi("C")) };
}

fn address_only() -> usize {
    let address;
    unsafe {
        asm!(
            "lea {}, [rip + {}]",
            out(reg) address,
            sym may_panic,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    address
}
