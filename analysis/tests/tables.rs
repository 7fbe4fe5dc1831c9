//! What instructions do, as tables that an assembly expert can review without knowing Rust.
//!
//! Each row of a file in `tables/` is
//!
//! ```text
//! asm | reads | writes | flags | memory | stack | control | means
//! ```
//!
//! (x86's have no last column.) The first column is assembled, and the analysis has to produce the
//! others; `tables/README.md` describes their form. `BLESS=1` writes its results into the files:
//! compare every changed row with the manual.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod text_table;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use asm_analysis::analyse::{Outcome, analyse};
use asm_analysis::block::{Architecture, Syntax, Target};
use asm_analysis::facts::{
    AccessKind, CallTarget, DepartureKind, Exit, ExitKind, Facts, PlaceOfAccess, Use, UseKind,
};
use asm_analysis::isa::Meanings;
use asm_analysis::machine::state::X87;
use asm_analysis::meaning::Meaning;
use asm_analysis::registers::{Register, RegisterPart};
use asm_analysis::testing::{block, target_aarch64, target_x86, target_x86_64};
use asm_analysis::values::{Cell, Flag, Kind, Source, Word, arithmetic};

const COLUMNS: [&str; 8] =
    ["asm", "reads", "writes", "flags", "memory", "stack", "control", "means"];

/// Flags apart from x86, in the order in which they are shown.
const OTHER_FLAGS: [Flag; 9] = [
    Flag::Sign,
    Flag::Zero,
    Flag::Carry,
    Flag::Overflow,
    Flag::Saturation,
    Flag::GreaterOrEqual0,
    Flag::GreaterOrEqual1,
    Flag::GreaterOrEqual2,
    Flag::GreaterOrEqual3,
];

/// The target of a file, by how its name starts or ends.
fn target(name: &str) -> Arc<Target> {
    match name.split('.').next().unwrap_or_default() {
        "aarch64" => target_aarch64(),
        _ if name.contains("x86.") => target_x86(),
        _ => target_x86_64(),
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables")
}

#[test]
fn tables_say_what_the_analysis_says() {
    let header = COLUMNS.map(str::len);
    let rows = text_table::compare(&folder(), &header, |name, line| row(line, &target(name)));
    assert!(rows > 900, "only {rows} rows were found");
}

fn row(line: &str, target: &Arc<Target>) -> Vec<String> {
    let asm = line.split('|').next().unwrap_or_default().trim();
    let syntax = if asm.contains('%') { Syntax::Att } else { Syntax::Intel };
    let mut block = block(target, &asm.replace("; ", "\n"), &[]);
    block.syntax = syntax;
    let meanings = Meanings::standard();
    let facts = match analyse(&[&block], meanings).last() {
        Some(Outcome::Analysed(mut analysis)) => analysis.readings.remove(0).facts,
        other => panic!("{asm}: {other:?}"),
    };
    let architecture = target.architecture;
    let shown = Row { facts: &facts, architecture, wide: architecture.word_bits() == 64 };
    let mut row = vec![
        asm.to_owned(),
        shown.reads(),
        shown.writes(),
        shown.flags(),
        shown.memory(),
        shown.stack(),
        shown.control(),
    ];
    if !architecture.is_x86() {
        row.push(shown.means(meanings));
    }
    row
}

/// Facts to be shown in words.
struct Row<'a> {
    facts: &'a Facts,
    architecture: Architecture,
    wide: bool,
}

