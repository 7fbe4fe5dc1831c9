//! Counts the instructions that a process executes, by callgrind, and compares them with those that
//! are written down. Counts do not depend on how fast or how busy the machine is. They depend a little
//! on its C library and on how the compiler cuts a package into units, and on the profile: without
//! debug information a test executes 15 percent fewer instructions. Those that are written down are
//! without it; the tolerance leaves room for the other profile.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// By how many percent a count may be higher.
const HIGHER: u64 = 20;

/// By how many percent a count may be lower: a gain is to be written down, but another profile is none.
const LOWER: u64 = 30;

/// The variable that has the counts written down instead of compared.
const BLESS: &str = "BLESS";

/// Whether there is a callgrind.
pub fn is_possible() -> bool {
    let mut command = Command::new("valgrind");
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The number of instructions that the program executes with the arguments and variables of a
/// command, in all its threads.
///
/// # Panics
///
/// If the program can't be run, or fails.
pub fn instructions(command: &Command) -> u64 {
    counted(command, Path::new("/dev/null"))
}

/// The same, with the names of all functions that are executed, as the symbols spell them. `folder`
/// is for a file that is removed again.
///
/// # Panics
///
/// If the program can't be run, or fails.
pub fn profile(command: &Command, folder: &Path) -> (u64, BTreeSet<String>) {
    let file = folder.join(format!("callgrind-{}", std::process::id()));
    let count = counted(command, &file);
    let profile = fs::read_to_string(&file).unwrap_or_default();
    let _ = fs::remove_file(&file);
    // `fn=(12) name`; a name that was written before is left out.
    let names = profile.lines().filter_map(|line| {
        let (_, name) = line.strip_prefix("fn=(")?.split_once(") ")?;
        Some(name.to_owned())
    });
    (count, names.collect())
}

fn counted(command: &Command, file: &Path) -> u64 {
    let mut counted = Command::new("valgrind");
    counted.arg("--tool=callgrind").arg(format!("--callgrind-out-file={}", file.display()));
    counted.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => counted.env(name, value),
            None => counted.env_remove(name),
        };
    }
    let output = counted.output().unwrap_or_else(|error| panic!("valgrind: {error}"));
    let output_text = String::from_utf8_lossy(&output.stderr);
    let count =
        output_text.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    assert!(output.status.success(), "{counted:?}: {output_text}");
    count.unwrap_or_else(|| panic!("valgrind does not say a count: {output_text}"))
}

/// Compares counts, by name, with those in a file, which has a row for each: the name, a tab, the
/// count.
///
/// # Panics
///
/// If one is off by more than the tolerance, in either direction.
pub fn compare(file: &Path, counts: &[(&str, u64)]) {
    if std::env::var_os(BLESS).is_some() {
        let rows: String =
            counts.iter().map(|(name, count)| format!("{name}\t{count}\n")).collect();
        return fs::write(file, rows).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    let known = fs::read_to_string(file).unwrap_or_default();
    let known_count = |name: &str| {
        let mut rows = known.lines().filter_map(|row| row.split_once('\t'));
        rows.find(|(known, _)| *known == name).and_then(|(_, count)| count.parse::<u64>().ok())
    };
    let off: Vec<String> = counts
        .iter()
        .filter_map(|(name, count)| {
            let Some(known) = known_count(name) else {
                return Some(format!("{name}: {count}, not written down"));
            };
            let tolerance = if *count > known { HIGHER } else { LOWER };
            let off = count.abs_diff(known) * 100 > known * tolerance;
            off.then(|| format!("{name}: {count} instead of {known}"))
        })
        .collect();
    let file = file.display();
    assert!(off.is_empty(), "instructions executed ({BLESS}=1 writes them to {file}):\n{off:#?}");
}
