//! [`Lifted`]: an instruction of any architecture but x86, with what it does and means.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::fetch::{Fetch, FieldReference};
use super::meanings::Meanings;
use super::shape::Flow;
use super::{aarch64, arm, riscv};
use crate::block::Architecture;
use crate::effects::{
    Effect, Effects, Expression, HavocCause, Next, Operation, Part, Place, Target,
};
use crate::meaning::Meaning;
use crate::registers::{Register, RegisterPart};
use crate::values::arithmetic::signed;
use crate::values::{Cell, Flag};

/// An instruction with what it does and means, once and for all.
#[derive(Clone, Debug)]
pub struct Lifted {
    /// The architecture's own form.
    pub code: Code,
    /// Its length in bytes.
    pub length: u64,
    /// What it does.
    pub effects: Effects,
    /// What it means to the contract.
    pub meaning: Meaning,
    /// See [`Effects::repeated`].
    pub repeated: Box<[Expression]>,
    /// Every part of a cell that it reads.
    pub reads: Box<[Part]>,
    /// Every part of a cell that it writes, or may write.
    pub writes: Box<[Part]>,
    implied: OnceCell<Box<[Register]>>,
}

/// A decoded instruction in the form of its architecture.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "each name says it")]
pub enum Code {
    AArch64(aarch64::contract::Instruction),
    Arm(arm::contract::Instruction),
    RiscV(riscv::contract::Instruction),
}

impl Code {
    /// Decodes an instruction; `None` where the bytes are not one, or it is not known.
    pub fn decode(fetch: &Fetch<'_>) -> Option<Code> {
        match fetch.target.architecture {
            Architecture::AArch64 | Architecture::Arm64Ec => {
                aarch64::contract::decode(fetch).map(Code::AArch64)
            }
            Architecture::Arm => arm::contract::decode(fetch).map(Code::Arm),
            Architecture::RiscV32 | Architecture::RiscV64 => {
                riscv::contract::decode(fetch).map(Code::RiscV)
            }
            _ => None,
        }
    }

    /// What it does.
    pub fn lift(&self, fetch: &Fetch<'_>, references: &[FieldReference]) -> Effects {
        match self {
            Code::AArch64(instruction) => aarch64::contract::lift(instruction, fetch, references),
            Code::Arm(instruction) => arm::contract::lift(instruction, fetch, references),
            Code::RiscV(instruction) => riscv::contract::lift(instruction, fetch, references),
        }
    }

    /// What it means to the contract.
    pub fn meaning(&self, meanings: &Meanings) -> Meaning {
        match self {
            Code::AArch64(instruction) => {
                aarch64::contract::meaning(instruction, meanings.aarch64())
            }
            Code::Arm(instruction) => arm::contract::meaning(instruction, meanings.arm()),
            Code::RiscV(instruction) => riscv::contract::meaning(instruction, meanings.riscv()),
        }
    }

    /// The length in bytes.
    pub fn length(&self) -> u64 {
        match self {
            Code::AArch64(instruction) => aarch64::contract::length(instruction),
            Code::Arm(instruction) => arm::contract::length(instruction),
            Code::RiscV(instruction) => riscv::contract::length(instruction),
        }
    }

