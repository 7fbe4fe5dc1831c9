//! Starts the workers, adds up their results, prints the report.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use iced_x86::Code;

use crate::encodings::Encodings;
use crate::worker::{ProgramTally, Tally, denied, forms};

/// How many trials one worker runs.
const STRETCH: u64 = 100_000;
/// A claim that was made this often and never came true is listed. The large budget runs each form
/// about 180 times.
const OFTEN: u64 = 100;

/// What all workers saw.
#[derive(Default)]
struct Sum {
    tallies: BTreeMap<u16, Tally>,
    /// The first disagreement of each form and kind.
    unsound: BTreeMap<(String, String), String>,
    /// What happened to programs.
    programs: ProgramTally,
    /// Programs that contradict the model: trial, text, what.
    wrong: Vec<String>,
    /// Trials that killed their worker.
    killers: Vec<u64>,
}

/// Runs `count` trials in workers and prints the report. True: nothing contradicts the model.
pub fn supervise(seed: u64, count: u64, show: usize) -> std::io::Result<bool> {
    let place = std::env::temp_dir().join(format!("asm-proof-{}", std::process::id()));
    let mut sum = Sum::default();
    let mut first = 0;
    while first < count {
        let stretch = STRETCH.min(count - first);
        first += sum.run_worker(seed, first, stretch, &place)?;
    }
    // It may not exist: no worker started.
    let _ = std::fs::remove_file(&place);
    let blocks_agree = run_blocks(seed)?;
    Ok(sum.print(count, show) && blocks_agree)
}

/// Runs the whole blocks in a process of their own and passes on what it prints.
fn run_blocks(seed: u64) -> std::io::Result<bool> {
    let seed = seed.to_string();
    let output =
        Command::new(std::env::current_exe()?).args(["--blocks", "--seed", &seed]).output()?;
    print!("{}", String::from_utf8_lossy(&output.stdout));
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    Ok(output.status.success())
}

impl Sum {
    /// Runs one worker; returns how many trials are done.
    fn run_worker(
        &mut self,
        seed: u64,
        first: u64,
        count: u64,
        place: &Path,
    ) -> std::io::Result<u64> {
        let output = Command::new(std::env::current_exe()?)
            .args(["--seed", &seed.to_string(), "--count", &count.to_string()])
            .args(["--worker", &first.to_string()])
            .arg(place)
            .output()?;
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            self.add(&line.split('\t').collect::<Vec<_>>());
        }
        match output.status.code() {
            Some(0 | 1) => Ok(count),
            Some(2) => {
                Err(std::io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
            }
            // A signal, or a panic of the harness itself.
            _ => {
                eprint!("{}", String::from_utf8_lossy(&output.stderr));
                let at = std::fs::read(place)?.try_into().map_or(first, u64::from_le_bytes);
                self.killers.push(at);
                // What the dead worker had counted is lost: run it again up to the killer.
                if at > first {
                    self.run_worker(seed, first, at - first, place)?;
                }
                Ok(at + 1 - first)
            }
        }
    }

    fn add(&mut self, columns: &[&str]) {
        let number = |text: &str| text.parse::<u64>().unwrap_or(0);
        match columns {
            ["form", form, ran, unprepared, unsound] => {
                let tally = self.tallies.entry(number(form) as u16).or_default();
                tally.ran += number(ran);
                tally.unprepared += number(unprepared);
                tally.unsound += number(unsound);
            }
            ["fault", form, exception, times] => {
                let tally = self.tallies.entry(number(form) as u16).or_default();
                *tally.faults.entry(number(exception) as u8).or_default() += number(times);
            }
            ["programs", ran, faulted, not_judged, unsound] => {
                self.programs.ran += number(ran);
                self.programs.faulted += number(faulted);
                self.programs.not_judged += number(not_judged);
                self.programs.unsound += number(unsound);
            }
            ["wrong", trial, text, what] => {
                self.wrong.push(format!("trial {trial}: {what}\n      {text}"));
            }
            ["claim", form, name, claimed, seen] => {
                let tally = self.tallies.entry(number(form) as u16).or_default();
                let entry = tally.claims.entry((*name).to_owned()).or_default();
                entry.0 += number(claimed);
                entry.1 += number(seen);
            }
            ["unsound", trial, _, code, bytes, text, what] => {
                // One example for each kind: registers and bits vary.
                let kind: String =
                    what.chars().filter(|letter| !letter.is_ascii_digit()).take(24).collect();
                self.unsound
                    .entry(((*code).to_owned(), kind))
                    .or_insert_with(|| format!("trial {trial}: {text} [{bytes}] {what}"));
            }
            _ => {}
        }
    }

