//! [`Trial`]: code with a state in which it can run, and what the model says about it.

use std::rc::Rc;

use asm_analysis::effects::evaluate::{Onward, Outcome, evaluate};
use asm_analysis::effects::{Effect, Effects, Expression};
use asm_analysis::facts::Facts;
use asm_analysis::registers::Register;
use asm_analysis::values::Cell;
use fastrand::Rng;

use super::emulator::Run;
use super::facts::{Interpreter, Unread};
use super::machine::{Layout, Machine, Tracked};
use super::protocol::{MEMORY, MEMORY_BYTES, SLOT_BYTES, memory_pattern};
use super::{Form, Guest, Lifted};

/// Code, the states that it starts from, and where the model says that it ends.
pub struct Trial {
    /// The forms of its instructions.
    pub forms: Vec<usize>,
    /// Its instructions as text.
    pub text: Vec<String>,
    /// Its bytes.
    pub code: Vec<u8>,
    /// The state of the first run.
    pub words: Vec<u64>,
    /// The bits that are different in the second.
    pub flips: Vec<u64>,
    /// Bits of memory that are different in the second run, by offset.
    pub memory_flips: Vec<(u32, u8)>,
    /// The end, with what depends on the flips.
    pub end: Machine,
    /// The cells that the model says are written.
    pub written: Vec<Cell>,
    /// What the interpreter of blocks says, where it can follow the code.
    pub facts: Option<Facts>,
    /// What it says can be changed without any effect, where nothing else is flipped.
    pub unread: Option<Unread>,
}

/// Why there is no trial.
pub enum Missing {
    /// The model does not follow the instruction.
    NotModelled,
}

/// One instruction of a program.
struct Step {
    address: u64,
    length: u64,
    effects: Effects,
}

/// Makes trials.
pub struct Preparer<'guest> {
    guest: &'guest Guest,
    layout: Rc<Layout>,
    forms: &'guest [Form],
    interpreter: Interpreter,
}

