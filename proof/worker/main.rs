//! The program that runs inside QEMU: it executes code in states that it is sent, and reports the
//! states in which the code ended.
//!
//! It is built for the guest by `asm-proof` itself, with nothing but rustc, std and rust-lld, so
//! it declares the few functions of libc that it needs.
//!
//! A run starts and ends by a signal. Inside of a signal handler the whole state of the interrupted
//! code lies in memory, in the layout that the kernel has for the architecture: the handler of the
//! first signal puts the wanted state there and returns into the code; the code runs into a trap
//! (all memory around it is traps) or faults, and the handler of that signal reads what came of it
//! and restores what the first one found. So no register is needed for the harness's own ends.
//!
//! What an architecture adds is one module with three items, see `aarch64.rs`.

#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
#[cfg_attr(target_arch = "arm", path = "arm.rs")]
#[cfg_attr(any(target_arch = "riscv64", target_arch = "riscv32"), path = "riscv.rs")]
mod architecture;
#[path = "../src/emulated/protocol.rs"]
mod protocol;

use std::arch::asm;
use std::io::{self, Read, Write};
use std::ptr;

use architecture::{CONTEXT_BYTES, WORDS, read_state, write_state};
use protocol::{CODE, CODE_BYTES, MEMORY, MEMORY_BYTES, PATTERN, SLOT_BYTES};

const SIGILL: i32 = 4;
const SIGTRAP: i32 = 5;
const SIGBUS: i32 = 7;
const SIGFPE: i32 = 8;
const SIGUSR1: i32 = 10;
const SIGSEGV: i32 = 11;
const SA_SIGINFO: i32 = 4;
const SA_ONSTACK: i32 = 0x0800_0000;

#[repr(C)]
struct SigAction {
    handler: usize,
    mask: [u64; 16],
    flags: i32,
    restorer: usize,
}

#[repr(C)]
struct Stack {
    pointer: *mut u8,
    flags: i32,
    size: usize,
}

unsafe extern "C" {
    fn sigaction(signal: i32, new: *const SigAction, old: *mut SigAction) -> i32;
    fn sigaltstack(new: *const Stack, old: *mut Stack) -> i32;
    fn raise(signal: i32) -> i32;
    fn mmap(at: usize, bytes: usize, access: i32, flags: i32, file: i32, offset: i64) -> *mut u8;
}

/// What the handlers share with the rest; there is one thread.
struct Shared {
    state: [u64; WORDS],
    saved: [u8; CONTEXT_BYTES],
    /// The signal that ended the run; 0 while it has not started.
    signal: i32,
    /// The address that faulted.
    address: u64,
    running: bool,
}

static mut SHARED: Shared =
    Shared { state: [0; WORDS], saved: [0; CONTEXT_BYTES], signal: 0, address: 0, running: false };

extern "C" fn handle(signal: i32, information: *const u8, context: *mut u8) {
    // SAFETY: the kernel hands in the context of the interrupted code, which has at least
    // `CONTEXT_BYTES` bytes; nothing else runs while a handler does.
    unsafe {
        let shared = &mut *ptr::addr_of_mut!(SHARED);
        if signal == SIGUSR1 {
            ptr::copy_nonoverlapping(context, shared.saved.as_mut_ptr(), CONTEXT_BYTES);
            write_state(context, &shared.state);
            // No exclusive access of an earlier run is still open.
            asm!("clrex", options(nostack, preserves_flags));
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
            std::process::abort();
        }
    }
}

fn map(at: u64, bytes: usize, access: i32) {
    // Private, anonymous, at this very address and only if it is free.
    const FLAGS: i32 = 0x02 | 0x20 | 0x10_0000;
    // SAFETY: asks for fresh memory at an address where nothing is.
    let mapped = unsafe { mmap(at as usize, bytes, access, FLAGS, -1, 0) };
    assert_eq!(mapped as u64, at, "no memory at {at:#x}");
}

fn prepare() {
    map(CODE, CODE_BYTES, 7);
    map(MEMORY, MEMORY_BYTES, 3);
    let signal_stack = vec![0u8; 1 << 18].leak();
    // SAFETY: the structures have the layout of musl's; the stack is never freed.
    unsafe {
        let stack = Stack { pointer: signal_stack.as_mut_ptr(), flags: 0, size: 1 << 18 };
        assert_eq!(sigaltstack(&stack, ptr::null_mut()), 0);
        for signal in [SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGUSR1, SIGSEGV] {
            let action = SigAction {
                handler: handle as *const () as usize,
                mask: [0; 16],
                flags: SA_SIGINFO | SA_ONSTACK,
                restorer: 0,
            };
            assert_eq!(sigaction(signal, &action, ptr::null_mut()), 0);
        }
    }
}

