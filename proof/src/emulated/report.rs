//! Runs the trials, counts, and prints the report.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use fastrand::Rng;

use super::compare::{Verdict, changed, compare};
use super::emulator::{BATCH, Emulator, Ended, Run, address_of, build};
use super::trial::{Missing, Preparer, Trial};
use super::{Form, Guest};

/// A claim that was made this often and never came true is listed.
const OFTEN: u64 = 60;

/// What happened to the trials of one form.
#[derive(Clone, Default)]
struct Tally {
    tried: u64,
    ran: u64,
    unsupported: u64,
    faulted: u64,
    not_modeled: u64,
    unsound: u64,
    /// Bits of written cells, and those whose value the model knows.
    written_bits: u64,
    exact_bits: u64,
    /// For each kind of cell: how often the model says it is written, how often it changed.
    claims: BTreeMap<String, (u64, u64)>,
}

/// What happened to all.
#[derive(Default)]
struct Sum {
    tallies: Vec<Tally>,
    programs: u64,
    programs_ran: u64,
    programs_unsound: u64,
    /// Programs that the interpreter of blocks follows, and those of which only such bits were flipped
    /// as it says nothing reads.
    interpreted: [u64; 2],
    program_instructions: u64,
    examples: BTreeMap<(String, String), String>,
    wrong: Vec<String>,
    killers: Vec<(u64, String)>,
}

/// A trial with its number.
struct Numbered {
    number: u64,
    trial: Trial,
}

/// Runs `count` trials and prints the report. True: nothing contradicts the model.
pub fn prove(guest: &Guest, seed: u64, count: u64, show: usize) -> io::Result<bool> {
    let program = build(guest)?;
    let result = run_all(guest, &program, seed, count);
    // The folder is this process's own.
    let _ = program.parent().map(std::fs::remove_dir_all);
    let (sum, forms) = result?;
    Ok(sum.print(&forms, count, show))
}

/// Runs one trial and tells all about it.
pub fn explain(guest: &Guest, seed: u64, number: u64) -> io::Result<bool> {
    let program = build(guest)?;
    let forms = (guest.forms)();
    let preparer = Preparer::new(guest, &forms);
    let usable = usable(&forms);
    let trial = prepare(&preparer, &forms, &usable, seed, number, 0);
    let mut sound = true;
    if let Some(Ok(trial)) = trial {
        let mut emulator = Emulator::start(guest, &program)?;
        let ended = emulator.run(&trial.runs())?;
        println!("{:02x?}", trial.code);
        trial.text.iter().for_each(|line| println!("  {line}"));
        for (index, before) in trial.words.iter().enumerate() {
            let (one, two) = (ended[0].state[index], ended[1].state[index]);
            let (flips, end) = (trial.flips[index], &trial.end.words);
            if *before != one || two != before ^ flips {
                println!(
                    "word {index}: {before:#x} flips {flips:#x} after {one:#x} and {two:#x}; model {:#x} known {:#x} tainted {:#x}",
                    end.value[index], end.known[index], end.tainted[index]
                );
            }
        }
        println!("signals {} {}", ended[0].signal, ended[1].signal);
        match compare(&trial, [&ended[0], &ended[1]], preparer.layout(), preparer.interpreter()) {
            Verdict::Unsupported => println!("unsupported"),
            Verdict::Faulted => println!("faulted"),
            Verdict::Ran(unsound) => {
                sound = unsound.is_empty();
                unsound.iter().for_each(|what| println!("{what}"));
            }
        }
    }
    let _ = program.parent().map(std::fs::remove_dir_all);
    Ok(sound)
}

/// Every fourth trial is a program.
fn is_program(number: u64) -> bool {
    number % 4 == 3
}

fn prepare(
    preparer: &Preparer<'_>,
    forms: &[Form],
    usable: &[usize],
    seed: u64,
    number: u64,
    place: usize,
) -> Option<Result<Trial, usize>> {
    let mut rng = Rng::with_seed(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number);
    let address = address_of(place);
    if is_program(number) {
        return preparer.program(usable, address, &mut rng).map(Ok);
    }
    let form = ((number - number / 4) % forms.len() as u64) as usize;
    if forms[form].denied.is_some() {
        return None;
    }
    Some(preparer.single(form, address, &mut rng).map_err(|Missing::NotModelled| form))
}

