//! The worker for RISC-V: what `main.rs` is elsewhere, without std, which RV32 Linux does not have.
//!
//! It is built for bare metal and talks to the kernel itself, with Linux's system calls. How it
//! works is described in `main.rs`. Vector registers are not in the signal context of the kernels that
//! QEMU plays: the handler loads and stores them, and nothing in between touches them.

#![no_std]
#![no_main]

mod batches;
#[path = "../src/emulated/protocol.rs"]
mod protocol;

use core::arch::{asm, naked_asm};
use core::panic::PanicInfo;
use core::ptr;

use batches::{Ended, Run};
use protocol::{CODE, CODE_BYTES, MEMORY, MEMORY_BYTES};

/// `pc`, `x1` … `x31`, `f0` … `f31`, `fcsr`, `vl`, `vtype`, `vstart`, `vcsr`, then `v0` … `v31`.
const WORDS: usize = 32 + 32 + 5 + 32 * VECTOR_WORDS;
const FLOATS: usize = 32;
const FCSR: usize = 64;
const VECTOR_STATE: usize = 65;
const VECTORS: usize = 69;
/// A vector register of 256 bits.
const VECTOR_WORDS: usize = 4;

/// `uc_mcontext` in `ucontext_t`: flags, link, stack, and 128 bytes of signal mask before it,
/// aligned to 16.
const MACHINE: usize = if size_of::<usize>() == 8 { 176 } else { 160 };
/// `pc` and 31 registers, then 32 floating-point registers of 64 bits, then `fcsr`.
const CONTEXT_FLOATS: usize = MACHINE + 32 * size_of::<usize>();
const CONTEXT_FCSR: usize = CONTEXT_FLOATS + 32 * 8;
const CONTEXT_BYTES: usize = CONTEXT_FCSR + 4;

const SIGNALS: [usize; 6] = [4, 5, 7, 8, SIGUSR1, 11];
const SIGUSR1: usize = 10;
const SA_SIGINFO: usize = 4;
const SA_ONSTACK: usize = 0x0800_0000;

// arch/riscv uses the generic numbers (include/uapi/asm-generic/unistd.h).
const READ: usize = 63;
const WRITE: usize = 64;
const EXIT: usize = 93;
const KILL: usize = 129;
const SIGALTSTACK: usize = 132;
const SIGACTION: usize = 134;
const GETPID: usize = 172;
const MMAP: usize = 222;

fn system(number: usize, arguments: [usize; 6]) -> isize {
    let [a, b, c, d, e, f] = arguments;
    let result;
    // SAFETY: the kernel changes `a0` and the memory that its arguments name. `raise` comes back here
    // with every register as it was, by way of the handlers.
    unsafe {
        asm!("ecall", in("a7") number, inlateout("a0") a => result, in("a1") b, in("a2") c,
            in("a3") d, in("a4") e, in("a5") f);
    }
    result
}

fn leave(code: usize) -> ! {
    system(EXIT, [code, 0, 0, 0, 0, 0]);
    loop {}
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    leave(101)
}

/// What the handlers share with the rest; there is one thread.
struct Shared {
    state: [u64; WORDS],
    saved: [u8; CONTEXT_BYTES],
    /// The signal that ended the run; 0 while it has not started.
    signal: usize,
    /// The address that faulted.
    address: u64,
    running: bool,
}

static mut SHARED: Shared = Shared {
    state: [0; WORDS],
    saved: [0; CONTEXT_BYTES],
    signal: 0,
    address: 0,
    running: false,
};

static mut SIGNAL_STACK: [u8; 1 << 16] = [0; 1 << 16];

extern "C" fn handle(signal: usize, information: *const u8, context: *mut u8) {
    // SAFETY: the kernel hands in the context of the interrupted code, which has at least
    // `CONTEXT_BYTES` bytes; nothing else runs while a handler does.
    unsafe {
        let shared = &mut *ptr::addr_of_mut!(SHARED);
        if signal == SIGUSR1 {
            ptr::copy_nonoverlapping(context, shared.saved.as_mut_ptr(), CONTEXT_BYTES);
            write_state(context, &shared.state);
            shared.running = true;
        } else if shared.running {
            shared.running = false;
            shared.signal = signal;
            // si_addr follows three ints, aligned to a pointer.
            let offset = if size_of::<usize>() == 8 { 16 } else { 12 };
            shared.address = ptr::read_unaligned(information.add(offset).cast::<usize>()) as u64;
            read_state(context, &mut shared.state);
            ptr::copy_nonoverlapping(shared.saved.as_ptr(), context, CONTEXT_BYTES);
        } else {
            // A fault of the worker's own.
            leave(102);
        }
    }
}

unsafe fn read_state(context: *mut u8, state: &mut [u64; WORDS]) {
    // SAFETY: the offsets are the kernel's.
    unsafe {
        let general = context.add(MACHINE).cast::<usize>();
        for (index, word) in state[..32].iter_mut().enumerate() {
            *word = ptr::read_unaligned(general.add(index)) as u64;
        }
        let floats = context.add(CONTEXT_FLOATS).cast::<u64>();
        for index in 0..32 {
            state[FLOATS + index] = ptr::read_unaligned(floats.add(index));
        }
        state[FCSR] = u64::from(ptr::read_unaligned(context.add(CONTEXT_FCSR).cast::<u32>()));
        let (vl, vtype, vstart, vcsr): (usize, usize, usize, usize);
        asm!(
            ".option push", ".option arch, +v",
            "csrr {vl}, vl", "csrr {vtype}, vtype", "csrr {vstart}, vstart", "csrr {vcsr}, vcsr",
            "csrw vstart, x0", "vsetvli {t}, x0, e8, m8, tu, mu",
            "vse8.v v0, ({p})", "add {p}, {p}, {t}", "vse8.v v8, ({p})", "add {p}, {p}, {t}",
            "vse8.v v16, ({p})", "add {p}, {p}, {t}", "vse8.v v24, ({p})",
            ".option pop",
            vl = out(reg) vl, vtype = out(reg) vtype, vstart = out(reg) vstart,
            vcsr = out(reg) vcsr, t = out(reg) _,
            p = inout(reg) state[VECTORS..].as_mut_ptr() => _,
        );
        for (index, value) in [vl, vtype, vstart, vcsr].into_iter().enumerate() {
            state[VECTOR_STATE + index] = value as u64;
        }
    }
}

