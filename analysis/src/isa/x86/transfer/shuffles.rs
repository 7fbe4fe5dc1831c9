//! Vector instructions that only move elements: each element of the result is one of a source, at
//! a place that the instruction alone determines (single parts are moved in [`super::parts`]). Also
//! those that combine elements from a place different from that of their result: they are a move before lane-wise
//! arithmetic.

use iced_x86::{Mnemonic, OpKind};

use super::names::{Widening, traits};
use crate::isa::x86::comparison::function_number;
use crate::isa::x86::decode::Decoded;
use crate::machine::state::State;
use crate::machine::{Machine, Step};
use crate::values::{Operation, Word};

/// The width within which most of these move elements, in wider registers too.
const LANE: u16 = 128;

impl Machine<'_> {
    /// Executes an instruction that moves elements to known places. Returns whether it was one.
    pub fn shuffle(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        // One element of memory stands for all of them: the sizes below are not its.
        if instruction.is_broadcast() {
            return false;
        }
        let is_vector = instruction.op_kind(0) == OpKind::Register
            && instruction.op_register(0).is_vector_register();
        let result = match instruction.mnemonic() {
            _ if !is_vector => None,
            Mnemonic::Insertps | Mnemonic::Vinsertps => self.insert_single(state, step, decoded),
            _ => match self.widened(state, step, decoded) {
                None => self.rearranged(state, step, decoded),
                widened => widened,
            },
        };
        match result {
            Some(word) => self.write_operand(state, step, decoded, 0, word),
            None => return false,
        }
        true
    }

    /// `insertps`: an element from anywhere to anywhere, and some cleared.
    fn insert_single(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Option<Word> {
        let last = decoded.instruction.op_count() - 1;
        let control = u16::try_from(immediate(decoded, last)?).ok()?;
        let from_memory = decoded.instruction.op_kind(last - 1) == OpKind::Memory;
        let kept = self.read_operand(state, step, decoded, last - 2, LANE);
        let element = if from_memory {
            self.read_operand(state, step, decoded, last - 1, 32)
        } else {
            let source = self.read_operand(state, step, decoded, last - 1, LANE);
            source.slice((control >> 6 & 3) * 32, 32)
        };
        let inserted = kept.with((control >> 4 & 3) * 32, &element);
        Some(
            (0..4)
                .filter(|element| control >> element & 1 == 1)
                .fold(inserted, |word, element| word.with(element * 32, &Word::zeros(32))),
        )
    }

    /// `pmovzx`, `pmovsx`, broadcasts: results wider than what is read.
    fn widened(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Option<Word> {
        let instruction = &decoded.instruction;
        let all = self.operand_bits(instruction, 0);
        let (signed, from, to) = match traits(instruction.mnemonic()).widening? {
            Widening::Broadcast(bits) => {
                let element = self.read_operand(state, step, decoded, 1, bits);
                return Some(joined(all / bits, |_| element.clone()));
            }
            Widening::Extended { signed, from, to } => (signed, from, to),
        };
        let source = self.read_operand(state, step, decoded, 1, all / to * from);
        let mut result = Word::default();
        for number in 0..all / to {
            let element = source.slice(number * from, from);
            let above = if signed {
                self.spread(&element.slice(from - 1, 1), to - from, step.site)
            } else {
                Word::zeros(to - from)
            };
            result = result.then(&element).then(&above);
        }
        Some(result)
    }

    /// Instructions whose sources are as wide as the result.
    fn rearranged(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Option<Word> {
        let instruction = &decoded.instruction;
        let mnemonic = instruction.mnemonic();
        let arrangement = Arrangement::of(mnemonic)?;
        let all = self.operand_bits(instruction, 0);
        let count = instruction.op_count();
        let control = immediate(decoded, count - 1);
        // Without the control byte: the destination is a source where there are only two.
        let operands = if control.is_some() { count - 1 } else { count };
        let (first, second) = match arrangement {
            _ if operands == 3 => (1, 2),
            Arrangement::One(_) if operands == 1 => (0, 0),
            Arrangement::One(_) => (1, 1),
            _ => (0, 1),
        };
        let low_is_all = mnemonic == Mnemonic::Movddup || mnemonic == Mnemonic::Vmovddup;
        let read = if low_is_all && all == LANE { 64 } else { all };
        let right = self.read_operand(state, step, decoded, second, read);
        let left = match arrangement {
            Arrangement::One(_) => right.clone(),
            _ => self.read_operand(state, step, decoded, first, all),
        };
        let number = function_number(mnemonic, 0);
        let control = control.unwrap_or(0);
        let mut result = Word::default();
        for lane in 0..all / LANE {
            let (left, right) = (left.slice(lane * LANE, LANE), right.slice(lane * LANE, LANE));
            let part = match arrangement {
                Arrangement::One(make) => make(&right, control),
                // The control bytes of `shufpd` continue from lane to lane.
                Arrangement::Two(make) if matches!(mnemonic, Mnemonic::Vshufpd) => {
                    make(&left, &right, control >> (2 * lane))
                }
                Arrangement::Two(make) => make(&left, &right, control),
                Arrangement::Pairs(bits) => {
                    let pick = |odd: u16| {
                        let half = LANE / bits / 2;
                        let of = |word: &Word| {
                            joined(half, |at| word.slice((2 * at + odd) * bits, bits))
                        };
                        of(&left).then(&of(&right))
                    };
                    let inputs = vec![pick(0), pick(1)];
                    let operation = Operation::Lanes(bits, number);
                    self.values.computed(operation, inputs, LANE, step.site)
                }
                Arrangement::Product => {
                    let half = |word: &Word, bit: u64| {
                        word.slice(if control >> bit & 1 == 1 { 64 } else { 0 }, 64)
                    };
                    let inputs = vec![half(&left, 0), half(&right, 4)];
                    let operation = Operation::Function(number);
                    self.values.computed(operation, inputs, LANE, step.site)
                }
            };
            result = result.then(&part);
        }
        Some(result)
    }
}

/// What happens to the sources, in each lane; functions get the control byte.
#[derive(Clone, Copy)]
enum Arrangement {
    /// Elements of one source.
    One(fn(&Word, u64) -> Word),
    /// Elements of two sources, the first of which is the destination in two-operand forms.
    Two(fn(&Word, &Word, u64) -> Word),
    /// Neighbours of so many bits are combined.
    Pairs(u16),
    /// `pclmulqdq`: the product of a half of each source.
    Product,
}

impl Arrangement {
    fn of(mnemonic: Mnemonic) -> Option<Arrangement> {
        use Arrangement::{One, Pairs, Product, Two};
        Some(match mnemonic {
            Mnemonic::Unpcklps
            | Mnemonic::Vunpcklps
            | Mnemonic::Punpckldq
            | Mnemonic::Vpunpckldq => Two(|left, right, _| interleave(left, right, 32, 0)),
            Mnemonic::Unpckhps
            | Mnemonic::Vunpckhps
            | Mnemonic::Punpckhdq
            | Mnemonic::Vpunpckhdq => Two(|left, right, _| interleave(left, right, 32, 64)),
            Mnemonic::Unpcklpd
            | Mnemonic::Vunpcklpd
            | Mnemonic::Punpcklqdq
            | Mnemonic::Vpunpcklqdq
            | Mnemonic::Movlhps
            | Mnemonic::Vmovlhps => Two(|left, right, _| interleave(left, right, 64, 0)),
            Mnemonic::Unpckhpd
            | Mnemonic::Vunpckhpd
            | Mnemonic::Punpckhqdq
            | Mnemonic::Vpunpckhqdq => Two(|left, right, _| interleave(left, right, 64, 64)),
            Mnemonic::Punpcklbw | Mnemonic::Vpunpcklbw => {
                Two(|left, right, _| interleave(left, right, 8, 0))
            }
            Mnemonic::Punpckhbw | Mnemonic::Vpunpckhbw => {
                Two(|left, right, _| interleave(left, right, 8, 64))
            }
            Mnemonic::Punpcklwd | Mnemonic::Vpunpcklwd => {
                Two(|left, right, _| interleave(left, right, 16, 0))
            }
            Mnemonic::Punpckhwd | Mnemonic::Vpunpckhwd => {
                Two(|left, right, _| interleave(left, right, 16, 64))
            }
            Mnemonic::Movhlps | Mnemonic::Vmovhlps => {
                Two(|left, right, _| right.slice(64, 64).then(&left.slice(64, 64)))
            }
            Mnemonic::Shufps | Mnemonic::Vshufps => Two(|left, right, control| {
                joined(4, |at| pick(if at < 2 { left } else { right }, 32, control >> (2 * at) & 3))
            }),
            Mnemonic::Shufpd | Mnemonic::Vshufpd => Two(|left, right, control| {
                pick(left, 64, control & 1).then(&pick(right, 64, control >> 1 & 1))
            }),
            Mnemonic::Palignr | Mnemonic::Vpalignr => Two(|left, right, control| {
                let bytes = u16::try_from(control.min(32)).unwrap_or(32);
                right.clone().then(left).slice(bytes * 8, LANE)
            }),
            Mnemonic::Pshufd | Mnemonic::Vpshufd => {
                One(|source, control| joined(4, |at| pick(source, 32, control >> (2 * at) & 3)))
            }
            Mnemonic::Pshuflw | Mnemonic::Vpshuflw => One(|source, control| {
                let low = source.slice(0, 64);
                joined(4, |at| pick(&low, 16, control >> (2 * at) & 3)).then(&source.slice(64, 64))
            }),
            Mnemonic::Pshufhw | Mnemonic::Vpshufhw => One(|source, control| {
                let high = source.slice(64, 64);
                source.slice(0, 64).then(&joined(4, |at| pick(&high, 16, control >> (2 * at) & 3)))
            }),
            Mnemonic::Movddup | Mnemonic::Vmovddup => {
                One(|source, _| source.slice(0, 64).then(&source.slice(0, 64)))
            }
            Mnemonic::Movsldup | Mnemonic::Vmovsldup => {
                One(|source, _| joined(4, |at| pick(source, 32, u64::from(at & !1))))
            }
            Mnemonic::Movshdup | Mnemonic::Vmovshdup => {
                One(|source, _| joined(4, |at| pick(source, 32, u64::from(at | 1))))
            }
            Mnemonic::Psrldq | Mnemonic::Vpsrldq => One(|source, control| {
                let count = u16::try_from(control.min(16)).unwrap_or(16) * 8;
                source.slice(count, LANE - count).zero_extend(LANE)
            }),
            Mnemonic::Pslldq | Mnemonic::Vpslldq => One(|source, control| {
                let count = u16::try_from(control.min(16)).unwrap_or(16) * 8;
                Word::zeros(count).then(&source.slice(0, LANE - count))
            }),
            Mnemonic::Haddps | Mnemonic::Vhaddps | Mnemonic::Hsubps | Mnemonic::Vhsubps => {
                Pairs(32)
            }
            Mnemonic::Phaddd | Mnemonic::Vphaddd | Mnemonic::Phsubd | Mnemonic::Vphsubd => {
                Pairs(32)
            }
            Mnemonic::Haddpd | Mnemonic::Vhaddpd | Mnemonic::Hsubpd | Mnemonic::Vhsubpd => {
                Pairs(64)
            }
            Mnemonic::Phaddw
            | Mnemonic::Vphaddw
            | Mnemonic::Phaddsw
            | Mnemonic::Vphaddsw
            | Mnemonic::Phsubw
            | Mnemonic::Vphsubw
            | Mnemonic::Phsubsw
            | Mnemonic::Vphsubsw => Pairs(16),
            Mnemonic::Pclmulqdq | Mnemonic::Vpclmulqdq => Product,
            _ => return None,
        })
    }
}

/// The immediate operand at a position, if there is one.
fn immediate(decoded: &Decoded, operand: u32) -> Option<u64> {
    decoded.instruction.try_immediate(operand).ok().map(|value| value & 0xff)
}

fn pick(word: &Word, bits: u16, number: u64) -> Word {
    word.slice(u16::try_from(number).unwrap_or(0) * bits, bits)
}

fn joined(count: u16, element: impl Fn(u16) -> Word) -> Word {
    (0..count).fold(Word::default(), |word, at| word.then(&element(at)))
}

/// Elements of the halves that begin at bit `half`, in turn.
fn interleave(left: &Word, right: &Word, bits: u16, half: u16) -> Word {
    joined(64 / bits, |at| {
        let low = half + at * bits;
        left.slice(low, bits).then(&right.slice(low, bits))
    })
}
