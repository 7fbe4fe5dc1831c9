#![warn(asm_lint::missing_option)]

use std::arch::asm;

fn all_promised(mut value: u64) -> u64 {
    unsafe { asm!("bswap {}", inout(reg) value, options(pure, nomem, nostack, preserves_flags)) };
    value
}

fn barriers(value: &u64) {
    unsafe {
        asm!("");
        asm!("/* {} */", in(reg) value);
        asm!("pause");
        asm!("mfence");
        asm!("lock or dword ptr [rsp - 8], 0");
        asm!("nop", options(nostack, preserves_flags));
    }
}

unsafe fn side_effects(port: u16) -> u8 {
    let value;
    unsafe {
        asm!("cli");
        asm!("in al, dx", in("dx") port, out("al") value);
        asm!("sti");
    }
    value
}

unsafe fn calls() {
    extern "C" fn nothing() {}
    unsafe { asm!("call {}", sym nothing, clobber_abi("C")) };
}

unsafe fn never_back() -> ! {
    unsafe { asm!("2:", "jmp 2b", options(noreturn)) };
}

unsafe fn copies(from: *const u8, to: *mut u8, count: usize) {
    unsafe {
        asm!(
            "rep movsb",
            inout("rsi") from => _,
            inout("rdi") to => _,
            inout("rcx") count => _,
            options(nostack, preserves_flags),
        )
    };
}

fn of_a_parameter<const N: u8>(mut value: u64) -> u64 {
    unsafe { asm!("rol {}, {}", inout(reg) value, const N) };
    value
}

unsafe fn prefetches(pointer: *const u8) -> *const u8 {
    let next;
    unsafe {
        asm!(
            "prefetcht0 [{pointer}]",
            "lea {next}, [{pointer} + 64]",
            pointer = in(reg) pointer,
            next = out(reg) next,
            options(nomem, nostack, preserves_flags),
        )
    };
    next
}

fn time() -> u32 {
    let low;
    unsafe { asm!("rdtsc", out("eax") low, out("edx") _, options(nostack, preserves_flags)) };
    low
}
