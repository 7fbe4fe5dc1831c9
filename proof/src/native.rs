//! The one unsafe part: runs machine code with a given state of the whole user-visible processor
//! and takes the state down afterwards.
//!
//! Everything lives at fixed addresses below 2 GiB, so that the stubs reach it without a free
//! register, and an absolute or a 32-bit address of a test reaches memory that is there:
//!
//! ```text
//! 0x1000_0000  data    what tests read and write          each between unmapped pages
//! 0x2000_0000  code    the bytes under test, then a jump to the exit stub
//! 0x4000_0000  stack   what `rsp` points into
//! 0x7000_0000  context state before and after, the host's registers, a stack for the stubs
//! ```
//!
//! Sums of two pointers into data or stack, and such with a scale, lead to none of the four.
//!
//! A signal during the test becomes a [`Fault`]; a signal at any other time stays what it is.
//! Called by [`crate::trial`] only. Linux on x86_64.

use std::arch::{asm, global_asm};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Where tests read and write.
pub const DATA: u64 = 0x1000_0000;
/// How many bytes there are at [`DATA`].
pub const DATA_BYTES: usize = 0x3000;
/// Where the bytes under test are.
pub const CODE: u64 = 0x2000_0000;
/// How many bytes of code there may be, the jump at their end included.
pub const CODE_BYTES: usize = 0x2000;
/// Where the stack of tests is.
pub const STACK: u64 = 0x4000_0000;
/// How many bytes there are at [`STACK`].
pub const STACK_BYTES: usize = 0x1000;

const CONTEXT: u64 = 0x7000_0000;
const CONTEXT_BYTES: usize = 0x1_0000;
// Offsets in the context.
const GENERAL_IN: u64 = 0;
const FLAGS_IN: u64 = 0x80;
const ENTRY: u64 = 0x88;
const EXIT: u64 = 0x90;
const FEATURES: u64 = 0x98;
const GENERAL_OUT: u64 = 0x100;
const FLAGS_OUT: u64 = 0x180;
const HOST: u64 = 0x200;
const HOST_MXCSR: u64 = 0x240;
const EXTENDED_IN: u64 = 0x1000;
const EXTENDED_OUT: u64 = 0x4000;
const STUB_STACK_TOP: u64 = 0x9000;

/// How many bytes an image of the extended state may have.
pub const IMAGE_BYTES: usize = 0x3000;

