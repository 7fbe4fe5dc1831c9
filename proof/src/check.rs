//! Compares what a trial or a program did with the model.
//!
//! The first run shows what changes: every changed bit must be claimed as written. The second
//! starts with all bits changed that are claimed to be no input: every result must be the same,
//! or untouched in both.

use asm_analysis::isa::x86::meaning::Nondeterminism;
use asm_analysis::questions::exits::Kept;
use asm_analysis::values::Cell;
use fastrand::Rng;
use iced_x86::{InstructionInfoFactory, Mnemonic, Register};

use crate::interpreted::{Interpretation, Interpreter};
use crate::model::{Claims, Range, Unread};
use crate::native::{Fault, STACK};
use crate::programs::Program;
use crate::run::{Runner, changed, changed_bytes, covered};
use crate::state::{ImageLayout, Snapshot, name, word};
use crate::trial::Trial;

/// DF in `rflags`.
const DIRECTION: u64 = 0x400;

/// Runs trials and programs, and compares.
pub struct Checker {
    runner: Runner,
    factory: InstructionInfoFactory,
    interpreter: Interpreter,
}

/// What happened to a trial.
pub enum Outcome {
    /// It did not reach its end.
    Faulted(Fault),
    /// It ran, and did these things; the second list says which claims came true.
    Ran {
        /// What contradicts the model, one sentence each.
        unsound: Vec<String>,
        /// The names of claimed writes, and whether something changed there.
        claims: Vec<(String, bool)>,
    },
}

/// What happened to a program.
pub enum ProgramOutcome {
    /// It did not reach its end.
    Faulted,
    /// The interpreter could not follow it.
    NotJudged,
    /// It ran, and this contradicts the model.
    Ran(Vec<String>),
}

impl Checker {
    /// Prepares this process. An error of the system, or no `xsave`.
    pub fn new() -> std::io::Result<Checker> {
        let factory = InstructionInfoFactory::new();
        Ok(Checker { runner: Runner::new()?, factory, interpreter: Interpreter::new() })
    }

    /// What extended state this processor has.
    pub fn layout(&self) -> &ImageLayout {
        self.runner.layout()
    }

    /// What the interpreter says about code entered in a state, for reading.
    pub fn account(&self, bytes: &[u8], before: &Snapshot) -> String {
        self.interpreter
            .interpret(bytes, before.state[word::GENERAL + 4])
            .map_or_else(|| "not followed".to_owned(), |known| known.account(&before.state))
    }

    /// Runs `program` alone.
    pub fn run(&mut self, program: &Program) -> Result<Snapshot, Fault> {
        self.runner.run(&program.bytes, &program.start)
    }

    /// What the interpreter says about bits of a cell where the stack is aligned on entry. `None`
    /// if it could not follow the code.
    pub fn kept(&self, bytes: &[u8], cell: Cell, low: u16, bits: u16) -> Option<Kept> {
        Some(self.interpreter.interpret(bytes, STACK)?.kept(cell, low, bits))
    }

    /// Runs `program` and compares.
    pub fn check_program(&mut self, program: &Program, rng: &mut Rng) -> ProgramOutcome {
        let Program { bytes, start: before, .. } = program;
        let rsp = before.state[word::GENERAL + 4];
        let Some(interpretation) = self.interpreter.interpret(bytes, rsp) else {
            return ProgramOutcome::NotJudged;
        };
        let after = match self.runner.run(bytes, before) {
            Ok(after) => after,
            Err(_) => return ProgramOutcome::Faulted,
        };
        let written = changed_bytes(before, &after);
        let mut unsound = interpretation.contradictions(&before.state, &after.state, &written);
        if let Some(unread) = unread(&interpretation, before) {
            unsound.extend(self.runner.run_again(bytes, [before, &after], &unread, rng));
        }
        ProgramOutcome::Ran(unsound)
    }

    /// Runs `trial` and compares.
    pub fn check(&mut self, trial: &Trial, rng: &mut Rng) -> Outcome {
        let before = trial.start();
        let after = match self.runner.run(&trial.bytes, &before) {
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
        // The kernel provides descriptor registers, and emulates in its own way what the processor
        // refuses. How much `xsave` writes depends on the processor.
        let interpretation = (before.state[word::FLAGS] & DIRECTION == 0
            && trial.meaning.nondeterministic != Some(Nondeterminism::Descriptor)
            && trial.meaning.minimum_bytes.is_none()
            && trial.instruction.memory_base() != Register::EIP)
            .then(|| self.interpreter.interpret(&trial.bytes, before.state[word::GENERAL + 4]))
            .flatten();
        if let Some(interpretation) = &interpretation {
            unsound.extend(interpretation.contradictions(&before.state, &after.state, &written));
        }
        if trial.meaning.nondeterministic.is_none() {
            let runs = [&before, &after];
            unsound.extend(self.runner.run_again(&trial.bytes, runs, &claims.unread(), rng));
            // To save state is not to use it.
            let saves =
                trial.meaning.floating_state.is_some_and(|state| state.word().contains("saves"));
            if !saves
                && let Some(mut unread) = interpretation.and_then(|known| unread(&known, &before))
            {
                // An address that is not accessed still has to be one.
                for register in [trial.instruction.memory_base(), trial.instruction.memory_index()]
                {
                    if register.is_gpr() {
                        unread.bits[word::GENERAL + register.full_register().number()] = 0;
                    }
                }
                unread.anything[word::FLAGS] |= claims.undefined_flags;
                if matches!(trial.instruction.mnemonic(), Mnemonic::Monitor | Mnemonic::Monitorx) {
                    // An address and hints, which must be valid.
                    unread.bits.words_mut()[word::GENERAL..word::GENERAL + 3].fill(0);
                }
                let found = self.runner.run_again(&trial.bytes, runs, &unread, rng);
                unsound.extend(found.iter().map(|what| format!("{what} by the interpreter")));
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
}

/// What the interpreter says can be changed without any effect. What is left on the own stack is
/// seen by nobody; what was there before, nobody gave.
fn unread(interpretation: &Interpretation, before: &Snapshot) -> Option<Unread> {
    let mut unread = interpretation.unread(&before.state)?;
    let end = before.state[word::GENERAL + 4];
    unread.hidden = end;
    unread.memory.push(Range { start: STACK, end });
    Some(unread)
}
