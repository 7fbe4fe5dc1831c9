//! Moves, bitwise logic, rearrangements and integer sums of the vector registers: all exact.

use exarmo_aarch32::{Mnemonic, Operand, Reg, RegOperand};

use crate::effects::{Expression, Operation, Part};

use super::super::decode::State;
use super::super::registers;
use super::vector::VectorOperand;
use super::{Lift, computed};

/// A run of a register's bits.
fn lane(of: Part, index: u16, bits: u16) -> Part {
    Part { low: of.low + index * bits, bits, ..of }
}

impl Lift<'_> {
    /// A move between registers of any file, one by one.
    pub(super) fn vector_move(&mut self) -> Option<()> {
        let register = |index: usize| match self.operands.get(index) {
            Some(Operand::Reg(operand)) => Some(*operand),
            _ => None,
        };
        let count = self.operands.len();
        if count == 2
            && let (Some(to), Some(from)) = (register(0), register(1))
        {
            return self.move_one(to, from);
        }
        // The first operand of `vmov.32 d0[1], r0` is the data type.
        if count == 3
            && !matches!(self.operands[0], Operand::Reg(_))
            && let (Some(to), Some(from)) = (register(1), register(2))
        {
            return self.move_lane(to, from);
        }
        let all: Vec<RegOperand> = (0..count).map_while(register).collect();
        match all[..] {
            [to, from, other] if matches!(to.reg, Reg::Double(_)) => {
                let (low, high) = (value(from.reg)?, value(other.reg)?);
                self.set(registers::part(to.reg)?, Expression::Join(vec![low, high]));
            }
            [low, high, from] if matches!(from.reg, Reg::Double(_)) => {
                let from = value(from.reg)?;
                self.set(registers::part(low.reg)?, from.clone().slice(0, 32));
                self.set(registers::part(high.reg)?, from.slice(32, 32));
            }
            [one, other, from, next] => {
                self.set(registers::part(one.reg)?, value(from.reg)?);
                self.set(registers::part(other.reg)?, value(next.reg)?);
            }
            _ => return None,
        }
        Some(())
    }

    fn move_one(&mut self, to: RegOperand, from: RegOperand) -> Option<()> {
        let (part, from) = (registers::part(to.reg)?, registers::part(from.reg)?);
        if self.is_half_precision() {
            // `vmov.f16`: the upper half of a single register becomes 0.
            let value = Expression::Cell(Part { bits: 16, ..from });
            self.set(part, value.zero_extend(32));
            return Some(());
        }
        if part.bits != from.bits {
            return None;
        }
        self.set(part, Expression::Cell(from));
        Some(())
    }

    /// Whether the encoding is one for half-precision numbers.
    fn is_half_precision(&self) -> bool {
        match self.decoded.form {
            super::Form::Common(instruction) => {
                let name = instruction.encoding().name();
                name.contains("MovH")
                    || name.contains("movH")
                    || name.ends_with('H')
                    || name.contains("VmovToh")
            }
            super::Form::System(_) => false,
        }
    }

    fn move_lane(&mut self, to: RegOperand, from: RegOperand) -> Option<()> {
        let type_operand = self.operands.first()?;
        let (bits, is_signed): (u16, bool) = match type_operand {
            Operand::Imm { value, .. } => (u16::try_from(*value).ok()?, false),
            Operand::Symbol(symbol) => {
                let name = symbol.name;
                let digits = name.trim_start_matches(|letter: char| letter.is_alphabetic());
                (digits.parse().ok()?, name.starts_with('s'))
            }
            _ => return None,
        };
        match (to.index, from.index) {
            (Some(index), None) => {
                let to = lane(registers::part(to.reg)?, u16::try_from(index).ok()?, bits);
                self.set(to, value(from.reg)?.slice(0, bits));
            }
            (None, Some(index)) => {
                let from = lane(registers::part(from.reg)?, u16::try_from(index).ok()?, bits);
                let value = Expression::Cell(from);
                let value = if is_signed { value.sign_extend(32) } else { value.zero_extend(32) };
                self.set(registers::part(to.reg)?, value);
            }
            _ => return None,
        }
        Some(())
    }

    /// Bitwise logic with registers or a constant, and moves of a constant.
    pub(super) fn bitwise(&mut self, mnemonic: Mnemonic) -> Option<()> {
        use Mnemonic as M;
        let registers = self.vector_operands()?;
        let destination = registers.first()?.part;
        let bits = destination.bits;
        let of = |operation, inputs| computed(operation, inputs, bits);
        let not = |value| computed(Operation::Not, vec![value], bits);
        let old = Expression::Cell(destination);
        let constant = self
            .operands
            .iter()
            .any(|operand| matches!(operand, Operand::Imm { .. } | Operand::FpImm { .. }));
        let value = if constant {
            let constant = self.vector_constant(bits)?;
            match mnemonic {
                M::Vmov => constant,
                M::Vmvn => not(constant),
                M::Vorr => of(Operation::Or, vec![old, constant]),
                M::Vbic => of(Operation::And, vec![old, not(constant)]),
                _ => return None,
            }
        } else {
            let value = |index: usize| registers.get(index).map(VectorOperand::value);
            let first = value(1)?;
            match mnemonic {
                M::Vmvn => not(first),
                M::Vand => of(Operation::And, vec![first, value(2)?]),
                M::Vbic => of(Operation::And, vec![first, not(value(2)?)]),
                M::Veor => of(Operation::Xor, vec![first, value(2)?]),
                M::Vorr => of(Operation::Or, vec![first, value(2)?]),
                M::Vorn => of(Operation::Or, vec![first, not(value(2)?)]),
                M::Vbsl => mix(&old, &first, &value(2)?, bits),
                M::Vbit => mix(&value(2)?, &first, &old, bits),
                M::Vbif => mix(&value(2)?, &old, &first, bits),
                _ => return None,
            }
        };
        self.set(destination, value);
        Some(())
    }

    /// The constant of a vector move or logic instruction, from its bits.
    fn vector_constant(&self, bits: u16) -> Option<Expression> {
        if let Some((value, width)) = self.operands.iter().find_map(|operand| match operand {
            Operand::FpImm { bits: pattern, width, .. } => Some((*pattern, u16::from(*width))),
            _ => None,
        }) {
            if width == 0 {
                return None;
            }
            let one = Expression::constant(value, width);
            // A half-precision scalar leaves the upper half of its register clear.
            if width < bits && bits == 32 {
                return Some(one.zero_extend(bits));
            }
            return Some(Expression::Join(vec![one; usize::from(bits / width)]));
        }
        let word = self.decoded.bits;
        let top = if self.decoded.state == State::Arm { word >> 24 & 1 } else { word >> 28 & 1 };
        let immediate = u64::from(top << 7 | (word >> 16 & 7) << 4 | word & 0xf);
        let value = expand(word >> 5 & 1 == 1, word >> 8 & 0xf, immediate)?;
        let doubles = usize::from(bits / 64);
        Some(Expression::Join(vec![Expression::constant(value, 64); doubles]))
    }

    /// Rearrangements of lanes.
    pub(super) fn rearrange(&mut self, mnemonic: Mnemonic) -> Option<()> {
        use Mnemonic as M;
        let registers = self.vector_operands()?;
        let destination = registers.first()?.part;
        let bits = destination.bits;
        let width = || self.lane_width();
        match mnemonic {
            M::Vdup => {
                let source = registers.get(1)?;
                let width = width()?;
                let index = u16::try_from(source.index.unwrap_or(0)).ok()?;
                let one = Expression::Cell(lane(source.part, index, width));
                let all = vec![one; usize::from(bits / width)];
                self.set(destination, Expression::Join(all));
            }
            M::Vext => {
                let by = self.operands.iter().rev().find_map(|operand| match operand {
                    Operand::Imm { value, .. } => u16::try_from(*value).ok(),
                    _ => None,
                })?;
                let (first, second) = (registers.get(1)?.value(), registers.get(2)?.value());
                // `vext.32` counts in words, and some of its spellings in bytes.
                let low = by * width().unwrap_or(8);
                if low >= bits {
                    return None;
                }
                let value =
                    Expression::Join(vec![first.slice(low, bits - low), second.slice(0, low)]);
                self.set(destination, value);
            }
            M::Vswp => {
                let other = registers.get(1)?.part;
                self.set(destination, Expression::Cell(other));
                self.set(other, Expression::Cell(destination));
            }
            M::Vtrn | M::Vzip | M::Vuzp => {
                let other = registers.get(1)?.part;
                let width = width()?;
                if other == destination {
                    // The result is UNKNOWN.
                    let name = Operation::Mixed(self.decoded.mnemonic().into());
                    let value = computed(name, vec![Expression::Cell(destination)], bits);
                    self.set(destination, value);
                    return Some(());
                }
                let (one, two) = interleaved(mnemonic, destination, other, width);
                self.set(destination, one);
                self.set(other, two);
            }
            M::Vrev16 | M::Vrev32 | M::Vrev64 => {
                let group = match mnemonic {
                    M::Vrev16 => 16,
                    M::Vrev32 => 32,
                    _ => 64,
                };
                let (source, width) = (registers.get(1)?.part, width()?);
                let (in_group, count) = (group / width, bits / width);
                let lanes = (0..count)
                    .map(|index| {
                        let place = index / in_group * in_group + in_group - 1 - index % in_group;
                        Expression::Cell(lane(source, place, width))
                    })
                    .collect();
                self.set(destination, Expression::Join(lanes));
            }
            M::Vmovl => {
                let (source, width) = (registers.get(1)?.part, self.lane_bits()?);
                let is_signed = self.operands.iter().any(|operand| {
                    matches!(operand, Operand::Symbol(symbol) if symbol.name.starts_with('s'))
                });
                let lanes = (0..source.bits / width)
                    .map(|index| {
                        let value = Expression::Cell(lane(source, index, width));
                        if is_signed {
                            value.sign_extend(2 * width)
                        } else {
                            value.zero_extend(2 * width)
                        }
                    })
                    .collect();
                self.set(destination, Expression::Join(lanes));
            }
            M::Vmovn => {
                let (source, width) = (registers.get(1)?.part, self.lane_bits()?);
                let lanes = (0..source.bits / width)
                    .map(|index| Expression::Cell(lane(source, index, width)).slice(0, width / 2))
                    .collect();
                self.set(destination, Expression::Join(lanes));
            }
            M::Vmovx => {
                let source = registers.get(1)?.value();
                self.set(destination, source.slice(16, 16).zero_extend(32));
            }
            M::Vins => {
                let source = registers.get(1)?.value();
                self.set(
                    Part { low: destination.low + 16, bits: 16, ..destination },
                    source.slice(0, 16),
                );
            }
            _ => return None,
        }
        Some(())
    }

    /// The width of a lane where the data type is a number or a name.
    fn lane_width(&self) -> Option<u16> {
        self.lane_bits().or_else(|| match self.operands.first() {
            Some(Operand::Imm { value, .. }) => {
                u16::try_from(*value).ok().filter(|bits| matches!(bits, 8 | 16 | 32 | 64))
            }
            _ => None,
        })
    }

    /// Sums and differences of integer lanes.
    pub(super) fn add_integers(&mut self, mnemonic: Mnemonic) -> Option<()> {
        let is_integer = self.operands.iter().any(
            |operand| matches!(operand, Operand::Symbol(symbol) if symbol.name.starts_with('i')),
        );
        if !is_integer {
            return None;
        }
        let width = self.lane_bits()?;
        let registers = self.vector_operands()?;
        let [destination, first, second] = registers[..] else { return None };
        let operation = match mnemonic {
            Mnemonic::Vadd => Operation::Add,
            _ => Operation::Subtract,
        };
        let lanes = (0..destination.part.bits / width)
            .map(|index| {
                let of =
                    |operand: VectorOperand| Expression::Cell(lane(operand.part, index, width));
                computed(operation.clone(), vec![of(first), of(second)], width)
            })
            .collect();
        self.set(destination.part, Expression::Join(lanes));
        Some(())
    }
}

