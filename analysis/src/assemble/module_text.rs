//! Puts many blocks into one module's text, and finds the way back from its line numbers.
//!
//! Each block gets a section of its own, so that its bytes, its entry and its end are told by the
//! object file alone. A `.loc` before each of its lines carries the line number through macros
//! and repetitions into the line table.

use std::collections::BTreeSet;
use std::io::Write;

use super::directives::Directives;
use super::leaks::PROBE;
use super::{Context, Unit};
use crate::block::{Architecture, Syntax};
use crate::substitute::{LABEL_PREFIX, label_of_operand};

/// The object formats, which differ in how a section is named.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ObjectFormat {
    Elf,
    Coff,
    MachO,
}

/// What is added to a block's lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Dressing {
    /// A `.loc` before each line.
    pub lines: bool,
    /// An unwind frame around the block.
    pub frame: bool,
    /// Definitions of the block's `label` operands behind it, where it wants their distance.
    pub labels: bool,
}

impl Dressing {
    /// Only the lines.
    pub const LINES: Dressing = Dressing { lines: true, frame: false, labels: false };
}

/// The text of a module.
pub(super) struct ModuleText {
    pub bytes: Vec<u8>,
    format: ObjectFormat,
    architecture: Architecture,
    /// How many lines the text has.
    lines: u32,
    placed: Vec<Placed>,
}

/// Where a block's lines are.
struct Placed {
    unit: usize,
    /// The line of the module, from 1, with the block's first line or that line's `.loc`.
    first: u32,
    /// The first line after the block.
    end: u32,
    /// Whether each line has a `.loc` before it.
    dressed: bool,
    /// The number that `.loc` gives to the block's first line.
    base: u32,
}

/// The prefix of all names that we put into a module.
pub(super) const OUR_PREFIX: &str = "asm_lint_";

impl ModuleText {
    /// An empty text. Only one that is `numbered` can take blocks dressed with lines.
    pub fn new(format: ObjectFormat, architecture: Architecture, numbered: bool) -> ModuleText {
        let mut text =
            ModuleText { bytes: Vec::new(), format, architecture, lines: 1, placed: Vec::new() };
        if numbered {
            text.add(format_args!(".file 1 \"asm\"\n"));
        }
        text
    }

    /// Adds a line of our own (or several).
    pub fn add(&mut self, line: std::fmt::Arguments<'_>) {
        let start = self.bytes.len();
        // Writing to a vector can't fail.
        let _ = self.bytes.write_fmt(line);
        self.lines += count_lines(&self.bytes[start..]);
    }

    /// Adds a block in a section of its own, named after `unit`.
    pub fn add_unit(
        &mut self,
        index: usize,
        unit: &Unit<'_>,
        text: &str,
        directives: Directives,
        dressing: Dressing,
    ) {
        self.enter_section(&section_name(self.format, "text", index));
        if dressing.frame {
            self.add(format_args!(".cfi_startproc\n"));
        }
        self.add(match unit.syntax {
            Syntax::Intel => format_args!(".intel_syntax\n"),
            Syntax::Att => format_args!(".att_syntax\n"),
        });
        let base = self.placed.last().map_or(1, |last| last.base + last.template_lines());
        let first = self.lines;
        if dressing.lines {
            for (number, line) in (base..).zip(text.split('\n')) {
                let _ = write!(self.bytes, ".loc 1 {number}\n{line}\n");
                self.lines += 2;
            }
        } else {
            self.add(format_args!("{text}\n"));
        }
        self.placed.push(Placed {
            unit: index,
            first,
            end: self.lines,
            dressed: dressing.lines,
            base,
        });
        if directives.any {
            self.add(format_args!("{OUR_PREFIX}end_{index}:\n"));
            if directives.subsections {
                // Where the text of subsection 0, which a block begins in, goes on.
                self.enter_section(&section_name(self.format, "text", index));
                self.add(format_args!("{OUR_PREFIX}home_{index}:\n"));
            }
            if directives.switching {
                self.add_probe(index);
            }
            if directives.code_width {
                self.add(match self.architecture {
                    Architecture::X86 => format_args!(".code32\n"),
                    Architecture::X86_64 => format_args!(".code64\n"),
                    _ => format_args!(""),
                });
            }
        }
        if dressing.labels {
            self.add_labels(index, text);
        }
        if unit.context == Context::Module || dressing.frame {
            self.enter_section(&section_name(self.format, "text", index));
        }
        if dressing.frame {
            self.add(format_args!(".cfi_endproc\n"));
        }
    }

