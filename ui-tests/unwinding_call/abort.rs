//@compile-flags: -Cpanic=abort

use std::arch::asm;

extern "C-unwind" fn may_panic() {}

unsafe fn symbol() {
    unsafe { asm!("call {}", sym may_panic, clobber_abi("C")) };
}
