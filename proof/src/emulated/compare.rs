//! Compares what happened with what the model says.

use asm_analysis::values::Cell;

use super::emulator::Ended;
use super::facts::Interpreter;
use super::machine::{Layout, Tracked};
use super::protocol::{MEMORY_BYTES, memory_pattern};
use super::trial::Trial;

const SIGILL: u32 = 4;
const SIGTRAP: u32 = 5;

/// What came of a trial.
pub enum Verdict {
    /// An instruction is not one for user mode, or not one that QEMU knows.
    Unsupported,
    /// It faulted.
    Faulted,
    /// It ran, and this contradicts the model.
    Ran(Vec<String>),
}

/// Whether a jump to the address may find something to execute: the worker itself, what QEMU puts
/// beside it, or code of other trials.
fn is_mapped(address: u64) -> bool {
    matches!(address, 0x1_0000..0x10_0000 | 0x3fff_0000..0x4100_0000)
        || matches!(address, 0x6000_0000..0x6080_0000 | 0x6400_0000..0x6420_0000)
        || matches!(address, 0x6C00_0000..0x6C10_0000)
}

/// Judges the two runs of a trial.
pub fn compare(
    trial: &Trial,
    runs: [&Ended; 2],
    layout: &Layout,
    interpreter: &Interpreter,
) -> Verdict {
    let end = &trial.end;
    let range = trial.words[0]..trial.words[0] + trial.code.len() as u64;
    for (run, ended) in runs.into_iter().enumerate() {
        let at = ended.state[0];
        // In the second run control may go elsewhere, where it depends on what is flipped.
        let expected = (end.words.known[0] == u64::MAX && (run == 0 || end.words.tainted[0] == 0))
            .then_some(end.words.value[0]);
        if expected == Some(at) || expected.is_none() && !range.contains(&at) {
            continue;
        }
        if expected.is_some_and(|to| is_mapped(to) && !(range.start..=range.end).contains(&to)) {
            // Code was there, and ran on.
            return Verdict::Faulted;
        }
        if !range.contains(&at) {
            return Verdict::Ran(vec![format!("pc is {at:#x}, not {expected:x?}")]);
        }
        return match ended.signal {
            SIGILL => Verdict::Unsupported,
            SIGTRAP if trial.forms.len() > 1 => {
                Verdict::Ran(vec![format!("stops at {at:#x}, not {expected:x?}")])
            }
            _ => Verdict::Faulted,
        };
    }
    let [first, second] = runs;
    let mut unsound = Vec::new();
    for cell in sorted(layout.cells()) {
        for span in layout.of(cell) {
            let mask = span.mask();
            let (one, two) = (first.state[span.word], second.state[span.word]);
            let value = end.words.value[span.word];
            let wrong = (one ^ value) & end.words.known[span.word] & mask;
            if wrong != 0 {
                unsound.push(format!("{cell:?} is {one:#x}, not {value:#x} (word {})", span.word));
            }
            if !trial.written.contains(&cell) {
                let before = trial.words[span.word] ^ trial.flips[span.word];
                if (two ^ before) & mask != 0 {
                    unsound
                        .push(format!("{cell:?} is {two:#x} in the second run, was {before:#x}"));
                }
            }
            let moved = (one ^ two) & !end.words.tainted[span.word] & mask;
            if moved != 0 {
                unsound.push(format!(
                    "{cell:?} hangs on what is flipped: {one:#x}, then {two:#x} (word {})",
                    span.word
                ));
            }
        }
    }
    let memory = runs.map(memory_of);
    let Tracked { value, known, tainted } = &end.memory;
    for at in 0..MEMORY_BYTES / 8 {
        let (one, two) = (memory[0][at], memory[1][at]);
        if (one ^ value[at]) & known[at] != 0 {
            unsound.push(format!("memory at {:#x} is {one:#x}, not {:#x}", 8 * at, value[at]));
        }
        if (one ^ two) & !tainted[at] != 0 {
            unsound.push(format!("memory at {:#x} hangs on what is flipped", 8 * at));
        }
    }
    if let Some(facts) = &trial.facts {
        unsound.extend(interpreter.contradictions(facts, &trial.words, first));
        if let Some(unread) = &trial.unread {
            unsound.extend(interpreter.hanging(facts, unread, trial, runs));
        }
    }
    Verdict::Ran(unsound)
}

/// Whether a cell came out different from before in either run.
pub fn changed(trial: &Trial, runs: [&Ended; 2], layout: &Layout, cell: Cell) -> bool {
    layout.of(cell).iter().any(|span| {
        let before = trial.words[span.word];
        let flipped = before ^ trial.flips[span.word];
        let [one, two] = runs.map(|run| run.state[span.word]);
        ((one ^ before) | (two ^ flipped)) & span.mask() != 0
    })
}

fn sorted(cells: impl Iterator<Item = Cell>) -> Vec<Cell> {
    let mut cells: Vec<Cell> = cells.collect();
    cells.sort_unstable();
    cells
}

fn memory_of(ended: &Ended) -> Vec<u64> {
    let mut bytes: Vec<u8> = (0..MEMORY_BYTES).map(memory_pattern).collect();
    for (at, value) in &ended.memory {
        bytes[*at as usize] = *value;
    }
    bytes
        .chunks_exact(8)
        .map(|word| u64::from_le_bytes(std::array::from_fn(|byte| word[byte])))
        .collect()
}
