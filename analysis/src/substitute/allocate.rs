//! Chooses a register for each operand of a class.
//!
//! Each gets one of its own, that no explicit operand has and that the template does not name, so
//! that every machine register traces back to exactly one operand. Where a target has too few,
//! late outputs share with inputs, as the compiler lets them.

use super::{Choices, Preference, Reason};
use crate::block::{Architecture, Block, Operand, Output, Piece, Place, RegisterOperand};
use crate::registers::{Register, RegisterPart};

/// The choice.
pub(super) struct Allocation {
    /// For each operand its register.
    pub registers: Vec<Option<RegisterPart>>,
    /// Whether a late output shares with an input.
    pub shared: bool,
}

/// Chooses.
pub(super) fn allocate(block: &Block, choices: Choices<'_>) -> Result<Allocation, Reason> {
    let mut registers: Vec<Option<RegisterPart>> = vec![None; block.operands.len()];
    let mut waiting: Vec<(usize, &RegisterOperand, &str)> = Vec::new();
    let mut taken = RegisterSet::default();
    choices.avoid.iter().for_each(|register| taken.insert(*register));
    for (index, operand) in block.operands.iter().enumerate() {
        let Operand::Register(operand) = operand else { continue };
        match &operand.place {
            Place::Explicit(part) => {
                registers[index] = Some(*part);
                taken.insert(part.register);
            }
            Place::Class(class) => waiting.push((index, operand, class)),
        }
    }
    if waiting.is_empty() {
        return Ok(Allocation { registers, shared: false });
    }
    let high_byte = named_in_template(block, &mut taken);
    let preference = if high_byte { Preference::Legacy } else { choices.preference };
    let class_parts = |class: &str| {
        let parts = block.target.registers.classes.get(class);
        parts.map(Vec::as_slice).unwrap_or_default()
    };
    // The operands with the fewest choices first; those that may share last among equals.
    waiting.sort_by_cached_key(|(index, operand, class)| {
        let mut distinct = RegisterSet::default();
        class_parts(class).iter().for_each(|part| distinct.insert(part.register));
        (distinct.len(), may_share(operand), *index)
    });
    // Registers whose only operand so far is a mere input, so that a late output may share them.
    let mut shareable: Vec<RegisterPart> = Vec::new();
    let mut shared = false;
    let mut late = Vec::new();
    for &(index, operand, class) in &waiting {
        let modifiers = modifiers_of(block, index);
        let mut best: Option<((u8, u8), RegisterPart)> = None;
        for &part in class_parts(class).iter().filter(|part| !taken.contains(part.register)) {
            let rank = rank(part, preference, block.target.architecture);
            let better = best.is_none_or(|(known, _)| rank < known);
            if better && is_spellable(block, part, &modifiers) {
                best = Some((rank, part));
            }
        }
        match best {
            Some((_, part)) => {
                registers[index] = Some(part);
                taken.insert(part.register);
                if operand.input.is_some() && operand.output == Output::None {
                    shareable.push(part);
                }
            }
            None if may_share(operand) => late.push((index, class, modifiers)),
            None => {
                return Err(Reason::OutOfRegisters { operand: index, class: class.to_owned() });
            }
        }
    }
    for (index, class, modifiers) in late {
        let place = shareable.iter().position(|input| {
            class_parts(class).iter().any(|part| {
                part.register == input.register && is_spellable(block, *part, &modifiers)
            })
        });
        let input = place.map(|place| shareable.swap_remove(place));
        let part = input.and_then(|input| {
            class_parts(class).iter().find(|part| part.register == input.register).copied()
        });
        registers[index] =
            Some(part.ok_or_else(|| Reason::OutOfRegisters {
                operand: index,
                class: class.to_owned(),
            })?);
        shared = true;
    }
    Ok(Allocation { registers, shared })
}

