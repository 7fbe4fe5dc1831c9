//! Whole blocks, clean and wrong: the table `blocks.txt` next to this file, run on the processor.
//!
//! What a row calls kept must be kept by the model and in every run; what it calls changed must be
//! changed by the model and in some run. Besides, no run may contradict the model, as with
//! programs. Called through `--blocks`, by [`crate::report`] before all trials.

use fastrand::Rng;

use asm_analysis::assemble::{Context, Unit, assemble};
use asm_analysis::block::Syntax;
use asm_analysis::questions::exits::Kept;
use asm_analysis::registers::{Register, RegisterPart};
use asm_analysis::testing::target_x86_64;
use asm_analysis::values::{Cell, Flag};

use crate::check::{Checker, ProgramOutcome};
use crate::evaluate::cell_value;
use crate::native::{DATA, DATA_BYTES, STACK, STACK_BYTES};
use crate::programs::Program;
use crate::random::{random_memory, random_state};
use crate::state::{Snapshot, State, word};

const TABLE: &str = include_str!("blocks.txt");

/// How often each block is run, from different states.
const RUNS: u64 = 48;

/// Runs all blocks; prints what is not as the table says, and a line of figures. True: all is.
pub fn run(seed: u64) -> std::io::Result<bool> {
    let mut checker = Checker::new()?;
    let rows = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (mut blocks, mut wrong, mut skipped, mut unseen) = (0u32, 0u32, 0u32, 0usize);
    for row in rows {
        blocks += 1;
        match check_row(&mut checker, row, seed) {
            Ok(Checked::Whole) => {}
            Ok(Checked::Without(parts)) => unseen += parts,
            Ok(Checked::NotHere) => skipped += 1,
            Err(what) => {
                wrong += 1;
                println!("  {row}\n      {what}");
            }
        }
    }
    println!("whole blocks                {blocks}");
    println!("  not on this processor     {skipped}");
    println!("  parts not on it           {unseen}   (expectations that could not be tested)");
    println!("  contradict the table      {wrong}");
    Ok(wrong == 0)
}

/// How much of a row this processor could test.
enum Checked {
    /// All of it.
    Whole,
    /// All but this many expectations: they need bits of state that the processor does not have.
    Without(usize),
    /// Nothing: the processor does not have the instructions.
    NotHere,
}

/// Checks a row.
fn check_row(checker: &mut Checker, row: &str, seed: u64) -> Result<Checked, String> {
    let columns: Vec<&str> = row.split('|').map(str::trim).collect();
    let [template, kept, changed] = columns[..] else {
        return Err("is not a row of three columns".to_owned());
    };
    let parts = |names: &str| names.split_whitespace().map(part).collect::<Result<Vec<_>, _>>();
    let (kept, changed) = (parts(kept)?, parts(changed)?);
    let bytes = machine_code(&template.replace("; ", "\n"))?;
    let judge = |part: &Part| checker.kept(&bytes, part.cell, part.low, part.bits);
    for part in &kept {
        if judge(part) != Some(Kept::Yes) {
            return Err(format!("{}: the model says {:?}, not kept", part.name, judge(part)));
        }
    }
    for part in &changed {
        if !matches!(judge(part), Some(Kept::No(_))) {
            return Err(format!("{}: the model says {:?}, not changed", part.name, judge(part)));
        }
    }
    let mut seen = vec![false; changed.len()];
    let mut rng = Rng::with_seed(seed);
    for _ in 0..RUNS {
        let start = start(checker, &mut rng);
        let program = Program { bytes: bytes.clone(), start, text: template.to_owned() };
        let after = match checker.run(&program) {
            Ok(after) => after.state,
            Err(crate::native::Fault::Exception(6)) => return Ok(Checked::NotHere),
            Err(fault) => return Err(format!("raises {fault:?}")),
        };
        let before = &program.start.state;
        if let Some(part) = kept.iter().find(|part| part.differs(before, &after)) {
            return Err(format!("{} is changed by the processor", part.name));
        }
        for (seen, part) in seen.iter_mut().zip(&changed) {
            *seen |= part.differs(before, &after);
        }
        if let ProgramOutcome::Ran(unsound) = checker.check_program(&program, &mut rng)
            && let Some(what) = unsound.first()
        {
            return Err(what.clone());
        }
    }
    // What the processor does not have it cannot show. A change in the bits that it does have
    // satisfies an expectation, however much is missing.
    let missing = |part: &Part| !part.exists(checker);
    let mut unseen = kept.iter().filter(|part| missing(part)).count();
    for (part, seen) in changed.iter().zip(seen) {
        match (seen, missing(part)) {
            (true, _) => {}
            (false, true) => unseen += 1,
            (false, false) => {
                return Err(format!("{} is never changed by the processor", part.name));
            }
        }
    }
    Ok(if unseen == 0 { Checked::Whole } else { Checked::Without(unseen) })
}

