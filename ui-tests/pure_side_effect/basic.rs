//@no-rustfix: two lints want to remove the same option
use std::arch::asm;

unsafe fn port(port: u16) -> u8 {
    let value;
    unsafe {
        asm!(
            "in al, dx", //~ pure_side_effect
            //~^ pure_nondeterministic
            in("dx") port,
            out("al") value,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    value
}

unsafe fn cache(pointer: *const u64) -> u64 {
    let value;
    unsafe {
        asm!(
            "clflush [{pointer}]", //~ pure_side_effect
            //~^ system_instruction_promise
            "mov {value}, [{pointer}]",
            pointer = in(reg) pointer,
            value = lateout(reg) value,
            options(pure, readonly, nostack, preserves_flags),
        )
    };
    value
}

unsafe fn system_call(number: usize) -> usize {
    let answer;
    unsafe {
        asm!(
            "syscall", //~ pure_side_effect
            //~^ system_instruction_promise
            inlateout("rax") number => answer,
            out("rcx") _,
            out("r11") _,
            options(pure, readonly, nostack, preserves_flags),
        )
    };
    answer
}

unsafe fn privileged(value: u64) -> u64 {
    let old;
    unsafe {
        asm!(
            "mov {old}, {value}",
            "mov cr0, {value}", //~ pure_side_effect
            value = in(reg) value,
            old = out(reg) old,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    old
}

/// A trap on purpose, but on one path only.
fn checked(number: u64) -> u64 {
    let half;
    unsafe {
        asm!(
            "mov {half}, {number}",
            "shr {half}, 1",
            "jnc 2f",
            "ud2", //~ pure_side_effect
            "2:",
            number = in(reg) number,
            half = out(reg) half,
            options(pure, nomem, nostack),
        )
    };
    half
}

fn endless(number: u64) -> u64 {
    let answer;
    unsafe {
        asm!( //~ pure_side_effect
            "mov {answer}, {number}",
            "2:",
            "pause",
            "jmp 2b",
            number = in(reg) number,
            answer = out(reg) answer,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    answer
}

fn fence_in_disguise(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "lock or dword ptr [rsp - 8], 0", //~ pure_side_effect
            //~^ nomem_synchronization
            "inc {number}",
            number = inout(reg) number,
            options(pure, nomem),
        )
    };
    number
}