/// Whether the compiler may give the operand the register of an input.
fn may_share(operand: &RegisterOperand) -> bool {
    operand.late && operand.input.is_none()
}

/// Adds the registers that the template names to `taken`. Says whether a second byte of a register
/// (`ah`) is among them or among the placeholders.
fn named_in_template(block: &Block, taken: &mut RegisterSet) -> bool {
    let mut high_byte = false;
    for piece in &block.template {
        match piece {
            Piece::Text(text) => {
                let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
                for name in text.split(|letter: char| !is_name(letter)) {
                    if let Some(part) = RegisterPart::parse(name) {
                        taken.insert(part.register);
                        high_byte |= part.low_bit == 8;
                    }
                }
            }
            Piece::Placeholder { modifier, .. } => high_byte |= *modifier == Some('h'),
        }
    }
    high_byte
}

fn modifiers_of(block: &Block, index: usize) -> Vec<Option<char>> {
    let of_index = |piece: &Piece| match piece {
        Piece::Placeholder { operand, modifier } if *operand == index => Some(*modifier),
        _ => None,
    };
    block.template.iter().filter_map(of_index).collect()
}

fn is_spellable(block: &Block, part: RegisterPart, modifiers: &[Option<char>]) -> bool {
    modifiers
        .iter()
        .all(|modifier| block.target.registers.spellings.contains_key(&(part, *modifier)))
}

/// The lower, the better.
fn rank(part: RegisterPart, preference: Preference, architecture: Architecture) -> (u8, u8) {
    // A second byte can't stand beside a REX prefix.
    let high_byte = u8::from(part.low_bit == 8);
    // Those that many instructions use without naming them come last: string instructions use rsi,
    // rdi and rcx, multiplication and division rdx and rax, `syscall` r11 and rcx, `cpuid` and
    // `cmpxchg16b` rbx too.
    let quiet = |number: u8| match number {
        8..=10 => number - 8,
        12..=15 => number - 9,
        11 => 7,
        6 => 8,
        7 => 9,
        5 => 10,
        3 => 11,
        1 => 12,
        2 => 13,
        _ => 14,
    };
    let rank = match part.register {
        Register::General(number) => {
            let needs_rex = number >= 8 || (part.bits == 8 && (4..8).contains(&number));
            match preference {
                Preference::Legacy if needs_rex => 32 + quiet(number),
                _ => quiet(number),
            }
        }
        // The upper eight have no implicit use at all; from 16 on a register needs AVX-512; xmm0
        // is an implicit operand of some instructions (`blendvps`, `sha256rnds2`).
        Register::Vector(0) => 63,
        Register::Vector(number @ 1..8) => match preference {
            Preference::Quiet if architecture == Architecture::X86_64 => 16 + number,
            _ => number,
        },
        Register::Vector(number @ 8..16) => number,
        Register::Vector(number) => 32 + number - 16,
        Register::Float(number)
        | Register::Mask(number)
        | Register::Mmx(number)
        | Register::X87(number)
        | Register::Tile(number) => number,
    };
    (high_byte, rank)
}

/// A set of registers.
#[derive(Clone, Copy, Default)]
struct RegisterSet(u128);

impl RegisterSet {
    fn bit(register: Register) -> u128 {
        let number = match register {
            Register::General(number) => number,
            Register::Vector(number) => 32 + number,
            Register::Float(number) => 64 + number,
            Register::Mask(number) => 96 + number,
            // x86 has no `Float`.
            Register::Mmx(number) => 64 + number,
            Register::X87(number) => 72 + number,
            Register::Tile(number) => 80 + number,
        };
        1u128.checked_shl(number.into()).unwrap_or_default()
    }

    fn insert(&mut self, register: Register) {
        self.0 |= Self::bit(register);
    }

    fn contains(self, register: Register) -> bool {
        self.0 & Self::bit(register) != 0
    }

    fn len(self) -> u32 {
        self.0.count_ones()
    }
}
