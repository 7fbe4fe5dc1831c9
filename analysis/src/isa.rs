//! The instruction sets, one folder each, and what each of them answers.
//!
//! Everything outside of these folders is neutral: it knows an instruction as an [`Instruction`],
//! a register by its name, and asks here what both do. There is one `match` for each
//! question, over [`Architecture`] or over the form of an instruction.
//!
//! x86's transfer functions work on the abstract machine directly. Every other instruction set
//! *lifts* an instruction to [`Effects`](crate::effects::Effects), once, when it is decoded; its
//! folder provides
//!
//! | function | answers |
//! |---|---|
//! | `decode(&Fetch) -> Option<Instruction>` | the instruction at an address, in the folder's own form |
//! | `lift(&Instruction, &Fetch, &[FieldReference]) -> Effects` | what it does |
//! | `meaning(&Instruction, &Table) -> Meaning` | what it means to the contract, from text tables |
//! | `mnemonic`, `text`, `named`, `length`, `renamed` | what messages and other questions ask |
//! | `registers::…` | names of registers and cells, and what they are there for |

pub mod aarch64;
pub mod arm;
pub mod coverage;
pub mod features;
pub mod lifted;
pub mod registers;
pub mod riscv;
pub mod x86;

use std::borrow::Cow;
use std::rc::Rc;

use crate::assemble::{AddressBits, Section};
use crate::block::{Architecture, Syntax, Target};
use crate::effects::{Part, Place};
use crate::flow::program::CodeAddress;
use crate::meaning::{Meaning, Meanings};
use crate::registers::{Register, RegisterPart};
use crate::values::{Cell, Flag};

pub use coverage::is_interpreted;
pub use lifted::{Code, Lifted};

/// Where an instruction is decoded, and what is known there.
#[derive(Clone, Copy, Debug)]
pub struct Fetch<'a> {
    /// What the compiler assembles for.
    pub target: &'a Target,
    /// The section, with its symbols.
    pub section: &'a Section,
    /// The address of the instruction.
    pub address: CodeAddress,
    /// The bytes from there to the end of what the block itself put there.
    pub bytes: &'a [u8],
}

/// A field of an instruction whose value the linker decides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldReference {
    /// The first byte of the field, from the beginning of the instruction.
    pub at: u8,
    /// What the field refers to. For a relative field, the place itself, not the distance.
    pub place: Place,
    /// Whether the field holds a distance from itself instead of an address.
    pub relative: bool,
    /// Which bits of the address go into the field.
    pub bits: AddressBits,
}

/// What a repeated string instruction accesses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Repeated {
    /// The bytes of one element.
    pub bytes: u64,
    /// Whether it may end before the last element.
    pub ends_early: bool,
}

/// Where control goes after an instruction, as far as its form tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// To the next instruction.
    Next,
    /// Elsewhere, always.
    Jump,
    /// Elsewhere, or to the next instruction.
    Branch,
    /// To a function or a subroutine, which comes back.
    Call,
    /// Back to a caller, or to whoever was interrupted.
    Return,
    /// To a handler, by an interrupt, a trap or a call of the system.
    Interrupt,
    /// To another place if a transaction is aborted.
    Transaction,
}

/// A decoded instruction, as everything outside of the folders sees it.
#[derive(Clone, Debug)]
pub struct Instruction {
    form: Form,
}

/// An instruction in its architecture's form.
#[derive(Clone, Debug)]
enum Form {
    X86(iced_x86::Instruction),
    Lifted(Rc<Lifted>),
}

impl From<iced_x86::Instruction> for Instruction {
    fn from(instruction: iced_x86::Instruction) -> Instruction {
        Instruction { form: Form::X86(instruction) }
    }
}

impl From<Rc<Lifted>> for Instruction {
    fn from(lifted: Rc<Lifted>) -> Instruction {
        Instruction { form: Form::Lifted(lifted) }
    }
}

impl Instruction {
    /// The form of x86, for what only x86 has; `None` on every other architecture.
    pub fn as_x86(&self) -> Option<&iced_x86::Instruction> {
        match &self.form {
            Form::X86(instruction) => Some(instruction),
            Form::Lifted(_) => None,
        }
    }

