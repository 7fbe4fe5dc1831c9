//! [`Entered`]: what the abstract interpreter says about code that the harness enters.

use std::rc::Rc;
use std::sync::Arc;

use asm_analysis::assemble::{MachineCode, Section};
use asm_analysis::block::{Block, Target};
use asm_analysis::facts::Facts;
use asm_analysis::flow::{Manner, interpret};
use asm_analysis::isa::Meanings;
use asm_analysis::testing::{block, options};

/// Blocks without operands, whose code the harness supplies.
pub struct Entered {
    /// Without options: it counts on a stack that is aligned on entry.
    aligned: Block,
    /// With `nostack`: it counts on nothing.
    unaligned: Block,
}

impl Entered {
    /// Blocks for a target.
    pub fn new(target: &Arc<Target>) -> Entered {
        let aligned = block(target, "", &[]);
        let unaligned = Block { options: options("nostack"), ..aligned.clone() };
        Entered { aligned, unaligned }
    }

    /// What the code is interpreted for.
    pub fn target(&self) -> &Target {
        &self.aligned.target
    }

    /// Interprets machine code that is entered with this stack pointer. `None`: the interpreter itself
    /// could not follow it, or it calls; what a function elsewhere does is taken from its ABI, which
    /// the harness doesn't keep.
    pub fn interpret(&self, bytes: &[u8], stack_pointer: u64) -> Option<Facts> {
        let is_aligned = stack_pointer.is_multiple_of(16);
        let block = if is_aligned { &self.aligned } else { &self.unaligned };
        let section = Section {
            name: String::new(),
            executable: true,
            bytes: bytes.to_vec(),
            relocations: Vec::new(),
            lines: Vec::new(),
            symbols: Vec::new(),
            contents: Vec::new(),
            instruction_sets: Vec::new(),
        };
        let code = MachineCode {
            sections: Rc::new([section]),
            start: 0,
            end_offset: bytes.len() as u64,
            changes_code_width: false,
            leaks: Vec::new(),
            unit: 0,
        };
        let facts = interpret(block, &[], &code, Meanings::standard(), Manner::default());
        (facts.is_complete() && facts.calls.is_empty()).then_some(facts)
    }
}