/// The forms that programs are made of.
fn usable(forms: &[Form]) -> Vec<usize> {
    (0..forms.len())
        .filter(|form| forms[*form].denied.is_none())
        .flat_map(|form| std::iter::repeat_n(form, forms[form].weight))
        .collect()
}

fn run_all(guest: &Guest, program: &Path, seed: u64, count: u64) -> io::Result<(Sum, Vec<Form>)> {
    let forms = (guest.forms)();
    let mut sum = Sum { tallies: vec![Tally::default(); forms.len()], ..Sum::default() };
    let preparer = Preparer::new(guest, &forms);
    let mut emulator = Emulator::start(guest, program)?;
    let usable = usable(&forms);
    let mut number = 0;
    while number < count {
        let mut batch = Vec::new();
        while batch.len() < BATCH / 2 && number < count {
            match prepare(&preparer, &forms, &usable, seed, number, batch.len()) {
                Some(Ok(trial)) => batch.push(Numbered { number, trial }),
                Some(Err(form)) => {
                    sum.tallies[form].tried += 1;
                    sum.tallies[form].not_modeled += 1;
                }
                None => {}
            }
            number += 1;
        }
        sum.run_batch(&batch, guest, program, &mut emulator, &preparer, &forms)?;
    }
    Ok((sum, forms))
}

impl Sum {
    /// Counts a trial that did not reach its end.
    fn faulted(&mut self, numbered: &Numbered) {
        if let [form] = numbered.trial.forms[..] {
            self.tallies[form].tried += 1;
            self.tallies[form].faulted += 1;
        }
    }

    fn run_batch(
        &mut self,
        batch: &[Numbered],
        guest: &Guest,
        program: &Path,
        emulator: &mut Emulator,
        preparer: &Preparer<'_>,
        forms: &[Form],
    ) -> io::Result<()> {
        let runs: Vec<Run> = batch.iter().flat_map(|numbered| numbered.trial.runs()).collect();
        match emulator.run(&runs) {
            Ok(ended) => {
                for (numbered, ended) in batch.iter().zip(ended.chunks_exact(2)) {
                    self.judge(numbered, [&ended[0], &ended[1]], preparer, forms);
                }
                Ok(())
            }
            // Some trial killed the worker: look for it by halves.
            Err(_) => {
                *emulator = Emulator::start(guest, program)?;
                if let [only] = batch {
                    if only.trial.enters_kernel_page() {
                        self.faulted(only);
                    } else {
                        self.killers.push((only.number, only.trial.text.join("; ")));
                    }
                    return Ok(());
                }
                let (one, other) = batch.split_at(batch.len() / 2);
                self.run_batch(one, guest, program, emulator, preparer, forms)?;
                self.run_batch(other, guest, program, emulator, preparer, forms)
            }
        }
    }

    fn judge(
        &mut self,
        numbered: &Numbered,
        ended: [&Ended; 2],
        preparer: &Preparer<'_>,
        forms: &[Form],
    ) {
        let Numbered { number, trial } = numbered;
        let layout = preparer.layout();
        let verdict = compare(trial, ended, layout, preparer.interpreter());
        if is_program(*number) {
            self.programs += 1;
            if let Verdict::Ran(unsound) = verdict {
                self.programs_ran += 1;
                self.interpreted[0] += u64::from(trial.facts.is_some());
                self.interpreted[1] += u64::from(trial.unread.is_some());
                self.program_instructions += trial.text.len() as u64;
                if let Some(first) = unsound.first() {
                    self.programs_unsound += 1;
                    let text = trial.text.join("; ");
                    self.wrong.push(format!("trial {number}: {first}\n      {text}"));
                }
            }
            return;
        }
        let form = trial.forms[0];
        let tally = &mut self.tallies[form];
        tally.tried += 1;
        match verdict {
            Verdict::Unsupported => tally.unsupported += 1,
            Verdict::Faulted => tally.faulted += 1,
            Verdict::Ran(unsound) => {
                tally.ran += 1;
                tally.unsound += u64::from(!unsound.is_empty());
                for cell in &trial.written {
                    let kind: String = format!("{cell:?}");
                    let kind = kind.trim_matches(|c: char| !c.is_alphabetic());
                    let kind: String = kind.chars().filter(|c| !c.is_ascii_digit()).collect();
                    let claim = tally.claims.entry(kind).or_default();
                    claim.0 += 1;
                    claim.1 += u64::from(changed(trial, ended, layout, *cell));
                    for span in layout.of(*cell) {
                        let known = trial.end.words.known[span.word] >> span.shift;
                        let ones = if span.bits == 64 { u64::MAX } else { (1 << span.bits) - 1 };
                        tally.written_bits += u64::from(span.bits);
                        tally.exact_bits += u64::from((known & ones).count_ones());
                    }
                }
                for what in unsound {
                    let kind: String =
                        what.chars().filter(|c| c.is_alphabetic() || *c == ' ').take(30).collect();
                    let text = &trial.text[0];
                    self.examples.entry((forms[form].name.clone(), kind)).or_insert_with(|| {
                        format!("trial {number}: {text} {:02x?} {what}", trial.code)
                    });
                }
            }
        }
    }

