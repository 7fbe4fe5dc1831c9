//! The program that runs on a Cortex-M of the M-profile, in QEMU's system emulation. There is no
//! operating system: trials come in and go out by semihosting.
//!
//! A trial runs in Thread mode, privileged, on the process stack. Its code ends in a branch to
//! `finish`, which saves all registers. To have one for an address at all, it puts `r0` into
//! registers of the non-secure state, which nothing else uses. A fault is a HardFault, the others
//! being off: `fault` saves what the processor did not put into the frame, and leaves the handler
//! for `resume` by a frame of its own.
//!
//! The processor writes its frame below the trial's `sp`, into memory that is compared. No
//! instruction both faults and stores there, so these bytes are restored to what they were before
//! the run.
//!
//! The protection unit lets trials reach nothing but the regions for code and memory and this
//! program: the board's devices would answer to random addresses.

#![no_std]
#![no_main]

mod batches;
#[path = "../src/emulated/protocol.rs"]
mod protocol;

use core::arch::{asm, global_asm};
use core::ptr;

use batches::{Ended, Run, memory_before};
use protocol::{MEMORY, MEMORY_BYTES};

/// `pc`, `r0` … `r14`, APSR, FPSCR, then `d0` … `d15`.
const WORDS: usize = 34;

/// What the assembly below takes the state from, and where it leaves it.
#[repr(C)]
struct Registers {
    doubles: [u64; 16],
    /// `r0` … `r14`. After a fault: only `r4` … `r11`, and instead of `sp` where the frame is.
    general: [u32; 15],
    status: u32,
    float: u32,
    /// 0: the code ran to its end. Otherwise what `lr` was in the handler.
    exception: u32,
    /// The worker's own stack pointer meanwhile.
    stack: u32,
}

#[unsafe(no_mangle)]
static mut REGISTERS: Registers = Registers {
    doubles: [0; 16],
    general: [0; 15],
    status: 0,
    float: 0,
    exception: 0,
    stack: 0,
};

#[unsafe(no_mangle)]
static mut STACK: [u64; 1 << 11] = [0; 1 << 11];

unsafe extern "C" {
    /// Runs the code at `destination` in the state that `REGISTERS` has.
    fn enter(registers: *mut Registers);
    /// Where `enter` jumps to.
    static mut destination: u32;
    /// Where code ends.
    fn finish();
}

global_asm!(
    ".cpu cortex-m33",
    ".fpu fpv5-sp-d16",
    ".pushsection .vectors, \"a\", %progbits",
    // The stack, reset, NMI, HardFault; nothing else occurs.
    ".word STACK + {stack_bytes}, start, fault, fault",
    ".popsection",
    ".pushsection .passage, \"ax\", %progbits",
    ".balign 4",
    ".type start, %function",
    ".globl start",
    "start:",
    "bl {run}",
    "udf #0",
    ".type enter, %function",
    ".globl enter",
    "enter:",
    "push {{r3-r11, lr}}",
    "vpush {{d8-d15}}",
    "str sp, [r0, #{stack}]",
    "clrex",
    "vldm r0, {{d0-d15}}",
    "ldr r1, [r0, #{float}]",
    "vmsr fpscr, r1",
    "ldr r1, [r0, #{general} + 52]",
    "msr psp, r1",
    "movs r1, #2",
    "msr control, r1",
    "isb",
    "ldr r1, [r0, #{status}]",
    "msr apsr_nzcvqg, r1",
    "ldr lr, [r0, #{general} + 56]",
    "add.w r0, r0, #{general} + 4",
    "ldm.w r0, {{r1-r12}}",
    "ldr r0, [r0, #-4]",
    "ldr.w pc, destination",
    ".type finish, %function",
    ".globl finish",
    "finish:",
    // The one has all bits but the lowest two, the other has those.
    "msr msp_ns, r0",
    "msr control_ns, r0",
    "movw r0, #:lower16:REGISTERS",
    "movt r0, #:upper16:REGISTERS",
    "str.w r1, [r0, #{general} + 4]",
    "add.w r1, r0, #{general} + 8",
    "stm.w r1, {{r2-r12}}",
    "str.w lr, [r0, #{general} + 56]",
    "mrs r1, psp",
    "str.w r1, [r0, #{general} + 52]",
    "mrs r1, apsr",
    "str.w r1, [r0, #{status}]",
    "vmrs r1, fpscr",
    "str.w r1, [r0, #{float}]",
    "vstm r0, {{d0-d15}}",
    "mrs r1, msp_ns",
    "mrs r2, control_ns",
    "and r2, r2, #3",
    "orr r1, r1, r2",
    "str.w r1, [r0, #{general}]",
    "movs r1, #0",
    "str.w r1, [r0, #{exception}]",
    ".type resume, %function",
    "resume:",
    "movw r0, #:lower16:REGISTERS",
    "movt r0, #:upper16:REGISTERS",
    "movs r1, #0",
    "msr faultmask, r1",
    "msr basepri, r1",
    "msr primask, r1",
    "msr psplim, r1",
    "msr msplim, r1",
    "ldr r1, [r0, #{stack}]",
    "msr msp, r1",
    "movs r1, #0",
    "msr control, r1",
    "isb",
    "vpop {{d8-d15}}",
    "pop {{r3-r11, pc}}",
    ".type fault, %function",
    "fault:",
    "movw r0, #:lower16:REGISTERS",
    "movt r0, #:upper16:REGISTERS",
    "add.w r1, r0, #{general} + 16",
    "stm.w r1, {{r4-r11}}",
    "mrs r1, psp",
    "str.w r1, [r0, #{general} + 52]",
    "vmrs r1, fpscr",
    "str.w r1, [r0, #{float}]",
    "vstm r0, {{d0-d15}}",
    "str.w lr, [r0, #{exception}]",
    // A frame of eight words that returns to Thread mode on the main stack.
    "ldr r1, [r0, #{stack}]",
    "sub.w r1, r1, #32",
    "mov sp, r1",
    "movw r2, #:lower16:resume",
    "movt r2, #:upper16:resume",
    "bic r2, r2, #1",
    "str.w r2, [r1, #24]",
    "mov.w r2, #0x01000000",
    "str.w r2, [r1, #28]",
    "mvn lr, #6",
    "bx lr",
    // On a page of its own: what is written beside code makes QEMU translate that anew.
    ".balign 4096",
    ".globl destination",
    "destination: .word 0",
    ".popsection",
    run = sym run,
    general = const core::mem::offset_of!(Registers, general),
    status = const core::mem::offset_of!(Registers, status),
    float = const core::mem::offset_of!(Registers, float),
    exception = const core::mem::offset_of!(Registers, exception),
    stack = const core::mem::offset_of!(Registers, stack),
    stack_bytes = const size_of::<[u64; 1 << 11]>(),
);

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    exit()
}