    /// Adds what tells in which state the block left the assembler.
    fn add_probe(&mut self, index: usize) {
        self.enter_section(&section_name(self.format, "probe", index));
        self.add(format_args!("{PROBE}"));
        self.enter_section(&section_name(self.format, "text", index));
    }

    /// Defines the labels that a text refers to. They are global, so that what jumps there still
    /// tells it by a relocation.
    fn add_labels(&mut self, index: usize, text: &str) {
        self.enter_section(&section_name(self.format, "text", index));
        let labels: BTreeSet<usize> = text
            .match_indices(LABEL_PREFIX)
            .filter_map(|(start, _)| {
                let number = &text[start + LABEL_PREFIX.len()..];
                let digits = number.find(|letter: char| !letter.is_ascii_digit());
                number[..digits.unwrap_or(number.len())].parse().ok()
            })
            .collect();
        for label in labels {
            let name = label_of_operand(label);
            self.add(format_args!(".globl {name}\n{name}:\nint3\n"));
        }
    }

    fn enter_section(&mut self, name: &str) {
        match self.format {
            ObjectFormat::Elf => self.add(format_args!(".section {name},\"ax\",@progbits\n")),
            ObjectFormat::Coff => self.add(format_args!(".section {name},\"xr\"\n")),
            ObjectFormat::MachO => {
                self.add(format_args!(".section __TEXT,{name},regular,pure_instructions\n"));
            }
        }
    }

    /// Which block, and which of its lines from 0, a line of the module is. `None` for a line
    /// that is not a block's.
    pub fn locate(&self, line: u32) -> Option<(usize, u32)> {
        let after = self.placed.partition_point(|placed| placed.first <= line);
        let placed = self.placed.get(after.checked_sub(1)?)?;
        let distance = line - placed.first;
        (line < placed.end).then_some((placed.unit, distance / placed.stride()))
    }

    /// Which block, and which of its lines from 0, a number in the line table is.
    pub fn locate_number(&self, number: u32) -> Option<(usize, u32)> {
        let after = self.placed.partition_point(|placed| placed.base <= number);
        let placed = self.placed.get(after.checked_sub(1)?)?;
        let line = number - placed.base;
        (placed.dressed && line < placed.template_lines()).then_some((placed.unit, line))
    }

    /// The blocks in the text, in order.
    pub fn units(&self) -> impl Iterator<Item = usize> {
        self.placed.iter().map(|placed| placed.unit)
    }

    /// The format that the text was made for.
    pub fn format(&self) -> ObjectFormat {
        self.format
    }
}

impl Placed {
    fn stride(&self) -> u32 {
        if self.dressed { 2 } else { 1 }
    }

    fn template_lines(&self) -> u32 {
        (self.end - self.first) / self.stride()
    }
}

/// The name of a section of ours. Mach-O allows sixteen characters.
pub(super) fn section_name(format: ObjectFormat, role: &str, index: usize) -> String {
    match format {
        ObjectFormat::Elf => format!(".text.{OUR_PREFIX}{role}_{index}"),
        ObjectFormat::Coff => format!(".text${OUR_PREFIX}{role}_{index}"),
        ObjectFormat::MachO => format!("__{role}_{index}"),
    }
}

/// The role and the index of a section of ours.
pub(super) fn parse_section_name(format: ObjectFormat, name: &str) -> Option<(&str, usize)> {
    let rest = match format {
        ObjectFormat::Elf => name.strip_prefix(".text.")?.strip_prefix(OUR_PREFIX)?,
        ObjectFormat::Coff => name.strip_prefix(".text$")?.strip_prefix(OUR_PREFIX)?,
        ObjectFormat::MachO => name.strip_prefix("__")?,
    };
    let (role, index) = rest.rsplit_once('_')?;
    Some((role, index.parse().ok()?))
}

fn count_lines(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |count, byte| count + u32::from(*byte == b'\n'))
}