    /// The mnemonic in lower case, without operands.
    pub fn mnemonic(&self) -> Cow<'_, str> {
        match self {
            Code::AArch64(instruction) => aarch64::contract::mnemonic(instruction),
            Code::Arm(instruction) => arm::contract::mnemonic(instruction),
            Code::RiscV(instruction) => riscv::contract::mnemonic(instruction),
        }
    }

    /// The instruction as it would be written in a template; `name` is asked for each register and
    /// may answer with something else to be written in its place.
    pub fn text(&self, name: &dyn Fn(RegisterPart) -> Option<String>) -> String {
        match self {
            Code::AArch64(instruction) => aarch64::contract::text(instruction, name),
            Code::Arm(instruction) => arm::contract::text(instruction, name),
            Code::RiscV(instruction) => riscv::contract::text(instruction, name),
        }
    }

    /// The cells that its operands name, bases and indices of addresses among them.
    pub fn named(&self) -> Vec<Cell> {
        match self {
            Code::AArch64(instruction) => aarch64::contract::named(instruction),
            Code::Arm(instruction) => arm::contract::named(instruction),
            Code::RiscV(instruction) => riscv::contract::named(instruction),
        }
    }

    /// The mnemonic of the instruction that undoes this one, if it signs a pointer.
    pub fn undone_by(&self) -> Option<String> {
        match self {
            Code::AArch64(instruction) => aarch64::contract::undone_by(instruction),
            Code::Arm(_) | Code::RiscV(_) => None,
        }
    }

    /// Whether a program in user mode can't execute it.
    pub fn is_privileged(&self) -> bool {
        match self {
            Code::AArch64(instruction) => aarch64::contract::is_privileged(instruction),
            Code::Arm(instruction) => arm::contract::is_privileged(instruction),
            Code::RiscV(instruction) => riscv::contract::is_privileged(instruction),
        }
    }

    /// The instruction with one register in another one's place in every operand that names it: as
    /// if the compiler had chosen that one. What it uses by implication stays.
    pub fn renamed(&self, from: Register, to: Register) -> Code {
        match self {
            Code::AArch64(instruction) => {
                Code::AArch64(aarch64::contract::renamed(instruction, from, to))
            }
            Code::Arm(instruction) => Code::Arm(arm::contract::renamed(instruction, from, to)),
            Code::RiscV(instruction) => {
                Code::RiscV(riscv::contract::renamed(instruction, from, to))
            }
        }
    }
}

impl Code {
    /// The stack pointer of its architecture.
    fn stack_pointer(&self) -> Register {
        let architecture = match self {
            Code::AArch64(_) => Architecture::AArch64,
            Code::Arm(_) => Architecture::Arm,
            Code::RiscV(_) => Architecture::RiscV64,
        };
        architecture.stack_pointer()
    }
}

impl Lifted {
    /// By how many bytes it moves the stack pointer along with an access to memory.
    pub fn pushed_bytes(&self) -> Option<i64> {
        let stack_pointer = Cell::Register(self.code.stack_pointer());
        let list = &self.effects.list;
        if !list.iter().any(|effect| matches!(effect, Effect::Load(_) | Effect::Store(..))) {
            return None;
        }
        self.adds_to(stack_pointer)
    }

    /// By how much it changes a cell, where it adds a number to it.
    pub fn adds_to(&self, cell: Cell) -> Option<i64> {
        let sets = self.effects.list.iter().find_map(|effect| match effect {
            Effect::Set(part, expression) if part.cell == cell => Some(whole(expression)),
            _ => None,
        });
        let Expression::Computed { operation, inputs, bits } = sets? else { return None };
        let [from, step] = inputs.as_slice() else { return None };
        let (Expression::Cell(from), Expression::Constant(step, _)) = (whole(from), whole(step))
        else {
            return None;
        };
        let step = signed(*step as u64, *bits);
        match operation {
            Operation::Add if from.cell == cell => Some(step),
            Operation::Subtract if from.cell == cell => Some(-step),
            _ => None,
        }
    }

    /// Puts together what is known about an instruction.
    pub fn new(code: Code, effects: Effects, meaning: Meaning) -> Lifted {
        let (reads, writes) = (effects.reads().into(), effects.writes().into());
        let repeated = effects.repeated().into();
        let implied = OnceCell::new();
        Lifted { length: code.length(), code, effects, meaning, repeated, reads, writes, implied }
    }

    /// Where control goes after it, as far as its form says.
    pub fn flow(&self) -> Flow {
        match &self.effects.next {
            _ if self.meaning.kernel.is_some() => Flow::Interrupt,
            Next::Fall | Next::Unknown => Flow::Next,
            Next::Jump(_) if self.effects.condition.is_none() => Flow::Jump,
            Next::Jump(_) | Next::Branch(..) => Flow::Branch,
            Next::Call { .. } => Flow::Call,
            Next::Return(_) | Next::Leave => Flow::Return,
            Next::Trap => Flow::Interrupt,
        }
    }

    /// Whether it writes one register, and nothing else but flags.
    pub fn has_one_result(&self) -> bool {
        let is_register = |part: &&Part| matches!(part.cell, Cell::Register(_));
        let stores = |effect: &Effect| matches!(effect, Effect::Store(..));
        let kinds: Vec<Cell> =
            self.writes.iter().filter(is_register).map(|part| part.cell).collect();
        kinds.first().is_some_and(|first| kinds.iter().all(|cell| cell == first))
            && !self.effects.list.iter().any(stores)
    }

