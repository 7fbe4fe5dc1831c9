//! A worker: runs a stretch of trials and prints its tally, one line a fact.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;

use fastrand::Rng;
use iced_x86::{Code, Instruction};

use asm_analysis::isa::x86::meaning::meaning;

use crate::check::{Checker, Outcome, ProgramOutcome};
use crate::encodings::Encodings;
use crate::native::Fault;
use crate::programs::Composer;
use crate::trial::{Trial, is_denied};

/// What happened to the trials of one form.
#[derive(Clone, Default, Debug)]
pub struct Tally {
    /// Trials that ran to their end.
    pub ran: u64,
    /// Trials for which no state could be prepared.
    pub unprepared: u64,
    /// Trials that raised an exception, by its number; 255 counts endless ones.
    pub faults: BTreeMap<u8, u64>,
    /// Trials that contradict the model.
    pub unsound: u64,
    /// For each claimed write: how often claimed, how often seen.
    pub claims: BTreeMap<String, (u64, u64)>,
}

/// The forms that are run, in the order in which trials take turns.
pub fn forms(encodings: &Encodings) -> Vec<Code> {
    encodings.codes().filter(|code| !denied(*code)).collect()
}

/// Whether a form is never run.
pub fn denied(code: Code) -> bool {
    let mut instruction = Instruction::default();
    instruction.set_code(code);
    is_denied(code, &meaning(&instruction))
}

/// Whether the decoder is known to be wrong about these very bytes.
///
/// - `f3 41 90` is `xchg r8d, eax` with a repeat prefix that means nothing: SDM 2 "XCHG" and "NOP"
///   give 90 with REX.B to `xchg`, and processors do so. iced 1.22 decodes `pause`.
/// - `48 ff 1b` is `call far` through a 32-bit offset for AMD, which ignores REX.W as to the offset
///   (APM 3 "CALL (Far)") but pushes 8 bytes each. iced 1.22, asked to decode as AMD does, says
///   that 4 bytes each are pushed.
fn is_decoder_fault(trial: &Trial) -> bool {
    let code = trial.instruction.code();
    let rex = |bit: u8| {
        let prefix = trial.bytes.iter().find(|byte| !matches!(byte, 0x66 | 0x67 | 0xF2 | 0xF3));
        prefix.is_some_and(|prefix| prefix & 0xF0 == 0x40 && prefix & bit != 0)
    };
    code == Code::Pause && rex(1) || code == Code::Call_m1632 && rex(8)
}

/// The trial of a number.
fn prepare(
    seed: u64,
    number: u64,
    encodings: &Encodings,
    forms: &[Code],
    checker: &Checker,
) -> (Code, Option<Trial>, Rng) {
    let mut rng = rng(seed, number);
    let code = forms[(number / 2 % forms.len() as u64) as usize];
    let trial = encodings.random(code, &mut rng).and_then(|(instruction, bytes)| {
        Trial::prepare(instruction, bytes, checker.layout(), &mut rng)
    });
    (code, trial.filter(|trial| !is_decoder_fault(trial)), rng)
}

/// What happened to the programs.
#[derive(Clone, Default, Debug)]
pub struct ProgramTally {
    /// Programs that ran to their end and were compared.
    pub ran: u64,
    /// Programs that raised an exception or did not end.
    pub faulted: u64,
    /// Programs that the interpreter could not follow.
    pub not_judged: u64,
    /// Programs that contradict the model.
    pub unsound: u64,
}

/// Trials of odd numbers are programs.
fn is_program(number: u64) -> bool {
    number % 2 == 1
}

/// The generator of random numbers for a trial.
fn rng(seed: u64, number: u64) -> Rng {
    Rng::with_seed(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number)
}