/// A call of the semihosting interface ("Semihosting for AArch32 and AArch64", Arm).
fn semihosting(operation: u32, block: *const u32) -> u32 {
    let result;
    // SAFETY: the operations used here read the block and write what it names.
    unsafe {
        asm!("bkpt #0xab", inlateout("r0") operation => result, in("r1") block);
    }
    result
}

fn exit() -> ! {
    loop {
        // SYS_EXIT, for the reason ADP_Stopped_ApplicationExit.
        semihosting(0x18, 0x2_0026 as *const u32);
    }
}

/// Opens a file of the host; the mode is a number of the interface's own.
fn open(name: &[u8], mode: u32) -> u32 {
    let block = [name.as_ptr() as u32, mode, name.len() as u32 - 1];
    semihosting(0x01, block.as_ptr())
}

static mut INPUT: u32 = 0;
static mut OUTPUT: u32 = 0;

/// Receives bytes and says how many; at the end of the input the machine stops.
fn receive(to: &mut [u8]) -> usize {
    // SAFETY: there is one thread.
    let block = unsafe { [INPUT, to.as_mut_ptr() as u32, to.len() as u32] };
    // SYS_READ says how many bytes it left out.
    let missing = semihosting(0x06, block.as_ptr()) as usize;
    if missing >= to.len() {
        exit();
    }
    to.len() - missing
}

/// Sends bytes, all of them.
fn send(bytes: &[u8]) {
    let mut done = 0;
    while done < bytes.len() {
        let rest = &bytes[done..];
        // SAFETY: there is one thread.
        let block = unsafe { [OUTPUT, rest.as_ptr() as u32, rest.len() as u32] };
        // SYS_WRITE says how many bytes it left out.
        let missing = semihosting(0x05, block.as_ptr()) as usize;
        if missing >= rest.len() {
            exit();
        }
        done = bytes.len() - missing;
    }
}

// Registers of the System Control Space (DDI 0553, D1.1).
const CPACR: usize = 0xE000_ED88;
const CFSR: usize = 0xE000_ED28;
const HFSR: usize = 0xE000_ED2C;
const SFSR: usize = 0xE000_EDE4;
const MPU_CTRL: usize = 0xE000_ED94;
const MPU_RNR: usize = 0xE000_ED98;
const MPU_RBAR: usize = 0xE000_ED9C;
const MPU_RLAR: usize = 0xE000_EDA0;
const MPU_MAIR0: usize = 0xE000_EDC0;
const FPCCR: usize = 0xE000_EF34;

fn get(register: usize) -> u32 {
    // SAFETY: these registers are on every processor with the M-profile's main extension.
    unsafe { ptr::read_volatile(register as *const u32) }
}

fn set(register: usize, value: u32) {
    // SAFETY: as above; what is set is what this program needs.
    unsafe { ptr::write_volatile(register as *mut u32, value) }
}

