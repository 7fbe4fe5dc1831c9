//! [`Meanings`]: the tables, read once and asked by the number of an instruction's form.
//!
//! A row is `keys | facts | source`; a line that starts with a space continues the line before; `#` starts a comment. A key is a mnemonic in lower case, or one form by iced's own name
//! (`Mov_r64_cr`), which adds to what the mnemonic's row says. The configuration of a user adds
//! and retracts facts in the same words.

use std::fmt::Write as _;

use iced_x86::{Code, CpuidFeature, Instruction, Mnemonic};
use rustc_hash::FxHashMap;

use super::{Meaning, STANDARD};
use crate::isa::remembered::new_version;
use crate::meaning::{RowError, RowErrorKind};

/// The tables in the order in which they are applied.
pub(super) const TABLES: [(&str, &str); 4] = [
    ("system.txt", include_str!("system.txt")),
    ("memory.txt", include_str!("memory.txt")),
    ("floating.txt", include_str!("floating.txt")),
    ("mxcsr.txt", include_str!("mxcsr.txt")),
];

/// What each form of instruction means: the standard tables, or a copy with changes.
#[derive(Clone, Debug)]
pub struct Meanings {
    /// For each [`Code`], where its meaning is in `rows`. Row 0 means nothing, row 1 an x87
    /// instruction.
    row_of_code: Vec<u16>,
    rows: Vec<Meaning>,
    /// See [`Meanings::version`].
    version: u64,
}

impl Meanings {
    /// The tables that come with this package.
    pub fn standard() -> &'static Meanings {
        &STANDARD
    }

    /// A number that no other tables have which differ from these; that of the standard tables is 0.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// What `instruction` means.
    pub fn of(&self, instruction: &Instruction) -> Meaning {
        let row = self.row_of_code.get(instruction.code() as usize).copied().unwrap_or(0);
        self.rows.get(usize::from(row)).copied().unwrap_or_default().with_operands(instruction)
    }

    /// Changes what all forms of a mnemonic mean. `facts` are words of the tables separated by
    /// spaces (`promise:interrupts`); a word with a `-` in front (`-promise`) retracts all facts
    /// of that kind. Nothing changes if any word is wrong.
    pub fn change(&mut self, mnemonic: &str, facts: &str) -> Result<(), RowError> {
        let wanted = mnemonic.to_ascii_lowercase();
        let mut name = String::new();
        let codes: Vec<Code> = Code::values()
            .filter(|code| lower_case_name(code.mnemonic(), &mut name) == wanted)
            .collect();
        if codes.is_empty() {
            let kind = RowErrorKind::UnknownMnemonic;
            return Err(RowError { word: mnemonic.to_owned(), kind });
        }
        let mut changed = Meanings { version: new_version(), ..self.clone() };
        for code in codes {
            changed.edit(code, |meaning| apply_all(meaning, facts))?;
        }
        *self = changed;
        Ok(())
    }

    pub(super) fn from_tables() -> Meanings {
        let x87 = Meaning { changes_x87_status: true, ..Meaning::default() };
        let mut meanings = Meanings {
            row_of_code: Code::values().map(|code| u16::from(is_x87(code))).collect(),
            rows: vec![Meaning::default(), x87],
            version: 0,
        };
        let joined = TABLES.map(|(_, text)| join_lines(text));
        let mut facts_of: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        for row in joined.iter().flat_map(|table| rows(table)) {
            for key in row.keys.split_whitespace() {
                facts_of.entry(key).or_default().push(row.facts);
            }
        }
        meanings.add_rows(&facts_of);
        meanings
    }

    /// Applies the rows of all tables. They are right: a test reads each of them.
    fn add_rows(&mut self, facts_of: &FxHashMap<&str, Vec<&str>>) {
        let mut name = String::new();
        // Forms of one mnemonic are neighbours and mean the same, but for those with rows of their own:
        // the mnemonic, and the places of the meaning before and after.
        let mut last: Option<(Mnemonic, u16, u16)> = None;
        for code in Code::values() {
            name.clear();
            // Writing to a string does not fail.
            let _ = write!(name, "{code:?}");
            let of_form = facts_of.get(name.as_str());
            let mnemonic = code.mnemonic();
            let before = self.row_of_code.get(code as usize).copied().unwrap_or(0);
            if let (None, Some((known, from, to))) = (of_form, last)
                && (known, from) == (mnemonic, before)
            {
                if let Some(row) = self.row_of_code.get_mut(code as usize) {
                    *row = to;
                }
                continue;
            }
            let of_mnemonic = facts_of.get(lower_case_name(mnemonic, &mut name));
            for facts in of_mnemonic.into_iter().chain(of_form).flatten() {
                // A wrong word in our own table is found by its test, not by a user.
                let _ = self.edit(code, |meaning| apply_all(meaning, facts));
            }
            let after = self.row_of_code.get(code as usize).copied().unwrap_or(0);
            if of_form.is_none() {
                last = Some((mnemonic, before, after));
            }
        }
    }

    /// Gives `code` the meaning that `change` makes of its present one.
    fn edit(
        &mut self,
        code: Code,
        change: impl FnOnce(&mut Meaning) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        let Some(row) = self.row_of_code.get_mut(code as usize) else { return Ok(()) };
        let mut meaning = self.rows.get(usize::from(*row)).copied().unwrap_or_default();
        change(&mut meaning)?;
        let place = self.rows.iter().position(|known| *known == meaning).unwrap_or_else(|| {
            self.rows.push(meaning);
            self.rows.len() - 1
        });
        *row = u16::try_from(place).unwrap_or(0);
        Ok(())
    }
}