/// Runs one trial and prints everything about it. True: nothing contradicts the model.
pub fn explain(seed: u64, number: u64) -> std::io::Result<bool> {
    let encodings = Encodings::enumerate();
    let forms = forms(&encodings);
    let mut checker = Checker::new()?;
    if is_program(number) {
        let mut rng = rng(seed, number);
        let program = Composer::new(&forms).compose(&encodings, checker.layout(), &mut rng);
        let Some(program) = program else { return Ok(true) };
        println!("{:02x?}", program.bytes);
        program.text.split("; ").for_each(|line| println!("{line}"));
        println!("before: {:#x?}", program.start.state);
        println!("{}", checker.account(&program.bytes, &program.start));
        return Ok(match checker.check_program(&program, &mut rng) {
            ProgramOutcome::Ran(unsound) => {
                unsound.iter().for_each(|what| println!("{what}"));
                unsound.is_empty()
            }
            _ => true,
        });
    }
    let (code, trial, mut rng) = prepare(seed, number, &encodings, &forms, &checker);
    let Some(trial) = trial else {
        println!("{code:?}: no state in which it can run");
        return Ok(true);
    };
    println!("{code:?}: {} {:02x?}", trial.instruction, trial.bytes);
    println!("before: {:#x?}", trial.state);
    println!("{}", checker.account(&trial.bytes, &trial.start()));
    match checker.check(&trial, &mut rng) {
        Outcome::Faulted(fault) => println!("faulted: {fault:?}"),
        Outcome::Ran { unsound, .. } => {
            unsound.iter().for_each(|what| println!("{what}"));
            return Ok(unsound.is_empty());
        }
    }
    Ok(true)
}

/// Runs trials `first` to `count` of the stretch; `place` is a file that always holds the number
/// of the trial that runs. True: nothing contradicts the model.
pub fn work(seed: u64, first: u64, count: u64, place: &Path) -> std::io::Result<bool> {
    let place = OpenOptions::new().write(true).create(true).truncate(false).open(place)?;
    let encodings = Encodings::enumerate();
    let forms = forms(&encodings);
    let mut checker = Checker::new()?;
    let mut tallies: BTreeMap<u16, Tally> = BTreeMap::new();
    let mut out = std::io::stdout().lock();
    let mut sound = true;
    let mut composer = Composer::new(&forms);
    let mut programs = ProgramTally::default();
    for number in first..first + count {
        place.write_at(&number.to_le_bytes(), 0)?;
        if is_program(number) {
            let mut rng = rng(seed, number);
            let program = composer.compose(&encodings, checker.layout(), &mut rng);
            let Some(program) = program else { continue };
            match checker.check_program(&program, &mut rng) {
                ProgramOutcome::Faulted => programs.faulted += 1,
                ProgramOutcome::NotJudged => programs.not_judged += 1,
                ProgramOutcome::Ran(unsound) => {
                    programs.ran += 1;
                    programs.unsound += u64::from(!unsound.is_empty());
                    sound &= unsound.is_empty();
                    for what in unsound {
                        writeln!(out, "wrong\t{number}\t{}\t{what}", program.text)?;
                    }
                }
            }
            continue;
        }
        let (code, trial, mut rng) = prepare(seed, number, &encodings, &forms, &checker);
        let tally = tallies.entry(code as u16).or_default();
        let Some(trial) = trial else {
            tally.unprepared += 1;
            continue;
        };
        match checker.check(&trial, &mut rng) {
            Outcome::Faulted(fault) => {
                let number = match fault {
                    Fault::Exception(number) => number,
                    Fault::Endless => 255,
                };
                *tally.faults.entry(number).or_default() += 1;
            }
            Outcome::Ran { unsound, claims } => {
                tally.ran += 1;
                tally.unsound += u64::from(!unsound.is_empty());
                sound &= unsound.is_empty();
                for (name, seen) in claims {
                    let (claimed, came_true) = tally.claims.entry(name).or_default();
                    *claimed += 1;
                    *came_true += u64::from(seen);
                }
                for what in unsound {
                    let bytes: Vec<String> =
                        trial.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                    let bytes = bytes.join(" ");
                    writeln!(
                        out,
                        "unsound\t{number}\t{}\t{code:?}\t{bytes}\t{}\t{what}",
                        code as u16, trial.instruction
                    )?;
                }
            }
        }
    }
    let ProgramTally { ran, faulted, not_judged, unsound } = programs;
    writeln!(out, "programs\t{ran}\t{faulted}\t{not_judged}\t{unsound}")?;
    for (form, tally) in &tallies {
        writeln!(out, "form\t{form}\t{}\t{}\t{}", tally.ran, tally.unprepared, tally.unsound)?;
        for (exception, times) in &tally.faults {
            writeln!(out, "fault\t{form}\t{exception}\t{times}")?;
        }
        for (name, (claimed, seen)) in &tally.claims {
            writeln!(out, "claim\t{form}\t{name}\t{claimed}\t{seen}")?;
        }
    }
    Ok(sound)
}
