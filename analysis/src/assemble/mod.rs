//! Assembles blocks with LLVM, the assembler that the compiler itself uses.
//!
//! Input: blocks, or the texts that [`substitute`](crate::substitute) renders of them. Output, for
//! each: its [`MachineCode`], where every byte knows the template line it came from, or LLVM's
//! [`Rejection`]. All blocks of a crate share as few LLVM modules as possible, because a module's
//! fixed cost is that of dozens of blocks. Called by the driver's road and by the tests.
//!
//! | module | role |
//! |---|---|
//! | `blocks` | blocks → machine code, with other registers or values where the first are refused |
//! | `directives` | which blocks talk to the assembler, and so may disturb their neighbours |
//! | `module_text` | many blocks → one text, a section each, and the way back for line numbers |
//! | `llvm`, `targets` | text → object file; with `disassemble` the only `unsafe` |
//! | `diagnostics` | LLVM's complaints → block, line, column |
//! | `object_file`, `line_table` | object file → sections, relocations, lines |
//! | `batch` | which blocks go together, and what happens when one breaks |
//! | `leaks` | what assembler state a block leaves behind |
//! | `disassemble` | LLVM's own reading of bytes, for whoever decodes them in another way |

mod batch;
mod blocks;
mod diagnostics;
mod directives;
mod disassemble;
mod leaks;
mod line_table;
mod llvm;
mod module_text;
mod object_file;
mod targets;

use std::rc::Rc;

pub use self::blocks::{AssembledBlock, Failure, Request, assemble_blocks};
pub(crate) use self::directives::has_directive;
pub use self::disassemble::{Disassembled, Disassembler};
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
}

/// Where the compiler puts a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Context {
    /// Into a compiled function (`asm!`): an unwind frame is open.
    Function,
    /// It is a whole function (`naked_asm!`).
    Naked,
    /// Beside the functions (`global_asm!`): what it defines, later texts may use.
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
    /// The offset in the starting section where control leaves the block by falling through.
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
}

impl Section {
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

/// A field whose value the linker decides: target + addend, minus the address of the field itself
/// if it is relative.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Relocation {
    /// The offset of the field in its section.
    pub offset: u64,
    /// The size of the field in bytes.
    pub size: u8,
    /// What the field refers to.
    pub target: RelocationTarget,
    /// What is added to the target's address. For the displacement of a jump, or of an operand
    /// relative to `rip`, it includes the way from the field to the next instruction (-4, often).
    pub addend: i64,
    /// Whether the field holds a distance from itself instead of an address.
    pub relative: bool,
    /// Whether the field leads to the target only through something that the linker makes (a
    /// slot of the global offset table, a thread-local offset).
    pub indirect: bool,
    /// Which bits of the address go into the field.
    pub bits: AddressBits,
}

/// Which bits of an address a relocated field takes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AddressBits {
    /// The first bit: 12 for `adrp` and `lui`, 16 for `movt`.
    pub low: u8,
    /// How many bits: 12 for `:lo12:`, 16 for `movw`.
    pub count: u8,
}

impl AddressBits {
    /// The whole address.
    pub const ALL: AddressBits = AddressBits { low: 0, count: 64 };
}

impl Relocation {
    /// What an instruction that ends at the offset `next` adds to the target's address: the addend,
    /// less the way from the field to the next instruction if the field is relative. So it is 0
    /// for a plain `call target`.
    pub fn displacement(&self, next: u64) -> i64 {
        let way = if self.relative { next.wrapping_sub(self.offset).cast_signed() } else { 0 };
        self.addend.wrapping_add(way)
    }
}

/// What a relocation refers to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RelocationTarget {
    /// A place in a section of the same object file.
    Section {
        /// The index into [`MachineCode::sections`].
        section: usize,
        /// The offset in that section.
        offset: u64,
    },
    /// A symbol that is defined elsewhere; a `sym` or `label` operand if the name says so, see
    /// [`operand_of_symbol`](crate::substitute::operand_of_symbol).
    Symbol(String),
    /// The address 0.
    Absolute,
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

/// Assembler state that a block changes and does not put back (Reference, `asm.directives.stateful`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leak {
    /// What is left changed.
    pub state: LeakedState,
    /// The line of the template, from 0, that does it, if it can be told.
    pub line: Option<u32>,
}

/// What a block may leave changed in the assembler.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LeakedState {
    /// The syntax is the other one.
    Syntax,
    /// The text goes on in another section.
    Section,
    /// Instructions are encoded for another width.
    CodeWidth,
    /// A macro is defined, so that a second copy of the block would be rejected.
    Macro(String),
    /// A symbol is set to something that a second copy would set differently.
    Symbol(String),
}

/// Assembles texts for a target: one answer for each, in order, whatever the others do.
pub fn assemble(target: &Target, units: &[Unit<'_>]) -> Vec<Result<MachineCode, Rejection>> {
    batch::assemble(target, units)
}