fn value(register: Reg) -> Option<Expression> {
    registers::part(register).map(Expression::Cell)
}

/// Bits of `one` where the mask is set, of `other` where it is not.
fn mix(mask: &Expression, one: &Expression, other: &Expression, bits: u16) -> Expression {
    let and = |left: Expression, right: &Expression| {
        computed(Operation::And, vec![left, right.clone()], bits)
    };
    let inverted = computed(Operation::Not, vec![mask.clone()], bits);
    computed(Operation::Or, vec![and(mask.clone(), one), and(inverted, other)], bits)
}

/// Both results of `vtrn`, `vzip` or `vuzp`.
fn interleaved(mnemonic: Mnemonic, one: Part, other: Part, width: u16) -> (Expression, Expression) {
    let count = one.bits / width;
    let at = |part: Part, index: u16| Expression::Cell(lane(part, index, width));
    let join = |lanes: Vec<Expression>| Expression::Join(lanes);
    match mnemonic {
        Mnemonic::Vtrn => {
            let pick = |odd: u16| {
                join(
                    (0..count)
                        .map(|index| {
                            let from = if index % 2 == 0 { one } else { other };
                            at(from, index / 2 * 2 + odd)
                        })
                        .collect(),
                )
            };
            (pick(0), pick(1))
        }
        Mnemonic::Vzip => {
            let pick = |start: u16| {
                join(
                    (0..count)
                        .map(|index| {
                            let from = if index % 2 == 0 { one } else { other };
                            at(from, start + index / 2)
                        })
                        .collect(),
                )
            };
            (pick(0), pick(count / 2))
        }
        _ => {
            let pick = |odd: u16| {
                join(
                    (0..count)
                        .map(|index| {
                            let place = 2 * index + odd;
                            if place < count { at(one, place) } else { at(other, place - count) }
                        })
                        .collect(),
                )
            };
            (pick(0), pick(1))
        }
    }
}

/// The 64 bits that a modified immediate means (DDI 0406 A7.4.6). `None` where it is a
/// floating-point number, which the decoder gives, or reserved.
fn expand(inverts_or_spreads: bool, mode: u32, immediate: u64) -> Option<u64> {
    let twice = |word: u64| word << 32 | word;
    Some(match mode {
        0 | 1 => twice(immediate),
        2 | 3 => twice(immediate << 8),
        4 | 5 => twice(immediate << 16),
        6 | 7 => twice(immediate << 24),
        8 | 9 => twice(immediate << 16 | immediate),
        10 | 11 => twice(immediate << 24 | immediate << 8),
        12 => twice(immediate << 8 | 0xff),
        13 => twice(immediate << 16 | 0xffff),
        14 if inverts_or_spreads => (0..8)
            .filter(|bit| immediate >> bit & 1 == 1)
            .fold(0, |value, bit| value | 0xff << (8 * bit)),
        14 => immediate * 0x0101_0101_0101_0101,
        _ => return None,
    })
}