impl Row<'_> {
    fn stack_pointer(&self) -> Cell {
        Cell::Register(self.architecture.stack_pointer())
    }

    fn exit(&self) -> Option<&Exit> {
        self.facts.exits.iter().find(|exit| exit.kind == ExitKind::End)
    }

    /// The runs of an exit's word that are not what the cell held on entry.
    fn changed_runs(&self, cell: Cell, word: &Word) -> Vec<(u16, Word)> {
        let mut runs = Vec::new();
        for (start, segment) in word.runs() {
            let kept = match segment.source {
                Source::Slice { value, low } => {
                    self.facts.values.get(value).kind == Kind::Entry(cell) && low == start
                }
                _ => false,
            };
            if !kept {
                runs.push((start, word.slice(start, segment.bits)));
            }
        }
        runs
    }

    /// What reaches memory, an address, a branch, or a cell that ends up changed.
    fn reads(&self) -> String {
        let mut uses = self.facts.uses.clone();
        for exit in &self.facts.exits {
            for (cell, word) in exit.state.changes() {
                // Moving the stack pointer is shown under "stack".
                if cell == self.stack_pointer() && self.stack_move(exit).is_some() {
                    continue;
                }
                for (_, word) in self.changed_runs(cell, &word) {
                    let kind = UseKind::Output(0);
                    uses.push(Use { site: exit.site, trace: exit.trace, kind, word });
                }
            }
        }
        let mut bits: BTreeMap<Cell, u64> = BTreeMap::new();
        for (cell, origin) in self.facts.demand(&uses).entries(&self.facts.values) {
            *bits.entry(cell).or_default() |= origin.bits;
        }
        let names = bits.into_iter().map(|(cell, bits)| self.part_by_mask(cell, bits));
        names.collect::<Vec<_>>().join(" ")
    }

    fn part_by_mask(&self, cell: Cell, bits: u64) -> String {
        let unit = if cell.bits() > 64 { 8 } else { 1 };
        let units = u64::from(cell.bits() / unit);
        let all = if units == 64 { u64::MAX } else { (1 << units) - 1 };
        let bits = bits & all;
        let mut names = Vec::new();
        let mut at = 0;
        while at < 64 && bits >> at != 0 {
            let from = at + (bits >> at).trailing_zeros();
            let length = (bits >> from).trailing_ones();
            let run = |number: u32| u16::try_from(number).unwrap() * unit;
            names.push(self.part(cell, run(from), run(length)));
            at = from + length;
        }
        names.join(" ")
    }

    /// A part of a cell by its usual name, or by bit numbers where it has none.
    fn part(&self, cell: Cell, low: u16, bits: u16) -> String {
        let whole = match cell {
            Cell::Register(Register::X87(_)) => return self.name(cell),
            Cell::Register(Register::General(_)) if !self.wide => 32,
            _ => cell.bits(),
        };
        if let Cell::Register(register) = cell
            && !self.architecture.is_x86()
        {
            let part = RegisterPart { register, low_bit: low, bits };
            let name = self.architecture.register_name(part);
            // The name of exactly these bits, if there is one.
            let exact = self.architecture.parse_register(&name);
            if exact.is_some_and(|exact| (exact.low_bit, exact.bits) == (low, bits))
                || (low, bits) == (0, whole)
                || low == 0 && bits == 128 && name.starts_with('v')
            {
                return name;
            }
        } else if let Cell::Register(register) = cell {
            let part = RegisterPart { register, low_bit: low, bits };
            let named = matches!((low, bits), (0, 8 | 16 | 32 | 64) | (8, 8));
            match register {
                Register::General(_) if named && (low == 0 || self.has_high_byte(register)) => {
                    return part.to_string();
                }
                Register::Vector(_) if low == 0 && matches!(bits, 128 | 256 | 512) => {
                    return part.to_string();
                }
                _ => {}
            }
        }
        if (low, bits) == (0, whole) {
            return self.name(cell);
        }
        let high = low + bits - 1;
        let range = if high == low { low.to_string() } else { format!("{high}:{low}") };
        format!("{}[{range}]", self.name(cell))
    }

    fn has_high_byte(&self, register: Register) -> bool {
        matches!(register, Register::General(number) if number < 4)
    }

    fn name(&self, cell: Cell) -> String {
        match cell {
            Cell::Register(register) if !self.architecture.is_x86() => {
                self.architecture.register_name(register.whole())
            }
            _ if !self.architecture.is_x86() => {
                self.architecture.cell_name(cell).trim_matches('`').to_owned()
            }
            Cell::Register(register) => register.to_string(),
            Cell::Flag(flag) => flag.name().to_owned(),
            Cell::OtherFlags => "rflags".to_owned(),
            Cell::Mxcsr => "MXCSR".to_owned(),
            Cell::X87Control => "FCW".to_owned(),
            Cell::X87Status => "FSW".to_owned(),
            Cell::Segment(number) => {
                let names = ["es", "cs", "ss", "ds", "fs", "gs"];
                names[usize::from(number)].to_owned()
            }
            other => format!("{other:?}"),
        }
    }

    fn writes(&self) -> String {
        let Some(exit) = self.exit() else { return String::new() };
        let mut names: Vec<String> = Vec::new();
        for (cell, word) in exit.state.changes() {
            if matches!(cell, Cell::Flag(_))
                || cell == self.stack_pointer() && self.stack_move(exit).is_some()
            {
                continue;
            }
            let word = match cell {
                Cell::Register(Register::General(_)) if !self.wide => word.slice(0, 32),
                _ => word.clone(),
            };
            // Neighbours that are both of unknown content are shown as one.
            let mut last: Option<(u16, u16)> = None;
            for (start, run) in self.changed_runs(cell, &word) {
                if let Some(constant) = run.as_constant() {
                    names.extend(last.take().map(|(low, bits)| self.part(cell, low, bits)));
                    let part = self.part(cell, start, run.bits());
                    let all = run.bits() <= 64 && constant == u64::MAX >> (64 - run.bits());
                    names.push(match constant {
                        0 => format!("{part}=0"),
                        _ if all => format!("{part}=-1"),
                        _ => format!("{part}={constant:#x}"),
                    });
                } else if let Some((_, bits)) =
                    last.as_mut().filter(|(low, bits)| low + bits == start)
                {
                    *bits += run.bits();
                } else {
                    names.extend(
                        last.replace((start, run.bits()))
                            .map(|(low, bits)| self.part(cell, low, bits)),
                    );
                }
            }
            names.extend(last.map(|(low, bits)| self.part(cell, low, bits)));
        }
        names.join(" ")
    }

    fn flags(&self) -> String {
        let Some(exit) = self.exit() else { return String::new() };
        let mut shown = Vec::new();
        let flags = if self.architecture.is_x86() { Flag::ALL } else { OTHER_FLAGS };
        for flag in flags {
            let name = self.name(Cell::Flag(flag));
            let Some(word) = exit.state.changed(Cell::Flag(flag)) else { continue };
            let new = word.as_slice().is_some_and(|(value, _)| {
                matches!(self.facts.values.get(value).kind, Kind::Fresh { .. })
            });
            shown.push(match word.as_constant() {
                Some(constant) => format!("{name}={constant}"),
                None if new => format!("{name}?"),
                None => name,
            });
        }
        shown.join(" ")
    }

    fn memory(&self) -> String {
        let mut shown: Vec<String> = Vec::new();
        for access in &self.facts.accesses {
            let mut text = match access.kind {
                AccessKind::Read => "r",
                AccessKind::Write => "w",
                AccessKind::ReadWrite => "rw",
            }
            .to_owned();
            match access.bytes {
                Some(bytes) => write!(text, "{bytes}").unwrap(),
                None => text.push('?'),
            }
            match access.segment {
                Some(4) => text.push_str(" fs"),
                Some(5) => text.push_str(" gs"),
                _ => {}
            }
            if let Some(alignment) = access.alignment {
                write!(text, " aligned {alignment}").unwrap();
            }
            if access.conditional {
                text.push_str(" perhaps");
            }
            match access.place {
                PlaceOfAccess::Outside => {}
                PlaceOfAccess::OwnStack => text.push_str(" own stack"),
                PlaceOfAccess::Frame => text.push_str(" frame"),
                PlaceOfAccess::Stack => text.push_str(" stack"),
                PlaceOfAccess::Private => text.push_str(" private"),
            }
            if !shown.contains(&text) {
                shown.push(text);
            }
        }
        shown.join(", ")
    }

    /// By how much the stack pointer is moved, if that is all that happens to it.
    fn stack_move(&self, exit: &Exit) -> Option<i64> {
        let bits = if self.wide { 64 } else { 32 };
        let word = exit.state.changed(self.stack_pointer())?.slice(0, bits);
        let (value, 0) = word.as_slice()? else { return None };
        let Kind::Offset { base, addend } = &self.facts.values.get(value).kind else { return None };
        let (entry, 0) = base.as_slice()? else { return None };
        let of_entry = self.facts.values.get(entry).kind == Kind::Entry(self.stack_pointer());
        of_entry.then(|| arithmetic::signed(*addend, bits))
    }

    fn stack(&self) -> String {
        let Some(exit) = self.exit() else { return String::new() };
        let mut shown = Vec::new();
        if !self.facts.stack_uses.is_empty() {
            shown.push("uses".to_owned());
        }
        shown.extend(self.stack_move(exit).map(|bytes| format!("{bytes:+}")));
        if exit.x87 != X87::entry(false) {
            let depth = (8 - i32::from(exit.x87.top)) % 8;
            let depth = if depth > 4 { depth - 8 } else { depth };
            shown.push(if exit.x87.mmx {
                "MMX".to_owned()
            } else if depth == 0 {
                "x87".to_owned()
            } else {
                format!("x87 {depth:+}")
            });
        }
        shown.join(" ")
    }

    fn control(&self) -> String {
        let facts = self.facts;
        let mut shown: Vec<String> = Vec::new();
        for call in &facts.calls {
            shown.push(match &call.target {
                CallTarget::Named(name) => format!("calls {name}"),
                _ => "calls".to_owned(),
            });
        }
        shown.extend(facts.departures.iter().map(|departure| {
            match departure.kind {
                DepartureKind::Jump => "jumps out",
                DepartureKind::Return => "returns",
                DepartureKind::FrameReturn => "returns out of the frame",
                DepartureKind::Trap => "traps",
                DepartureKind::DivergingCall => "calls what never returns",
                DepartureKind::Unknown => "goes to an unknown place",
            }
            .to_owned()
        }));
        if facts.uses.iter().any(|used| used.kind == UseKind::Branch) {
            shown.push("branches".to_owned());
        }
        for doubt in &facts.doubts {
            shown.push(format!("{:?}", doubt.kind));
        }
        shown.dedup();
        shown.join(", ")
    }

    /// What the instructions mean to the contract, in the words of the tables of meanings.
    fn means(&self, meanings: &Meanings) -> String {
        let mut shown: Vec<String> = Vec::new();
        for reached in &self.facts.instructions {
            for word in words(&reached.instruction.meaning(meanings)) {
                if !shown.contains(&word) {
                    shown.push(word);
                }
            }
        }
        shown.join(" ")
    }
}

fn words(meaning: &Meaning) -> Vec<String> {
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
    words
}
