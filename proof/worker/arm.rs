//! The program that runs inside QEMU for 32-bit Arm of the A-profile: what `main.rs` is for the
//! others, without a standard library. See `main.rs` for how a run works.
//!
//! It calls Linux directly, and executes A32 and T32.

#![no_std]
#![no_main]

mod batches;
#[path = "../src/emulated/protocol.rs"]
mod protocol;

use core::arch::{asm, global_asm};
use core::ptr;

use batches::{Ended, Run};
use protocol::{CODE, CODE_BYTES, MEMORY, MEMORY_BYTES};

/// `pc`, `r0` … `r14`, CPSR, FPSCR, then `d0` … `d31`.
const WORDS: usize = 50;
/// `uc_mcontext` in `ucontext_t`: flags, link and stack are before it.
const MACHINE: usize = 20;
const GENERAL: usize = MACHINE + 12;
const CPSR: usize = GENERAL + 64;
/// The records with the other registers: after the signal mask, which has room for 1024 signals.
const RECORDS: usize = MACHINE + 84 + 128;
const CONTEXT_BYTES: usize = RECORDS + 512;
const VFP_MAGIC: u32 = 0x5646_5001;

const SIGUSR1: u32 = 10;
const SIGNALS: [u32; 6] = [4, 5, 7, 8, SIGUSR1, 11];

// The entry: the kernel aligned `sp` to 8.
global_asm!(".globl _start", "_start:", "bl {main}", "udf #0", main = sym run);

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    exit(101)
}

fn exit(code: u32) -> ! {
    loop {
        // SAFETY: ends the process.
        unsafe { system_call(1, [code, 0, 0, 0, 0, 0]) };
    }
}

/// A system call.
///
/// # Safety
///
/// What the call does has to be right.
unsafe fn system_call(number: u32, [a, b, c, d, e, f]: [u32; 6]) -> i32 {
    let result;
    // SAFETY: `r7` is restored; everything else is as Linux has it.
    unsafe {
        asm!(
            "mov {saved}, r7",
            "mov r7, {number}",
            "svc #0",
            "mov r7, {saved}",
            saved = out(reg) _,
            number = in(reg) number,
            inlateout("r0") a => result,
            in("r1") b,
            in("r2") c,
            in("r3") d,
            in("r4") e,
            in("r5") f,
        );
    }
    result
}

struct Everything {
    state: [u64; WORDS],
    saved: [u8; CONTEXT_BYTES],
    signal: u32,
    address: u64,
    running: bool,
    stack: [u64; 1 << 13],
}

static mut EVERYTHING: Everything = Everything {
    state: [0; WORDS],
    saved: [0; CONTEXT_BYTES],
    signal: 0,
    address: 0,
    running: false,
    stack: [0; 1 << 13],
};

fn everything() -> &'static mut Everything {
    // SAFETY: there is one thread, and a handler only runs where nothing else is under way.
    unsafe { &mut *ptr::addr_of_mut!(EVERYTHING) }
}

extern "C" fn handle(signal: u32, information: *const u8, context: *mut u8) {
    let shared = everything();
    // SAFETY: the kernel hands in the context of the interrupted code.
    unsafe {
        if signal == SIGUSR1 {
            ptr::copy_nonoverlapping(context, shared.saved.as_mut_ptr(), CONTEXT_BYTES);
            exchange(context, &mut shared.state, true);
            // No exclusive access of an earlier run is still open.
            asm!("clrex", options(nostack, preserves_flags));
            shared.running = true;
        } else if shared.running {
            shared.running = false;
            shared.signal = signal;
            shared.address = u64::from(ptr::read_unaligned(information.add(12).cast::<u32>()));
            exchange(context, &mut shared.state, false);
            ptr::copy_nonoverlapping(shared.saved.as_ptr(), context, CONTEXT_BYTES);
        } else {
            exit(102);
        }
    }
}

