//! What single instructions do and mean, apart from x86, as tables that an assembly expert can
//! review without knowing Rust.
//!
//! Each row of a file in `effects/` is
//!
//! ```text
//! asm | reads | writes | memory | control | means
//! ```
//!
//! The first column is assembled for the target that the file is named after; where it has several
//! instructions, the row is about the last one. `BLESS=1` writes what the analysis says into the
//! files: read every changed row against the manual.
//!
//! | column | tells |
//! |---|---|
//! | reads, writes | registers, and parts of them by their bits; `vl`, `fflags` and the like; `name=new` something that depends on no operand, `name?` perhaps |
//! | memory | `r`, `w` with bytes, `?` where the size is not known; `aligned n` where anything else faults; `perhaps` where it may not happen |
//! | control | where control goes, if not only to the next instruction |
//! | means | what the instruction means to the contract, in the words of the tables of meanings |

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod text_table;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use asm_analysis::analyse::{Outcome, analyse};
use asm_analysis::block::{Architecture, Target};
use asm_analysis::effects::{Access, Effect, HavocCause, Next, Part};
use asm_analysis::isa::Lifted;
use asm_analysis::isa::Meanings;
use asm_analysis::meaning::Meaning;
use asm_analysis::registers::RegisterPart;
use asm_analysis::testing::{block, target_arm, target_riscv32, target_riscv64, target_thumb};
use asm_analysis::values::Cell;

const COLUMNS: usize = 6;

fn target(name: &str) -> Arc<Target> {
    match name {
        "arm.txt" => target_arm(),
        "thumb.txt" => target_thumb(),
        "riscv32.txt" => target_riscv32(),
        "riscv32_zcmp.txt" => {
            let target = target_riscv32();
            Arc::new(Target {
                features: ["c", "zcmp"].map(str::to_owned).into(),
                llvm_features: format!("{},+zcmp", target.llvm_features),
                ..Target::clone(&target)
            })
        }
        "riscv64.txt" => target_riscv64(),
        other => panic!("no target for {other}"),
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/effects")
}

#[test]
fn tables_say_what_the_analysis_says() {
    let rows =
        text_table::compare(&folder(), &[0; COLUMNS], |name, line| row(line, &target(name)).into());
    assert!(rows > 350, "only {rows} rows were found");
}

fn row(line: &str, target: &Arc<Target>) -> [String; COLUMNS] {
    let asm = line.split('|').next().unwrap_or_default().trim();
    let block = block(target, &asm.replace("; ", "\n"), &[]);
    let analysis = match analyse(&[&block], Meanings::standard()).last() {
        Some(Outcome::Analysed(mut analysis)) => analysis.readings.remove(0),
        other => panic!("{asm}: {other:?}"),
    };
    let instructions = &analysis.facts.instructions;
    let last = instructions.iter().max_by_key(|reached| reached.address);
    let instruction = last.map(|reached| reached.instruction.clone());
    let lifted = instruction.as_ref().and_then(|instruction| instruction.as_lifted());
    let lifted = lifted.unwrap_or_else(|| panic!("{asm}: no instruction"));
    let told = Told { lifted, architecture: target.architecture };
    let (reads, writes) = (told.reads(), told.writes());
    [asm.to_owned(), reads, writes, told.memory(), told.control(), means(&lifted.meaning)]
}

/// An instruction to be described in words.
struct Told<'a> {
    lifted: &'a Lifted,
    architecture: Architecture,
}

impl Told<'_> {
    fn name(&self, part: Part) -> String {
        let bits = part.cell.bits().min(self.architecture.word_bits());
        let whole = match part.cell {
            Cell::Register(register) => {
                let whole = register.whole();
                self.architecture.register_name(RegisterPart { bits: whole.bits, ..whole })
            }
            cell => self.architecture.cell_name(cell).trim_matches('`').to_owned(),
        };
        let is_whole = part.low == 0 && (part.bits == part.cell.bits() || part.bits == bits);
        let status = matches!(part.cell, Cell::FloatControl | Cell::Vector(_));
        if is_whole || status {
            whole
        } else {
            format!("{whole}[{}:{}]", part.low + part.bits - 1, part.low)
        }
    }

    fn reads(&self) -> String {
        let mut names: Vec<String> =
            self.lifted.reads.iter().map(|part| self.name(*part)).collect();
        names.dedup();
        let mut seen = Vec::new();
        names.retain(|name| {
            let new = !seen.contains(name);
            seen.push(name.clone());
            new
        });
        shortened(names)
    }

    fn writes(&self) -> String {
        let mut names = Vec::new();
        for effect in &self.lifted.effects.list {
            match effect {
                Effect::Set(part, _) => names.push(self.name(*part)),
                Effect::Havoc(part, HavocCause::Opaque) => {
                    names.push(format!("{}?", self.name(*part)));
                }
                Effect::Havoc(part, _) => names.push(format!("{}=new", self.name(*part))),
                _ => {}
            }
        }
        if let Next::Call { link, .. } = &self.lifted.effects.next {
            names.push(self.name(Part::whole(*link)));
        }
        shortened(names)
    }

    fn memory(&self) -> String {
        let tell = |kind: &str, access: &Access| {
            let bytes = access.bytes.map_or("?".to_owned(), |bytes| bytes.to_string());
            let aligned = access.alignment.map(|bytes| format!(" aligned {bytes}"));
            let perhaps = if access.conditional { " perhaps" } else { "" };
            format!("{kind}{bytes}{}{perhaps}", aligned.unwrap_or_default())
        };
        let accesses = self.lifted.effects.list.iter().filter_map(|effect| match effect {
            Effect::Load(access) => Some(tell("r", access)),
            Effect::Store(access, _) => Some(tell("w", access)),
            _ => None,
        });
        shortened(accesses.collect())
    }

    fn control(&self) -> String {
        let word = match &self.lifted.effects.next {
            Next::Fall => "",
            Next::Jump(_) => "jumps",
            Next::Branch(..) => "branches",
            Next::Call { .. } => "calls",
            Next::Return(_) => "returns",
            Next::Trap => "traps",
            Next::Leave => "leaves",
            Next::Unknown => "unknown",
        };
        word.to_owned()
    }
}

/// Many names in a row as the first and the last.
fn shortened(names: Vec<String>) -> String {
    match &names[..] {
        [first, .., last] if names.len() > 12 => format!("{first} … {last}"),
        names => names.join(" "),
    }
}

fn means(meaning: &Meaning) -> String {
    let mut words = Vec::new();
    let mut flag = |is: bool, word: &str| words.extend(is.then(|| word.to_owned()));
    flag(meaning.synchronizes, "synchronizes");
    flag(meaning.acquires, "acquires");
    flag(meaning.opaque, "opaque");
    flag(meaning.ends, "ends");
    flag(meaning.raises_float_status, "raises");
    flag(meaning.hints, "hints");
    flag(meaning.sets_trap_table, "traps");
    flag(meaning.kernel.is_some(), "kernel");
    words.extend(meaning.side_effect.map(|effect| format!("effect:{}", effect.word())));
    words.extend(meaning.nondeterministic.map(|source| format!("varies:{}", source.word())));
    words.extend(meaning.system.map(|effect| format!("promise:{}", effect.word())));
    words.extend(meaning.idles.map(|idle| format!("idles:{}", idle.word())));
    words.join(" ")
}