    fn print(&self, count: u64, show: usize) -> bool {
        let encodings = Encodings::enumerate();
        let known = encodings.codes().len();
        let run = forms(&encodings);
        let ran =
            |code: &Code| self.tallies.get(&(*code as u16)).is_some_and(|tally| tally.ran > 0);
        let only = |code: &Code, exceptions: &[u8]| {
            self.tallies.get(&(*code as u16)).is_some_and(|tally| {
                tally.ran == 0
                    && !tally.faults.is_empty()
                    && tally.faults.keys().all(|fault| exceptions.contains(fault))
            })
        };
        let total: u64 = self.tallies.values().map(|tally| tally.ran).sum();
        let unsupported = run.iter().filter(|code| only(code, &[6])).count();
        let privileged = run.iter().filter(|code| only(code, &[13])).count();
        let covered = run.iter().filter(|code| ran(code)).count();
        println!("trials                      {count}");
        println!("  ran to their end          {total}");
        println!("forms in 64-bit mode        {known}");
        println!("  never run                 {}", known - run.len());
        println!("  not on this processor     {unsupported}   (always #UD)");
        println!("  not for user mode         {privileged}   (always #GP)");
        println!("  run                       {covered}");
        let never_run = encodings.codes().filter(|code| denied(*code)).count();
        let user_mode = run.len() - unsupported - privileged + never_run;
        let share = 100.0 * covered as f64 / user_mode as f64;
        println!("  share run                 {share:.1} %   (those never run count as missing)");
        let rest: Vec<String> = run
            .iter()
            .filter(|code| !ran(code) && !only(code, &[6]) && !only(code, &[13]))
            .map(|code| {
                let faults = self.tallies.get(&(*code as u16)).map(|tally| &tally.faults);
                format!("{code:?} {:?}", faults.unwrap_or(&BTreeMap::new()))
            })
            .collect();
        println!("  tried, never ran          {}", rest.len());
        for form in &rest {
            println!("    {form}");
        }
        let denied: Vec<String> = encodings
            .codes()
            .filter(|code| denied(*code))
            .map(|code| format!("{code:?}"))
            .collect();
        println!("never run: {}", denied.join(" "));
        let forms_unsound = self.tallies.values().filter(|tally| tally.unsound > 0).count();
        println!("forms that contradict the model: {forms_unsound}");
        for ((code, _), example) in self.unsound.iter().take(show) {
            println!("  {code}: {example}");
        }
        let ProgramTally { ran, faulted, not_judged, unsound } = &self.programs;
        println!("programs that ran and were compared   {ran}");
        println!("  raised an exception or ran on       {faulted}");
        println!("  could not be followed               {not_judged}");
        println!("  contradict the model                {unsound}");
        for example in self.wrong.iter().take(show) {
            println!("  {example}");
        }
        // By claim: one line for all forms that share it.
        let mut never_seen: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (form, tally) in &self.tallies {
            for (name, (claimed, seen)) in &tally.claims {
                if *claimed >= OFTEN && *seen == 0 {
                    let code = run.iter().find(|code| **code as u16 == *form);
                    let code = code.copied().unwrap_or(Code::INVALID);
                    never_seen.entry(name).or_default().push(format!("{code:?}"));
                }
            }
        }
        let claims: usize = never_seen.values().map(Vec::len).sum();
        println!("claims never seen in {OFTEN} runs or more: {claims}");
        for (name, forms) in &never_seen {
            println!("  {name}: {}", forms.join(" "));
        }
        for trial in &self.killers {
            println!("trial {trial} killed its worker");
        }
        forms_unsound == 0 && self.programs.unsound == 0 && self.killers.is_empty()
    }
}
