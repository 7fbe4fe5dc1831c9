//! [`Instruction`]: a decoded instruction, as everything outside of the folders sees it.

use std::borrow::Cow;
use std::rc::Rc;

use super::lifted::Lifted;
use super::meanings::Meanings;
use super::shape::{Flow, RegisterStack, Repeated};
use super::x86;
use crate::block::Syntax;
use crate::effects::Part;
use crate::meaning::Meaning;
use crate::registers::{Register, RegisterPart};
use crate::values::{Cell, Flag};

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

    /// Calls `found` with each register that it uses without naming it.
    pub fn implied_registers(&self, meanings: &Meanings, found: impl FnMut(Register)) {
        match &self.form {
            Form::X86(instruction) => {
                let known = x86::known::Known::of(instruction, meanings.x86());
                known.implied_registers(instruction).iter().copied().for_each(found);
            }
            Form::Lifted(lifted) => lifted.implied_registers().iter().copied().for_each(found),
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

    /// The mnemonic of the instruction that undoes this one, if it signs a pointer: `autiasp` for
    /// `paciasp`.
    pub fn undone_by(&self) -> Option<String> {
        match &self.form {
            Form::X86(_) => None,
            Form::Lifted(lifted) => lifted.code.undone_by(),
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

    /// By how much it changes a register, where all that it does to it is to add a number.
    pub fn adds_to(&self, register: Register) -> Option<i64> {
        match &self.form {
            Form::X86(instruction) => x86::questions::adds_to(instruction, register),
            Form::Lifted(lifted) => lifted.adds_to(Cell::Register(register)),
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