/// Copies the state to the context, or from there.
unsafe fn exchange(context: *mut u8, state: &mut [u64; WORDS], writes: bool) {
    // SAFETY: the offsets are the kernel's (arch/arm/include/uapi/asm/sigcontext.h, ucontext.h).
    unsafe {
        let copy = |at: usize, word: &mut u64| {
            let place = context.add(at).cast::<u32>();
            if writes {
                ptr::write_unaligned(place, *word as u32);
            } else {
                *word = u64::from(ptr::read_unaligned(place));
            }
        };
        for number in 0..15 {
            copy(GENERAL + 4 * number, &mut state[1 + number]);
        }
        copy(GENERAL + 60, &mut state[0]);
        copy(CPSR, &mut state[16]);
        let mut at = RECORDS;
        while at + 8 < CONTEXT_BYTES {
            let magic = ptr::read_unaligned(context.add(at).cast::<u32>());
            let size = ptr::read_unaligned(context.add(at + 4).cast::<u32>()) as usize;
            if magic == VFP_MAGIC {
                for number in 0..32 {
                    copy_double(context.add(at + 8 + 8 * number), &mut state[18 + number], writes);
                }
                copy(at + 8 + 256, &mut state[17]);
                break;
            }
            if size == 0 {
                break;
            }
            at += size;
        }
    }
}

unsafe fn copy_double(place: *mut u8, word: &mut u64, writes: bool) {
    // SAFETY: as in `exchange`.
    unsafe {
        if writes {
            ptr::write_unaligned(place.cast(), *word);
        } else {
            *word = ptr::read_unaligned(place.cast());
        }
    }
}

fn map(at: u64, bytes: usize, access: u32) {
    // Private, anonymous, at this very address.
    const FLAGS: u32 = 0x02 | 0x20 | 0x10;
    // SAFETY: asks for fresh memory at an address where nothing is.
    let mapped =
        unsafe { system_call(192, [at as u32, bytes as u32, access, FLAGS, u32::MAX, 0]) };
    if mapped as u32 != at as u32 {
        exit(103);
    }
}

/// What the kernel takes for `rt_sigaction`.
#[repr(C)]
struct Action {
    handler: usize,
    flags: u32,
    restorer: usize,
    mask: [u32; 2],
}

fn prepare() {
    map(CODE, CODE_BYTES, 7);
    map(MEMORY, MEMORY_BYTES, 3);
    let stack = &raw mut everything().stack;
    let signal_stack = [stack as usize as u32, 0, 1 << 16];
    // SAFETY: the structures have the kernel's layout; the stack is never freed.
    unsafe {
        system_call(186, [signal_stack.as_ptr() as usize as u32, 0, 0, 0, 0, 0]);
        for signal in SIGNALS {
            let action = Action {
                handler: handle as *const () as usize,
                flags: 4 | 0x0800_0000,
                restorer: 0,
                mask: [0; 2],
            };
            let action = &raw const action as usize as u32;
            if system_call(174, [signal, action, 0, 8, 0, 0]) != 0 {
                exit(104);
            }
        }
    }
}

/// Receives bytes and says how many; at the end of the input the process ends.
fn receive(to: &mut [u8]) -> usize {
    let (at, bytes) = (to.as_mut_ptr() as usize as u32, to.len() as u32);
    // SAFETY: the buffer is ours.
    let count = unsafe { system_call(3, [0, at, bytes, 0, 0, 0]) };
    if count <= 0 {
        exit(0);
    }
    count as usize
}

/// Sends bytes, all of them.
fn send(bytes: &[u8]) {
    let mut done = 0;
    while done < bytes.len() {
        let rest = &bytes[done..];
        let (at, count) = (rest.as_ptr() as usize as u32, rest.len() as u32);
        // SAFETY: the bytes are there.
        let count = unsafe { system_call(4, [1, at, count, 0, 0, 0]) };
        if count <= 0 {
            exit(105);
        }
        done += count as usize;
    }
}

/// What ends a run is already there: the traps after its code.
fn close(_slot: &mut [u8], _bytes: usize, _address: usize) {}

/// Runs the code.
fn execute(run: &Run) -> Ended {
    let all = everything();
    all.state = run.state;
    all.signal = 0;
    // SAFETY: the handler of this signal is ours; what it starts comes back here.
    unsafe {
        let process = system_call(20, [0; 6]) as u32;
        let thread = system_call(224, [0; 6]) as u32;
        system_call(268, [process, thread, SIGUSR1, 0, 0, 0]);
    }
    core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
    let all = everything();
    Ended { signal: all.signal, address: all.address, state: all.state }
}

extern "C" fn run() -> ! {
    prepare();
    batches::serve()
}
