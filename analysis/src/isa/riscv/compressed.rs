//! Compressed instructions become the 32-bit instructions that they stand for (Unpriv "C", "Zcb").

use super::Base;
use super::fields::{Word, write};

const LOAD: u32 = 0x03;
const LOAD_FLOAT: u32 = 0x07;
const OPERATION_IMMEDIATE: u32 = 0x13;
const OPERATION_IMMEDIATE_WORD: u32 = 0x1b;
const STORE: u32 = 0x23;
const STORE_FLOAT: u32 = 0x27;
const OPERATION: u32 = 0x33;
const OPERATION_WORD: u32 = 0x3b;
const JUMP_REGISTER: u32 = 0x67;
const STACK_POINTER: u32 = 2;

/// The 16 bits of a compressed instruction.
#[derive(Clone, Copy)]
struct Parcel(u32);

impl Parcel {
    /// Gathers bits: `count` bits from bit `from` go to bit `to`, for each row.
    fn gather(self, rows: &[(u32, u32, u32)]) -> i32 {
        let bits = |&(from, count, to): &(u32, u32, u32)| {
            ((self.0 >> from & ((1 << count) - 1)) << to) as i32
        };
        rows.iter().map(bits).fold(0, |all, bits| all | bits)
    }

    /// The same for a signed number whose sign is at bit `sign` of the result.
    fn gather_signed(self, rows: &[(u32, u32, u32)], sign: u32) -> i32 {
        self.gather(rows) << (31 - sign) >> (31 - sign)
    }

    /// The register in bits 11 to 7.
    fn rd(self) -> u32 {
        self.0 >> 7 & 31
    }

    /// The register in bits 6 to 2.
    fn rs2(self) -> u32 {
        self.0 >> 2 & 31
    }

    /// One of `x8` to `x15`, in bits 9 to 7.
    fn popular(self) -> u32 {
        8 + (self.0 >> 7 & 7)
    }

    /// One of `x8` to `x15`, in bits 4 to 2.
    fn popular2(self) -> u32 {
        8 + (self.0 >> 2 & 7)
    }
}

/// The 32-bit instruction that the compressed instruction of that name stands for; `None` for one
/// that stands for none: Zcmp, Zcmt, a hint, `c.unimp`.
pub fn expand(name: &str, parcel: u16, base: Base) -> Option<Word> {
    let parcel = Parcel(u32::from(parcel));
    access(name, parcel).or_else(|| arithmetic(name, parcel, base)).or_else(|| jump(name, parcel))
}

