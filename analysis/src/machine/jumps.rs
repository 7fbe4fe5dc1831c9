//! Jumps to computed addresses and ways out of the block, the same on every architecture.

use super::code::{CodeAddress, Reference};
use super::next::{Destination, Next};
use super::record::{CallTarget, DepartureKind, DoubtKind, ExitKind, UseKind};
use super::state::State;
use super::{Machine, Step};
use crate::block::{BlockKind, Operand};
use crate::substitute::operand_of_symbol;
use crate::values::{Cause, Cell, Kind, Visit, Word};

impl Machine<'_> {
    /// Whether the block is a naked function.
    pub fn is_naked(&self) -> bool {
        matches!(self.block.kind, BlockKind::Naked(_))
    }

    /// Leaves the block by a jump that is not to a label.
    pub fn jump_out(&mut self, state: &State) -> Next {
        if self.is_naked() {
            let stack = self.general(state, self.stack_pointer);
            let is_above = self.stack_range(&stack).is_some_and(|(lowest, _)| lowest > 0);
            self.record.is_entered_by_jump |= is_above && self.record.takes_return_address;
            Next::Exit(ExitKind::TailJump)
        } else {
            Next::Leave(DepartureKind::Jump)
        }
    }

    /// Goes to a computed address.
    pub fn jump_to(&mut self, state: &State, step: Step, word: &Word) -> Next {
        if let Some(address) = self.code_address(word) {
            return Next::Goto(Destination::Code(address));
        }
        let label = self.symbol_operand(word).filter(|&operand| {
            matches!(self.block.operands.get(operand), Some(Operand::Label { .. }))
        });
        if let Some(operand) = label {
            return Next::Exit(ExitKind::Label(operand));
        }
        self.used(step, UseKind::Target, word);
        if self.may_be_own_address(word) {
            return Next::Unknown(DoubtKind::ComputedJump);
        }
        self.jump_out(state)
    }

    /// The operand that the word is the address of.
    pub fn symbol_operand(&self, word: &Word) -> Option<usize> {
        let (value, 0) = word.as_slice()? else { return None };
        match self.values.get(value).kind {
            Kind::Symbol { symbol, addend: 0 } => operand_of_symbol(self.code.symbol(symbol)),
            _ => None,
        }
    }

    /// What a call goes to whose target is computed.
    pub fn called_through(&self, word: &Word) -> CallTarget {
        if let Some(operand) = self.symbol_operand(word).or_else(|| self.input_operand(word)) {
            return CallTarget::Operand(operand);
        }
        let name = word.as_slice().filter(|(_, low)| *low == 0).and_then(|(value, _)| {
            match self.values.get(value).kind {
                Kind::Symbol { symbol, addend: 0 } => Some(self.code.symbol(symbol)),
                _ => None,
            }
        });
        match name.filter(|name| !name.is_empty() && !name.ends_with(Reference::SLOT)) {
            Some(name) => CallTarget::Named(name.to_owned()),
            None => CallTarget::Unknown,
        }
    }

    /// Whether code outside of the block may find an address of the block's own code, in a
    /// register or in what the block stored: a context switch leaves there where to continue.
    pub fn leaves_own_address(&self, state: &State) -> bool {
        let code = self.code.start().section;
        let is_own = |value| matches!(self.values.get(value).kind, Kind::Address { section, .. } if section == code);
        let has_own = |word: &Word| word.values().any(is_own);
        let is_read =
            |cell: Cell| matches!(cell, Cell::Register(register) if register != self.stack_pointer);
        state.changes().any(|(cell, word)| is_read(cell) && has_own(&word))
            || state.memory.words().any(has_own)
    }

    /// Whether an address of the block's own code or data went into the word.
    pub fn may_be_own_address(&self, word: &Word) -> bool {
        self.values.reaches(word, |kind| match kind {
            Kind::Address { .. } => Visit::Found,
            _ => Visit::Through,
        })
    }

    /// Whether a word on the stack was plainly put there to be jumped to.
    pub fn is_jump_target(&self, word: &Word) -> bool {
        word.as_slice().is_some_and(|(value, _)| match self.values.get(value).kind {
            Kind::Symbol { .. } | Kind::Address { .. } => true,
            Kind::Fresh { cause: Cause::Load, ref inputs, .. } => {
                !inputs.iter().any(|input| self.comes_from_stack(input))
            }
            _ => false,
        })
    }

    /// A return of an `asm!` block by an address that the compiler holds: in its frame, or on entry in
    /// the link register.
    pub fn return_out_of_block(&mut self, step: Step, to: &Word) -> Option<Next> {
        let is_frame = self.loaded_from_frame(to).is_some() || self.is_entry_link(to);
        if self.is_naked() || !is_frame {
            return None;
        }
        self.used(step, UseKind::Target, to);
        Some(Next::Leave(DepartureKind::FrameReturn))
    }

    /// How far above the entry stack pointer a word was on entry, if it came from there: in an
    /// `asm!` block out of the compiler's frame, in a naked function from its return address on.
    pub fn loaded_from_frame(&mut self, word: &Word) -> Option<i64> {
        let (value, 0) = word.as_slice()? else { return None };
        let Kind::Fresh { cause: Cause::Load, inputs, .. } = &self.values.get(value).kind else {
            return None;
        };
        let address = inputs.first()?.clone();
        let (lowest, _) = self.stack_range(&address)?;
        (lowest >= 0).then_some(lowest)
    }

    /// The places in the block's code that a word may be, where it is one of several because the
    /// callers of a subroutine were merged.
    pub fn merged_code_addresses(&self, word: &Word) -> Option<Vec<CodeAddress>> {
        if !self.record.callers_are_merged {
            return None;
        }
        let mut work = vec![word.clone()];
        let mut seen = Vec::new();
        let mut addresses = Vec::new();
        while let Some(word) = work.pop() {
            if let Some(address) = self.code_address(&word) {
                addresses.push(address);
                continue;
            }
            let (value, 0) = word.as_slice()? else { return None };
            let alternatives = self.values.alternatives(value);
            if alternatives.is_empty() {
                return None;
            }
            if !seen.contains(&value) {
                seen.push(value);
                work.extend(alternatives.iter().map(|other| other.slice(0, word.bits())));
            }
        }
        addresses.sort_unstable();
        addresses.dedup();
        Some(addresses)
    }

    /// Whether a word is what the link register held on entry, where there is one.
    fn is_entry_link(&mut self, word: &Word) -> bool {
        let link = self.block.target.architecture.link_register();
        link.is_some_and(|link| {
            let entry = self.values.entry(Cell::Register(link));
            *word == entry.slice(0, word.bits())
        })
    }

    /// Goes where an instruction that returns goes, if that is in the block.
    pub fn return_to(&mut self, step: Step, to: &Word) -> Next {
        if let Some(address) = self.code_address(to) {
            return Next::Goto(Destination::Code(address));
        }
        if let Some(next) = self.return_out_of_block(step, to) {
            return next;
        }
        self.used(step, UseKind::Target, to);
        if self.may_be_own_address(to) {
            return Next::Unknown(DoubtKind::ComputedJump);
        }
        Next::Leave(DepartureKind::Return)
    }

    /// The place in the block's code that a word was the address of before something perhaps changed
    /// it: a routine that writes through a pointer into the stack returns to where it was called all
    /// the same.
    pub fn code_address_before(&self, word: &Word) -> Option<CodeAddress> {
        let (value, 0) = word.as_slice()? else { return None };
        match &self.values.get(value).kind {
            Kind::Fresh { cause: Cause::Opaque, inputs, .. } => {
                let before = inputs.first()?;
                self.code_address(before).or_else(|| self.code_address_before(before))
            }
            _ => None,
        }
    }

    /// The place in the block's code that a word is the address of.
    pub fn code_address(&self, word: &Word) -> Option<CodeAddress> {
        let (value, 0) = word.as_slice()? else { return None };
        match self.values.get(value).kind {
            Kind::Address { section, offset } => Some(CodeAddress { section, offset }),
            _ => None,
        }
    }
}
