//! Assembles blocks with LLVM, the assembler that the compiler itself uses.
//!
//! Input: blocks, or the texts that [`substitute`](crate::substitute) renders of them. Output, for
//! each: its [`MachineCode`], where every byte knows the template line it came from, or LLVM's
//! [`Rejection`]. All blocks of a crate share as few LLVM modules as possible, because a module's
//! fixed cost is that of dozens of blocks. Called by the driver and by the tests.
//!
//! | module | role |
//! |---|---|
//! | `blocks` | blocks → machine code, with other registers or values if the first are rejected |
//! | `directives` | which blocks have directives that may disturb their neighbours |
//! | `module_text` | many blocks → one text, a section each, and the way back for line numbers |
//! | `assembler`, `process` | text → object file, by LLVM's library or by a process |
//! | `llvm`, `targets` | the library; with `disassemble` the only `unsafe` |
//! | `diagnostics` | LLVM's complaints → block, line, column |
//! | `object_file`, `fields`, `line_table` | object file → sections, relocations, lines |
//! | `batch` | which blocks go together, and what happens when one breaks |
//! | `leaks` | what assembler state a block leaves changed |
//! | `disassemble` | LLVM's own reading of bytes, to check other decoders |

mod assembler;
mod batch;
mod blocks;
mod diagnostics;
mod directives;
mod disassemble;
mod fields;
mod leaks;
mod line_table;
mod llvm;
mod module_text;
mod object_file;
mod process;
mod relocation;
mod size;
mod targets;

use std::rc::Rc;

pub use self::assembler::Backend;
pub use self::blocks::{AssembledBlock, Failure, Request, assemble_blocks};
pub(crate) use self::directives::{defines_for_others, has_directive};
pub use self::disassemble::{Disassembled, Disassembler};
pub use self::relocation::{AddressBits, Field, FieldValue, Pointed, Relocation, RelocationTarget};
use crate::block::{BlockKind, Syntax, Target};

/// A text to be assembled.
#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    /// The text; its line N is line N of the template.
    pub text: &'a str,
    /// The same block with other values for its constants of unknown value, where it has some:
    /// what [`Leak::Symbol`] compares.
    pub variant: Option<&'a str>,
    /// The syntax that the text starts in.
    pub syntax: Syntax,
    /// Where the compiler would put the text.
    pub context: Context,
    /// LLVM's names of the features that its function adds to those of the target.
    pub features: &'a str,
    /// Whether it starts in the Thumb instruction set.
    pub is_thumb: bool,
}

/// Where the compiler puts a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Context {
    /// Into a compiled function (`asm!`): an unwind frame is open.
    Function,
    /// It is a whole function (`naked_asm!`).
    Naked,
    /// Outside functions (`global_asm!`): later texts may use what it defines.
    Module,
}

impl From<&BlockKind> for Context {
    fn from(kind: &BlockKind) -> Context {
        match kind {
            BlockKind::Inline => Context::Function,
            BlockKind::Naked(_) => Context::Naked,
            BlockKind::Global => Context::Module,
        }
    }
}

/// What a block assembles to.
#[derive(Clone, Debug)]
pub struct MachineCode {
    /// The sections of the object file that the block was assembled into, its neighbours' too.
    /// Indices in [`RelocationTarget`] are into this list.
    pub sections: Rc<[Section]>,
    /// The section where control enters the block, at offset 0. It is the block's own.
    pub start: usize,
    /// The offset in the starting section where control leaves the block by falling through. What
    /// the assembler puts after it (a literal pool) is the block's own, but is not code.
    pub end_offset: u64,
    /// Whether a directive changes the width that instructions are encoded for (`.code32`), so
    /// that not all bytes are for the target's own width.
    pub changes_code_width: bool,
    /// The assembler state that the block leaves changed.
    pub leaks: Vec<Leak>,
    /// Which of the texts assembled together this is; what [`Line::unit`] names.
    pub unit: usize,
}

impl MachineCode {
    /// The section where control enters the block.
    pub fn start_section(&self) -> &Section {
        &self.sections[self.start]
    }

    /// The line of the template, from 0, that the byte came from. For what a macro or a `.rept`
    /// expands to it is the line inside the macro. `None` where no line of this block made the
    /// byte, or where that is not known (the block has line directives of its own).
    pub fn line_at(&self, section: usize, offset: u64) -> Option<u32> {
        let line = self.sections.get(section)?.line_of(offset)?;
        (line.unit == self.unit).then_some(line.line)
    }
}