fn prepare() {
    // Floating point, without room for its registers in frames.
    set(CPACR, 0xF << 20);
    set(FPCCR, get(FPCCR) & !(3 << 30));
    // Plain memory; the low bits: executable or not.
    set(MPU_MAIR0, 0xFF);
    let regions: [(u32, u32, u32); 3] = [
        // The regions for code and what enters it.
        (0x6000_0000, 0x6041_0000, 0),
        (0x6400_0000, 0x6420_0000, 0),
        (MEMORY as u32, MEMORY as u32 + MEMORY_BYTES as u32, 1),
    ];
    for (number, (start, end, never_executed)) in (0..).zip(regions) {
        set(MPU_RNR, number);
        set(MPU_RBAR, start | never_executed);
        set(MPU_RLAR, (end - 32) | 1);
    }
    set(MPU_CTRL, 1);
    // SAFETY: makes the above take effect.
    unsafe { asm!("dsb", "isb") };
}

/// Writes the branch that ends a run after its code (`b.w`, encoding T4).
fn close(slot: &mut [u8], bytes: usize, address: usize) {
    let to = finish as *const () as usize & !1;
    let distance = (to as u32).wrapping_sub((address + bytes) as u32 + 4);
    let bit = |number: u32| distance >> number & 1;
    let sign = bit(24);
    let (first, second) = (bit(23) ^ sign ^ 1, bit(22) ^ sign ^ 1);
    let high = 0xF000 | sign << 10 | distance >> 12 & 0x3FF;
    let low = 0x9000 | first << 13 | second << 11 | distance >> 1 & 0x7FF;
    slot[bytes..bytes + 2].copy_from_slice(&(high as u16).to_le_bytes());
    slot[bytes + 2..bytes + 4].copy_from_slice(&(low as u16).to_le_bytes());
}

fn execute(run: &Run) -> Ended {
    let registers = &raw mut REGISTERS;
    // SAFETY: there is one thread; the handler writes `REGISTERS` only while `enter` runs.
    unsafe {
        (*registers).doubles.copy_from_slice(&run.state[18..34]);
        for number in 0..15 {
            (*registers).general[number] = run.state[1 + number] as u32;
        }
        (*registers).status = run.state[16] as u32;
        (*registers).float = run.state[17] as u32;
        ptr::write_volatile(&raw mut destination, run.state[0] as u32 | 1);
        enter(registers);
    }
    // SAFETY: as above.
    let registers = unsafe { &*registers };
    let mut ended = Ended { signal: 5, address: 0, state: run.state };
    ended.state[18..34].copy_from_slice(&registers.doubles);
    ended.state[17] = u64::from(registers.float);
    if registers.exception == 0 {
        ended.state[0] += u64::from(run.code_bytes);
        ended.state[16] = u64::from(registers.status);
        for number in 0..15 {
            ended.state[1 + number] = u64::from(registers.general[number]);
        }
    } else {
        faulted(run, registers, &mut ended);
    }
    ended
}

/// Reports a run that ended in a fault.
fn faulted(run: &Run, registers: &Registers, ended: &mut Ended) {
    let (faults, secure) = (get(CFSR), get(SFSR));
    set(CFSR, faults);
    set(SFSR, secure);
    set(HFSR, get(HFSR));
    // UNDEFINSTR, NOCP; `bkpt` leaves none. The numbers are those of Linux's signals.
    ended.signal = match faults {
        0 if secure == 0 => 5,
        _ if faults & (1 << 16 | 1 << 19) != 0 => 4,
        _ => 11,
    };
    // Bit 6: from the secure state; bit 2: the frame is on the process stack. MSTKERR, STKERR,
    // STKOF: there is none.
    let has_frame = registers.exception & 0x44 == 0x44 && faults & (1 << 4 | 1 << 12 | 1 << 20) == 0;
    if !has_frame {
        ended.signal = 11;
        ended.state = run.state;
        return;
    }
    let at = registers.general[13];
    // SAFETY: the processor has written it.
    let frame: [u32; 8] = unsafe { ptr::read_volatile(at as *const [u32; 8]) };
    let [r0, r1, r2, r3, r12, lr, pc, status] = frame;
    for (number, value) in [(0, r0), (1, r1), (2, r2), (3, r3), (12, r12), (14, lr)] {
        ended.state[1 + number] = u64::from(value);
    }
    for number in 4..12 {
        ended.state[1 + number] = u64::from(registers.general[number]);
    }
    // Bit 9: the frame was aligned.
    ended.state[14] = u64::from(at) + 32 + u64::from(status >> 9 & 1) * 4;
    ended.state[0] = u64::from(pc);
    ended.state[16] = u64::from(status);
    for place in at..at + 32 {
        let offset = u64::from(place).wrapping_sub(MEMORY) as usize;
        if offset < MEMORY_BYTES {
            // SAFETY: the region for memory is there.
            unsafe { *(place as usize as *mut u8) = memory_before(run, offset) };
        }
    }
}

extern "C" fn run() -> ! {
    prepare();
    // SAFETY: there is one thread.
    unsafe {
        INPUT = open(b"/dev/stdin\0", 1);
        OUTPUT = open(b"/dev/stdout\0", 5);
    }
    batches::serve()
}
