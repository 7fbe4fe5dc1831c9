//! What the user configures: `asm-lint.toml`, and the tables of that name in `Cargo.toml`.
//!
//! [`Configuration::load`] is called by [`driver`](crate::driver) for each crate that is linted:
//! it finds the files, reads them, and keeps every mistake in them, with its place, until there is
//! a compiler session to report them ([`report`]). All keys are in one table, [`keys::KEYS`], from
//! which `docs/configuration.md` is made, too.

mod files;
mod keys;
mod reader;
mod show;

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use asm_analysis::block::Kernel;
use asm_analysis::isa::Meanings;
use rustc_lint::Level;
use rustc_session::Session;
use rustc_span::{BytePos, Span};

use crate::collect::{Answer, Convention, Surroundings};

pub(crate) use self::files::DIRECTORY_VARIABLE;
use self::reader::Reader;
pub(crate) use self::reader::nearest;
pub(crate) use self::show::show;

/// All settings, those of all files together.
#[derive(Default, Debug)]
pub(crate) struct Configuration {
    /// Lint levels in the order in which they must be applied; names include the tool.
    pub(crate) levels: Vec<(String, Level)>,
    /// The tables of instructions with the user's changes; `None` if there are none.
    meanings: Option<Meanings>,
    /// Those changes: mnemonics with the facts that are added or retracted.
    instructions: BTreeMap<String, Vec<String>>,
    /// How functions are called that templates name.
    pub(crate) callees: BTreeMap<String, Convention>,
    /// What `syscall` and `int 0x80` enter, if that is not left to the target.
    pub(crate) kernel: Option<Kernel>,
    /// What comes back changed from instructions that enter a system, by kernel (or `all`) and by
    /// instruction.
    pub(crate) system_calls: BTreeMap<String, BTreeMap<String, Answer>>,
    /// Files and folders whose blocks are not judged, as absolute paths.
    pub(crate) exclude: Vec<PathBuf>,
    /// The files that were read.
    pub(crate) files: Vec<PathBuf>,
}

/// A mistake in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Mistake {
    /// The file.
    path: PathBuf,
    /// The bytes of the file that are wrong; `None` where the file as a whole can't be used.
    range: Option<Range<usize>>,
    /// What is wrong, as the first line of a diagnostic.
    message: String,
    /// What may be meant.
    help: Option<String>,
}

impl Mistake {
    /// A file that can't be used at all.
    fn of_file(path: &Path, message: impl Into<String>) -> Mistake {
        Mistake { path: path.to_owned(), range: None, message: message.into(), help: None }
    }
}

impl Configuration {
    /// Reads all files that apply to the crate that is compiled. Fails only if the search for
    /// them does; what is wrong in them is collected.
    pub(crate) fn load() -> io::Result<(Configuration, Vec<Mistake>)> {
        let mut configuration = Configuration::default();
        let mut mistakes = Vec::new();
        for file in files::find(&mut mistakes)? {
            Reader::read(&file, &mut configuration, &mut mistakes);
            configuration.files.push(file.path);
        }
        // In the order in which a person reads them, which is not that of tables.
        mistakes.sort_by(|one, other| {
            let start = |mistake: &Mistake| mistake.range.as_ref().map(|range| range.start);
            (&one.path, start(one)).cmp(&(&other.path, start(other)))
        });
        configuration.files.sort();
        configuration.files.dedup();
        Ok((configuration, mistakes))
    }

    /// What instructions mean.
    pub(crate) fn meanings(&self) -> &Meanings {
        self.meanings.as_ref().unwrap_or_else(|| Meanings::standard())
    }

    /// What the user says about systems and callees.
    pub(crate) fn surroundings(&self) -> Surroundings<'_> {
        let Configuration { kernel, callees, system_calls, .. } = self;
        Surroundings { kernel: *kernel, callees, system_calls }
    }

    /// Whether the blocks of a source file are not checked.
    pub(crate) fn excludes(&self, path: &Path) -> bool {
        !self.exclude.is_empty()
            && path
                .canonicalize()
                .is_ok_and(|path| self.exclude.iter().any(|excluded| path.starts_with(excluded)))
    }
}

/// Reports all mistakes, each as an error at its place.
pub(crate) fn report(session: &Session, mistakes: &[Mistake]) {
    for mistake in mistakes {
        let place = mistake
            .range
            .as_ref()
            .and_then(|range| Some((session.source_map().load_file(&mistake.path).ok()?, range)));
        let mut diagnostic = match place {
            Some((file, Range { start, end })) => {
                let position = |offset: usize| {
                    file.start_pos + BytePos(u32::try_from(offset).unwrap_or_default())
                };
                let span = Span::with_root_ctxt(position(*start), position(*end));
                session.dcx().struct_span_err(span, mistake.message.clone())
            }
            None => session.dcx().struct_err(mistake.line()),
        };
        if let Some(help) = &mistake.help {
            diagnostic.help(help.clone());
        }
        diagnostic.emit();
    }
}

#[cfg(test)]
mod tests;