    /// The instruction with its effects; `None` on x86.
    pub fn as_lifted(&self) -> Option<&Lifted> {
        match &self.form {
            Form::X86(_) => None,
            Form::Lifted(lifted) => Some(lifted),
        }
    }

    /// The mnemonic in lower case, without operands.
    pub fn mnemonic(&self) -> Cow<'_, str> {
        match &self.form {
            Form::X86(instruction) => x86::questions::mnemonic(instruction).into(),
            Form::Lifted(lifted) => lifted.code.mnemonic(),
        }
    }

    /// The instruction as it would be written in a template. `name` is asked for each register and
    /// may answer with something else to be written in its place.
    pub fn text(&self, syntax: Syntax, name: &dyn Fn(RegisterPart) -> Option<String>) -> String {
        match &self.form {
            Form::X86(instruction) => x86::text::text(instruction, syntax, name),
            Form::Lifted(lifted) => lifted.code.text(name),
        }
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        match &self.form {
            Form::X86(instruction) => instruction.len() as u64,
            Form::Lifted(lifted) => lifted.length,
        }
    }

    /// Where control goes after it.
    pub fn flow(&self) -> Flow {
        match &self.form {
            Form::X86(instruction) => x86::questions::flow(instruction),
            Form::Lifted(lifted) => lifted.flow(),
        }
    }

    /// The registers that its operands name, bases and indices of addresses among them.
    pub fn named_registers(&self) -> Vec<Cell> {
        match &self.form {
            Form::X86(instruction) => x86::questions::named_registers(instruction),
            Form::Lifted(lifted) => lifted.code.named(),
        }
    }

    /// The width by which its operands name a vector register, where that has names of several
    /// widths.
    pub fn named_bits(&self, register: Register) -> Option<u16> {
        match &self.form {
            Form::X86(instruction) => x86::questions::named_bits(instruction, register),
            Form::Lifted(_) => None,
        }
    }

    /// The registers that it uses without naming them.
    pub fn implied_registers(&self) -> Vec<Register> {
        match &self.form {
            Form::X86(instruction) => x86::questions::implied_registers(instruction),
            Form::Lifted(lifted) => lifted.implied_registers(),
        }
    }

    /// The parts of registers that it writes, or may write, as its manual lists them; what a
    /// callee or the kernel leaves changed is not among them.
    pub fn written_parts(&self) -> Vec<Part> {
        match &self.form {
            Form::X86(instruction) => x86::questions::written_parts(instruction),
            Form::Lifted(lifted) => lifted.writes.to_vec(),
        }
    }

    /// Whether it looks at a status flag in order to decide or compute something by it. Saving all
    /// flags at once is not that.
    pub fn asks_for(&self, flag: Flag) -> bool {
        match &self.form {
            Form::X86(instruction) => x86::questions::asks_for(instruction, flag),
            Form::Lifted(lifted) => lifted.asks_for(flag),
        }
    }

    /// Whether it reads any flag.
    pub fn reads_flags(&self) -> bool {
        match &self.form {
            Form::X86(instruction) => instruction.rflags_read() != 0,
            Form::Lifted(lifted) => lifted.reads_flags(),
        }
    }

    /// Whether it puts a cell of status (flags, floating-point status) where it can be looked at.
    pub fn saves(&self, cell: Cell) -> bool {
        match &self.form {
            Form::X86(instruction) => x86::questions::saves(instruction, cell),
            Form::Lifted(lifted) => lifted.saves(cell),
        }
    }

    /// Whether a jump of it may lead to itself or to what is before it in its section; `address` is
    /// its own.
    pub fn may_go_back(&self, address: (u32, u64)) -> bool {
        match &self.form {
            Form::X86(instruction) => x86::questions::may_go_back(instruction),
            Form::Lifted(lifted) => lifted.may_go_back(address),
        }
    }

    /// Whether the function of this number is all that it makes of its inputs, flags aside.
    pub fn has_one_result(&self, number: u32) -> bool {
        match &self.form {
            Form::X86(instruction) => x86::questions::has_one_result(instruction, number),
            Form::Lifted(lifted) => lifted.has_one_result(),
        }
    }

    /// What it accesses again and again, if it is a repeated string instruction.
    pub fn repeated(&self) -> Option<Repeated> {
        match &self.form {
            Form::X86(instruction) => x86::questions::repeated(instruction),
            Form::Lifted(_) => None,
        }
    }

    /// Whether a program in user mode can't execute it: the processor traps, or does nothing.
    pub fn is_privileged(&self) -> bool {
        match &self.form {
            Form::X86(instruction) => x86::questions::is_privileged(instruction),
            Form::Lifted(lifted) => lifted.code.is_privileged(),
        }
    }

    /// Whether it is a division that faults where it has no result.
    pub fn divides(&self) -> bool {
        match &self.form {
            Form::X86(instruction) => x86::questions::divides(instruction),
            Form::Lifted(_) => false,
        }
    }

    /// Whether it leaves in a cell something that cannot be known, or what was there before.
    pub fn perhaps_writes(&self, cell: Cell) -> bool {
        match &self.form {
            Form::X86(_) => false,
            Form::Lifted(lifted) => lifted.perhaps_writes(cell),
        }
    }

    /// By how many bytes it moves the stack pointer, where it does so by a push, a pop, a call or a
    /// return; `None` where it computes it, or leaves it alone.
    pub fn pushed_bytes(&self) -> Option<i64> {
        match &self.form {
            Form::X86(instruction) => x86::questions::pushed_bytes(instruction),
            Form::Lifted(lifted) => lifted.pushed_bytes(),
        }
    }

    /// Whether it clears a flag, whatever it was.
    pub fn clears(&self, flag: Flag) -> bool {
        match &self.form {
            Form::X86(instruction) => x86::questions::clears(instruction, flag),
            Form::Lifted(lifted) => lifted.clears(flag),
        }
    }

    /// Whether it loads a control or status register as a whole.
    pub fn loads(&self, cell: Cell, meanings: &Meanings) -> bool {
        match &self.form {
            Form::X86(instruction) => x86::questions::loads(instruction, cell, meanings),
            Form::Lifted(lifted) => lifted.loads(cell),
        }
    }

    /// Whether it may set something in a register of sticky floating-point status.
    pub fn may_raise(&self, cell: Cell, meanings: &Meanings) -> bool {
        match &self.form {
            Form::X86(instruction) => x86::questions::may_raise(instruction, cell, meanings),
            Form::Lifted(lifted) => lifted.may_raise(cell),
        }
    }

    /// What it does to a stack of registers; `None` where there is none, or it does not touch it.
    pub fn register_stack(&self, meanings: &Meanings) -> Option<RegisterStack> {
        match &self.form {
            Form::X86(instruction) => x86::questions::register_stack(instruction, meanings),
            Form::Lifted(_) => None,
        }
    }

    /// What it means to the contract.
    pub fn meaning(&self, meanings: &Meanings) -> Meaning {
        match &self.form {
            Form::X86(instruction) => meanings.x86().of(instruction).common(instruction),
            Form::Lifted(lifted) => lifted.meaning,
        }
    }
}

/// Whether bytes of instructions end in something that changes the instruction after them, which is
/// not among them.
pub fn ends_in_prefix(architecture: Architecture, bytes: &[u8]) -> bool {
    match architecture {
        Architecture::X86 | Architecture::X86_64 => {
            x86::trailing::ends_in_prefix(bytes, u32::from(architecture.word_bits()))
        }
        Architecture::AArch64 | Architecture::Arm64Ec => aarch64::contract::ends_in_prefix(bytes),
        _ => false,
    }
}

/// What an instruction does to the x87 stack, which the MMX registers are part of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RegisterStack {
    /// By how much the number of the top register rises: negative for a push.
    pub increment: i32,
    /// Whether it empties the whole stack.
    pub empties: bool,
    /// Whether it uses the registers as MMX registers, which fills the whole stack.
    pub enters_mmx: bool,
}