impl<'guest> Preparer<'guest> {
    /// For an architecture.
    pub fn new(guest: &'guest Guest, forms: &'guest [Form]) -> Preparer<'guest> {
        let layout = Rc::new(Layout::new(guest));
        let interpreter = Interpreter::new(guest, Rc::clone(&layout));
        Preparer { guest, layout, forms, interpreter }
    }

    /// The interpreter of blocks.
    pub fn interpreter(&self) -> &Interpreter {
        &self.interpreter
    }

    /// Where the cells are.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    fn start(&self, address: u64, rng: &mut Rng) -> Vec<u64> {
        let mut words = vec![0; self.guest.words];
        (self.guest.random)(rng, &mut words);
        words[0] = address;
        words
    }

    /// One instruction of a form.
    pub fn single(&self, form: usize, address: u64, rng: &mut Rng) -> Result<Trial, Missing> {
        let code = (self.guest.vary)(&self.forms[form], rng);
        let lifted = (self.guest.lift)(&code, address).ok_or(Missing::NotModelled)?;
        let mut words = self.start(address, rng);
        let Lifted { text, effects } = lifted;
        let step = Step { address, length: code.len() as u64, effects };
        for _ in 0..8 {
            let outcome = self.evaluate(&step, &self.machine(&words, &[]));
            let Some((cell, distance)) = misplaced(&step.effects, &outcome, rng) else { break };
            if let [span, ..] = self.layout.of(cell) {
                words[span.word] = words[span.word].wrapping_add(distance);
            }
        }
        Ok(self.finish(vec![form], vec![text], code, words, &[step], rng))
    }

    /// A program of several instructions, each in a state in which it can run.
    pub fn program(&self, usable: &[usize], address: u64, rng: &mut Rng) -> Option<Trial> {
        let words = self.start(address, rng);
        let mut machine = self.machine(&words, &[]);
        let (mut forms, mut text, mut code) = (Vec::new(), Vec::new(), Vec::new());
        let mut steps: Vec<Step> = Vec::new();
        let wanted = rng.usize(2..9);
        for _ in 0..40 * wanted {
            if steps.len() == wanted || code.len() + 24 > SLOT_BYTES {
                break;
            }
            let form = usable[rng.usize(..usable.len())];
            let bytes = (self.guest.vary)(&self.forms[form], rng);
            let at = address + code.len() as u64;
            let Some(lifted) = (self.guest.lift)(&bytes, at) else { continue };
            let step = Step { address: at, length: bytes.len() as u64, effects: lifted.effects };
            let outcome = self.evaluate(&step, &machine);
            let Some(gap) = goes_on(&step, &outcome) else { continue };
            if !self.keeps_alignment(&outcome) {
                continue;
            }
            machine.apply(&outcome);
            steps.push(step);
            forms.push(form);
            text.push(lifted.text);
            code.extend(bytes);
            // What is jumped over traps.
            code.extend(self.guest.trap.iter().cycle().take(gap as usize));
        }
        (steps.len() > 1).then(|| self.finish(forms, text, code, words, &steps, rng))
    }

    fn evaluate(&self, step: &Step, machine: &Machine) -> Outcome {
        let mut machine = machine.clone();
        machine.next = step.address + step.length;
        evaluate(&step.effects, &machine)
    }

    /// Whether an instruction writes nothing to the stack pointer that is lost there.
    fn keeps_alignment(&self, outcome: &Outcome) -> bool {
        let stack_pointer = self.interpreter.stack_pointer();
        outcome.cells.iter().filter(|(cell, _)| *cell == stack_pointer).all(|(_, value)| {
            self.guest.stack_multiple == 1
                || value.number().is_some_and(|at| at as u64 % self.guest.stack_multiple == 0)
        })
    }

    fn machine(&self, words: &[u64], flips: &[u64]) -> Machine {
        let mut tainted = flips.to_vec();
        tainted.resize(words.len(), 0);
        Machine::new(Rc::clone(&self.layout), words.to_vec(), tainted)
    }

    /// Chooses what the second run has different, and lets the model run.
    fn finish(
        &self,
        forms: Vec<usize>,
        text: Vec<String>,
        code: Vec<u8>,
        words: Vec<u64>,
        steps: &[Step],
        rng: &mut Rng,
    ) -> Trial {
        let is_aligned = match steps {
            [only] => self.keeps_alignment(&self.evaluate(only, &self.machine(&words, &[]))),
            _ => true,
        };
        let facts = self.interpreter.interpret(&code, &words).filter(|_| is_aligned);
        let unread = facts
            .as_ref()
            .filter(|_| steps.len() > 1 && rng.bool())
            .and_then(|facts| self.interpreter.unread(facts, &words));
        let mut flips = self.flips(rng);
        let mut memory_flips: Vec<(u32, u8)> =
            (0..rng.usize(..4)).map(|_| (rng.u32(..MEMORY_BYTES as u32), rng.u8(1..))).collect();
        if let Some(unread) = &unread {
            flips.iter_mut().zip(&unread.bits).for_each(|(flips, bits)| *flips &= bits);
            memory_flips.retain(|(at, _)| {
                let at = MEMORY + u64::from(*at);
                !unread.memory.iter().any(|(start, end)| (*start..*end).contains(&at))
            });
        }
        let mut result = self.replay(&words, &flips, &memory_flips, steps);
        if result.is_none() {
            // An address or a way depends on them.
            for cell in self.layout.cells() {
                if matches!(cell, Cell::Register(Register::General(_)) | Cell::Flag(_)) {
                    self.layout.of(cell).iter().for_each(|span| flips[span.word] = 0);
                }
            }
            memory_flips.clear();
            result = self.replay(&words, &flips, &memory_flips, steps);
        }
        if result.is_none() {
            flips.fill(0);
        }
        let (end, written) = result
            .or_else(|| self.replay(&words, &flips, &memory_flips, steps))
            .unwrap_or_else(|| (self.unknown(&words), self.layout.cells().collect()));
        Trial { forms, text, code, words, flips, memory_flips, end, written, facts, unread }
    }

    /// A machine of which nothing is known.
    fn unknown(&self, words: &[u64]) -> Machine {
        let mut machine = self.machine(words, &vec![u64::MAX; words.len()]);
        for tracked in [&mut machine.words, &mut machine.memory] {
            tracked.known.fill(0);
            tracked.tainted.fill(u64::MAX);
        }
        machine
    }

    /// Random bits to flip: a few of many cells, or many of a few.
    fn flips(&self, rng: &mut Rng) -> Vec<u64> {
        let mut flips = vec![0; self.guest.words];
        let rare = rng.bool();
        let mut cells: Vec<Cell> = self.layout.cells().collect();
        cells.sort_unstable();
        for cell in cells {
            let keep = if rare { rng.u8(..8) != 0 } else { rng.bool() };
            if keep || (self.guest.is_read_by_all)(cell) {
                continue;
            }
            let is_stack = cell == self.interpreter.stack_pointer();
            let allowed = if is_stack { self.guest.stack_flips } else { u64::MAX };
            for span in self.layout.of(cell) {
                let bits = if rng.bool() { rng.u64(..) } else { 1 << rng.u32(..64) };
                flips[span.word] |= bits << span.shift & span.mask() & allowed;
            }
        }
        flips
    }

    /// Runs the model. `None`: an address or the way depends on what is flipped.
    fn replay(
        &self,
        words: &[u64],
        flips: &[u64],
        memory_flips: &[(u32, u8)],
        steps: &[Step],
    ) -> Option<(Machine, Vec<Cell>)> {
        let mut machine = self.machine(words, flips);
        for (at, bits) in memory_flips {
            machine.memory.tainted[*at as usize / 8] |= u64::from(*bits) << (8 * (at % 8));
        }
        let mut written = Vec::new();
        for step in steps {
            let outcome = self.evaluate(step, &machine);
            let mut touched = outcome.loads.iter().chain(&outcome.stores);
            if touched.any(|touched| touched.address.is_tainted()) {
                return None;
            }
            written.extend(outcome.cells.iter().map(|(cell, _)| *cell));
            machine.apply(&outcome);
            if machine.words.tainted[0] != 0 && steps.len() > 1 {
                return None;
            }
        }
        written.sort_unstable();
        written.dedup();
        Some((machine, written))
    }
}