/// A section of an object file.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// Whether it is meant to be executed.
    pub executable: bool,
    /// Its content, before relocation. Empty where it takes no space in the file (`.bss`).
    pub bytes: Vec<u8>,
    /// What is to be filled in, by ascending offset.
    pub relocations: Vec<Relocation>,
    /// Where the content came from, by ascending offset: each entry is good up to the next.
    pub lines: Vec<Line>,
    /// The symbols defined in it that are more than temporary labels.
    pub symbols: Vec<DefinedSymbol>,
    /// What the content is, by ascending offset: each entry is good up to the next. Only ELF files
    /// for Arm, AArch64 and RISC-V say it; it is empty for others.
    pub contents: Vec<(u64, Content)>,
    /// With which instruction set the content was assembled, by ascending offset: each entry is good
    /// up to the next. Only ELF files for RISC-V say it: `rv32i2p1_m2p0_c2p0`.
    pub instruction_sets: Vec<(u64, String)>,
}

/// What a part of a section is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Content {
    /// Instructions; of 32-bit Arm those of the Arm instruction set.
    Code,
    /// Thumb instructions.
    Thumb,
    /// Data: what a directive put there, or the assembler itself (a literal pool).
    Data,
}

impl Section {
    /// The bytes from one offset to another; none where it does not have them all.
    pub fn range(&self, from: u64, to: u64) -> &[u8] {
        let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
        range.and_then(|(from, to)| self.bytes.get(from..to)).unwrap_or_default()
    }

    /// What a byte is, where the object file says it.
    pub fn content_at(&self, offset: u64) -> Option<Content> {
        let after = self.contents.partition_point(|(start, _)| *start <= offset);
        self.contents.get(after.checked_sub(1)?).map(|(_, content)| *content)
    }

    /// The instruction set that a byte was assembled with, where the object file says it.
    pub fn instruction_set_at(&self, offset: u64) -> Option<&str> {
        let after = self.instruction_sets.partition_point(|(start, _)| *start <= offset);
        self.instruction_sets.get(after.checked_sub(1)?).map(|(_, name)| name.as_str())
    }

    /// The line that a byte came from, whichever text it is of.
    pub fn line_of(&self, offset: u64) -> Option<&Line> {
        let after = self.lines.partition_point(|line| line.offset <= offset);
        self.lines.get(after.checked_sub(1)?)
    }
}

/// From an offset on, the line that a section's content came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    /// The offset in the section.
    pub offset: u64,
    /// Which of the texts assembled together.
    pub unit: usize,
    /// The line of that text, from 0.
    pub line: u32,
}

/// A symbol and its place in a section.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DefinedSymbol {
    /// Its name.
    pub name: String,
    /// The offset in the section.
    pub offset: u64,
}

/// Why LLVM does not assemble a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejection {
    /// The line of the template, from 0; `None` where LLVM names no place.
    pub line: Option<u32>,
    /// The column in the assembled line, in bytes from 0.
    pub column: Option<u32>,
    /// LLVM's words.
    pub message: String,
}

/// Assembler state that a block changes and does not restore (Reference, `asm.directives.stateful`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leak {
    /// What is left changed.
    pub state: LeakedState,
    /// The line of the template, from 0, that does it, if that is known.
    pub line: Option<u32>,
}

/// What a block may leave changed in the assembler.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LeakedState {
    /// The syntax is the other one.
    Syntax,
    /// The text continues in another section.
    Section,
    /// Instructions are encoded for another width, or (Arm) in another instruction set.
    CodeWidth,
    /// Another processor, or an option, is selected by this directive.
    Selection(String),
    /// A macro is defined, so that a second copy of the block would be rejected.
    Macro(String),
    /// A symbol is set to something that a second copy would set differently.
    Symbol(String),
}

/// Assembles texts for a target: one answer for each, in order, whatever the others do. Works as
/// the environment asks, and with the library if it asks for something unknown.
pub fn assemble(target: &Target, units: &[Unit<'_>]) -> Vec<Result<MachineCode, Rejection>> {
    assemble_by(Backend::from_environment().unwrap_or(Backend::Library), target, units)
}

/// [`assemble`] in a way of the caller's choice.
pub fn assemble_by(
    backend: Backend,
    target: &Target,
    units: &[Unit<'_>],
) -> Vec<Result<MachineCode, Rejection>> {
    batch::assemble(backend, target, units)
}
