//! Calls out of the block: what the callee's ABI, or the kernel, lets it leave changed.

use super::callees::callee_of;
use super::next::Next;
use super::record::{Call, CallTarget, DepartureKind, DoubtKind, StackUseKind};
use super::state::State;
use super::{Machine, Step};
use crate::block::{Callee, Operand, Output, Place, RegisterOperand};
use crate::registers::{Register, RegisterPart};
use crate::values::{Cause, Cell, Kind, Word, low_mask};

impl Machine<'_> {
    /// The register operand whose input the word is.
    pub fn input_operand(&self, word: &Word) -> Option<usize> {
        let (value, 0) = word.as_slice()? else { return None };
        let Kind::Entry(Cell::Register(register)) = self.values.get(value).kind else {
            return None;
        };
        self.block.operands.iter().zip(self.registers).position(|(operand, part)| {
            matches!(operand, Operand::Register(operand) if operand.input.is_some())
                && part.is_some_and(|part| part.register == register)
        })
    }

    /// Whether the type of a function is only there to have one: it returns nothing, and yet the
    /// block takes a result from where the ABI would put it.
    fn is_placeholder(&self, callee: Option<&Callee>) -> bool {
        let takes_result = || {
            self.block.operands.iter().any(|operand| {
                matches!(operand, Operand::Register(RegisterOperand {
                    place: Place::Explicit(part),
                    output: Output::Used(_),
                    ..
                }) if part.register == self.block.target.architecture.result_register())
            })
        };
        callee.is_some_and(Callee::may_be_placeholder) && takes_result()
    }

    /// Whether it is a `sym` operand that is not a function.
    fn is_static(&self, target: &CallTarget) -> bool {
        let CallTarget::Operand(operand) = *target else { return false };
        matches!(self.block.operands.get(operand), Some(Operand::Symbol(symbol)) if symbol.callee.is_none())
    }

    /// Calls something outside of the block.
    pub fn call_outside(&mut self, state: &mut State, step: Step, target: CallTarget) -> Next {
        let callee = callee_of(self.block, &target).cloned();
        // `extern "custom"`: there is an ABI, and no more to say about it.
        let keeps_own = callee.as_ref().is_some_and(|callee| callee.abi == "custom");
        let diverges = callee.as_ref().is_some_and(|callee| callee.diverges);
        let block = self.block;
        let machine = &block.target;
        let configured = match &target {
            CallTarget::Named(name) => machine.callees.get(name).cloned(),
            _ => None,
        };
        let gets_foreign_argument = self.own_conventions.contains(&self.address);
        let is_placeholder = self.is_placeholder(callee.as_ref());
        let is_typed = callee.is_some() || configured.is_some();
        let is_known = is_typed && !gets_foreign_argument && !keeps_own && !is_placeholder;
        // A static is data, whatever code is put there; two ABIs say that it is neither.
        let is_nobodys = !is_typed && (self.is_static(&target) || block.clobber_abis.len() > 1);
        let has_own_convention = gets_foreign_argument || is_placeholder || keeps_own || is_nobodys;
        let pops = callee.as_ref().map_or(0, |callee| callee.pops);
        let declared = callee.map(|callee| callee.abi);
        let named = block.clobber_abis.first().cloned();
        let is_assumed = !is_typed && named.is_none();
        let abi = declared.or(configured).or(named).unwrap_or_else(|| machine.c_abi.clone());
        let stack_pointer = self.general(state, self.stack_pointer);
        let misalignment = self.low_stack_bits(&stack_pointer);
        let room = self.stack_range(&stack_pointer).map(|(_, highest)| -highest);
        self.stack_use(state, step, &stack_pointer, StackUseKind::Call);
        self.hand_over(state, step.site);
        let (site, trace) = (step.site, step.trace);
        let call = Call {
            site,
            trace,
            target,
            abi,
            has_own_convention,
            is_assumed,
            stack_pointer,
            misalignment,
            room,
        };
        let clobbers = machine.abis.get(&call.abi).or_else(|| machine.abis.get(&machine.c_abi));
        // Code that no type tells about may keep a convention that only the author knows.
        if !is_known {
            self.write_declared_outputs(state, step);
        }
        if has_own_convention {
            self.doubt(DoubtKind::OwnConvention, Some(step.site));
        }
        let cause = if has_own_convention { Cause::Opaque } else { Cause::Callee };
        for &part in clobbers.into_iter().flat_map(|abi| &abi.clobbers) {
            if block.may_hold_value(part.register) {
                self.overwrite_with(state, step, part, cause);
            }
        }
        if keeps_own {
            for register in machine.architecture.general_registers() {
                self.overwrite_with(state, step, register.whole(), cause);
            }
        }
        for &register in machine.architecture.changed_by_calls() {
            self.overwrite_with(state, step, register.whole(), cause);
        }
        for &cell in machine.architecture.status_changed_by_calls() {
            let word = self.fresh(state, step, Cause::Callee, cell.bits());
            self.set_status(state, step, cell, word);
        }
        let above = self.values.add_constant(&call.stack_pointer, u64::from(pops), step.site);
        self.set_general(state, self.stack_pointer, &above);
        self.record.calls.push(call);
        // What a callee does to memory is not known; the caller's own stack is not its business.
        let mut memory = std::mem::take(&mut state.memory);
        memory.retain(|base| {
            self.comes_from_stack(base) || state.stacks.iter().any(|(stack, _)| stack == base)
        });
        state.memory = memory;
        if diverges {
            return Next::Leave(DepartureKind::DivergingCall);
        }
        Next::Fall
    }

    /// Lets a part of a register hold something that a callee or the kernel left there.
    pub fn overwrite(
        &mut self,
        state: &mut State,
        step: Step,
        register: Register,
        low: u16,
        bits: u16,
    ) {
        let part = RegisterPart { register, low_bit: low, bits };
        self.overwrite_with(state, step, part, Cause::Callee);
    }

    /// Lets a part of a register hold something that comes from outside of the block.
    pub fn overwrite_with(
        &mut self,
        state: &mut State,
        step: Step,
        part: RegisterPart,
        cause: Cause,
    ) {
        let RegisterPart { register, low_bit: low, bits } = part;
        if matches!(register, Register::X87(_) | Register::Mmx(_)) {
            // What a callee leaves on the x87 stack is its ABI's business.
            return;
        }
        let cell = Cell::Register(register);
        let bits = bits.min(register.bits() - low);
        let before = state.get(cell, &mut self.values);
        // What was there may be there still.
        let inputs = match cause {
            Cause::Opaque => vec![before.slice(low, bits)],
            _ => Vec::new(),
        };
        let origin = self.origin(state, step, 0);
        let word = self.values.fresh(origin, cause, inputs, bits);
        let whole = before.with(low, &word);
        state.set(cell, whole, &mut self.values);
        self.wrote(state, step, cell);
    }

    /// The stack pointer modulo 64 as far as the entry one and forced alignment tell. The entry one
    /// counts as aligned, that of a naked function as aligned before its caller pushed the return
    /// address.
    pub fn low_stack_bits(&mut self, stack: &Word) -> Option<u8> {
        let (base, offset) = self.base_and_offset(stack);
        let entry = self.values.entry(Cell::Register(self.stack_pointer)).slice(0, base.bits());
        let pushed = if self.is_naked() && self.pushes_return_address() {
            i64::from(self.word_bits() / 8)
        } else {
            0
        };
        let (modulus, offset): (i64, i64) = if base == entry {
            (64, offset - pushed)
        } else {
            let (mask, ones) = base.known();
            let aligned = ones & 15 == 0 && mask & 15 == 15;
            (aligned.then(|| 1 << mask.trailing_ones().min(6))?, offset)
        };
        u8::try_from(offset.rem_euclid(modulus)).ok()
    }

    /// Used outputs in registers that the author names may be written, and may be left as they
    /// are. A register of a class has no part in a convention: what the block keeps there stays.
    pub fn write_declared_outputs(&mut self, state: &mut State, step: Step) {
        let block = self.block;
        for operand in &block.operands {
            if let Operand::Register(RegisterOperand {
                place: Place::Explicit(part),
                output: Output::Used(_),
                ..
            }) = operand
            {
                self.overwrite_with(state, step, *part, Cause::Opaque);
            }
        }
    }

    /// Every used output may be written, and may be left as it is: not even the operands of the
    /// instruction are known.
    pub fn write_all_outputs(&mut self, state: &mut State, step: Step) {
        let block = self.block;
        for (operand, part) in block.operands.iter().zip(self.registers) {
            if let (
                Operand::Register(RegisterOperand { output: Output::Used(_), .. }),
                Some(part),
            ) = (operand, part)
            {
                self.overwrite_with(state, step, *part, Cause::Opaque);
            }
        }
    }

    /// The constant that always goes in through the operand whose input the word is.
    pub fn input_constant(&self, word: &Word) -> Option<u64> {
        let Some(Operand::Register(operand)) = self.block.operands.get(self.input_operand(word)?)
        else {
            return None;
        };
        let input = operand.input.as_ref().filter(|input| input.bits >= word.bits())?;
        input.constant.map(|constant| constant & low_mask(word.bits()))
    }
}