/// Loads and stores.
fn access(name: &str, parcel: Parcel) -> Option<Word> {
    let word = |parcel: Parcel| parcel.gather(&[(10, 3, 3), (6, 1, 2), (5, 1, 6)]);
    let double = |parcel: Parcel| parcel.gather(&[(10, 3, 3), (5, 2, 6)]);
    let word_on_stack = |parcel: Parcel| parcel.gather(&[(12, 1, 5), (4, 3, 2), (2, 2, 6)]);
    let double_on_stack = |parcel: Parcel| parcel.gather(&[(12, 1, 5), (5, 2, 3), (2, 3, 6)]);
    let word_to_stack = |parcel: Parcel| parcel.gather(&[(9, 4, 2), (7, 2, 6)]);
    let double_to_stack = |parcel: Parcel| parcel.gather(&[(10, 3, 3), (7, 3, 6)]);
    let byte = |parcel: Parcel| parcel.gather(&[(6, 1, 0), (5, 1, 1)]);
    let half = |parcel: Parcel| parcel.gather(&[(5, 1, 1)]);
    let load = |opcode, size, offset| {
        write::i(opcode, size, [parcel.popular2(), parcel.popular()], offset)
    };
    let store = |opcode, size, offset| {
        write::s(opcode, size, [parcel.popular(), parcel.popular2()], offset)
    };
    let from_stack =
        |opcode, size, offset| write::i(opcode, size, [parcel.rd(), STACK_POINTER], offset);
    let to_stack =
        |opcode, size, offset| write::s(opcode, size, [STACK_POINTER, parcel.rs2()], offset);
    Some(match name {
        "c.lw" => load(LOAD, 2, word(parcel)),
        "c.ld" => load(LOAD, 3, double(parcel)),
        "c.flw" => load(LOAD_FLOAT, 2, word(parcel)),
        "c.fld" => load(LOAD_FLOAT, 3, double(parcel)),
        "c.lbu" => load(LOAD, 4, byte(parcel)),
        "c.lhu" => load(LOAD, 5, half(parcel)),
        "c.lh" => load(LOAD, 1, half(parcel)),
        "c.sw" => store(STORE, 2, word(parcel)),
        "c.sd" => store(STORE, 3, double(parcel)),
        "c.fsw" => store(STORE_FLOAT, 2, word(parcel)),
        "c.fsd" => store(STORE_FLOAT, 3, double(parcel)),
        "c.sb" => store(STORE, 0, byte(parcel)),
        "c.sh" => store(STORE, 1, half(parcel)),
        "c.lwsp" => from_stack(LOAD, 2, word_on_stack(parcel)),
        "c.ldsp" => from_stack(LOAD, 3, double_on_stack(parcel)),
        "c.flwsp" => from_stack(LOAD_FLOAT, 2, word_on_stack(parcel)),
        "c.fldsp" => from_stack(LOAD_FLOAT, 3, double_on_stack(parcel)),
        "c.swsp" => to_stack(STORE, 2, word_to_stack(parcel)),
        "c.sdsp" => to_stack(STORE, 3, double_to_stack(parcel)),
        "c.fswsp" => to_stack(STORE_FLOAT, 2, word_to_stack(parcel)),
        "c.fsdsp" => to_stack(STORE_FLOAT, 3, double_to_stack(parcel)),
        _ => return None,
    })
}

/// Instructions from registers and immediates to registers.
fn arithmetic(name: &str, parcel: Parcel, base: Base) -> Option<Word> {
    let immediate = parcel.gather_signed(&[(2, 5, 0), (12, 1, 5)], 5);
    let amount = parcel.gather(&[(2, 5, 0), (12, 1, 5)]);
    let (rd, rs2) = (parcel.rd(), parcel.rs2());
    let (popular, popular2) = (parcel.popular(), parcel.popular2());
    let add = |registers, immediate| write::i(OPERATION_IMMEDIATE, 0, registers, immediate);
    let on_popular =
        |opcode, funct3, funct7| write::r(opcode, funct3, funct7, [popular, popular, popular2]);
    Some(match name {
        "c.addi4spn" => {
            let offset = parcel.gather(&[(11, 2, 4), (7, 4, 6), (6, 1, 2), (5, 1, 3)]);
            add([popular2, STACK_POINTER], offset)
        }
        "c.addi16sp" => {
            let rows = [(12, 1, 9), (6, 1, 4), (5, 1, 6), (3, 2, 7), (2, 1, 5)];
            add([STACK_POINTER, STACK_POINTER], parcel.gather_signed(&rows, 9))
        }
        "c.nop" => add([0, 0], 0),
        "c.addi" => add([rd, rd], immediate),
        "c.addiw" => write::i(OPERATION_IMMEDIATE_WORD, 0, [rd, rd], immediate),
        "c.li" => add([rd, 0], immediate),
        "c.lui" => write::lui(rd, immediate << 12),
        "c.mv" => add([rd, rs2], 0),
        "c.add" => write::r(OPERATION, 0, 0, [rd, rd, rs2]),
        "c.slli" => write::i(OPERATION_IMMEDIATE, 1, [rd, rd], amount),
        "c.srli" => write::i(OPERATION_IMMEDIATE, 5, [popular; 2], amount),
        "c.srai" => write::i(OPERATION_IMMEDIATE, 5, [popular; 2], amount | 0x400),
        "c.andi" => write::i(OPERATION_IMMEDIATE, 7, [popular; 2], immediate),
        "c.sub" => on_popular(OPERATION, 0, 0x20),
        "c.xor" => on_popular(OPERATION, 4, 0),
        "c.or" => on_popular(OPERATION, 6, 0),
        "c.and" => on_popular(OPERATION, 7, 0),
        "c.subw" => on_popular(OPERATION_WORD, 0, 0x20),
        "c.addw" => on_popular(OPERATION_WORD, 0, 0),
        "c.mul" => on_popular(OPERATION, 0, 1),
        "c.zext.b" => write::i(OPERATION_IMMEDIATE, 7, [popular; 2], 0xff),
        "c.sext.b" => write::i(OPERATION_IMMEDIATE, 1, [popular; 2], 0x604),
        "c.sext.h" => write::i(OPERATION_IMMEDIATE, 1, [popular; 2], 0x605),
        "c.zext.h" => {
            let opcode = if base == Base::Rv64 { OPERATION_WORD } else { OPERATION };
            write::r(opcode, 4, 4, [popular, popular, 0])
        }
        "c.zext.w" => write::r(OPERATION_WORD, 0, 4, [popular, popular, 0]),
        "c.not" => write::i(OPERATION_IMMEDIATE, 4, [popular; 2], -1),
        _ => return None,
    })
}

