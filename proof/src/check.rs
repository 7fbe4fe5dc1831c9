//! Runs a trial twice and compares with the model.
//!
//! The first run shows what changes: every changed bit must be claimed as written. The second
//! starts with all bits changed that are claimed to be no input: every result must be the same,
//! or untouched in both.

use fastrand::Rng;
use iced_x86::InstructionInfoFactory;

use crate::model::{Claims, Range};
use crate::native::{DATA, Fault, IMAGE_BYTES, Processor, Raw, STACK};
use crate::state::{ImageLayout, State, name, word};
use crate::trial::Trial;

/// Runs trials on the processor of this process.
pub struct Checker {
    processor: Processor,
    layout: ImageLayout,
    free: State,
    factory: InstructionInfoFactory,
    raw: [Raw; 2],
}

/// What became of a trial.
pub enum Outcome {
    /// It did not reach its end.
    Faulted(Fault),
    /// It ran, and did these things; the second list tells which claims came true.
    Ran {
        /// What contradicts the model, one sentence each.
        unsound: Vec<String>,
        /// The names of claimed writes, and whether something changed there.
        claims: Vec<(String, bool)>,
    },
}

/// All that can be seen after a run.
struct Snapshot {
    state: State,
    data: Vec<u8>,
    stack: Vec<u8>,
}

impl Checker {
    /// Prepares this process. An error of the system, or no `xsave`.
    pub fn new() -> std::io::Result<Checker> {
        let layout = ImageLayout::of_this_processor()
            .ok_or_else(|| std::io::Error::other("this processor has no xsave"))?;
        let raw = Raw { general: [0; 16], flags: 0, extended: Box::new([0; IMAGE_BYTES]) };
        Ok(Checker {
            processor: Processor::prepare(layout.features)?,
            free: layout.free_bits(),
            layout,
            factory: InstructionInfoFactory::new(),
            raw: [raw.clone(), raw],
        })
    }

    /// What extended state this processor has.
    pub fn layout(&self) -> &ImageLayout {
        &self.layout
    }

    /// Runs `trial` and compares.
    pub fn check(&mut self, trial: &Trial, rng: &mut Rng) -> Outcome {
        let before = Snapshot {
            state: trial.state.clone(),
            data: trial.data.clone(),
            stack: trial.stack.clone(),
        };
        let after = match self.run(trial, &before) {
            Ok(after) => after,
            Err(fault) => return Outcome::Faulted(fault),
        };
        let claims = Claims::of(trial, &mut self.factory);
        let mut unsound = Vec::new();
        for (place, bits) in changed(&before.state, &after.state) {
            let unclaimed = bits & !claims.writes[place];
            if unclaimed != 0 {
                unsound.push(format!("changes {} bits {unclaimed:#x}", name(place)));
            }
        }
        let written = changed_bytes(&before, &after);
        if let Some(address) = written.iter().find(|at| !covered(&claims.memory_writes, **at)) {
            unsound.push(format!("writes {} bytes, among them {address:#x}", written.len()));
        }
        if trial.meaning.nondeterministic.is_none() {
            self.check_reads(trial, &before, &after, &claims, &mut unsound, rng);
        }
        let roles = claims.roles.iter().map(|role| {
            let differs =
                |place: usize, bits| (before.state[place] ^ after.state[place]) & bits != 0;
            let seen = match &role.runs[..] {
                [] => !written.is_empty(),
                runs => runs
                    .iter()
                    .any(|(first, last, bits)| (*first..=*last).any(|place| differs(place, *bits))),
            };
            (role.name.clone(), seen)
        });
        Outcome::Ran { unsound, claims: roles.collect() }
    }

    /// Runs again with everything changed that is claimed not to matter.
    fn check_reads(
        &mut self,
        trial: &Trial,
        before: &Snapshot,
        after: &Snapshot,
        claims: &Claims,
        unsound: &mut Vec<String>,
        rng: &mut Rng,
    ) {
        let mut other = Snapshot {
            state: before.state.clone(),
            data: before.data.clone(),
            stack: before.stack.clone(),
        };
        for place in 0..word::COUNT {
            other.state[place] ^= rng.u64(..) & self.free[place] & !claims.reads[place];
        }
        for (base, memory, kept) in
            [(DATA, &mut other.data, &before.data), (STACK, &mut other.stack, &before.stack)]
        {
            rng.fill(memory);
            for range in &claims.memory_reads {
                let start = range.start.saturating_sub(base).min(kept.len() as u64) as usize;
                let end = range.end.saturating_sub(base).min(kept.len() as u64) as usize;
                memory[start..end].copy_from_slice(&kept[start..end]);
            }
        }
        let other_after = match self.run(trial, &other) {
            Ok(other_after) => other_after,
            Err(fault) => {
                unsound.push(format!("{fault:?} depends on what is claimed to be no input"));
                return;
            }
        };
        for place in 0..word::COUNT {
            let mut differ = after.state[place] ^ other_after.state[place];
            let changed = before.state[place] ^ after.state[place]
                | other.state[place] ^ other_after.state[place];
            if place == word::FLAGS {
                differ &= !claims.undefined_flags;
            }
            let unexplained = differ & (changed | !self.free[place]) & relevant(place);
            if unexplained != 0 {
                unsound.push(format!(
                    "{} bits {unexplained:#x} depend on what is claimed to be no input",
                    name(place)
                ));
            }
        }
        for ((first, after), (second, other_after)) in [
            ((&before.data, &after.data), (&other.data, &other_after.data)),
            ((&before.stack, &after.stack), (&other.stack, &other_after.stack)),
        ] {
            if first == after && second == other_after {
                continue;
            }
            let differs = (0..after.len()).any(|at| {
                let untouched = first[at] == after[at] && second[at] == other_after[at];
                after[at] != other_after[at] && !untouched
            });
            if differs {
                unsound.push("written memory depends on what is claimed to be no input".to_owned());
            }
        }
    }

    fn run(&mut self, trial: &Trial, start: &Snapshot) -> Result<Snapshot, Fault> {
        self.processor.data_mut().copy_from_slice(&start.data);
        self.processor.stack_mut().copy_from_slice(&start.stack);
        self.processor.place(&trial.bytes);
        let [before, after] = &mut self.raw;
        self.layout.write(&start.state, before);
        self.processor.run(before, after)?;
        Ok(Snapshot {
            state: self.layout.read(after),
            data: self.processor.data_mut().to_vec(),
            stack: self.processor.stack_mut().to_vec(),
        })
    }
}

/// The bits of a word that the comparison of two runs looks at: the x87 status holds a copy of
/// the busy and summary bits that follow from others.
fn relevant(place: usize) -> u64 {
    if place == word::X87_STATUS { 0x7FFF } else { u64::MAX }
}

fn changed<'a>(before: &'a State, after: &'a State) -> impl Iterator<Item = (usize, u64)> + 'a {
    before
        .words()
        .iter()
        .zip(after.words())
        .enumerate()
        .map(|(place, (before, after))| (place, before ^ after))
        .filter(|(_, bits)| *bits != 0)
}

/// The addresses of all bytes that changed.
fn changed_bytes(before: &Snapshot, after: &Snapshot) -> Vec<u64> {
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

fn covered(ranges: &[Range], address: u64) -> bool {
    ranges.iter().any(|range| (range.start..range.end).contains(&address))
}