global_asm!(
    // Saves the host's callee-saved registers, loads the test's state, jumps to the test.
    ".globl proof_enter",
    "proof_enter:",
    "mov [{context} + {host}], rsp",
    "mov [{context} + {host} + 8], rbx",
    "mov [{context} + {host} + 16], rbp",
    "mov [{context} + {host} + 24], r12",
    "mov [{context} + {host} + 32], r13",
    "mov [{context} + {host} + 40], r14",
    "mov [{context} + {host} + 48], r15",
    "stmxcsr [{context} + {host_mxcsr}]",
    "mov eax, [{context} + {features}]",
    "mov edx, [{context} + {features} + 4]",
    "xrstor64 [{context} + {extended_in}]",
    "mov esp, {context} + {stub_stack_top}",
    "push qword ptr [{context} + {flags_in}]",
    "popfq",
    "mov rcx, [{context} + 8]",
    "mov rdx, [{context} + 16]",
    "mov rbx, [{context} + 24]",
    "mov rbp, [{context} + 40]",
    "mov rsi, [{context} + 48]",
    "mov rdi, [{context} + 56]",
    "mov r8, [{context} + 64]",
    "mov r9, [{context} + 72]",
    "mov r10, [{context} + 80]",
    "mov r11, [{context} + 88]",
    "mov r12, [{context} + 96]",
    "mov r13, [{context} + 104]",
    "mov r14, [{context} + 112]",
    "mov r15, [{context} + 120]",
    "mov rax, [{context}]",
    "mov rsp, [{context} + 32]",
    "jmp qword ptr [{context} + {entry}]",
    // Takes the test's state down. Nothing is known about any register or flag here.
    ".globl proof_exit",
    "proof_exit:",
    "mov [{context} + {general_out} + 32], rsp",
    "mov esp, {context} + {stub_stack_top}",
    "mov [{context} + {general_out}], rax",
    "mov [{context} + {general_out} + 8], rcx",
    "mov [{context} + {general_out} + 16], rdx",
    "mov [{context} + {general_out} + 24], rbx",
    "mov [{context} + {general_out} + 40], rbp",
    "mov [{context} + {general_out} + 48], rsi",
    "mov [{context} + {general_out} + 56], rdi",
    "mov [{context} + {general_out} + 64], r8",
    "mov [{context} + {general_out} + 72], r9",
    "mov [{context} + {general_out} + 80], r10",
    "mov [{context} + {general_out} + 88], r11",
    "mov [{context} + {general_out} + 96], r12",
    "mov [{context} + {general_out} + 104], r13",
    "mov [{context} + {general_out} + 112], r14",
    "mov [{context} + {general_out} + 120], r15",
    "pushfq",
    "pop qword ptr [{context} + {flags_out}]",
    "push 2",
    "popfq",
    "mov eax, [{context} + {features}]",
    "mov edx, [{context} + {features} + 4]",
    "xsave64 [{context} + {extended_out}]",
    // Restores what the host's ABI requires. A fault in the test continues here at once.
    ".globl proof_leave",
    "proof_leave:",
    "fninit",
    "ldmxcsr [{context} + {host_mxcsr}]",
    "mov rsp, [{context} + {host}]",
    "mov rbx, [{context} + {host} + 8]",
    "mov rbp, [{context} + {host} + 16]",
    "mov r12, [{context} + {host} + 24]",
    "mov r13, [{context} + {host} + 32]",
    "mov r14, [{context} + {host} + 40]",
    "mov r15, [{context} + {host} + 48]",
    "ret",
    context = const CONTEXT,
    host = const HOST,
    host_mxcsr = const HOST_MXCSR,
    features = const FEATURES,
    extended_in = const EXTENDED_IN,
    extended_out = const EXTENDED_OUT,
    stub_stack_top = const STUB_STACK_TOP,
    flags_in = const FLAGS_IN,
    flags_out = const FLAGS_OUT,
    general_out = const GENERAL_OUT,
    entry = const ENTRY,
);

unsafe extern "C" {
    fn proof_enter();
    fn proof_exit();
    fn proof_leave();
}

/// Whether a test is running, so that a signal is its fault.
static RUNNING: AtomicBool = AtomicBool::new(false);
/// The fault of the running test: the processor's exception number plus one, 0 for none.
static FAULT: AtomicU64 = AtomicU64::new(0);
/// Counts tests, so that the timer sees one that doesn't end.
static TEST: AtomicU64 = AtomicU64::new(0);
/// The test that ran when the timer last ticked.
static TEST_AT_TICK: AtomicU64 = AtomicU64::new(0);

/// Why a test did not reach its end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Fault {
    /// The processor raised an exception of that number (6 `#UD`, 13 `#GP`, 14 `#PF` …).
    Exception(u8),
    /// It ran until the timer had ticked twice.
    Endless,
}

/// What a test starts from, or what it left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Raw {
    /// `rax` … `r15` by encoding number.
    pub general: [u64; 16],
    /// `rflags`.
    pub flags: u64,
    /// The image of the extended state, in the standard format of `xsave`.
    pub extended: Box<[u8; IMAGE_BYTES]>,
}

/// The processor with its memory prepared. One for each process: its addresses are fixed.
pub struct Processor {
    _only_here: (),
}

