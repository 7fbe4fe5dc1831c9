//! Puts many blocks into one module's text, and finds the way back from its line numbers.
//!
//! Each block gets a section of its own, so that the object file alone shows its bytes, its entry
//! and its end. A `.loc` before each of its lines carries the line number through macros
//! and repetitions into the line table.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Write;

use super::directives::Directives;
use super::leaks;
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

impl ObjectFormat {
    /// How many blocks a module of the format can hold, each with a section of its own and one for
    /// a probe. Mach-O numbers sections with a byte.
    pub fn most_blocks(self) -> usize {
        match self {
            ObjectFormat::Elf | ObjectFormat::Coff => usize::MAX,
            ObjectFormat::MachO => 100,
        }
    }
}

/// What is added to a block's lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Dressing {
    /// A `.loc` before each line.
    pub lines: bool,
    /// An unwind frame around the block.
    pub frame: bool,
    /// Definitions of the block's `label` operands after it, if it needs their distance.
    pub labels: bool,
}

impl Dressing {
    /// Only the lines.
    pub const LINES: Dressing = Dressing { lines: true, frame: false, labels: false };
}

/// The text of a module: a part for the module itself, and one for a function in it.
///
/// For LLVM `asm!` is assembly in a function, `naked_asm!` and `global_asm!` are next to the
/// functions. To its lexer that makes a difference for Intel syntax: only in a function it takes
/// the integers of MASM (`10h`, `0FFh`, `1010b`), and `10b` is a number instead of a label there.
pub(super) struct ModuleText {
    module: Part,
    function: Part,
    format: ObjectFormat,
    architecture: Architecture,
    /// How many lines of all blocks are numbered so far.
    numbered: u32,
    placed: Vec<Placed>,
}

/// A part of the text.
struct Part {
    bytes: Vec<u8>,
    /// The number of the next line, from 1.
    lines: u32,
}

/// Which of the two parts a block is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Home {
    Module,
    Function,
}

/// Where a block's lines are.
struct Placed {
    unit: usize,
    home: Home,
    /// The line of its part, from 1, with the block's first line or that line's `.loc`.
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

impl Part {
    const EMPTY: Part = Part { bytes: Vec::new(), lines: 1 };

    /// Adds lines of our own.
    fn add(&mut self, line: std::fmt::Arguments<'_>) {
        let start = self.bytes.len();
        // Writing to a vector can't fail.
        let _ = self.bytes.write_fmt(line);
        self.lines += count_lines(&self.bytes[start..]);
    }
}

impl ModuleText {
    /// An empty text. Only one that is `numbered` can take blocks dressed with lines.
    pub fn new(format: ObjectFormat, architecture: Architecture, numbered: bool) -> ModuleText {
        let mut text = ModuleText {
            module: Part::EMPTY,
            function: Part::EMPTY,
            format,
            architecture,
            numbered: 0,
            placed: Vec::new(),
        };
        if numbered {
            text.module.add(format_args!(".file 1 \"asm\"\n"));
        }
        text
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
        let is_x86 = self.architecture.is_x86();
        let home = match (unit.context, unit.syntax) {
            (Context::Function, Syntax::Intel) if is_x86 => Home::Function,
            _ => Home::Module,
        };
        let (format, architecture) = (self.format, self.architecture);
        let part = match home {
            Home::Module => &mut self.module,
            Home::Function => &mut self.function,
        };
        let own_section = section_name(format, "text", index);
        enter_section(part, format, architecture, &own_section);
        if dressing.frame {
            part.add(format_args!(".cfi_startproc\n"));
        }
        add_state(part, architecture, unit);
        // In a function LLVM drops each `$` of Intel syntax, and a NUL ends the text.
        let text = match home {
            Home::Function if text.contains(['$', '\0']) => {
                let text = text.split('\0').next().unwrap_or_default();
                Cow::Owned(text.replace('$', ""))
            }
            _ => Cow::Borrowed(text),
        };
        let base = self.numbered + 1;
        let first = part.lines;
        if dressing.lines {
            for (number, line) in (base..).zip(text.split('\n')) {
                let _ = write!(part.bytes, ".loc 1 {number}\n{line}\n");
                part.lines += 2;
            }
        } else {
            part.add(format_args!("{text}\n"));
        }
        let placed =
            Placed { unit: index, home, first, end: part.lines, dressed: dressing.lines, base };
        self.numbered += placed.template_lines();
        self.placed.push(placed);
        // Off x86 the assembler may put a literal pool after the block.
        if directives.any || !is_x86 {
            // So that it does not come between branches and what they lead to.
            if dressing.labels && format == ObjectFormat::MachO {
                part.add(format_args!(".alt_entry {OUR_PREFIX}end_{index}\n"));
            }
            part.add(format_args!("{OUR_PREFIX}end_{index}:\n"));
        }
        if directives.any {
            if directives.subsections {
                // Where the text of subsection 0, which a block begins in, continues.
                enter_section(part, format, architecture, &own_section);
                part.add(format_args!("{OUR_PREFIX}home_{index}:\n"));
            }
            if directives.switching
                && let Some(probe) = leaks::probe(architecture)
            {
                let probe_section = section_name(format, "probe", index);
                enter_section(part, format, architecture, &probe_section);
                part.add(format_args!("{probe}"));
                enter_section(part, format, architecture, &own_section);
            }
            if directives.code_width {
                part.add(match architecture {
                    Architecture::X86 => format_args!(".code32\n"),
                    Architecture::X86_64 => format_args!(".code64\n"),
                    _ => format_args!(""),
                });
            }
        }
        if dressing.labels {
            enter_section(part, format, architecture, &own_section);
            add_labels(part, format, architecture, &text);
        }
        if unit.context == Context::Module || dressing.frame {
            enter_section(part, format, architecture, &own_section);
        }
        if dressing.frame {
            part.add(format_args!(".cfi_endproc\n"));
        }
    }

