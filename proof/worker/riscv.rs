//! The worker for RISC-V: what `main.rs` is elsewhere, without std, which RV32 Linux does not have.
//!
//! It is built for bare metal and talks to the kernel itself, with Linux's system calls. How it
//! works is described in `main.rs`. Vector registers are not in the signal context of the kernels that
//! QEMU plays: the handler loads and stores them, and nothing in between touches them.

#![no_std]
#![no_main]

#[path = "../src/emulated/protocol.rs"]
mod protocol;

use core::arch::{asm, naked_asm};
use core::panic::PanicInfo;
use core::ptr;

use protocol::{CODE, CODE_BYTES, MEMORY, MEMORY_BYTES, PATTERN, SLOT_BYTES};

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

/// Input and output, each through a buffer.
struct Pipe {
    input: [u8; 1 << 16],
    next: usize,
    end: usize,
    output: [u8; 1 << 16],
    filled: usize,
}

static mut PIPE: Pipe =
    Pipe { input: [0; 1 << 16], next: 0, end: 0, output: [0; 1 << 16], filled: 0 };

impl Pipe {
    fn byte(&mut self) -> u8 {
        if self.next == self.end {
            let read = system(READ, [0, self.input.as_mut_ptr() as usize, 1 << 16, 0, 0, 0]);
            if read <= 0 {
                leave(0);
            }
            (self.next, self.end) = (0, read as usize);
        }
        self.next += 1;
        self.input[self.next - 1]
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        core::array::from_fn(|_| self.byte())
    }

    fn number(&mut self) -> usize {
        u32::from_le_bytes(self.bytes()) as usize
    }

    fn put(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.filled == self.output.len() {
                self.flush();
            }
            self.output[self.filled] = *byte;
            self.filled += 1;
        }
    }

    fn flush(&mut self) {
        let mut from = 0;
        while from < self.filled {
            let at = self.output[from..].as_ptr() as usize;
            let written = system(WRITE, [1, at, self.filled - from, 0, 0, 0]);
            if written <= 0 {
                leave(106);
            }
            from += written as usize;
        }
        self.filled = 0;
    }
}

/// The most runs in a batch, and the most patches of one.
const RUNS: usize = 256;
const PATCHES: usize = 16;

#[derive(Clone, Copy)]
struct Run {
    /// Where the code is, from the start of the code region.
    slot: usize,
    state: [u64; WORDS],
    patches: [(u32, u8); PATCHES],
    patch_count: usize,
}

static mut BATCH: [Run; RUNS] =
    [Run { slot: 0, state: [0; WORDS], patches: [(0, 0); PATCHES], patch_count: 0 }; RUNS];

extern "C" fn run() -> ! {
    prepare();
    // SAFETY: mapped above; there is one thread, and the handlers touch only what they share.
    let (memory, code, pipe, batch) = unsafe {
        (
            core::slice::from_raw_parts_mut(MEMORY as usize as *mut u8, MEMORY_BYTES),
            core::slice::from_raw_parts_mut(CODE as usize as *mut u8, CODE_BYTES),
            &mut *ptr::addr_of_mut!(PIPE),
            &mut *ptr::addr_of_mut!(BATCH),
        )
    };
    memory.copy_from_slice(&PATTERN);
    let trap: [u8; 4] = pipe.bytes();
    code.chunks_exact_mut(4).for_each(|place| place.copy_from_slice(&trap));
    loop {
        let count = pipe.number().min(RUNS);
        for run in &mut batch[..count] {
            run.slot = pipe.number();
            let bytes = pipe.number();
            run.patch_count = pipe.number().min(PATCHES);
            for at in run.slot..run.slot + bytes {
                code[at] = pipe.byte();
            }
            for word in &mut run.state {
                *word = u64::from_le_bytes(pipe.bytes());
            }
            for patch in &mut run.patches[..run.patch_count] {
                let at = pipe.number() as u32;
                *patch = (at, pipe.byte());
            }
        }
        for run in &batch[..count] {
            execute(run, memory, pipe);
        }
        for run in &batch[..count] {
            let slot = &mut code[run.slot..run.slot + SLOT_BYTES];
            slot.chunks_exact_mut(4).for_each(|to| to.copy_from_slice(&trap));
        }
        pipe.flush();
    }
}

fn execute(run: &Run, memory: &mut [u8], pipe: &mut Pipe) {
    for (at, value) in &run.patches[..run.patch_count] {
        memory[*at as usize] = *value;
    }
    // SAFETY: the handlers only run inside of the signal and of the code that it starts.
    let shared = unsafe { &mut *ptr::addr_of_mut!(SHARED) };
    shared.state = run.state;
    shared.signal = 0;
    let process = system(GETPID, [0; 6]) as usize;
    system(KILL, [process, SIGUSR1, 0, 0, 0, 0]);
    // The handlers have changed what `shared` points at.
    // SAFETY: as above.
    let shared = unsafe { &*ptr::addr_of!(SHARED) };
    pipe.put(&(unsafe { ptr::read_volatile(&shared.signal) } as u32).to_le_bytes());
    pipe.put(&shared.address.to_le_bytes());
    for word in &shared.state {
        pipe.put(&word.to_le_bytes());
    }
    let mut differing = [0u16; MEMORY_BYTES / 8];
    let mut count = 0;
    let words = memory.as_chunks::<8>().0.iter().zip(PATTERN.as_chunks::<8>().0);
    for (index, (is, was)) in words.enumerate() {
        if u64::from_ne_bytes(*is) != u64::from_ne_bytes(*was) {
            differing[count] = index as u16;
            count += 1;
        }
    }
    pipe.put(&(8 * count as u32).to_le_bytes());
    for index in &differing[..count] {
        for at in 8 * usize::from(*index)..8 * usize::from(*index) + 8 {
            pipe.put(&(at as u32).to_le_bytes());
            pipe.put(&[memory[at]]);
            memory[at] = PATTERN[at];
        }
    }
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