/// Jumps, branches and `ebreak`.
fn jump(name: &str, parcel: Parcel) -> Option<Word> {
    let far = [
        (12, 1, 11),
        (11, 1, 4),
        (9, 2, 8),
        (8, 1, 10),
        (7, 1, 6),
        (6, 1, 7),
        (3, 3, 1),
        (2, 1, 5),
    ];
    let near = [(12, 1, 8), (10, 2, 3), (5, 2, 6), (3, 2, 1), (2, 1, 5)];
    let branch = |funct3| write::b(funct3, [parcel.popular(), 0], parcel.gather_signed(&near, 8));
    Some(match name {
        "c.j" => write::jal(0, parcel.gather_signed(&far, 11)),
        "c.jal" => write::jal(1, parcel.gather_signed(&far, 11)),
        "c.jr" => write::i(JUMP_REGISTER, 0, [0, parcel.rd()], 0),
        "c.jalr" => write::i(JUMP_REGISTER, 0, [1, parcel.rd()], 0),
        "c.beqz" => branch(0),
        "c.bnez" => branch(1),
        "c.ebreak" => Word(0x0010_0073),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use disc_v::{Decoder, Extension, Isa};

    /// The decoder shows a compressed instruction as what it stands for: each of the 49,152
    /// must be shown as the instruction that it becomes here.
    #[test]
    fn every_parcel_becomes_what_the_decoder_shows() {
        let mut expanded = 0;
        for (isa, base) in [(Isa::Rv32, Base::Rv32), (Isa::Rv64, Base::Rv64)] {
            let decoder = Decoder::new(isa).without(Extension::Zimop).without(Extension::Zcmop);
            for parcel in (0..=u16::MAX).filter(|parcel| parcel & 3 != 3) {
                let compressed = decoder.decode(0x1000, u64::from(parcel));
                if compressed.is_illegal() {
                    continue;
                }
                let name = compressed.without_aliases().mnemonic();
                let Some(Word(word)) = expand(name, parcel, base) else {
                    panic!("{parcel:#06x} {name} is not expanded");
                };
                let whole = decoder.decode(0x1000, u64::from(word));
                assert!(!whole.is_illegal(), "{parcel:#06x} {name} as {word:#010x}");
                // A hint is shown under its own name, and what is hidden after an alias twice.
                let shown = compressed.to_string();
                if !shown.starts_with("c.") && !shown.starts_with("ntl.") {
                    assert_eq!(whole.to_string(), shown, "{parcel:#06x} {name} as {word:#010x}");
                }
                expanded += 1;
            }
        }
        assert!(expanded > 80_000, "{expanded}");
    }
}
