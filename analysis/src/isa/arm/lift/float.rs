//! Exact scalar floating-point operations: signs and selections.

use exarmo_aarch32::{Mnemonic, Operand, Reg, RegOperand};

use crate::effects::{Condition, Expression, FlagTest, Operation, Test};
use crate::values::Flag;

use super::{Lift, bit, choose, computed};

impl Lift<'_> {
    /// `vneg` and `vabs` of a scalar, which are about one bit.
    pub(super) fn changes_sign(&mut self, mnemonic: Mnemonic) -> Option<()> {
        // Those of Advanced SIMD have a data type as an operand.
        let [Operand::Reg(destination), Operand::Reg(source)] = self.operands[..] else {
            return None;
        };
        if matches!(destination.reg, Reg::Quad(_)) {
            return None;
        }
        let name = match self.decoded.form {
            super::Form::Common(instruction) => instruction.encoding().name(),
            super::Form::System(_) => return None,
        };
        // The half-precision forms look at the lower half of the register alone.
        if name.ends_with('H') {
            return None;
        }
        let (to, from) = (part_of(destination)?, part_of(source)?);
        let value = Expression::Cell(from);
        let top = from.bits - 1;
        let sign = match mnemonic {
            Mnemonic::Vabs => bit(false),
            _ => computed(Operation::Not, vec![value.clone().slice(top, 1)], 1),
        };
        self.set(to, Expression::Join(vec![value.slice(0, top), sign]));
        Some(())
    }

    pub(super) fn select_floats(&mut self, mnemonic: Mnemonic) -> Option<()> {
        let registers = self.vector_operands()?;
        let [destination, first, second] = registers[..] else { return None };
        let test = match mnemonic {
            Mnemonic::Vseleq => FlagTest::Set(Flag::Zero),
            Mnemonic::Vselge => FlagTest::GreaterOrEqual,
            Mnemonic::Vselgt => FlagTest::Greater,
            _ => FlagTest::Set(Flag::Overflow),
        };
        let (first, second) = (first.value(), second.value());
        let bits = destination.part.bits;
        let is_half = match self.decoded.form {
            super::Form::Common(instruction) => instruction.encoding().name().ends_with('H'),
            super::Form::System(_) => false,
        };
        let narrow = |value: Expression| {
            if is_half { value.slice(0, 16).zero_extend(bits) } else { value }
        };
        let condition = Condition::holds(Test::Flags(test));
        self.set(destination.part, choose(condition, narrow(first), narrow(second)));
        Some(())
    }
}

fn part_of(operand: RegOperand) -> Option<crate::effects::Part> {
    super::registers::part(operand.reg)
}
