//! Ways out of a block, and what is seen there.
//!
//! Used by the [`explorer`](super::explorer) alone.

use super::explorer::{Explorer, Path};
use crate::block::{BlockKind, Operand, Output, ValueType};
use crate::facts::{Ending, Exit, ExitKind, MOST_ENDINGS, Use, UseKind};
use crate::machine::state::State;
use crate::values::{Cell, Word};

impl Explorer<'_> {
    /// Records an exit, and what is seen there.
    pub(super) fn exit(&mut self, path: Box<Path>, kind: ExitKind) {
        let Path { mut state, trace, last, exact, .. } = *path;
        self.machine.traces.mark_exit(trace);
        let decided = std::mem::take(&mut state.assumptions);
        let exits = &self.machine.record.exits;
        let others = self.exits.entry((kind, last)).or_default();
        self.budget.spend(others.len() * state.size());
        let same = others.iter().copied().find(|other| exits[*other].state == state);
        let exit = same.unwrap_or(exits.len());
        if self.machine.record.endings.len() < MOST_ENDINGS {
            self.machine.record.endings.push(Ending { exit, trace, exact, decided });
        }
        if same.is_some() {
            return;
        }
        others.push(exit);
        // Most blocks have one way out, and what is known there is large.
        if self.machine.record.exits.is_empty() {
            self.machine.record.exits.reserve_exact(1);
        }
        self.budget.keep(&state);
        for (kind, word) in self.results(&state, kind) {
            if word.values().next().is_some() {
                self.machine.record.uses.push(Use { site: last, trace, kind, word });
            }
        }
        let x87 = state.x87;
        self.machine.record.exits.push(Exit { kind, site: last, trace, state, x87, exact });
    }

    /// The words that Rust code sees after an exit.
    fn results(&mut self, state: &State, kind: ExitKind) -> Vec<(UseKind, Word)> {
        let block = self.machine.block;
        let mut words = Vec::new();
        let values = &mut self.machine.values;
        match (&block.kind, kind) {
            (BlockKind::Inline, ExitKind::Label(label)) if block.diverges_at(label) => {}
            (BlockKind::Inline, _) => {
                for (index, (operand, part)) in
                    block.operands.iter().zip(self.machine.registers).enumerate()
                {
                    let (Operand::Register(operand), Some(part)) = (operand, part) else {
                        continue;
                    };
                    let Output::Used(ValueType { bits, .. }) = operand.output else { continue };
                    let word = state.get(Cell::Register(part.register), values);
                    words.push((UseKind::Output(index), word.slice(part.low_bit, bits.min(512))));
                }
            }
            (BlockKind::Naked(abi), ExitKind::Return { .. }) => {
                for part in abi.results.iter().flatten() {
                    let word = state.get(Cell::Register(part.register), values);
                    words.push((UseKind::Result, word.slice(part.low_bit, part.bits)));
                }
            }
            _ => {}
        }
        words
    }
}