fn main() -> io::Result<()> {
    prepare();
    // SAFETY: both were mapped above and belong to nobody else.
    let memory = unsafe { std::slice::from_raw_parts_mut(MEMORY as *mut u8, MEMORY_BYTES) };
    // SAFETY: as above. Code is data here; the emulator sees writes to it.
    let code = unsafe { std::slice::from_raw_parts_mut(CODE as *mut u8, CODE_BYTES) };
    memory.copy_from_slice(&PATTERN);
    let mut input = io::BufReader::with_capacity(1 << 20, io::stdin().lock());
    let mut output = io::BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let mut trap = [0; 4];
    input.read_exact(&mut trap)?;
    code.chunks_exact_mut(4).for_each(|place| place.copy_from_slice(&trap));
    loop {
        let mut count = [0; 4];
        if input.read_exact(&mut count).is_err() {
            return Ok(());
        }
        let mut runs = Vec::new();
        for _ in 0..u32::from_le_bytes(count) {
            runs.push(Run::read(&mut input)?);
        }
        for run in &runs {
            let at = run.slot as usize;
            code[at..at + run.code.len()].copy_from_slice(&run.code);
        }
        for run in &runs {
            run.execute(memory, &mut output)?;
        }
        for run in &runs {
            let at = run.slot as usize;
            code[at..at + SLOT_BYTES].chunks_exact_mut(4).for_each(|to| to.copy_from_slice(&trap));
        }
        output.flush()?;
    }
}

struct Run {
    /// Where the code stands, from the start of the code region.
    slot: u32,
    code: Vec<u8>,
    state: [u64; WORDS],
    /// Bytes of memory that differ from the pattern.
    patches: Vec<(u32, u8)>,
}

impl Run {
    fn read(input: &mut impl Read) -> io::Result<Run> {
        let mut number = [0; 4];
        let mut next = |input: &mut dyn Read| -> io::Result<u32> {
            input.read_exact(&mut number)?;
            Ok(u32::from_le_bytes(number))
        };
        let slot = next(input)?;
        let mut code = vec![0; next(input)? as usize];
        let patches = next(input)?;
        input.read_exact(&mut code)?;
        let mut state = [0; WORDS];
        for word in &mut state {
            let mut bytes = [0; 8];
            input.read_exact(&mut bytes)?;
            *word = u64::from_le_bytes(bytes);
        }
        let mut list = Vec::new();
        for _ in 0..patches {
            let mut bytes = [0; 5];
            input.read_exact(&mut bytes)?;
            let [a, b, c, d, value] = bytes;
            list.push((u32::from_le_bytes([a, b, c, d]), value));
        }
        Ok(Run { slot, code, state, patches: list })
    }

    fn execute(
        &self,
        memory: &mut [u8],
        output: &mut impl Write,
    ) -> io::Result<()> {
        for (at, value) in &self.patches {
            memory[*at as usize] = *value;
        }
        // SAFETY: the handlers only run inside of `raise` and of the code that it starts.
        let shared = unsafe { &mut *ptr::addr_of_mut!(SHARED) };
        shared.state = self.state;
        shared.signal = 0;
        // SAFETY: the handler of this signal is ours; what it starts comes back here.
        unsafe { raise(SIGUSR1) };
        std::sync::atomic::compiler_fence(std::sync::atomic::Ordering::SeqCst);
        output.write_all(&(shared.signal as u32).to_le_bytes())?;
        output.write_all(&shared.address.to_le_bytes())?;
        for word in &shared.state {
            output.write_all(&word.to_le_bytes())?;
        }
        // Reported is what differs from the pattern, patches included.
        let words = memory.chunks_exact(8).zip(PATTERN.chunks_exact(8)).enumerate();
        let differing: Vec<usize> =
            words.filter(|(_, (is, was))| is != was).map(|(index, _)| index).collect();
        output.write_all(&(8 * differing.len() as u32).to_le_bytes())?;
        for at in differing.into_iter().flat_map(|index| 8 * index..8 * index + 8) {
            output.write_all(&(at as u32).to_le_bytes())?;
            output.write_all(&[memory[at]])?;
            memory[at] = PATTERN[at];
        }
        Ok(())
    }
}