unsafe fn write_state(context: *mut u8, state: &[u64; WORDS]) {
    // SAFETY: the offsets are the kernel's.
    unsafe {
        let general = context.add(MACHINE).cast::<usize>();
        for (index, word) in state[..32].iter().enumerate() {
            ptr::write_unaligned(general.add(index), *word as usize);
        }
        let floats = context.add(CONTEXT_FLOATS).cast::<u64>();
        for index in 0..32 {
            ptr::write_unaligned(floats.add(index), state[FLOATS + index]);
        }
        ptr::write_unaligned(context.add(CONTEXT_FCSR).cast::<u32>(), state[FCSR] as u32);
        let [vl, vtype, vstart, vcsr]: [usize; 4] =
            core::array::from_fn(|index| state[VECTOR_STATE + index] as usize);
        asm!(
            ".option push", ".option arch, +v",
            "csrw vstart, x0", "vsetvli {t}, x0, e8, m8, tu, mu",
            "vle8.v v0, ({p})", "add {p}, {p}, {t}", "vle8.v v8, ({p})", "add {p}, {p}, {t}",
            "vle8.v v16, ({p})", "add {p}, {p}, {t}", "vle8.v v24, ({p})",
            "vsetvl x0, {vl}, {vtype}", "csrw vcsr, {vcsr}", "csrw vstart, {vstart}",
            ".option pop",
            vl = in(reg) vl, vtype = in(reg) vtype, vstart = in(reg) vstart,
            vcsr = in(reg) vcsr, t = out(reg) _,
            p = inout(reg) state[VECTORS..].as_ptr() => _,
        );
    }
}

fn map(at: u64, bytes: usize, access: usize) {
    // Private, anonymous, at this very address and only if it is free.
    const FLAGS: usize = 0x02 | 0x20 | 0x10_0000;
    let mapped = system(MMAP, [at as usize, bytes, access, FLAGS, usize::MAX, 0]);
    if mapped as u64 as u32 != at as u32 {
        leave(103);
    }
}

fn prepare() {
    map(CODE, CODE_BYTES, 7);
    map(MEMORY, MEMORY_BYTES, 3);
    // `stack_t`: pointer, flags, size; each as wide as a pointer, with padding.
    let size = 1 << 16;
    let stack: [usize; 3] = [ptr::addr_of_mut!(SIGNAL_STACK) as usize, 0, size];
    if system(SIGALTSTACK, [stack.as_ptr() as usize, 0, 0, 0, 0, 0]) != 0 {
        leave(104);
    }
    for signal in SIGNALS {
        // The kernel's `sigaction`: handler, flags, a mask of 64 bits.
        let action: [usize; 4] =
            [handle as *const () as usize, SA_SIGINFO | SA_ONSTACK, 0, 0];
        if system(SIGACTION, [signal, action.as_ptr() as usize, 0, 8, 0, 0]) != 0 {
            leave(105);
        }
    }
}

/// Receives bytes and says how many; at the end of the input the process ends.
fn receive(to: &mut [u8]) -> usize {
    let count = system(READ, [0, to.as_mut_ptr() as usize, to.len(), 0, 0, 0]);
    if count <= 0 {
        leave(0);
    }
    count as usize
}

/// Sends bytes, all of them.
fn send(bytes: &[u8]) {
    let mut done = 0;
    while done < bytes.len() {
        let rest = &bytes[done..];
        let count = system(WRITE, [1, rest.as_ptr() as usize, rest.len(), 0, 0, 0]);
        if count <= 0 {
            leave(106);
        }
        done += count as usize;
    }
}

/// What ends a run is already there: the traps after its code.
fn close(_slot: &mut [u8], _bytes: usize, _address: usize) {}

/// Runs the code.
fn execute(run: &Run) -> Ended {
    // SAFETY: the handlers only run inside of the signal and of the code that it starts.
    let shared = unsafe { &mut *ptr::addr_of_mut!(SHARED) };
    shared.state = run.state;
    shared.signal = 0;
    let process = system(GETPID, [0; 6]) as usize;
    system(KILL, [process, SIGUSR1, 0, 0, 0, 0]);
    // The handlers have changed what `shared` points at.
    // SAFETY: as above.
    let shared = unsafe { &*ptr::addr_of!(SHARED) };
    // SAFETY: it is there.
    let signal = unsafe { ptr::read_volatile(&shared.signal) } as u32;
    Ended { signal, address: shared.address, state: shared.state }
}

extern "C" fn run() -> ! {
    prepare();
    batches::serve()
}

/// Where the kernel starts the program.
///
/// # Safety
///
/// The kernel alone calls it.
#[unsafe(no_mangle)]
#[unsafe(naked)]
pub unsafe extern "C" fn _start() -> ! {
    naked_asm!("andi sp, sp, -16", "tail {run}", run = sym run)
}
