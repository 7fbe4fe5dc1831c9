//! Inline assembly that lies to the compiler, which accepts it without a warning.
//!
//! Each function except the last two makes one promise that its machine code breaks. Most of them work
//! in a debug build and on most days.
#![cfg(target_arch = "x86_64")]

use std::arch::asm;

/// Promises that the stack is not used. `pushfq` writes below `rsp`, into the red zone, where the
/// compiler may keep a local variable of the function that this is inlined into.
pub fn interrupts_enabled() -> bool {
    let flags: u64;
    unsafe { asm!("pushfq", "pop {}", out(reg) flags, options(nomem, nostack, preserves_flags)) };
    flags & (1 << 9) != 0
}

/// Declares `rdi` and `rcx` as inputs only. The instruction changes both of them, and the compiler
/// keeps using `page` and 512 from these registers.
///
/// # Safety
///
/// `page` must be valid for writing 4096 bytes, and aligned to 8.
pub unsafe fn clear_page(page: *mut u64) -> *mut u64 {
    unsafe {
        asm!(
            "cld",
            "rep stosq",
            in("rdi") page,
            in("rcx") 512_u64,
            in("rax") 0_u64,
            options(nostack),
        );
    }
    page
}

/// Does not mention `rbx`, which `cpuid` overwrites and in which the compiler keeps values.
pub fn highest_cpuid_leaf() -> u32 {
    let leaf;
    unsafe { asm!("cpuid", inout("eax") 0 => leaf, inout("ecx") 0 => _, out("edx") _) };
    leaf
}

/// Promises not to access memory, but reads it. A store to `place` just before may not have
/// happened yet.
///
/// # Safety
///
/// `place` must be valid for reading.
pub unsafe fn read_once(place: *const u32) -> u32 {
    let value;
    unsafe {
        asm!(
            "mov {value:e}, dword ptr [{place}]",
            place = in(reg) place,
            value = out(reg) value,
            options(nomem, nostack, preserves_flags),
        );
    }
    value
}

/// Promises only to read memory, but takes a lock in it.
///
/// # Safety
///
/// `lock` must be valid for reading and writing.
pub unsafe fn try_lock(lock: *mut u32) -> bool {
    let mut taken = 1_u32;
    unsafe {
        asm!(
            "xchg dword ptr [{lock}], {taken:e}",
            lock = in(reg) lock,
            taken = inout(reg) taken,
            options(readonly, nostack, preserves_flags),
        );
    }
    taken == 0
}

/// Promises that the result depends only on the inputs, but there are none: two calls may become one,
/// and the time between them zero.
pub fn timestamp() -> u64 {
    let (low, high): (u32, u32);
    unsafe {
        asm!("rdtsc", out("eax") low, out("edx") high, options(pure, nomem, nostack, preserves_flags));
    }
    u64::from(high) << 32 | u64::from(low)
}

/// Promises that a fence does not access memory, so the compiler may move accesses across it.
pub fn fence() {
    unsafe { asm!("mfence", options(nomem, nostack, preserves_flags)) };
}

/// Promises to preserve the flags. `dec` preserves the carry flag, but changes the others.
pub fn spin(mut rounds: u64) {
    if rounds == 0 {
        return;
    }
    unsafe {
        asm!(
            "2:",
            "pause",
            "dec {rounds}",
            "jnz 2b",
            rounds = inout(reg) rounds,
            options(nomem, nostack, preserves_flags),
        );
    }
    let _ = rounds;
}

/// Promises never to return. After the first interrupt `hlt` ends, and the processor executes whatever
/// the linker placed next.
pub fn halt_forever() -> ! {
    unsafe { asm!("cli", "hlt", options(nomem, nostack, noreturn)) }
}

/// Never assembles. No build reports that in a generic function that nothing calls.
pub fn rotate_halves<T: Into<u64>>(value: T) -> u64 {
    let mut value: u64 = value.into();
    unsafe { asm!("rol {0:e}, {0}", inout(reg) value, options(pure, nomem, nostack)) };
    value
}

/// Keeps every promise: `rbx` is restored through the register of the result.
pub fn cpu_features() -> (u32, u32) {
    let (features, extended): (u64, u32);
    unsafe {
        asm!(
            "mov {saved}, rbx",
            "cpuid",
            "xchg {saved}, rbx",
            saved = out(reg) features,
            inout("eax") 7 => _,
            inout("ecx") 0 => extended,
            out("edx") _,
            options(nomem, nostack),
        );
    }
    (features as u32, extended)
}

/// Keeps every promise: the lock of [`try_lock`], declared correctly.
///
/// # Safety
///
/// `lock` must be valid for reading and writing.
pub unsafe fn honest_try_lock(lock: *mut u32) -> bool {
    let mut taken = 1_u32;
    unsafe {
        asm!(
            "xchg dword ptr [{lock}], {taken:e}",
            lock = in(reg) lock,
            taken = inout(reg) taken,
            options(nostack, preserves_flags),
        );
    }
    taken == 0
}
