//! The x87 stack and MMX (SDM vol. 1, chapters 8 and 9).

use iced_x86::{Mnemonic, Register as Iced};

use super::generic::{reads, writes};
use crate::isa::x86::comparison::function_number;
use crate::isa::x86::decode::Decoded;
use crate::isa::x86::meaning::FloatingState;
use crate::machine::state::State;
use crate::machine::{Machine, Step};
use crate::registers::Register;
use crate::values::{Cell, Operation, Word};

/// The x87 control word that `fninit` sets (SDM vol. 2, FINIT).
const CONTROL_AFTER_RESET: u64 = 0x37f;

impl Machine<'_> {
    /// Executes an x87 or MMX instruction. Returns whether it was one.
    pub fn x87(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let (instruction, meaning) = (&decoded.instruction, &decoded.known.meaning);
        if meaning.enters_mmx {
            return false;
        }
        if let Some(floating) = meaning.floating_state
            && self.floating_state(state, step, decoded, floating)
        {
            return true;
        }
        if instruction.mnemonic() == Mnemonic::Ffree || instruction.mnemonic() == Mnemonic::Ffreep {
            state.x87.free(position(instruction.op_register(0)));
            if instruction.mnemonic() == Mnemonic::Ffreep {
                state.x87.top = (state.x87.top + 1) & 7;
            }
            return true;
        }
        let stack = instruction.fpu_stack_increment_info();
        let registers = &*decoded.known.registers;
        let touches = registers.iter().any(|used| used.register.is_st());
        if !stack.writes_top() && !touches {
            return false;
        }
        if instruction.mnemonic() == Mnemonic::Fxch {
            self.exchange_stack(state, step, decoded);
            return true;
        }
        if matches!(instruction.mnemonic(), Mnemonic::Fincstp | Mnemonic::Fdecstp) {
            let turn = if instruction.mnemonic() == Mnemonic::Fincstp { 1 } else { 7 };
            state.x87.top = (state.x87.top + turn) & 7;
            return true;
        }
        for used in registers {
            if used.register.is_st() && reads(used.access) {
                state.x87.require(position(used.register), step.site);
            }
        }
        let inputs = self.all_inputs(state, step, decoded);
        let increment = stack.increment();
        self.generic_from(state, step, decoded, &inputs);
        for used in registers {
            if used.register.is_st() && writes(used.access) {
                let physical = state.x87.physical(position(used.register));
                self.wrote(state, step, Cell::Register(Register::X87(physical)));
            }
        }
        if meaning.pushes_x87 {
            // The decoder names registers as before the push, and not the one that is pushed.
            state.x87.push();
            let pushed = Cell::Register(Register::X87(state.x87.physical(0)));
            let word = self.result(state, step, decoded, &inputs, 15, 80);
            self.set_control(state, step, pushed, word);
        }
        for _ in 0..increment.max(0) {
            state.x87.pop(step.site);
        }
        true
    }

    /// Notes what an x87 or MMX instruction does to the unit as a whole, whichever rule follows
    /// its operands.
    pub fn note_x87(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let (instruction, meaning) = (&decoded.instruction, &decoded.known.meaning);
        // What is saved is the status before; what is loaded replaces it.
        let by_image = matches!(
            meaning.floating_state,
            Some(
                FloatingState::SaveAndResetX87
                    | FloatingState::LoadX87Environment
                    | FloatingState::LoadX87
                    | FloatingState::LoadFxImage
                    | FloatingState::LoadXsaveImage
            )
        );
        if meaning.changes_x87_status && !by_image {
            self.change_status(state, step, instruction.mnemonic());
        }
        if meaning.enters_mmx {
            state.x87.mmx = true;
            let mut registers = decoded.known.registers.iter();
            state.x87.mmx_written |=
                registers.any(|used| used.register.is_mm() && writes(used.access));
        }
    }

    fn change_status(&mut self, state: &mut State, step: Step, mnemonic: Mnemonic) {
        let number = function_number(mnemonic, 12);
        let before = state.get(Cell::X87Status, &mut self.values);
        // Which bits are replaced and which are only added to is not followed.
        let after = self.values.computed(Operation::Mixed(number), vec![before], 16, step.site);
        self.set_control(state, step, Cell::X87Status, after);
    }

    /// Lets a status or control register, or a physical x87 register, hold a word.
    pub fn set_control(&mut self, state: &mut State, step: Step, cell: Cell, word: Word) {
        state.set(cell, word, &mut self.values);
        self.wrote(state, step, cell);
    }

    fn exchange_stack(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let other = position(decoded.instruction.op_register(1))
            .max(position(decoded.instruction.op_register(0)));
        let cells = [0, other].map(|position| {
            state.x87.require(position, step.site);
            Cell::Register(Register::X87(state.x87.physical(position)))
        });
        let words = cells.map(|cell| state.get(cell, &mut self.values));
        let [first, second] = words;
        self.set_control(state, step, cells[0], second);
        self.set_control(state, step, cells[1], first);
    }

    /// Instructions that load, store or reset floating-point state as a whole. Returns whether
    /// the instruction is done with.
    fn floating_state(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
        what: FloatingState,
    ) -> bool {
        match what {
            FloatingState::ResetX87 => {
                self.reset(state, step);
                true
            }
            FloatingState::EmptyX87 => {
                state.x87.clear();
                true
            }
            FloatingState::LoadX87Control => {
                self.load_control(state, step, decoded, Cell::X87Control)
            }
            FloatingState::LoadMxcsr => self.load_control(state, step, decoded, Cell::Mxcsr),
            FloatingState::SaveX87Control => {
                self.save_control(state, step, decoded, Cell::X87Control)
            }
            FloatingState::SaveMxcsr => self.save_control(state, step, decoded, Cell::Mxcsr),
            FloatingState::SaveAndResetX87 => {
                self.save_image(state, step, decoded, what);
                self.change_status(state, step, decoded.instruction.mnemonic());
                self.reset(state, step);
                true
            }
            FloatingState::LoadX87Environment
            | FloatingState::LoadX87
            | FloatingState::LoadFxImage
            | FloatingState::LoadXsaveImage => {
                self.load_image(state, step, decoded, what);
                true
            }
            FloatingState::SaveX87Environment
            | FloatingState::SaveFxImage
            | FloatingState::SaveXsaveImage => {
                self.save_image(state, step, decoded, what);
                true
            }
            FloatingState::SaveX87Status => {
                self.save_control(state, step, decoded, Cell::X87Status)
            }
        }
    }

    fn reset(&mut self, state: &mut State, step: Step) {
        state.x87.clear();
        state.x87.top = 0;
        self.set_control(state, step, Cell::X87Control, Word::constant(CONTROL_AFTER_RESET, 16));
    }

    fn load_control(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
        cell: Cell,
    ) -> bool {
        let word = self.read_operand(state, step, decoded, 0, cell.bits());
        self.set_control(state, step, cell, word);
        true
    }

    fn save_control(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
        cell: Cell,
    ) -> bool {
        let word = state.get(cell, &mut self.values);
        let bits = self.operand_bits(&decoded.instruction, 0);
        self.write_operand(state, step, decoded, 0, word.zero_extend(bits));
        true
    }
}

fn position(register: Iced) -> u8 {
    u8::try_from(register.number()).unwrap_or(0)
}