impl Processor {
    /// Maps the memory and installs the signal handlers. `features` are the components of
    /// extended state that tests see, as bits of XCR0.
    pub fn prepare(features: u64) -> std::io::Result<Processor> {
        for (address, bytes, rights) in [
            (DATA, DATA_BYTES, libc::PROT_READ | libc::PROT_WRITE),
            (CODE, CODE_BYTES, libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC),
            (CONTEXT, CONTEXT_BYTES, libc::PROT_READ | libc::PROT_WRITE),
            (STACK, STACK_BYTES, libc::PROT_READ | libc::PROT_WRITE),
        ] {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
            // SAFETY: a new mapping that replaces none (MAP_FIXED_NOREPLACE) aliases nothing.
            let got = unsafe { libc::mmap(address as *mut _, bytes, rights, flags, -1, 0) };
            if got as u64 != address {
                return Err(std::io::Error::last_os_error());
            }
        }
        install_handlers()?;
        let mut processor = Processor { _only_here: () };
        processor.context_mut()[FEATURES as usize..][..8].copy_from_slice(&features.to_le_bytes());
        let entry = CODE.to_le_bytes();
        let exit = (proof_exit as *const () as u64).to_le_bytes();
        processor.context_mut()[ENTRY as usize..][..8].copy_from_slice(&entry);
        processor.context_mut()[EXIT as usize..][..8].copy_from_slice(&exit);
        Ok(processor)
    }

    /// The data that tests read and write.
    pub fn data_mut(&mut self) -> &mut [u8] {
        // SAFETY: mapped for as long as the process lives; `&mut self` makes the access unique,
        // and tests, which write there too, need `&mut self` to run.
        unsafe { std::slice::from_raw_parts_mut(DATA as *mut u8, DATA_BYTES) }
    }

    /// The stack of tests.
    pub fn stack_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `data_mut`.
        unsafe { std::slice::from_raw_parts_mut(STACK as *mut u8, STACK_BYTES) }
    }

    fn context_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `data_mut`; the stubs write here while a test runs.
        unsafe { std::slice::from_raw_parts_mut(CONTEXT as *mut u8, CONTEXT_BYTES) }
    }

    /// Copies `code` to where tests run, with a jump to the exit after it, and returns the address
    /// after its last byte. `None` if it is too long.
    pub fn place(&mut self, code: &[u8]) -> Option<u64> {
        // SAFETY: as in `data_mut`.
        let place = unsafe { std::slice::from_raw_parts_mut(CODE as *mut u8, CODE_BYTES) };
        let jump = jump_to_exit();
        let end = code.len().checked_add(jump.len()).filter(|end| *end <= CODE_BYTES)?;
        place[..code.len()].copy_from_slice(code);
        place[code.len()..end].copy_from_slice(&jump);
        Some(CODE + code.len() as u64)
    }

    /// Runs what was placed, from `before`; returns the state after it.
    pub fn run(&mut self, before: &Raw, after: &mut Raw) -> Result<(), Fault> {
        let context = self.context_mut();
        for (place, value) in context[GENERAL_IN as usize..].chunks_mut(8).zip(before.general) {
            place.copy_from_slice(&value.to_le_bytes());
        }
        context[FLAGS_IN as usize..][..8].copy_from_slice(&before.flags.to_le_bytes());
        context[EXTENDED_IN as usize..][..IMAGE_BYTES].copy_from_slice(&before.extended[..]);
        FAULT.store(0, Ordering::SeqCst);
        TEST.fetch_add(1, Ordering::SeqCst);
        RUNNING.store(true, Ordering::SeqCst);
        // SAFETY: the stub keeps what the C ABI asks it to keep, whatever the test does to
        // registers; the test itself reaches only the mapped regions or faults, as far as its
        // registers were prepared to do so, and runs in a process that has nothing to lose.
        unsafe { proof_enter() };
        RUNNING.store(false, Ordering::SeqCst);
        match FAULT.load(Ordering::SeqCst) {
            0 => {}
            u64::MAX => return Err(Fault::Endless),
            number => return Err(Fault::Exception((number - 1) as u8)),
        }
        let context = self.context_mut();
        for (value, place) in
            after.general.iter_mut().zip(context[GENERAL_OUT as usize..].chunks(8))
        {
            *value = u64::from_le_bytes(place.try_into().unwrap_or_default());
        }
        let flags = context[FLAGS_OUT as usize..][..8].try_into().unwrap_or_default();
        after.flags = u64::from_le_bytes(flags);
        after.extended.copy_from_slice(&context[EXTENDED_OUT as usize..][..IMAGE_BYTES]);
        Ok(())
    }
}

