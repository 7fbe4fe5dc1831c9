#![feature(asm_unwind)]

use std::arch::asm;

extern "C-unwind" fn may_panic() {}
fn rust_abi() {}
fn generic<T>() {}

unsafe fn symbol() {
    unsafe { asm!("call {}", sym may_panic, clobber_abi("C")) }; //~ unwinding_call
}

unsafe fn twice() {
    unsafe {
        asm!(
            "call {may_panic}", //~ unwinding_call
            "call {may_panic}",
            may_panic = sym may_panic,
            clobber_abi("C"),
        )
    };
}

unsafe fn of_rust_abi() {
    unsafe { asm!("call {}", sym rust_abi, clobber_abi("C")) }; //~ unwinding_call
}

unsafe fn pointer(function: extern "C-unwind" fn()) {
    unsafe { asm!("call {}", in(reg) function, clobber_abi("C")) }; //~ unwinding_call
}

unsafe fn address_in_a_register() {
    unsafe {
        asm!(
            "lea r12, [rip + {may_panic}]",
            "call r12", //~ unwinding_call
            may_panic = sym may_panic,
            out("r12") _,
            clobber_abi("C"),
        )
    };
}

unsafe fn through_the_global_offset_table() {
    unsafe { asm!("call qword ptr [rip + {}@GOTPCREL]", sym may_panic, clobber_abi("C")) }; //~ unwinding_call
}

unsafe fn att() {
    unsafe { asm!("callq {}", sym may_panic, clobber_abi("C"), options(att_syntax)) }; //~ unwinding_call
}

unsafe fn of_a_parameter<T>() {
    unsafe { asm!("call {}", sym generic::<T>, clobber_abi("C")) }; //~ unwinding_call
}

macro_rules! call {
    ($function:path) => {
        asm!("call {}", sym $function, clobber_abi("C"))
    };
}

unsafe fn by_macro() {
    unsafe { call!(may_panic) }; //~ unwinding_call
}

unsafe fn never_back() -> ! {
    extern "C-unwind" fn stop() -> ! {
        panic!()
    }
    unsafe { asm!("call {}", "ud2", sym stop, options(noreturn)) }; //~ unwinding_call
}
