//! Integer arithmetic, logic, shifts, and what they do to the flags.

use iced_x86::{Mnemonic, OpKind, Register as Iced};

use super::flags::KnownFlags;
use crate::isa::x86::comparison::function_number;
use crate::isa::x86::decode::Decoded;
use crate::isa::x86::operands::cell_of;
use crate::machine::state::State;
use crate::machine::{Machine, Step};
use crate::values::arithmetic::{rotate_left, shift_left, shift_right};
use crate::values::{Flag, Operation, Word, low_mask};

impl Machine<'_> {
    /// Executes an integer instruction that is followed exactly. Returns whether it was one.
    pub fn integer(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        if self.flag_instruction(state, step, instruction) {
            return true;
        }
        match instruction.mnemonic() {
            Mnemonic::Add | Mnemonic::Sub | Mnemonic::Cmp => self.sum(state, step, decoded),
            Mnemonic::Adc | Mnemonic::Sbb | Mnemonic::Adcx | Mnemonic::Adox => {
                self.sum_with_carry(state, step, decoded);
            }
            Mnemonic::Inc | Mnemonic::Dec => self.increment(state, step, decoded),
            Mnemonic::Neg | Mnemonic::Not => self.complement(state, step, decoded),
            Mnemonic::And | Mnemonic::Or | Mnemonic::Xor | Mnemonic::Test => {
                self.logic(state, step, decoded);
            }
            Mnemonic::Shl
            | Mnemonic::Sal
            | Mnemonic::Shr
            | Mnemonic::Sar
            | Mnemonic::Rol
            | Mnemonic::Ror => {
                return self.shift(state, step, decoded);
            }
            Mnemonic::Imul if instruction.op_count() > 1 => self.multiply(state, step, decoded),
            Mnemonic::Mul | Mnemonic::Imul | Mnemonic::Mulx => {
                self.wide_product(state, step, decoded);
            }
            Mnemonic::Shlx | Mnemonic::Shrx | Mnemonic::Sarx => {
                self.shift_by_count(state, step, decoded);
            }
            Mnemonic::Rorx => self.rotation(state, step, decoded),
            Mnemonic::Shld | Mnemonic::Shrd => return self.double_shift(state, step, decoded),
            Mnemonic::Bsf | Mnemonic::Bsr => self.bit_scan(state, step, decoded),
            // In a string of bits in memory, the bit may be far from the operand's address.
            Mnemonic::Bt
                if instruction.op_kind(0) == OpKind::Register
                    || instruction.op_kind(1) != OpKind::Register =>
            {
                self.bit_test(state, step, decoded);
            }
            Mnemonic::Bts | Mnemonic::Btr | Mnemonic::Btc => {
                return self.bit_change(state, step, decoded);
            }
            Mnemonic::Crc32 => self.checksum(state, step, decoded),
            Mnemonic::Xadd => self.exchange_and_add(state, step, decoded),
            Mnemonic::Cmpxchg => self.compare_and_exchange(state, step, decoded),
            _ => return false,
        }
        true
    }

    /// Both operands of a two-operand instruction, the first one's width for both.
    fn two_operands(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> (Word, Word) {
        let bits = self.operand_bits(&decoded.instruction, 0);
        let left = self.read_operand(state, step, decoded, 0, bits);
        let right = self.read_operand(state, step, decoded, 1, bits);
        (left, right)
    }

    fn sum(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let (left, right) = self.two_operands(state, step, decoded);
        let mnemonic = decoded.instruction.mnemonic();
        let subtract = mnemonic != Mnemonic::Add;
        let result = if subtract {
            self.values.subtract(&left, &right, step.site)
        } else {
            self.values.add(&left, &right, step.site)
        };
        let known = KnownFlags::of_sum(&left, &right, subtract, &result);
        self.write_flags(state, step, decoded, &[left, right], &known);
        if mnemonic != Mnemonic::Cmp {
            self.write_operand(state, step, decoded, 0, result);
        }
    }

    fn sum_with_carry(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let (left, right) = self.two_operands(state, step, decoded);
        let bits = left.bits();
        let mnemonic = decoded.instruction.mnemonic();
        // `adox` carries by OF (SDM vol. 2, ADOX).
        let by = if mnemonic == Mnemonic::Adox { Flag::Overflow } else { Flag::Carry };
        let carry = state.flag(by, &mut self.values);
        let subtract = mnemonic == Mnemonic::Sbb;
        // `sbb r, r` spreads the carry over the register, whatever the register held.
        let spread = subtract && left == right;
        let result = match carry.as_constant() {
            Some(bit) if subtract => {
                let difference = self.values.subtract(&left, &right, step.site);
                self.values.add_constant(&difference, bit.wrapping_neg(), step.site)
            }
            Some(bit) => {
                let sum = self.values.add(&left, &right, step.site);
                self.values.add_constant(&sum, bit, step.site)
            }
            None if spread => self.spread(&carry, bits, step.site),
            None => {
                let operation = if subtract { Operation::Subtract } else { Operation::Add };
                let inputs = vec![left.clone(), right.clone(), carry.zero_extend(bits)];
                self.values.computed(operation, inputs, bits, step.site)
            }
        };
        let inputs = if spread { vec![carry.clone()] } else { vec![left, right, carry.clone()] };
        let mut known = KnownFlags::of_result(&result);
        if spread {
            known = known.with(Flag::Carry, carry);
        }
        self.write_flags(state, step, decoded, &inputs, &known);
        self.write_operand(state, step, decoded, 0, result);
    }

    fn increment(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let bits = self.operand_bits(&decoded.instruction, 0);
        let word = self.read_operand(state, step, decoded, 0, bits);
        let one = Word::constant(1, bits);
        let subtract = decoded.instruction.mnemonic() == Mnemonic::Dec;
        let result = if subtract {
            self.values.subtract(&word, &one, step.site)
        } else {
            self.values.add(&word, &one, step.site)
        };
        let known = KnownFlags::of_sum(&word, &one, subtract, &result);
        self.write_flags(state, step, decoded, &[word], &known);
        self.write_operand(state, step, decoded, 0, result);
    }

    fn complement(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let bits = self.operand_bits(&decoded.instruction, 0);
        let word = self.read_operand(state, step, decoded, 0, bits);
        let result = if decoded.instruction.mnemonic() == Mnemonic::Not {
            self.values.not(&word, step.site)
        } else {
            let zero = Word::zeros(bits);
            let result = self.values.subtract(&zero, &word, step.site);
            let known = KnownFlags::of_sum(&zero, &word, true, &result);
            self.write_flags(state, step, decoded, &[word], &known);
            result
        };
        self.write_operand(state, step, decoded, 0, result);
    }

    fn logic(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let (left, right) = self.two_operands(state, step, decoded);
        let mnemonic = decoded.instruction.mnemonic();
        let operation = match mnemonic {
            Mnemonic::Or => Operation::Or,
            Mnemonic::Xor => Operation::Xor,
            _ => Operation::And,
        };
        let (left, right) = (self.with_known_alignment(&left), self.with_known_alignment(&right));
        let result = self.values.bitwise(operation, &left, &right, step.site);
        let known = KnownFlags::of_result(&result);
        // The flags depend on the result alone: what a mask hides does not matter.
        self.write_flags(state, step, decoded, std::slice::from_ref(&result), &known);
        if mnemonic != Mnemonic::Test {
            let result = self.joined_alignment(result, step.site);
            self.write_operand(state, step, decoded, 0, result);
        }
    }

    /// Shifts, and rotations by a known count. Returns `false` for a rotation by an unknown one.
    fn shift(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        let bits = self.operand_bits(instruction, 0);
        let count = match instruction.op_kind(1) {
            OpKind::Register => {
                let register = instruction.op_register(1);
                self.read_register(state, register).as_constant()
            }
            _ => instruction.try_immediate(1).ok(),
        };
        let rotates = matches!(instruction.mnemonic(), Mnemonic::Rol | Mnemonic::Ror);
        // The processor masks the count (SDM vol. 2, SAL/SAR/SHL/SHR and RCL/RCR/ROL/ROR).
        let Some(count) = count.map(|count| count & if bits == 64 { 63 } else { 31 }) else {
            if !rotates {
                self.shift_by_count(state, step, decoded);
            }
            return !rotates;
        };
        let count = u16::try_from(count).unwrap_or(0);
        let word = self.read_operand(state, step, decoded, 0, bits);
        if count == 0 {
            // The value and the flags stay; a 32-bit destination still clears its upper half.
            self.write_operand(state, step, decoded, 0, word);
            return true;
        }
        let inside = count < bits;
        let (result, carry) = match instruction.mnemonic() {
            Mnemonic::Shl | Mnemonic::Sal if inside => {
                (shift_left(&word, count), word.slice(bits - count, 1))
            }
            Mnemonic::Shr if inside => (shift_right(&word, count), word.slice(count - 1, 1)),
            // By how much more is undefined as to CF (SDM vol. 2, SAL/SAR/SHL/SHR).
            Mnemonic::Shl | Mnemonic::Sal | Mnemonic::Shr => (Word::zeros(bits), Word::default()),
            Mnemonic::Rol => {
                let result = rotate_left(&word, count % bits);
                let carry = result.slice(0, 1);
                (result, carry)
            }
            Mnemonic::Ror => {
                let result = rotate_left(&word, (bits - count % bits) % bits);
                let carry = result.slice(bits - 1, 1);
                (result, carry)
            }
            _ => {
                let last = count.min(bits) - 1;
                let count = count.min(bits - 1);
                let sign = word.slice(bits - 1, 1);
                let kept = word.slice(count, bits - count);
                let above = self.spread(&sign, count, step.site);
                (kept.then(&above), word.slice(last, 1))
            }
        };
        let mut known = KnownFlags::default();
        if carry.bits() == 1 {
            known = known.with(Flag::Carry, carry);
        }
        if !rotates {
            known = merge(known, KnownFlags::of_result(&result));
        }
        let inputs = [result.clone(), word];
        self.write_flags(state, step, decoded, &inputs, &known);
        let result = self.joined_alignment(result, step.site);
        self.write_operand(state, step, decoded, 0, result);
        true
    }

    /// Shifts by what a register holds: the low five or six bits of it count.
    fn shift_by_count(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let instruction = &decoded.instruction;
        let bits = self.operand_bits(instruction, 0);
        let source = if instruction.op_count() == 3 { 1 } else { 0 };
        let word = self.read_operand(state, step, decoded, source, bits);
        let count = self.read_register(state, instruction.op_register(source + 1));
        let count = count.slice(0, if bits == 64 { 6 } else { 5 });
        // One function for both forms of a shift.
        let mnemonic = match instruction.mnemonic() {
            Mnemonic::Shlx | Mnemonic::Sal => Mnemonic::Shl,
            Mnemonic::Shrx => Mnemonic::Shr,
            Mnemonic::Sarx => Mnemonic::Sar,
            mnemonic => mnemonic,
        };
        let function = Operation::Function(function_number(mnemonic, 0));
        let inputs = vec![word.clone(), count.clone()];
        let result = self.values.computed(function, inputs, bits, step.site);
        self.write_flags(state, step, decoded, &[word, count], &KnownFlags::default());
        self.write_operand(state, step, decoded, 0, result);
    }

    /// `rorx`: a rotation by a constant that leaves the flags alone.
    fn rotation(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let bits = self.operand_bits(&decoded.instruction, 0);
        let word = self.read_operand(state, step, decoded, 1, bits);
        let count = decoded.instruction.try_immediate(2).unwrap_or(0) % u64::from(bits);
        let left = (bits - u16::try_from(count).unwrap_or(0)) % bits;
        self.write_operand(state, step, decoded, 0, rotate_left(&word, left));
    }

    /// `shld` and `shrd` by a constant. Returns `false` for another count.
    fn double_shift(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let bits = self.operand_bits(&decoded.instruction, 0);
        let count = decoded.instruction.try_immediate(2).ok();
        let count = count.map(|count| count & if bits == 64 { 63 } else { 31 });
        // By more than the width the result is undefined (SDM vol. 2, SHLD).
        let Some(count) = count.and_then(|count| u16::try_from(count).ok()) else { return false };
        if count == 0 || count > bits {
            return false;
        }
        let (word, source) = self.two_operands(state, step, decoded);
        let left = decoded.instruction.mnemonic() == Mnemonic::Shld;
        let (result, carry) = if left {
            let moved = source.slice(bits - count, count);
            (moved.then(&word.slice(0, bits - count)), word.slice(bits - count, 1))
        } else {
            let kept = word.slice(count, bits - count);
            (kept.then(&source.slice(0, count)), word.slice(count - 1, 1))
        };
        let known =
            merge(KnownFlags::default().with(Flag::Carry, carry), KnownFlags::of_result(&result));
        self.write_flags(state, step, decoded, &[result.clone(), word], &known);
        self.write_operand(state, step, decoded, 0, result);
        true
    }

    fn multiply(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let instruction = &decoded.instruction;
        let bits = self.operand_bits(instruction, 0);
        let first = if instruction.op_count() == 3 { 1 } else { 0 };
        let left = self.read_operand(state, step, decoded, first, bits);
        let right = self.read_operand(state, step, decoded, first + 1, bits);
        let result = self.low_half(step, &left, &right);
        self.write_flags(state, step, decoded, &[left, right], &KnownFlags::default());
        self.write_operand(state, step, decoded, 0, result);
    }

    /// The low half of a product, which is the same for signed and unsigned numbers.
    fn low_half(&mut self, step: Step, left: &Word, right: &Word) -> Word {
        let bits = left.bits();
        match (left.as_constant(), right.as_constant()) {
            (Some(one), Some(two)) => Word::constant(one.wrapping_mul(two) & low_mask(bits), bits),
            (Some(0), _) | (_, Some(0)) => Word::zeros(bits),
            (Some(1), _) => right.clone(),
            (_, Some(1)) => left.clone(),
            _ => {
                let inputs = vec![left.clone(), right.clone()];
                self.values.computed(Operation::Multiply, inputs, bits, step.site)
            }
        }
    }

    /// Products of twice the width: `mul` and `imul` with one operand, `mulx`.
    fn wide_product(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let instruction = &decoded.instruction;
        let is_mulx = instruction.mnemonic() == Mnemonic::Mulx;
        let source = if is_mulx { 2 } else { 0 };
        let bits = self.operand_bits(instruction, source);
        let (factor, low, high) = match (is_mulx, bits) {
            (true, 32) => (Iced::EDX, instruction.op_register(1), instruction.op_register(0)),
            (true, _) => (Iced::RDX, instruction.op_register(1), instruction.op_register(0)),
            (false, 8) => (Iced::AL, Iced::AL, Iced::AH),
            (false, 16) => (Iced::AX, Iced::AX, Iced::DX),
            (false, 32) => (Iced::EAX, Iced::EAX, Iced::EDX),
            (false, _) => (Iced::RAX, Iced::RAX, Iced::RDX),
        };
        let left = self.read_register(state, factor);
        let right = self.read_operand(state, step, decoded, source, bits);
        let is_signed = instruction.mnemonic() == Mnemonic::Imul;
        let product = self.low_half(step, &left, &right);
        let above = match (left.as_constant(), right.as_constant()) {
            (Some(0), _) | (_, Some(0)) => Word::zeros(bits),
            (Some(1), _) | (_, Some(1)) if !is_signed => Word::zeros(bits),
            (Some(one), Some(two)) if !is_signed => {
                let wide = u128::from(one) * u128::from(two);
                Word::constant((wide >> bits) as u64 & low_mask(bits), bits)
            }
            _ => {
                let mnemonic = if is_signed { Mnemonic::Imul } else { Mnemonic::Mul };
                let function = Operation::Function(function_number(mnemonic, 1));
                let inputs = vec![left.clone(), right.clone()];
                self.values.computed(function, inputs, bits, step.site)
            }
        };
        self.write_flags(state, step, decoded, &[left, right], &KnownFlags::default());
        // Of one register that is both, the high half stays (SDM vol. 2, MULX).
        self.write_register(state, low, product, false);
        self.write_register(state, high, above, false);
    }

    /// `bsf` and `bsr` count as writing their destination, also for a source of 0.
    fn bit_scan(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let instruction = &decoded.instruction;
        let bits = self.operand_bits(instruction, 0);
        let source = self.read_operand(state, step, decoded, 1, bits);
        let number = function_number(instruction.mnemonic(), 0);
        let inputs = vec![source.clone()];
        // Of a source that is 0 the result is undefined, and the upper half may stay (SDM vol. 2,
        // BSF and BSR).
        let whole = if bits == 32 { self.word_bits() } else { bits };
        let result = self.values.computed(Operation::Function(number), inputs, whole, step.site);
        let known = KnownFlags::default();
        self.write_flags(state, step, decoded, &[source], &known);
        let register = instruction.op_register(0);
        let register = if whole == 64 { register.full_register() } else { register };
        self.write_register(state, register, result, false);
    }

    fn bit_test(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let instruction = &decoded.instruction;
        let bits = self.operand_bits(instruction, 0);
        let word = self.read_operand(state, step, decoded, 0, bits);
        let position = self.read_operand(state, step, decoded, 1, bits);
        let mut known = KnownFlags::default();
        let register = instruction.op_kind(0) == OpKind::Register;
        let position = if register { position_in(&position, bits) } else { position };
        if let Some(position) = position.as_constant().filter(|_| register) {
            let position = u16::try_from(position).unwrap_or(0);
            known = known.with(Flag::Carry, word.slice(position, 1));
        }
        self.write_flags(state, step, decoded, &[word, position], &known);
    }

    /// `crc32`: of the destination only the low half counts, and the upper half is cleared.
    fn checksum(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let instruction = &decoded.instruction;
        let bits = self.operand_bits(instruction, 1);
        let sum = self.read_operand(state, step, decoded, 0, 32);
        let data = self.read_operand(state, step, decoded, 1, bits);
        let operation = Operation::Function(function_number(instruction.mnemonic(), 0));
        let result = self.values.computed(operation, vec![sum, data], 32, step.site);
        let whole = self.operand_bits(instruction, 0);
        self.write_operand(state, step, decoded, 0, result.zero_extend(whole));
    }

    /// `bts`, `btr` and `btc` of a known bit, or of some bit of a register. Returns `false` for
    /// others.
    fn bit_change(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        let bits = self.operand_bits(instruction, 0);
        let position = match instruction.op_kind(1) {
            // In a string of bits in memory, the bit may be far from the operand's address.
            OpKind::Register if instruction.op_kind(0) != OpKind::Register => None,
            OpKind::Register => self.read_register(state, instruction.op_register(1)).as_constant(),
            _ => instruction.try_immediate(1).ok(),
        };
        let Some(position) = position.map(|position| position % u64::from(bits)) else {
            if instruction.op_kind(0) != OpKind::Register {
                return false;
            }
            let (word, position) = self.two_operands(state, step, decoded);
            let inputs = vec![word, position_in(&position, bits)];
            self.write_flags(state, step, decoded, &inputs, &KnownFlags::default());
            let operation = Operation::Function(function_number(instruction.mnemonic(), 0));
            let result = self.values.computed(operation, inputs, bits, step.site);
            self.write_operand(state, step, decoded, 0, result);
            return true;
        };
        let word = self.read_operand(state, step, decoded, 0, bits);
        let bit = Word::constant(1 << position, bits);
        let result = match instruction.mnemonic() {
            Mnemonic::Bts => self.values.bitwise(Operation::Or, &word, &bit, step.site),
            Mnemonic::Btc => self.values.bitwise(Operation::Xor, &word, &bit, step.site),
            _ => {
                let rest = self.values.not(&bit, step.site);
                self.values.bitwise(Operation::And, &word, &rest, step.site)
            }
        };
        let position = u16::try_from(position).unwrap_or(0);
        let known = KnownFlags::default().with(Flag::Carry, word.slice(position, 1));
        self.write_flags(state, step, decoded, &[word], &known);
        self.write_operand(state, step, decoded, 0, result);
        true
    }

    fn exchange_and_add(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let (left, right) = self.two_operands(state, step, decoded);
        let result = self.values.add(&left, &right, step.site);
        let known = KnownFlags::of_sum(&left, &right, false, &result);
        self.write_flags(state, step, decoded, &[left.clone(), right], &known);
        self.write_operand(state, step, decoded, 1, left);
        self.write_operand(state, step, decoded, 0, result);
    }

    /// `cmpxchg`: where the accumulator is the destination, the destination becomes the source;
    /// elsewhere the accumulator becomes the destination.
    fn compare_and_exchange(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let (destination, source) = self.two_operands(state, step, decoded);
        let bits = destination.bits();
        let register = match bits {
            8 => Iced::AL,
            16 => Iced::AX,
            32 => Iced::EAX,
            _ => Iced::RAX,
        };
        let accumulator = self.read_register(state, register);
        let difference = self.values.subtract(&accumulator, &destination, step.site);
        let known = KnownFlags::of_sum(&accumulator, &destination, true, &difference);
        let inputs = [accumulator, destination.clone()];
        self.write_flags(state, step, decoded, &inputs, &known);
        let equal = state.flag(Flag::Zero, &mut self.values);
        let different = self.values.not(&equal, step.site);
        if decoded.instruction.op_kind(0) == OpKind::Register {
            let target = decoded.instruction.op_register(0);
            self.write_register_if(state, step, target, source, &equal);
        } else {
            // Memory is written in any case, if only with what it holds.
            let stored = self.choose(step, &equal, source, destination.clone());
            self.write_operand(state, step, decoded, 0, stored);
        }
        self.write_register_if(state, step, register, destination, &different);
    }

    /// Lets a register hold a word if a condition holds; else it keeps all of what it held, also
    /// what a write would have cleared.
    fn write_register_if(
        &mut self,
        state: &mut State,
        step: Step,
        register: Iced,
        word: Word,
        condition: &Word,
    ) {
        let Some((cell, low, bits)) = cell_of(register) else { return };
        let kept = self.cell(state, cell);
        self.write_register(state, register, word, false);
        let written = self.cell(state, cell);
        let (low, bits) = if register.is_gpr32() { (0, kept.bits()) } else { (low, bits) };
        let chosen = self.choose(step, condition, written.slice(low, bits), kept.slice(low, bits));
        state.set(cell, kept.with(low, &chosen), &mut self.values);
    }

    /// One of two words, as a condition of one bit says.
    fn choose(&mut self, step: Step, condition: &Word, yes: Word, no: Word) -> Word {
        match condition.as_constant() {
            Some(1) => yes,
            Some(_) => no,
            None => {
                let bits = yes.bits();
                let inputs = vec![condition.clone(), yes, no];
                self.values.computed(Operation::Choose, inputs, bits, step.site)
            }
        }
    }
}

/// The bits that count of a bit's position in a register: it is taken modulo the width (SDM
/// vol. 2, BT).
fn position_in(position: &Word, bits: u16) -> Word {
    position.slice(0, u16::try_from(bits.trailing_zeros()).unwrap_or(6))
}

fn merge(first: KnownFlags, second: KnownFlags) -> KnownFlags {
    second.into_iter().fold(first, |known, (flag, bit)| known.with(flag, bit))
}