/// `jmp qword ptr [CONTEXT + EXIT]`: needs no register and no near distance.
fn jump_to_exit() -> [u8; 7] {
    let address = ((CONTEXT + EXIT) as u32).to_le_bytes();
    [0xFF, 0x24, 0x25, address[0], address[1], address[2], address[3]]
}

/// The selector of the code segment, for far transfers.
pub fn code_segment() -> u16 {
    let selector: u16;
    // SAFETY: copies a segment register.
    unsafe { asm!("mov {0:x}, cs", out(reg) selector, options(nomem, nostack, preserves_flags)) };
    selector
}

/// The selector of the stack segment, which loads into any data segment register.
pub fn stack_segment() -> u16 {
    let selector: u16;
    // SAFETY: copies a segment register.
    unsafe { asm!("mov {0:x}, ss", out(reg) selector, options(nomem, nostack, preserves_flags)) };
    selector
}

/// The components of extended state that the system has enabled: XCR0.
pub fn enabled_features() -> u64 {
    // SAFETY: every Linux on x86_64 that runs on a processor with `xsave` enables it; the caller
    // learns from CPUID whether it has.
    unsafe { std::arch::x86_64::_xgetbv(0) }
}

fn install_handlers() -> std::io::Result<()> {
    const BYTES: usize = 0x2_0000;
    // Never freed: signals may come until the process ends.
    let stack = Box::leak(vec![0u8; BYTES].into_boxed_slice());
    let stack = libc::stack_t { ss_sp: stack.as_mut_ptr().cast(), ss_flags: 0, ss_size: BYTES };
    // SAFETY: the stack lives forever; a zeroed `sigaction` is a valid one with an empty mask; the
    // handler touches atomics and its own argument only, which is allowed at any point.
    unsafe {
        if libc::sigaltstack(&raw const stack, std::ptr::null_mut()) != 0 {
            return Err(std::io::Error::last_os_error());
        }
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handle as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        for signal in
            [libc::SIGILL, libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGTRAP, libc::SIGALRM]
        {
            if libc::sigaction(signal, &raw const action, std::ptr::null_mut()) != 0 {
                return Err(std::io::Error::last_os_error());
            }
        }
        let period = libc::timeval { tv_sec: 0, tv_usec: 25_000 };
        let timer = libc::itimerval { it_interval: period, it_value: period };
        libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut());
    }
    Ok(())
}

/// Ends a test that faulted or did not end. Uses no thread-local storage: the test may have
/// changed the base of `fs`.
extern "C" fn handle(signal: i32, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let running = RUNNING.load(Ordering::SeqCst);
    if signal == libc::SIGALRM {
        let test = TEST.load(Ordering::SeqCst);
        if !running || TEST_AT_TICK.swap(test, Ordering::SeqCst) != test {
            return;
        }
    } else if !running {
        // Our own fault, not a test's: die of it.
        // SAFETY: restores the default action, which the retried instruction then meets.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
        return;
    }
    // SAFETY: the kernel hands a `ucontext_t` to a handler installed with SA_SIGINFO, and it is
    // ours to change until we return.
    let registers = unsafe { &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    let at = registers[libc::REG_RIP as usize] as u64;
    // An endless test loops in its own code; in the stubs the end is near.
    if signal == libc::SIGALRM && !(CODE..CODE + CODE_BYTES as u64).contains(&at) {
        return;
    }
    let number = registers[libc::REG_TRAPNO as usize] as u64 + 1;
    // `int3` has done all that it does; what is after it leads to the exit.
    if signal == libc::SIGTRAP && number == 3 + 1 {
        return;
    }
    FAULT.store(if signal == libc::SIGALRM { u64::MAX } else { number }, Ordering::SeqCst);
    registers[libc::REG_RIP as usize] = proof_leave as *const () as i64;
    registers[libc::REG_EFL as usize] = 0x202;
}
