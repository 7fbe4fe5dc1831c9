//! Calls: inside the block they are a push and a jump, out of it they are what the callee's ABI allows
//! the callee to do.

use crate::isa::x86::decode::Decoded;
use crate::machine::code::{CodeAddress, Reference};
use crate::machine::next::{Destination, Next};
use crate::machine::record::{CallTarget, UseKind};
use crate::machine::state::State;
use crate::machine::{Machine, Step};
use crate::substitute::operand_of_symbol;

impl Machine<'_> {
    /// Executes a `call` whose target is in the instruction.
    pub fn call_direct(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Next {
        match self.destination(decoded) {
            (Destination::Code(address), _) => self.call_inside(state, step, decoded, address),
            (_, name) => {
                let target = match name.as_deref().map(|name| (operand_of_symbol(name), name)) {
                    Some((Some(operand), _)) => CallTarget::Operand(operand),
                    Some((None, name)) => CallTarget::Named(name.to_owned()),
                    None => CallTarget::Unknown,
                };
                self.call_outside(state, step, target)
            }
        }
    }

    /// Executes a `call` whose target is in a register or in memory.
    pub fn call_indirect(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Next {
        let word = self.target(state, step, decoded);
        if let Some(address) = self.code_address(&word) {
            return self.call_inside(state, step, decoded, address);
        }
        self.used(step, UseKind::Target, &word);
        let target = self.called_through(&word);
        self.call_outside(state, step, target)
    }

    /// A call within the block is a push and a jump.
    fn call_inside(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
        to: CodeAddress,
    ) -> Next {
        let back =
            CodeAddress { section: decoded.address.section, offset: decoded.instruction.next_ip() };
        let word = self.reference(&Reference::Address(back), step.site);
        self.push(state, step, word);
        Next::Call(to)
    }
}