    /// Ends the text, so that an error at its end is not a block's.
    pub fn finish(&mut self) {
        self.module.add(format_args!("\n\n"));
        if !self.function.bytes.is_empty() {
            // The compiler's own text continues in the section of the function.
            self.function.add(format_args!("\n\n.text\n"));
        }
    }

    /// The part that is next to the functions.
    pub fn module(&self) -> &[u8] {
        &self.module.bytes
    }

    /// The part that is in a function, if there is one. Blank lines are before it, so that no line
    /// has a number that a line of the other part has.
    pub fn function(&self) -> Option<Vec<u8>> {
        if self.function.bytes.is_empty() {
            return None;
        }
        let blank = usize::try_from(self.module.lines).unwrap_or_default();
        let mut text = vec![b'\n'; blank];
        text.extend_from_slice(&self.function.bytes);
        Some(text)
    }

    /// Which block, and which of its lines from 0, a line that LLVM names is. `None` for a line
    /// that is not a block's.
    pub fn locate(&self, line: u32) -> Option<(usize, u32)> {
        // LLVM puts a line of its own, with the syntax, before what is in a function.
        let (home, line) = match line.checked_sub(self.module.lines + 1) {
            None | Some(0) => (Home::Module, line),
            Some(line) => (Home::Function, line),
        };
        let placed = self
            .placed
            .iter()
            .filter(|placed| placed.home == home)
            .find(|placed| (placed.first..placed.end).contains(&line))?;
        Some((placed.unit, (line - placed.first) / placed.stride()))
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

    /// The architecture that the text was made for.
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }
}

/// Adds what puts the assembler into the state that a block starts in.
fn add_state(part: &mut Part, architecture: Architecture, unit: &Unit<'_>) {
    match (architecture, unit.syntax) {
        (Architecture::X86 | Architecture::X86_64, Syntax::Intel) => {
            part.add(format_args!(".intel_syntax\n"));
        }
        (Architecture::X86 | Architecture::X86_64, Syntax::Att) => {
            part.add(format_args!(".att_syntax\n"));
        }
        (Architecture::Arm, _) if unit.is_thumb => part.add(format_args!(".thumb\n")),
        (Architecture::Arm, _) => part.add(format_args!(".arm\n")),
        _ => {}
    }
}

/// Defines the labels that a text refers to. They are global, so that what jumps there still
/// tells it by a relocation.
fn add_labels(part: &mut Part, format: ObjectFormat, architecture: Architecture, text: &str) {
    let labels: BTreeSet<usize> = text
        .match_indices(LABEL_PREFIX)
        .filter_map(|(start, _)| {
            let number = &text[start + LABEL_PREFIX.len()..];
            let digits = number.find(|letter: char| !letter.is_ascii_digit());
            number[..digits.unwrap_or(number.len())].parse().ok()
        })
        .collect();
    // There conditional branches reach no other kind of symbol; what leads to them is found by
    // their places, so none may be where the block ends.
    let is_entry = format == ObjectFormat::MachO && architecture == Architecture::AArch64;
    if is_entry {
        part.add(format_args!(".byte 0, 0, 0, 0\n"));
    }
    for label in labels {
        let name = label_of_operand(label);
        if is_entry {
            part.add(format_args!(".alt_entry {name}\n{name}:\n.byte 0, 0, 0, 0\n"));
            continue;
        }
        part.add(format_args!(".globl {name}\n{name}:\n.byte 0, 0, 0, 0\n"));
    }
}

fn enter_section(part: &mut Part, format: ObjectFormat, architecture: Architecture, name: &str) {
    match (format, architecture) {
        // `@` starts a comment there.
        (ObjectFormat::Elf, Architecture::Arm) => {
            part.add(format_args!(".section {name},\"ax\",%progbits\n"));
        }
        (ObjectFormat::Elf, _) => part.add(format_args!(".section {name},\"ax\",@progbits\n")),
        (ObjectFormat::Coff, _) => part.add(format_args!(".section {name},\"xr\"\n")),
        (ObjectFormat::MachO, _) => {
            part.add(format_args!(".section __TEXT,{name},regular,pure_instructions\n"));
        }
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
        ObjectFormat::Coff => format!(".text.{OUR_PREFIX}{role}_{index}"),
        ObjectFormat::MachO => format!("__{role}_{index}"),
    }
}

/// The role and the index of a section of ours.
pub(super) fn parse_section_name(format: ObjectFormat, name: &str) -> Option<(&str, usize)> {
    let rest = match format {
        ObjectFormat::Elf | ObjectFormat::Coff => {
            name.strip_prefix(".text.")?.strip_prefix(OUR_PREFIX)?
        }
        ObjectFormat::MachO => name.strip_prefix("__")?,
    };
    let (role, index) = rest.rsplit_once('_')?;
    Some((role, index.parse().ok()?))
}

fn count_lines(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |count, byte| count + u32::from(*byte == b'\n'))
}
