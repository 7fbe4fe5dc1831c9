//! The forms of the M-profile.

use exarmo_aarch32::Cond;

use crate::effects::{Access, Effect, Expression, HavocCause, Next, Operation, Target, UsedAs};
use crate::values::Flag;

use super::super::m_profile::{
    Coprocessor, Exchange, SelectChange, SystemForm, SystemKind, held_bits, holds_flags,
};
use super::super::registers::{self, LINK, PROGRAM_COUNTER, STACK_POINTER};
use super::system::StatusFields;
use super::{Lift, choose, computed, condition, register, word};

impl Lift<'_> {
    pub(super) fn special(&mut self, form: &SystemForm) -> Option<()> {
        match form.kind {
            SystemKind::Read { destination, special } if holds_flags(special) => {
                let status = self.status();
                self.set_general(destination, status);
            }
            SystemKind::Read { destination, .. } => {
                self.havoc(registers::general(destination), HavocCause::Varying);
            }
            SystemKind::Write { source, special, mask } if holds_flags(special) => {
                let fields = StatusFields {
                    condition_flags: mask & 2 != 0,
                    lane_flags: mask & 1 != 0,
                    control: false,
                    extension: false,
                };
                let value = register(source);
                self.set_status(&value, fields);
            }
            SystemKind::Write { source, special, .. } => {
                let used = register(source).slice(0, held_bits(special));
                self.list.push(Effect::Use(UsedAs::System, used));
                // One of them is `sp` at the moment, and `control` says which.
                if matches!(form.special(), Some("msp" | "psp" | "control")) {
                    self.havoc(registers::general(STACK_POINTER), HavocCause::Opaque);
                }
            }
            SystemKind::SecureGateway => {}
            SystemKind::Coprocessor(coprocessor) => self.coprocessor(&coprocessor),
            SystemKind::Swap { bytes, destination, source, address } => {
                let alignment = (bytes > 1).then_some(4);
                let place = Access { alignment, ..Access::plain(register(address), bytes.into()) };
                let value = register(source).slice(0, u16::from(bytes) * 8);
                let loaded = self.load(place.clone());
                self.store(place, Some(value));
                self.set_general(destination, loaded.zero_extend(32));
            }
            // Nothing moves where the floating-point unit is not in use, or the state is not secure.
            SystemKind::LazyFloat { address, loads } => {
                let place =
                    Access { conditional: true, ..Access::of_unknown_length(register(address)) };
                match loads {
                    true => {
                        self.load(place);
                    }
                    false => self.store(place, None),
                }
            }
            SystemKind::TestTarget { destination, address, .. } => {
                self.list.push(Effect::Use(UsedAs::System, register(address)));
                self.havoc(registers::general(destination), HavocCause::Varying);
            }
            SystemKind::BranchNonSecure { target: LINK } => {
                self.next = Next::Return(register(LINK));
            }
            SystemKind::BranchNonSecure { target } => {
                self.next = Next::Jump(Target::Computed(register(target)));
            }
            SystemKind::CallNonSecure { target } => {
                let link = registers::general(LINK).cell;
                self.next = Next::Call { target: Target::Computed(register(target)), link };
            }
            SystemKind::Select { change, destination, first, second, condition: selects } => {
                self.select(change, destination, [first, second], selects)?;
            }
        }
        Some(())
    }

    fn coprocessor(&mut self, coprocessor: &Coprocessor) {
        let Coprocessor { general, other, .. } = *coprocessor;
        match coprocessor.exchange {
            Exchange::Write => self.list.push(Effect::Use(UsedAs::System, register(general))),
            Exchange::WritePair => {
                let pair = Expression::Join(vec![register(general), register(other)]);
                self.list.push(Effect::Use(UsedAs::System, pair));
            }
            Exchange::Read if general == PROGRAM_COUNTER => {
                for known in [Flag::Sign, Flag::Zero, Flag::Carry, Flag::Overflow] {
                    self.havoc(registers::flag(known), HavocCause::Varying);
                }
            }
            Exchange::Read => self.havoc(registers::general(general), HavocCause::Varying),
            Exchange::ReadPair => {
                self.havoc(registers::general(general), HavocCause::Varying);
                self.havoc(registers::general(other), HavocCause::Varying);
            }
            // It has no register of the processor's among its operands.
            Exchange::Operation => {}
        }
    }

    fn select(
        &mut self,
        change: SelectChange,
        destination: u8,
        [first, second]: [u8; 2],
        selects: Cond,
    ) -> Option<()> {
        let value = |number| {
            if number == PROGRAM_COUNTER { Expression::zeros(32) } else { register(number) }
        };
        let (first, second) = (value(first), value(second));
        let second = match change {
            SelectChange::None => second,
            SelectChange::Increment => computed(Operation::Add, vec![second, word(1)], 32),
            SelectChange::Invert => computed(Operation::Not, vec![second], 32),
            SelectChange::Negate => {
                computed(Operation::Subtract, vec![Expression::zeros(32), second], 32)
            }
        };
        self.set_general(destination, choose(condition(selects)?, first, second));
        Some(())
    }
}
