//! The machine's state in a signal context of AArch64 Linux (arch/arm64/include/uapi/asm/
//! sigcontext.h of the kernel).

use std::ptr;

/// `pc`, `x0` … `x30`, `sp`, PSTATE, FPSR, FPCR, then `z0` … `z31` of eight words each, `p0` … `p15`
/// and `ffr` of one.
pub const WORDS: usize = 36 + 256 + 17;
/// What is saved of a context: up to the end of its records.
pub const CONTEXT_BYTES: usize = RECORDS + 4096;

/// `uc_mcontext` in `ucontext_t`: flags, link, stack, and 128 bytes of signal mask before it,
/// aligned to 16.
const MACHINE: usize = 176;
const GENERAL: usize = MACHINE + 8;
const SP: usize = GENERAL + 31 * 8;
const PC: usize = SP + 8;
const PSTATE: usize = PC + 8;
/// The records with the other registers, aligned to 16.
const RECORDS: usize = (PSTATE + 8).next_multiple_of(16);

const FPSIMD_MAGIC: u32 = 0x4650_8001;
const SVE_MAGIC: u32 = 0x5356_4501;

unsafe fn word(at: *mut u8) -> *mut u64 {
    at.cast()
}

/// Where the record with a magic number starts. 0: there is none.
unsafe fn record(context: *mut u8, magic: u32) -> usize {
    let mut at = RECORDS;
    while at < CONTEXT_BYTES {
        // SAFETY: the kernel's records follow one another inside of the context.
        let (found, size) = unsafe {
            let start = context.add(at).cast::<u32>();
            (ptr::read(start), ptr::read(start.add(1)))
        };
        if found == magic {
            return at;
        }
        if size == 0 {
            break;
        }
        at += size as usize;
    }
    0
}

/// Calls `visit` with the place of each word, in the order of the state.
unsafe fn visit(context: *mut u8, mut visit: impl FnMut(usize, *mut u64)) {
    // SAFETY: the offsets are the kernel's.
    unsafe {
        visit(0, word(context.add(PC)));
        for number in 0..31 {
            visit(1 + number, word(context.add(GENERAL + 8 * number)));
        }
        visit(32, word(context.add(SP)));
        visit(33, word(context.add(PSTATE)));
        let floating = record(context, FPSIMD_MAGIC);
        let scalable = record(context, SVE_MAGIC);
        // SVE's record: magic, size, vector length in bytes, flags, then at 16 the Z registers,
        // the predicates of an eighth of their size, and FFR.
        let length = match scalable {
            0 => 0,
            at => usize::from(ptr::read(context.add(at + 8).cast::<u16>())),
        };
        for number in 0..32 {
            for part in 0..(length / 8).min(8) {
                let at = scalable + 16 + number * length + 8 * part;
                visit(36 + 8 * number + part, word(context.add(at)));
            }
            // With SVE state the low halves are there, too; they are read from here first.
            for part in 0..2 {
                visit(
                    36 + 8 * number + part,
                    word(context.add(floating + 16 + 16 * number + 8 * part)),
                );
            }
        }
        if length == 64 {
            for number in 0..17 {
                let at = scalable + 16 + 32 * length + number * length / 8;
                visit(292 + number, word(context.add(at)));
            }
        }
    }
}

/// Reads the state of interrupted code.
///
/// # Safety
///
/// `context` is what the kernel handed to a signal handler.
pub unsafe fn read_state(context: *mut u8, state: &mut [u64; WORDS]) {
    // SAFETY: see above; FPSR and FPCR are two words of 32 bits after the record's header.
    unsafe {
        visit(context, |index, at| state[index] = ptr::read_unaligned(at));
        let floating = context.add(record(context, FPSIMD_MAGIC) + 8).cast::<u32>();
        state[34] = u64::from(ptr::read(floating));
        state[35] = u64::from(ptr::read(floating.add(1)));
    }
}

/// Writes the state in which the code continues.
///
/// # Safety
///
/// As for [`read_state`].
pub unsafe fn write_state(context: *mut u8, state: &[u64; WORDS]) {
    // SAFETY: see above. Of PSTATE only the condition flags are taken.
    unsafe {
        let mode = ptr::read_unaligned(word(context.add(PSTATE))) & !0xF000_0C00;
        visit(context, |index, at| ptr::write_unaligned(at, state[index]));
        ptr::write_unaligned(word(context.add(PSTATE)), mode | state[33] & 0xF000_0000);
        let floating = context.add(record(context, FPSIMD_MAGIC) + 8).cast::<u32>();
        ptr::write(floating, state[34] as u32);
        ptr::write(floating.add(1), state[35] as u32);
    }
}