    /// The registers that it uses without naming them.
    pub fn implied_registers(&self) -> &[Register] {
        self.implied.get_or_init(|| {
            let named = self.code.named();
            let mut implied = Vec::new();
            for part in self.reads.iter().chain(self.writes.iter()) {
                if let Cell::Register(register) = part.cell
                    && !named.contains(&part.cell)
                    && !implied.contains(&register)
                {
                    implied.push(register);
                }
            }
            implied.into()
        })
    }

    /// Whether it leaves in a cell something that cannot be known, or what was there before.
    pub fn perhaps_writes(&self, cell: Cell) -> bool {
        let mut causes = self.effects.list.iter().filter_map(|effect| match effect {
            Effect::Set(part, _) if part.cell == cell => Some(false),
            Effect::Havoc(part, cause) if part.cell == cell => Some(*cause == HavocCause::Opaque),
            _ => None,
        });
        causes.next() == Some(true) && causes.all(|is_opaque| is_opaque)
    }

    /// Whether a jump of it may lead to itself or to what is before it.
    pub fn may_go_back(&self, (section, offset): (u32, u64)) -> bool {
        let target = match &self.effects.next {
            Next::Fall => return false,
            Next::Jump(target) | Next::Branch(_, target) => target,
            _ => return true,
        };
        match target {
            Target::Place(Place::Own { section: there, offset: to }) => {
                *there != section || *to <= offset
            }
            Target::Place(_) => false,
            Target::Computed(_) => true,
        }
    }

    /// Whether it clears a flag, whatever it was.
    pub fn clears(&self, flag: Flag) -> bool {
        self.effects.list.iter().any(|effect| {
            matches!(effect, Effect::Set(part, Expression::Constant(0, _))
                if part.cell == Cell::Flag(flag))
        })
    }

    /// Whether it puts something else into a control or status register as a whole.
    pub fn loads(&self, cell: Cell) -> bool {
        self.writes.iter().any(|part| part.cell == cell) && !self.meaning.raises_float_status
    }

    /// Whether it may set something in a register of sticky floating-point status.
    pub fn may_raise(&self, cell: Cell) -> bool {
        self.meaning.raises_float_status && self.writes.iter().any(|part| part.cell == cell)
    }

    /// Whether it only copies status to where it can be looked at: nothing is decided or computed
    /// by what it reads.
    fn only_saves(&self, cell: Cell) -> bool {
        let mut copies = self.effects.list.iter().filter_map(|effect| match effect {
            Effect::Set(part, value) if part.cell != cell => Some(value),
            Effect::Store(_, Some(value)) => Some(value),
            _ => None,
        });
        // `rrx` shifts the carry into what it takes from a register.
        let is_status_alone = |value: &Expression| {
            let mut alone = true;
            value.cells(&mut |part| alone &= !matches!(part.cell, Cell::Register(_)));
            alone
        };
        copies.any(|value| value.copies(cell) && is_status_alone(value))
    }

    /// Whether it looks at a status flag in order to decide or compute something by it.
    pub fn asks_for(&self, flag: Flag) -> bool {
        let cell = Cell::Flag(flag);
        self.reads.iter().any(|part| part.cell == cell) && !self.only_saves(cell)
    }

    /// Whether it reads any flag.
    pub fn reads_flags(&self) -> bool {
        self.reads.iter().any(|part| matches!(part.cell, Cell::Flag(_)))
    }

    /// Whether it puts a cell of status where it can be looked at.
    pub fn saves(&self, cell: Cell) -> bool {
        self.only_saves(cell)
    }
}

/// What an expression is all bits of.
fn whole(expression: &Expression) -> &Expression {
    let Expression::Slice { of, low: 0, bits } = expression else { return expression };
    let all = match &**of {
        Expression::Constant(_, bits) | Expression::Computed { bits, .. } => *bits,
        Expression::Cell(part) => part.bits,
        _ => return expression,
    };
    if all == *bits { whole(of) } else { expression }
}