    fn print(&self, forms: &[Form], count: u64, show: usize) -> bool {
        let list = |what: &str, is: &dyn Fn(&Form, &Tally) -> bool| {
            let names: Vec<&str> = forms
                .iter()
                .zip(&self.tallies)
                .filter(|(form, tally)| is(form, tally))
                .map(|(form, _)| form.name.as_str())
                .collect();
            println!("{what:40} {}", names.len());
            names
        };
        let singles: u64 = self.tallies.iter().map(|tally| tally.ran).sum();
        println!("trials                                   {count}");
        println!("  single instructions, run to the end    {singles}");
        println!("  programs, run to the end               {}", self.programs_ran);
        println!("    instructions in them                 {}", self.program_instructions);
        let [followed, flipped] = self.interpreted;
        println!("    compared with the facts of flow      {followed}");
        println!("    flipped where the facts say unread   {flipped}");
        println!("forms                                    {}", forms.len());
        let denied = list("  never run", &|form, _| form.denied.is_some());
        let unsupported = list("  not in user mode, or not in QEMU", &|_, tally| {
            tally.ran == 0 && tally.unsupported > 0
        });
        let ran = list("  run", &|_, tally| tally.ran > 0).len();
        let opaque = list("  not modeled", &|_, tally| tally.not_modeled > 0 && tally.ran == 0);
        let rest = list("  tried, never ran", &|form, tally| {
            form.denied.is_none()
                && tally.tried > 0
                && tally.ran + tally.unsupported == 0
                && tally.not_modeled == 0
        });
        let user = forms.len() - unsupported.len();
        println!(
            "  share run                              {:.1} %",
            100.0 * ran as f64 / user as f64
        );
        println!("never run: {}", denied.join(" "));
        println!("not modeled: {}", opaque.join(" "));
        println!("tried, never ran: {}", rest.join(" "));
        let (written, exact) = self.tallies.iter().fold((0, 0), |(written, exact), tally| {
            (written + tally.written_bits, exact + tally.exact_bits)
        });
        let share = 100.0 * exact as f64 / (written.max(1)) as f64;
        println!("bits of written cells known exactly      {share:.1} %");
        let exact = |_: &Form, tally: &Tally| {
            tally.ran > 0 && tally.written_bits > 0 && tally.written_bits == tally.exact_bits
        };
        list("forms whose results are all known", &exact);
        let unsound = list("forms that contradict the model", &|_, tally| tally.unsound > 0).len();
        for ((form, _), example) in self.examples.iter().take(show) {
            println!("  {form}: {example}");
        }
        println!("programs that contradict the model       {}", self.programs_unsound);
        for example in self.wrong.iter().take(show) {
            println!("  {example}");
        }
        self.print_claims(forms);
        for (number, text) in &self.killers {
            println!("trial {number} killed its worker: {text}");
        }
        unsound == 0 && self.programs_unsound == 0 && self.killers.is_empty()
    }

    /// What the model says is written and never was.
    fn print_claims(&self, forms: &[Form]) {
        let mut never: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (form, tally) in forms.iter().zip(&self.tallies) {
            for (kind, (claimed, seen)) in &tally.claims {
                if *claimed >= OFTEN && *seen == 0 {
                    never.entry(kind).or_default().push(&form.name);
                }
            }
        }
        let claims: usize = never.values().map(Vec::len).sum();
        println!("claims never seen in {OFTEN} runs or more: {claims}");
        for (kind, forms) in &never {
            println!("  {kind}: {}", forms.join(" "));
        }
    }
}