/// Applies the words of a row to `meaning`.
fn apply_all(meaning: &mut Meaning, facts: &str) -> Result<(), RowError> {
    for word in facts.split_whitespace() {
        let known = match word.strip_prefix('-') {
            Some(name) => meaning.retract(name),
            None => meaning.apply(word),
        };
        if !known {
            return Err(RowError { word: word.to_owned(), kind: RowErrorKind::UnknownFact });
        }
    }
    Ok(())
}

/// One row of a table.
pub(super) struct Row<'text> {
    /// Mnemonics and forms, separated by spaces.
    pub(super) keys: &'text str,
    /// The facts, separated by spaces.
    pub(super) facts: &'text str,
    /// Where the manuals say so.
    #[cfg_attr(not(test), expect(dead_code, reason = "for readers and for the tests"))]
    pub(super) source: &'text str,
}

/// The rows of a table whose lines are [joined](join_lines).
pub(super) fn rows(joined: &str) -> impl Iterator<Item = Row<'_>> {
    joined.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.splitn(3, '|').map(str::trim);
        Some(Row { keys: columns.next()?, facts: columns.next()?, source: columns.next()? })
    })
}

/// Joins each line that starts with a space to the line before.
pub(super) fn join_lines(text: &str) -> String {
    text.replace("\n ", " ")
}

/// Whether there is an instruction of that name, in lower case.
pub fn is_mnemonic(wanted: &str) -> bool {
    let mut name = String::new();
    Mnemonic::values().any(|mnemonic| lower_case_name(mnemonic, &mut name) == wanted)
}

/// All mnemonics in lower case.
pub fn mnemonics() -> impl Iterator<Item = String> {
    let names = Mnemonic::values().filter(|mnemonic| *mnemonic != Mnemonic::INVALID);
    names.map(|mnemonic| format!("{mnemonic:?}").to_ascii_lowercase())
}

/// The mnemonic's name as the tables spell it, written to `name`.
fn lower_case_name(mnemonic: Mnemonic, name: &mut String) -> &str {
    name.clear();
    // Writing to a string does not fail; a name cut short would only miss its row.
    let _ = write!(name, "{mnemonic:?}");
    name.make_ascii_lowercase();
    name
}

/// Whether it is an instruction of the x87 unit, by the features that introduced those.
fn is_x87(code: Code) -> bool {
    code.cpuid_features().iter().any(|feature| {
        matches!(
            feature,
            CpuidFeature::FPU
                | CpuidFeature::FPU287
                | CpuidFeature::FPU287XL_ONLY
                | CpuidFeature::FPU387
                | CpuidFeature::FPU387SL_ONLY
                | CpuidFeature::CYRIX_FPU
        )
    })
}
