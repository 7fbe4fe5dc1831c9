//! Runs code from one state to another, and again from a state that should make no difference.

use fastrand::Rng;

use crate::model::{Range, Unread};
use crate::native::{DATA, Fault, IMAGE_BYTES, Processor, Raw, STACK};
use crate::state::{ImageLayout, Snapshot, State, name, word};

/// Runs code on the processor of this process.
pub struct Runner {
    processor: Processor,
    layout: ImageLayout,
    free: State,
    raw: [Raw; 2],
}

impl Runner {
    /// Prepares this process. An error of the system, or no `xsave`.
    pub fn new() -> std::io::Result<Runner> {
        let layout = ImageLayout::of_this_processor()
            .ok_or_else(|| std::io::Error::other("this processor has no xsave"))?;
        let raw = Raw { general: [0; 16], flags: 0, extended: Box::new([0; IMAGE_BYTES]) };
        Ok(Runner {
            processor: Processor::prepare(layout.features)?,
            free: layout.free_bits(),
            layout,
            raw: [raw.clone(), raw],
        })
    }

    /// What extended state this processor has.
    pub fn layout(&self) -> &ImageLayout {
        &self.layout
    }

    /// Runs code from a start. The fault, if it does not reach its end.
    pub fn run(&mut self, bytes: &[u8], start: &Snapshot) -> Result<Snapshot, Fault> {
        self.processor.data_mut().copy_from_slice(&start.data);
        self.processor.stack_mut().copy_from_slice(&start.stack);
        self.processor.place(bytes);
        let [before, after] = &mut self.raw;
        self.layout.write(&start.state, before);
        self.processor.run(before, after)?;
        Ok(Snapshot {
            state: self.layout.read(after),
            data: self.processor.data_mut().to_vec(),
            stack: self.processor.stack_mut().to_vec(),
        })
    }

    /// Runs again with everything changed that is claimed not to matter; returns what did matter.
    pub fn run_again(
        &mut self,
        bytes: &[u8],
        [before, after]: [&Snapshot; 2],
        unread: &Unread,
        rng: &mut Rng,
    ) -> Vec<String> {
        let mut unsound = Vec::new();
        let mut other = Snapshot {
            state: before.state.clone(),
            data: before.data.clone(),
            stack: before.stack.clone(),
        };
        for place in 0..word::COUNT {
            other.state[place] ^= rng.u64(..) & self.free[place] & unread.bits[place];
        }
        for (base, memory, kept) in
            [(DATA, &mut other.data, &before.data), (STACK, &mut other.stack, &before.stack)]
        {
            rng.fill(memory);
            for range in &unread.memory {
                let start = range.start.saturating_sub(base).min(kept.len() as u64) as usize;
                let end = range.end.saturating_sub(base).min(kept.len() as u64) as usize;
                // A range that wraps around the address space is in neither region.
                if start < end {
                    memory[start..end].copy_from_slice(&kept[start..end]);
                }
            }
        }
        let other_after = match self.run(bytes, &other) {
            Ok(other_after) => other_after,
            // TF in an image of the flags: only a debugger looks at it. AC there: whether a later
            // access is aligned decides only whether it faults (SDM volume 1, section 3.4.3.3).
            Err(Fault::Exception(1 | 17)) => return unsound,
            Err(fault) => {
                unsound.push(format!("{fault:?} depends on what is claimed not to be an input"));
                return unsound;
            }
        };
        for place in 0..word::COUNT {
            let differ = (after.state[place] ^ other_after.state[place]) & !unread.anything[place];
            let changed = before.state[place] ^ after.state[place]
                | other.state[place] ^ other_after.state[place];
            let unexplained = differ & (changed | !self.free[place]) & relevant(place);
            if unexplained != 0 {
                unsound.push(format!(
                    "{} bits {unexplained:#x} depend on what is claimed not to be an input",
                    name(place)
                ));
            }
        }
        let hidden = unread.hidden.saturating_sub(STACK) as usize;
        for (first_seen, (first, after), (second, other_after)) in [
            (0, (&before.data, &after.data), (&other.data, &other_after.data)),
            (hidden, (&before.stack, &after.stack), (&other.stack, &other_after.stack)),
        ] {
            if first == after && second == other_after {
                continue;
            }
            let differs = (first_seen..after.len()).any(|at| {
                let untouched = first[at] == after[at] && second[at] == other_after[at];
                after[at] != other_after[at] && !untouched
            });
            if differs {
                unsound.push(
                    "written memory depends on what is claimed not to be an input".to_owned(),
                );
            }
        }
        unsound
    }
}

/// The bits of a word that the comparison of two runs looks at: the x87 status holds a copy of
/// the busy and summary bits that follow from others, and flags beyond the status flags and DF come
/// from an image that was loaded.
fn relevant(place: usize) -> u64 {
    match place {
        word::X87_STATUS => 0x7FFF,
        // CF, PF, AF, ZF, SF, DF, OF.
        word::FLAGS => 0xCD5,
        _ => u64::MAX,
    }
}

/// The bits that differ, word by word.
pub fn changed<'a>(before: &'a State, after: &'a State) -> impl Iterator<Item = (usize, u64)> + 'a {
    before
        .words()
        .iter()
        .zip(after.words())
        .enumerate()
        .map(|(place, (before, after))| (place, before ^ after))
        .filter(|(_, bits)| *bits != 0)
}

/// The addresses of all bytes that changed.
pub fn changed_bytes(before: &Snapshot, after: &Snapshot) -> Vec<u64> {
    let mut found = Vec::new();
    for (base, before, after) in
        [(DATA, &before.data, &after.data), (STACK, &before.stack, &after.stack)]
    {
        if before != after {
            let bytes = before.iter().zip(after).enumerate();
            found.extend(
                bytes
                    .filter(|(_, (before, after))| before != after)
                    .map(|(at, _)| base + at as u64),
            );
        }
    }
    found
}

pub fn covered(ranges: &[Range], address: u64) -> bool {
    ranges.iter().any(|range| (range.start..range.end).contains(&address))
}
