//! Runs a trial twice and compares with the model.
//!
//! The first run shows what changes: every changed bit must be claimed as written. The second
//! starts with all bits changed that are claimed to be no input: every result must be the same,
//! or untouched in both.

use asm_analysis::meaning::Nondeterminism;
use fastrand::Rng;
use iced_x86::{InstructionInfoFactory, Mnemonic, Register};

use crate::interpreted::Interpreter;
use crate::model::{Claims, Range, Unread};
use crate::native::{DATA, Fault, IMAGE_BYTES, Processor, Raw, STACK};
use crate::state::{ImageLayout, State, name, word};
use crate::trial::Trial;

/// DF in `rflags`.
const DIRECTION: u64 = 0x400;

/// Runs trials on the processor of this process.
pub struct Checker {
    processor: Processor,
    layout: ImageLayout,
    free: State,
    factory: InstructionInfoFactory,
    raw: [Raw; 2],
    interpreter: Interpreter,
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
            interpreter: Interpreter::new(),
        })
    }

    /// What extended state this processor has.
    pub fn layout(&self) -> &ImageLayout {
        &self.layout
    }

    /// What the interpreter says of `trial`, for reading.
    pub fn account(&self, trial: &Trial) -> String {
        self.interpreter
            .interpret(&trial.bytes)
            .map_or_else(|| "not followed".to_owned(), |known| known.account(&trial.state))
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
        // The contract says that DF is clear on entry; an address relative to `eip` needs one that
        // the interpreter, which counts from 0, doesn't have.
        // Descriptor registers are told by the kernel, which makes up for the processor's refusal in
        // its own way. How much `xsave` writes is the processor's affair.
        let interpretation = (before.state[word::FLAGS] & DIRECTION == 0
            && trial.meaning.nondeterministic != Some(Nondeterminism::Descriptor)
            && trial.meaning.minimum_bytes.is_none()
            && trial.instruction.memory_base() != Register::EIP)
            .then(|| self.interpreter.interpret(&trial.bytes))
            .flatten();
        if let Some(interpretation) = &interpretation {
            unsound.extend(interpretation.contradictions(&before.state, &after.state, &written));
        }
        if trial.meaning.nondeterministic.is_none() {
            self.check_reads(trial, [&before, &after], &claims.unread(), &mut unsound, rng);
            // To save state is not to use it.
            let saves =
                trial.meaning.floating_state.is_some_and(|state| state.word().contains("saves"));
            if !saves
                && let Some(mut unread) =
                    interpretation.and_then(|known| known.unread(&before.state))
            {
                // An address that is not accessed still has to be one.
                for register in [trial.instruction.memory_base(), trial.instruction.memory_index()]
                {
                    if register.is_gpr() {
                        unread.bits[word::GENERAL + register.full_register().number()] = 0;
                    }
                }
                // What is left behind on the own stack is seen by nobody.
                unread.hidden = unread.hidden.max(before.state[word::GENERAL + 4]);
                unread.anything[word::FLAGS] |= claims.undefined_flags;
                if matches!(trial.instruction.mnemonic(), Mnemonic::Monitor | Mnemonic::Monitorx) {
                    // An address and hints, which must be valid.
                    unread.bits.words_mut()[word::GENERAL..word::GENERAL + 3].fill(0);
                }
                let first = unsound.len();
                self.check_reads(trial, [&before, &after], &unread, &mut unsound, rng);
                unsound[first..].iter_mut().for_each(|what| what.push_str(" by the interpreter"));
            }
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
        [before, after]: [&Snapshot; 2],
        unread: &Unread,
        unsound: &mut Vec<String>,
        rng: &mut Rng,
    ) {
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
            let differ = (after.state[place] ^ other_after.state[place]) & !unread.anything[place];
            let changed = before.state[place] ^ after.state[place]
                | other.state[place] ^ other_after.state[place];
            let unexplained = differ & (changed | !self.free[place]) & relevant(place);
            if unexplained != 0 {
                unsound.push(format!(
                    "{} bits {unexplained:#x} depend on what is claimed to be no input",
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
