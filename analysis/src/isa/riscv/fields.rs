//! The fields of a 32-bit instruction (Unpriv "Base Instruction Formats"), read from and written
//! to its bits.

/// A 32-bit encoding.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Word(pub u32);

impl Word {
    /// `bits` bits from bit `low` on.
    pub fn field(self, low: u32, bits: u32) -> u32 {
        self.0 >> low & ((1 << bits) - 1)
    }

    /// The major opcode, with the two bits that say "32 bits long".
    pub fn opcode(self) -> u32 {
        self.field(0, 7)
    }

    /// The destination register.
    pub fn rd(self) -> u8 {
        self.field(7, 5) as u8
    }

    /// The first source register.
    pub fn rs1(self) -> u8 {
        self.field(15, 5) as u8
    }

    /// The second source register.
    pub fn rs2(self) -> u8 {
        self.field(20, 5) as u8
    }

    /// The third source register of a fused multiplication.
    pub fn rs3(self) -> u8 {
        self.field(27, 5) as u8
    }

    /// The minor opcode; the rounding mode of floating-point arithmetic.
    pub fn funct3(self) -> u32 {
        self.field(12, 3)
    }

    /// The immediate of an I-type instruction.
    pub fn i_immediate(self) -> i64 {
        i64::from(self.0 as i32 >> 20)
    }

    /// The immediate of an S-type instruction.
    pub fn s_immediate(self) -> i64 {
        i64::from(self.0 as i32 >> 25 << 5) | i64::from(self.field(7, 5))
    }

    /// The immediate of a B-type instruction: a distance in bytes.
    pub fn b_immediate(self) -> i64 {
        let high = i64::from(self.0 as i32 >> 31) << 12;
        high | i64::from(self.field(7, 1) << 11 | self.field(25, 6) << 5 | self.field(8, 4) << 1)
    }

    /// The immediate of a U-type instruction, shifted into place.
    pub fn u_immediate(self) -> i64 {
        i64::from((self.0 & 0xffff_f000) as i32)
    }

    /// The immediate of a J-type instruction: a distance in bytes.
    pub fn j_immediate(self) -> i64 {
        let high = i64::from(self.0 as i32 >> 31) << 20;
        let low = self.field(12, 8) << 12 | self.field(20, 1) << 11 | self.field(21, 10) << 1;
        high | i64::from(low)
    }

    /// The shift amount: six bits on RV64, of which RV32 and the 32-bit shifts use five.
    pub fn shift_amount(self) -> u32 {
        self.field(20, 6)
    }

    /// The number of a control and status register.
    pub fn csr(self) -> u16 {
        self.field(20, 12) as u16
    }
}

/// The encodings that compressed instructions stand for.
pub mod write {
    use super::Word;

    /// An R-type instruction.
    pub fn r(opcode: u32, funct3: u32, funct7: u32, [rd, rs1, rs2]: [u32; 3]) -> Word {
        Word(opcode | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | funct7 << 25)
    }

    /// An I-type instruction.
    pub fn i(opcode: u32, funct3: u32, [rd, rs1]: [u32; 2], immediate: i32) -> Word {
        Word(opcode | rd << 7 | funct3 << 12 | rs1 << 15 | (immediate as u32) << 20)
    }

    /// An S-type instruction.
    pub fn s(opcode: u32, funct3: u32, [rs1, rs2]: [u32; 2], immediate: i32) -> Word {
        let immediate = immediate as u32;
        let low = (immediate & 0x1f) << 7;
        Word(opcode | low | funct3 << 12 | rs1 << 15 | rs2 << 20 | immediate >> 5 << 25)
    }

    /// A B-type instruction.
    pub fn b(funct3: u32, [rs1, rs2]: [u32; 2], distance: i32) -> Word {
        let distance = distance as u32;
        let bit = |from: u32, count: u32, to: u32| (distance >> from & ((1 << count) - 1)) << to;
        let immediate = bit(11, 1, 7) | bit(1, 4, 8) | bit(5, 6, 25) | bit(12, 1, 31);
        Word(0x63 | immediate | funct3 << 12 | rs1 << 15 | rs2 << 20)
    }

    /// `lui`.
    pub fn lui(rd: u32, immediate: i32) -> Word {
        Word(0x37 | rd << 7 | (immediate as u32 & 0xffff_f000))
    }

    /// `jal`.
    pub fn jal(rd: u32, distance: i32) -> Word {
        let distance = distance as u32;
        let bit = |from: u32, count: u32, to: u32| (distance >> from & ((1 << count) - 1)) << to;
        let immediate = bit(12, 8, 12) | bit(11, 1, 20) | bit(1, 10, 21) | bit(20, 1, 31);
        Word(0x6f | rd << 7 | immediate)
    }
}

#[cfg(test)]
mod tests {
    use super::{Word, write};

    #[test]
    fn distances_are_read_as_they_are_written() {
        for distance in (-4096..4096).step_by(2) {
            assert_eq!(write::b(1, [3, 4], distance).b_immediate(), i64::from(distance));
            assert_eq!(write::jal(1, distance * 256).j_immediate(), i64::from(distance) * 256);
        }
        for immediate in -2048..2048 {
            assert_eq!(write::s(0x23, 2, [3, 4], immediate).s_immediate(), i64::from(immediate));
            assert_eq!(write::i(0x13, 0, [3, 4], immediate).i_immediate(), i64::from(immediate));
        }
        assert_eq!(Word(0xffff_f537).u_immediate(), -4096);
    }
}
