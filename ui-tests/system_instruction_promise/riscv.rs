//@compile-flags: --target riscv64gc-unknown-none-elf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn flushes() {
    unsafe { asm!("sfence.vma", options(nomem, nostack)) }; //~ system_instruction_promise
}

fn asks_the_firmware(number: usize) {
    unsafe { asm!("ecall", in("a7") number, out("a0") _, out("a1") _, options(nomem, nostack)) }; //~ system_instruction_promise
}

fn locks() -> usize {
    let old;
    unsafe { asm!("csrrci {}, mstatus, 8", out(reg) old, options(nomem, nostack)) }; //~ system_instruction_promise
    old
}

fn semihosting(number: usize, argument: *const u8) -> usize {
    let answer;
    unsafe {
        asm!(
            ".option push",
            ".option norvc",
            "slli x0, x0, 0x1f",
            "ebreak", //~ system_instruction_promise
            "srai x0, x0, 7",
            ".option pop",
            inout("a0") number => answer,
            in("a1") argument,
            options(nomem, nostack),
        )
    };
    answer
}

fn locks_openly() -> usize {
    let old;
    unsafe { asm!("csrrci {}, mstatus, 8", out(reg) old, options(nostack)) };
    old
}

fn waits() {
    unsafe { asm!("wfi", options(nomem, nostack)) };
}

fn sets_the_handler(to: usize) {
    unsafe { asm!("csrw stvec, {}", in(reg) to, options(nomem, nostack)) };
}

fn breaks() {
    unsafe { asm!("ebreak", options(nomem, nostack)) };
}
