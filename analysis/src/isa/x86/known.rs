//! What the decoder's tables and ours say about an instruction wherever it stands, looked up once for
//! all blocks that a thread analyses: real code repeats itself.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use iced_x86::{CodeSize, Instruction, OpAccess, Register as Iced, UsedMemory};
use smallvec::SmallVec;

use super::information;
use super::meaning::{Meaning, Meanings};
use super::operands::cell_of;
use super::questions::explicit;
use crate::isa::remembered::Remembered;
use crate::registers::Register;
use crate::values::Cell;

/// What is known about an instruction.
#[derive(Clone, Debug)]
pub struct Known {
    /// What it means beyond its registers, flags and memory operands.
    pub meaning: Meaning,
    /// The registers that it uses, named or not.
    pub registers: Box<[UsedRegister]>,
    /// The memory that it accesses.
    pub memory: Box<[UsedMemory]>,
    /// How it uses each explicit operand.
    pub operands: [OpAccess; 5],
    implied: OnceCell<Box<[Register]>>,
}

/// A register that an instruction uses.
#[derive(Clone, Copy, Debug)]
pub struct UsedRegister {
    /// The decoder's register.
    pub register: Iced,
    /// How it is used.
    pub access: OpAccess,
    /// The cell that it is a part of; `None` for `rip` and the like.
    pub cell: Option<Cell>,
}

thread_local! {
    static MEMORY: RefCell<Remembered<(CodeSize, Instruction), Rc<Known>>> = RefCell::default();
}

impl Known {
    /// What is known about an instruction.
    pub fn of(instruction: &Instruction, meanings: &Meanings) -> Rc<Known> {
        MEMORY.with_borrow_mut(|memory| {
            // Instructions are equal whichever mode they are decoded for.
            let key = (instruction.code_size(), *instruction);
            memory.get(meanings.version(), &key).unwrap_or_else(|| {
                let known = Rc::new(Known::new(instruction, meanings));
                memory.keep(key, &known);
                known
            })
        })
    }

    fn new(instruction: &Instruction, meanings: &Meanings) -> Known {
        let used = |used: &iced_x86::UsedRegister| UsedRegister {
            register: used.register(),
            access: used.access(),
            cell: cell_of(used.register()).map(|(cell, ..)| cell),
        };
        information::of(instruction, |information| Known {
            meaning: meanings.of(instruction),
            registers: information.used_registers().iter().map(used).collect(),
            memory: information.used_memory().into(),
            operands: [0, 1, 2, 3, 4].map(|operand| information.op_access(operand)),
            implied: OnceCell::new(),
        })
    }

    /// The registers that it uses without naming them; `instruction` is the one that this is about.
    pub fn implied_registers(&self, instruction: &Instruction) -> &[Register] {
        self.implied.get_or_init(|| {
            let named: SmallVec<[Iced; 8]> = explicit(instruction)
                .chain([instruction.memory_base(), instruction.memory_index()])
                .map(|register| register.full_register())
                .collect();
            let used = self.registers.iter();
            used.filter(|used| !named.contains(&used.register.full_register()))
                .filter_map(|used| match used.cell {
                    Some(Cell::Register(register)) => Some(register),
                    _ => None,
                })
                .collect()
        })
    }
}
