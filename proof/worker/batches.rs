//! What the workers without a standard library share: they take batches of runs in and report what
//! came of each, as `protocol.rs` says.
//!
//! The program that takes this module in has how bytes come and go ([`crate::receive`],
//! [`crate::send`]), and how a run is executed ([`crate::close`], [`crate::execute`]).

use core::ptr;

use crate::WORDS;
use crate::protocol::{CODE, CODE_BYTES, MEMORY, MEMORY_BYTES, PATTERN, SLOT_BYTES};

/// At most so many runs come in one batch.
const BATCH: usize = 256;
/// At most so many bytes of memory differ from the pattern before a run.
const PATCHES: usize = 16;

/// What is executed.
#[derive(Clone, Copy)]
pub struct Run {
    /// Where its code is in the code region, in bytes.
    slot: u32,
    /// The state in which it starts; the first word is the address of the code.
    pub state: [u64; WORDS],
    /// How many bytes of code it has.
    pub code_bytes: u32,
    patches: [(u32, u8); PATCHES],
    patch_count: usize,
}

/// How a run ended.
pub struct Ended {
    /// The signal, or what corresponds to it.
    pub signal: u32,
    /// The address that faulted.
    pub address: u64,
    /// The state.
    pub state: [u64; WORDS],
}

struct Everything {
    runs: [Run; BATCH],
    input: [u8; 1 << 16],
    input_at: usize,
    input_end: usize,
    output: [u8; 1 << 16],
    output_end: usize,
}

static mut EVERYTHING: Everything = Everything {
    runs: [Run {
        slot: 0,
        state: [0; WORDS],
        code_bytes: 0,
        patches: [(0, 0); PATCHES],
        patch_count: 0,
    }; BATCH],
    input: [0; 1 << 16],
    input_at: 0,
    input_end: 0,
    output: [0; 1 << 16],
    output_end: 0,
};

fn everything() -> &'static mut Everything {
    // SAFETY: there is one thread, and no handler comes here.
    unsafe { &mut *ptr::addr_of_mut!(EVERYTHING) }
}

fn read(to: &mut [u8]) {
    let all = everything();
    let mut done = 0;
    while done < to.len() {
        if all.input_at == all.input_end {
            (all.input_at, all.input_end) = (0, crate::receive(&mut all.input));
        }
        let count = (to.len() - done).min(all.input_end - all.input_at);
        to[done..done + count].copy_from_slice(&all.input[all.input_at..all.input_at + count]);
        done += count;
        all.input_at += count;
    }
}

fn read_u32() -> u32 {
    let mut bytes = [0; 4];
    read(&mut bytes);
    u32::from_le_bytes(bytes)
}

fn flush() {
    let all = everything();
    crate::send(&all.output[..all.output_end]);
    all.output_end = 0;
}

fn write(bytes: &[u8]) {
    let all = everything();
    if all.output_end + bytes.len() > all.output.len() {
        flush();
    }
    all.output[all.output_end..all.output_end + bytes.len()].copy_from_slice(bytes);
    all.output_end += bytes.len();
}

/// What a byte of memory was before the run.
#[allow(dead_code, reason = "only some workers have to know")]
pub fn memory_before(run: &Run, at: usize) -> u8 {
    let patches = &run.patches[..run.patch_count];
    let patch = patches.iter().rev().find(|(place, _)| *place as usize == at);
    patch.map_or_else(|| PATTERN[at], |(_, value)| *value)
}

/// Takes batches in, executes them and reports, until the input ends. The regions for code and
/// memory are there.
pub fn serve() -> ! {
    // SAFETY: both are there and belong to nobody else.
    let memory = unsafe { core::slice::from_raw_parts_mut(MEMORY as *mut u8, MEMORY_BYTES) };
    // SAFETY: as above. Code is data here; the emulator sees writes to it.
    let code = unsafe { core::slice::from_raw_parts_mut(CODE as *mut u8, CODE_BYTES) };
    memory.copy_from_slice(&PATTERN);
    let mut trap = [0; 4];
    read(&mut trap);
    code.chunks_exact_mut(4).for_each(|place| place.copy_from_slice(&trap));
    loop {
        let count = (read_u32() as usize).min(BATCH);
        for index in 0..count {
            let run = &mut everything().runs[index];
            run.slot = read_u32();
            run.code_bytes = read_u32();
            run.patch_count = (read_u32() as usize).min(PATCHES);
            let (start, bytes) = (run.slot as usize, run.code_bytes as usize);
            read(&mut code[start..start + bytes]);
            crate::close(&mut code[start..start + SLOT_BYTES], bytes, CODE as usize + start);
            for word in &mut run.state {
                let mut bytes = [0; 8];
                read(&mut bytes);
                *word = u64::from_le_bytes(bytes);
            }
            for patch in &mut run.patches[..run.patch_count] {
                let at = read_u32();
                let mut value = [0];
                read(&mut value);
                *patch = (at, value[0]);
            }
        }
        for index in 0..count {
            let run = everything().runs[index];
            for (at, value) in &run.patches[..run.patch_count] {
                memory[*at as usize] = *value;
            }
            let ended = crate::execute(&run);
            report(&ended, memory);
        }
        for index in 0..count {
            let at = everything().runs[index].slot as usize;
            code[at..at + SLOT_BYTES].chunks_exact_mut(4).for_each(|to| to.copy_from_slice(&trap));
        }
        flush();
    }
}

/// Sends how a run ended, and makes memory what it was.
fn report(ended: &Ended, memory: &mut [u8]) {
    write(&ended.signal.to_le_bytes());
    write(&ended.address.to_le_bytes());
    ended.state.iter().for_each(|word| write(&word.to_le_bytes()));
    // Reported is what differs from the pattern, patches included, in whole words of 8 bytes.
    let differs = |start: usize, memory: &[u8]| memory[start..][..8] != PATTERN[start..][..8];
    let count = (0..MEMORY_BYTES).step_by(8).filter(|start| differs(*start, memory)).count();
    write(&(8 * count as u32).to_le_bytes());
    for start in (0..MEMORY_BYTES).step_by(8) {
        if differs(start, memory) {
            for at in start..start + 8 {
                write(&(at as u32).to_le_bytes());
                write(&[memory[at]]);
                memory[at] = PATTERN[at];
            }
        }
    }
}