impl Trial {
    /// Whether it goes to the page that Linux on Arm maps for its helpers
    /// (Documentation/arch/arm/kernel_user_helpers.rst): QEMU ends where none of them begins.
    pub fn enters_kernel_page(&self) -> bool {
        let Tracked { value, known, .. } = &self.end.words;
        known[0] as u32 == u32::MAX && (0xffff_0000..=0xffff_ffff).contains(&value[0])
    }

    /// The two runs.
    pub fn runs(&self) -> [Run; 2] {
        let flipped = self.words.iter().zip(&self.flips).map(|(word, flips)| word ^ flips);
        let patch = |(at, bits): &(u32, u8)| (*at, memory_pattern(*at as usize) ^ bits);
        [
            Run { code: self.code.clone(), state: self.words.clone(), patches: Vec::new() },
            Run {
                code: self.code.clone(),
                state: flipped.collect(),
                patches: self.memory_flips.iter().map(patch).collect(),
            },
        ]
    }
}

/// A register that must be changed so that an access reaches memory that is there, and by how much.
fn misplaced(effects: &Effects, outcome: &Outcome, rng: &mut Rng) -> Option<(Cell, u64)> {
    let mut loads = outcome.loads.iter();
    let mut stores = outcome.stores.iter();
    for effect in &effects.list {
        let (address, touched) = match effect {
            Effect::Load(access) => (&access.address, loads.next()?),
            Effect::Store(access, _) => (&access.address, stores.next()?),
            _ => continue,
        };
        let Some(at) = touched.address.number() else { continue };
        let bytes = touched.bytes.unwrap_or(256);
        if Machine::has(at as u64, bytes) {
            continue;
        }
        let alignment =
            u64::from(touched.alignment.unwrap_or(1)).max(if rng.u8(..4) == 0 { 1 } else { 16 });
        let room = MEMORY_BYTES as u64 - bytes - 1024;
        let target = (MEMORY + 512 + rng.u64(..room)) / alignment * alignment;
        if let Some(cell) = base(address) {
            return Some((cell, target.wrapping_sub(at as u64)));
        }
    }
    None
}

/// The general register that an address starts from.
fn base(address: &Expression) -> Option<Cell> {
    let mut found = None;
    address.cells(&mut |part| {
        if found.is_none() && matches!(part.cell, Cell::Register(Register::General(_))) {
            found = Some(part.cell);
        }
    });
    found
}

/// Whether a program may continue with an instruction: how many bytes it jumps over.
fn goes_on(step: &Step, outcome: &Outcome) -> Option<u64> {
    let mut touched = outcome.loads.iter().chain(&outcome.stores);
    let reachable = touched.all(|touched| {
        let place = touched.address.number().zip(touched.bytes);
        place.is_some_and(|(at, bytes)| Machine::has(at as u64, bytes))
    });
    let Onward::To(next) = &outcome.next else { return None };
    let gap = (next.number()? as u64).checked_sub(step.address + step.length)?;
    (reachable && gap <= 16 && gap.is_multiple_of(4)).then_some(gap)
}
