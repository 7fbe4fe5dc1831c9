//! Which registers an instruction reads and writes, and what that means for inputs and late outputs
//! that may share a register.

use super::record::{OrderHazard, OrderKind};
use super::state::State;
use super::{Machine, Step};
use crate::block::Operand;
use crate::substitute::sharing::{inputs_may_share, late_output_may_share};
use crate::values::Cell;

impl Machine<'_> {
    /// Notes that a register is written.
    pub fn wrote(&mut self, state: &mut State, step: Step, cell: Cell) {
        if self.is_first_visit() {
            self.record.writes.push((step.site, cell));
        }
        self.record.writes_on_paths.push((step.trace, step.site, cell));
        if !matches!(cell, Cell::Register(register) if self.late_registers.contains(register)) {
            return;
        }
        let block = self.block;
        for (index, (operand, part)) in block.operands.iter().zip(self.registers).enumerate() {
            let Operand::Register(operand) = operand else { continue };
            let here = part.is_some_and(|part| Cell::Register(part.register) == cell);
            if here && operand.late && state.late_written.iter().all(|(known, _)| *known != index) {
                state.late_written.push((index, step.site));
            }
        }
    }

    /// Notes that a register is read: if it still holds an input, an earlier write to another
    /// operand's register may have destroyed that input.
    pub fn note_input_read(&mut self, state: &State, step: Step, cell: Cell) {
        // What is an output too shares with no other operand.
        let Cell::Register(register) = cell else { return };
        if !self.mere_inputs.contains(register)
            || state.is_changed(cell)
            || state.late_written.is_empty() && !state.is_any_changed(&self.mere_inputs, register)
        {
            return;
        }
        let block = self.block;
        let register_operand = |index: usize| match &block.operands[index] {
            Operand::Register(operand) => Some(operand),
            _ => None,
        };
        for (read, part) in self.registers.iter().enumerate() {
            let Some(reader) = register_operand(read) else { continue };
            let here = part.is_some_and(|part| Cell::Register(part.register) == cell);
            if !here || reader.input.is_none() {
                continue;
            }
            let mut found = Vec::new();
            for &(written, site) in &state.late_written {
                let Some(writer) = register_operand(written) else { continue };
                if written != read && late_output_may_share(block, writer, reader) {
                    found.push((OrderKind::LateOutputWritten, written, Some(site)));
                }
            }
            for (written, other) in self.registers.iter().enumerate() {
                let Some(other) = other.filter(|part| self.mere_inputs.contains(part.register))
                else {
                    continue;
                };
                let Some(writer) = register_operand(written) else { continue };
                let changed = state.is_changed(Cell::Register(other.register));
                if written != read && changed && inputs_may_share(block, writer, reader) {
                    found.push((OrderKind::InputChanged, written, None));
                }
            }
            for (kind, written, write_site) in found {
                let hazard = OrderHazard { kind, written, read, write_site, read_site: step.site };
                if !self.record.order.contains(&hazard) {
                    self.record.order.push(hazard);
                }
            }
        }
    }
}