/// A part of the state that a row names.
struct Part {
    name: String,
    cell: Cell,
    low: u16,
    bits: u16,
}

impl Part {
    fn differs(&self, before: &State, after: &State) -> bool {
        let bits = |state: &State| cell_value(state, self.cell, state.x87_top());
        let (Some(before), Some(after)) = (bits(before), bits(after)) else { return false };
        self.places().any(|(word, bit)| (before[word] ^ after[word]) >> bit & 1 == 1)
    }

    /// Whether this processor has all bits of the part. Only vector and mask registers differ from
    /// one processor to another.
    fn exists(&self, checker: &Checker) -> bool {
        if !matches!(self.cell, Cell::Register(Register::Vector(_) | Register::Mask(_))) {
            return true;
        }
        cell_value(&checker.layout().free_bits(), self.cell, 0)
            .is_some_and(|there| self.places().all(|(word, bit)| there[word] >> bit & 1 == 1))
    }

    /// The bits of the part, as places in the words of its cell.
    fn places(&self) -> impl Iterator<Item = (usize, u16)> {
        (self.low..self.low + self.bits).map(|bit| (usize::from(bit / 64), bit % 64))
    }
}

fn part(name: &str) -> Result<Part, String> {
    let whole = |cell: Cell| Part { name: name.to_owned(), cell, low: 0, bits: cell.bits() };
    if let Some(flag) = Flag::ALL.into_iter().find(|flag| flag.name() == name) {
        return Ok(whole(Cell::Flag(flag)));
    }
    match name {
        "mxcsr" => return Ok(whole(Cell::Mxcsr)),
        "x87cw" => return Ok(whole(Cell::X87Control)),
        "rsp" => return Ok(whole(Cell::Register(Register::RSP))),
        "rbp" => return Ok(whole(Cell::Register(Register::RBP))),
        "rbx" => return Ok(whole(Cell::Register(Register::RBX))),
        _ => {}
    }
    let RegisterPart { register, low_bit, bits } =
        RegisterPart::parse(name).ok_or_else(|| format!("{name} is not part of the state"))?;
    Ok(Part { name: name.to_owned(), cell: Cell::Register(register), low: low_bit, bits })
}

fn machine_code(text: &str) -> Result<Vec<u8>, String> {
    let unit = Unit {
        text,
        variant: None,
        syntax: Syntax::Intel,
        context: Context::Function,
        features: "",
        is_thumb: false,
    };
    match assemble(&target_x86_64(), &[unit]).pop() {
        Some(Ok(code)) => Ok(code.start_section().bytes.clone()),
        other => Err(format!("does not assemble: {other:?}")),
    }
}

/// What the table says about the state at entry.
fn start(checker: &Checker, rng: &mut Rng) -> Snapshot {
    let mut state = random_state(checker.layout(), rng);
    state[word::FLAGS] &= !0x400;
    state[word::MXCSR] = 0x1F80;
    state[word::X87_TAGS] = 0;
    state[word::X87_STATUS] = 0;
    state[word::GENERAL + 1] = rng.u64(1..9);
    state[word::GENERAL + 4] = STACK + STACK_BYTES as u64 / 2 + rng.u64(..8) * 64;
    state[word::GENERAL + 6] = DATA + 0x800 + rng.u64(..8) * 64;
    state[word::GENERAL + 7] = DATA + 0x1000 + rng.u64(..8) * 64;
    Snapshot { state, data: random_memory(DATA_BYTES, rng), stack: random_memory(STACK_BYTES, rng) }
}
