//! What each instruction does to the abstract machine.
//!
//! Instructions that move, cut, step or save values are done one by one, because the rules have to
//! know that a value was restored. All others follow from what the decoder says about them
//! ([`generic`]): each written register is a function of all that is read.

mod calls;
mod control;
mod flags;
mod generic;
pub(crate) mod images;
mod integer;
mod moves;
mod names;
mod parts;
mod shapes;
mod shuffles;
mod stack;
mod strings;
mod system;
mod vectors;
mod x87;

use iced_x86::Mnemonic;

pub use generic::writes;

use super::decode::Decoded;
use crate::machine::next::Next;
use crate::machine::state::State;
use crate::machine::{Machine, Step};

impl Machine<'_> {
    /// Executes one instruction of x86.
    pub fn execute_x86(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Next {
        self.alignment = decoded.known.meaning.alignment;
        self.alignment_of_writes = decoded.known.meaning.target_alignment;
        self.note_registers(state, step, decoded);
        if let Some(next) = self.control(state, step, decoded) {
            return next;
        }
        self.note_x87(state, step, decoded);
        let done = self.moves(state, step, decoded)
            || self.stack(state, step, decoded)
            || self.integer(state, step, decoded)
            || self.strings(state, step, decoded)
            || self.vectors(state, step, decoded)
            || self.x87(state, step, decoded)
            || self.system(state, step, decoded);
        if !done {
            self.generic(state, step, decoded);
        }
        if self.writes_stack_pointer(decoded) {
            self.stack_pointer_loaded(state, step);
        }
        Next::Fall
    }

    /// Whether an explicit operand is `rsp` and may be written.
    fn writes_stack_pointer(&self, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        instruction.mnemonic() == Mnemonic::Leave
            || (0..instruction.op_count()).any(|operand| {
                instruction.op_kind(operand) == iced_x86::OpKind::Register
                    && instruction.op_register(operand).full_register() == iced_x86::Register::RSP
            })
    }
}
