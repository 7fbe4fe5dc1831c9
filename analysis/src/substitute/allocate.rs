//! Chooses a register for each operand of a class.
//!
//! Each gets one of its own, that no explicit operand has and that the template does not name, so
//! that every machine register traces back to exactly one operand. Where a target has too few, late
//! outputs share with inputs, as the compiler lets them. Where that does not do either, operands get
//! registers that the template names without declaring them: the compiler has no other choice, and
//! each way to do it is a *case*. Where even then there are more inputs than registers, some of them
//! must be equal, and share.

use std::collections::BTreeMap;
use std::rc::Rc;

use smallvec::SmallVec;

use super::order::{self, Order};
use super::{Choices, Preference, Reason};
use crate::block::{Architecture, Block, Operand, Output, Piece, Place, RegisterOperand};
use crate::naming;
use crate::registers::{RegisterPart, RegisterSet};

/// The choice.
pub(super) struct Allocation {
    /// For each operand its register.
    pub registers: Vec<Option<RegisterPart>>,
    /// Whether operands share a register.
    pub shared: bool,
    /// How many cases there are, of which this is one; no more than [`MOST_CASES`] are counted.
    pub cases: usize,
}

/// How many cases are looked at: all ways to give three operands three registers. Each is real, so
/// that what breaks a rule in all of these is worth a word whatever the others do.
const MOST_CASES: usize = 6;

/// An operand that waits for a register.
struct Waiting<'a> {
    index: usize,
    operand: &'a RegisterOperand,
    class: Class<'a>,
    modifiers: Modifiers,
}

/// The modifiers of an operand's placeholders, each once.
type Modifiers = SmallVec<[Option<char>; 4]>;

/// A register class: what the compiler may assign for it.
#[derive(Clone, Copy)]
struct Class<'a> {
    name: &'a str,
    spelled: &'a [RegisterPart],
    /// Registers that no operand can name, the frame pointer where it is not kept.
    unspelled: &'a [RegisterPart],
}

impl<'a> Class<'a> {
    fn of(block: &'a Block, name: &'a str) -> Class<'a> {
        let registers = &block.target.registers;
        let parts = |table: &'a BTreeMap<String, Vec<RegisterPart>>| {
            table.get(name).map(Vec::as_slice).unwrap_or_default()
        };
        Class { name, spelled: parts(&registers.classes), unspelled: parts(&registers.unspelled) }
    }

    fn parts(self) -> impl Iterator<Item = RegisterPart> + 'a {
        self.spelled.iter().chain(self.unspelled).copied()
    }

    fn order(self, block: &Block, preference: Preference) -> Rc<Order> {
        order::of(&block.target, self.name, preference, || {
            Order::new(self.spelled, self.unspelled, preference, block.target.architecture)
        })
    }
}

/// Chooses.
pub(super) fn allocate(block: &Block, choices: Choices<'_>) -> Result<Allocation, Reason> {
    let mut registers: Vec<Option<RegisterPart>> = vec![None; block.operands.len()];
    let mut waiting: Vec<Waiting<'_>> = Vec::new();
    let architecture = block.target.architecture;
    // What nobody else may have, what only the template names, and which parts an operand that comes
    // in may share with one that goes out.
    let mut taken = Taken::new(architecture);
    let mut shareable: Vec<(RegisterPart, Shares)> = Vec::new();
    for (index, operand) in block.operands.iter().enumerate() {
        let Operand::Register(operand) = operand else { continue };
        match &operand.place {
            Place::Explicit(part) => {
                registers[index] = Some(*part);
                taken.insert(*part);
                shareable.extend(shares(operand).map(|shares| (*part, shares)));
            }
            Place::Class(class) => {
                let class = Class::of(block, class);
                waiting.push(Waiting { index, operand, class, modifiers: Modifiers::new() });
            }
        }
    }
    // A register that carries an input and an output already has no room for a third operand.
    shareable.retain(|(part, shares)| {
        let is_partner = |operand: &Operand| {
            matches!(operand, Operand::Register(operand)
            if matches!(operand.place, Place::Explicit(own) if taken.overlap(own, *part))
                && match shares {
                    Shares::WithInput => operand.input.is_some(),
                    Shares::WithLateOutput => operand.output != Output::None,
                })
        };
        !block.operands.iter().any(is_partner)
    });
    if waiting.is_empty() {
        return Ok(Allocation { registers, shared: false, cases: 1 });
    }
    add_modifiers(block, &mut waiting);
    let mut named = Taken::new(architecture);
    let high_byte = named_in_template(block, &mut named);
    let preference = if high_byte { Preference::Legacy } else { choices.preference };
    choices.avoid.iter().for_each(|register| taken.insert(register.whole()));
    // The operands with the fewest choices first; those that may share last among equals.
    waiting.sort_by_cached_key(|waiting| {
        let distinct = waiting.class.order(block, preference).distinct;
        (distinct, shares(waiting.operand) == Some(Shares::WithInput), waiting.index)
    });
    let mut left = Vec::new();
    for waiting in waiting {
        let order = waiting.class.order(block, preference);
        let is_free = |part: &RegisterPart| {
            !taken.contains(*part)
                && !named.contains(*part)
                && is_spellable(block, *part, &waiting.modifiers)
        };
        match order.best_first.iter().copied().find(is_free) {
            Some(part) => {
                registers[waiting.index] = Some(part);
                taken.insert(part);
                shareable.extend(shares(waiting.operand).map(|shares| (part, shares)));
            }
            None => left.push(waiting),
        }
    }
    let mut shared = false;
    left.retain(|waiting| {
        let Some(own) = shares(waiting.operand) else { return true };
        let partner = shareable.iter().position(|(input, other)| {
            *other == own.partner()
                && waiting
                    .class
                    .parts()
                    .any(|part| part.register == input.register && taken.overlap(part, *input))
        });
        let Some(partner) = partner else { return true };
        let (input, _) = shareable.swap_remove(partner);
        let part = waiting
            .class
            .parts()
            .filter(|part| taken.overlap(*part, input))
            .find(|part| is_spellable(block, *part, &waiting.modifiers));
        registers[waiting.index] = part;
        shared |= part.is_some();
        part.is_none()
    });
    let Some(first) = left.first() else {
        return Ok(Allocation { registers, shared, cases: 1 });
    };
    let failure =
        Reason::OutOfRegisters { operand: first.index, class: first.class.name.to_owned() };
    let mut cases = Vec::new();
    // Inputs that share a register with another one, because their values are equal.
    let mut equal: Vec<Waiting<'_>> = Vec::new();
    loop {
        add_cases(block, &left, &mut taken, &mut Vec::new(), &mut cases);
        let is_input =
            |waiting: &Waiting<'_>| shares(waiting.operand) == Some(Shares::WithLateOutput);
        match left.iter().rposition(is_input).filter(|_| cases.is_empty()) {
            Some(last) => equal.push(left.remove(last)),
            None => break,
        }
    }
    let count = cases.len();
    let Some(case) = cases.into_iter().nth(choices.case) else { return Err(failure) };
    for (waiting, part) in left.iter().zip(case) {
        registers[waiting.index] = Some(part);
    }
    for waiting in equal {
        let part = of_equal_input(block, &waiting, &registers);
        registers[waiting.index] = Some(part.ok_or_else(|| failure.clone())?);
    }
    // In a register that the template names, what is read of the operand and what of the register is one.
    Ok(Allocation { registers, shared: true, cases: count })
}

/// The register of another input that may have the same value, where the block has more inputs than
/// there are registers: such a block compiles only if some of its inputs are equal.
fn of_equal_input(
    block: &Block,
    waiting: &Waiting<'_>,
    registers: &[Option<RegisterPart>],
) -> Option<RegisterPart> {
    let bits = waiting.operand.input.as_ref()?.bits;
    let inputs = block.operands.iter().zip(registers).filter_map(|(operand, part)| {
        let Operand::Register(operand) = operand else { return None };
        let is_equal = operand.input.as_ref().is_some_and(|input| input.bits == bits);
        part.filter(|_| is_equal && operand.output == Output::None)
    });
    let classes: Vec<RegisterPart> = waiting.class.parts().collect();
    inputs
        .filter_map(|part| classes.iter().copied().find(|own| own.register == part.register))
        .find(|part| is_spellable(block, *part, &waiting.modifiers))
}

/// Lists the ways to give the operands that are left registers which only the template names.
fn add_cases(
    block: &Block,
    left: &[Waiting<'_>],
    taken: &mut Taken,
    chosen: &mut Vec<RegisterPart>,
    cases: &mut Vec<Vec<RegisterPart>>,
) {
    let Some((first, rest)) = left.split_first() else {
        return cases.push(chosen.clone());
    };
    let parts: Vec<RegisterPart> =
        first.class.parts().filter(|part| is_spellable(block, *part, &first.modifiers)).collect();
    for part in parts {
        if cases.len() >= MOST_CASES {
            return;
        }
        if taken.contains(part) {
            continue;
        }
        taken.insert(part);
        chosen.push(part);
        add_cases(block, rest, taken, chosen, cases);
        chosen.pop();
        taken.take_back();
    }
}

/// With what an operand may share a register, as the two are never in use at once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shares {
    /// It is a late output: with a mere input.
    WithInput,
    /// It is a mere input: with a late output.
    WithLateOutput,
}

impl Shares {
    fn partner(self) -> Shares {
        match self {
            Shares::WithInput => Shares::WithLateOutput,
            Shares::WithLateOutput => Shares::WithInput,
        }
    }
}

fn shares(operand: &RegisterOperand) -> Option<Shares> {
    match (&operand.input, &operand.output) {
        (None, _) if operand.late => Some(Shares::WithInput),
        (Some(_), Output::None) => Some(Shares::WithLateOutput),
        _ => None,
    }
}

/// Adds the registers that the template names to `taken`. Says whether a second byte of a register
/// (`ah`) is among them or among the placeholders.
fn named_in_template(block: &Block, taken: &mut Taken) -> bool {
    let mut high_byte = false;
    let is_x86 = block.target.architecture.is_x86();
    for piece in &block.template {
        match piece {
            Piece::Text(text) => {
                named_in_text(block.target.architecture, text, |part| {
                    taken.insert(part);
                    high_byte |= is_x86 && part.low_bit == 8;
                });
            }
            Piece::Placeholder { modifier, .. } => high_byte |= is_x86 && *modifier == Some('h'),
        }
    }
    high_byte
}

/// The bytes that a name consists of; no byte of a letter that is not ASCII is one of them. A table,
/// since every template is looked through.
const IN_NAMES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
        byte += 1;
    }
    table
};

/// Calls `found` with the registers that a text names, also as the middle of a list: `{{r4-r11}}`,
/// `{{v0.16b - v3.16b}}`, `{{ra, s0-s11}}`.
fn named_in_text(architecture: Architecture, text: &str, mut found: impl FnMut(RegisterPart)) {
    let bytes = text.as_bytes();
    let is_name = |letter: &u8| IN_NAMES[usize::from(*letter)];
    // The last register, and where its name ends.
    let mut last: Option<(&str, usize)> = None;
    let mut end = 0;
    while let Some(before) = bytes[end..].iter().position(is_name) {
        let start = end + before;
        let length = bytes[start..].iter().position(|letter| !is_name(letter));
        end = length.map_or(bytes.len(), |length| start + length);
        // From `al` to `xmm10`; elsewhere a number alone may be a register.
        if architecture.is_x86() && !(2..=5).contains(&(end - start)) {
            continue;
        }
        let name = &text[start..end];
        let Some(part) = naming::parse(architecture, name) else { continue };
        found(part);
        let joins = |(_, before): &(&str, usize)| {
            is_range(&text[*before..start]) && is_in_list(&text[..*before], &text[end..])
        };
        if !architecture.is_x86()
            && let Some((first, _)) = last.filter(joins)
        {
            between(first, name)
                .filter_map(|name| naming::parse(architecture, &name))
                .for_each(&mut found);
        }
        last = Some((name, end));
    }
}

/// Whether what is between two names makes the registers of a list of them: a hyphen, perhaps after
/// the shape of a vector.
fn is_range(text: &str) -> bool {
    let shape = text.strip_prefix('.').map_or(text, |shape| {
        shape.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric())
    });
    shape.trim() == "-"
}

/// Whether a place is between braces, of which a piece of a template may have one only. A comment may
/// have a range, too.
fn is_in_list(before: &str, after: &str) -> bool {
    let before = before.rsplit('\n').next().unwrap_or("");
    let after = after.split('\n').next().unwrap_or("");
    let is_opened =
        before.rfind('{').is_some_and(|open| before.rfind('}').is_none_or(|close| close < open));
    let is_closed =
        after.find('}').is_some_and(|close| after.find('{').is_none_or(|open| close < open));
    is_opened || is_closed
}

/// The names between two that differ in their numbers alone.
fn between(first: &str, last: &str) -> impl Iterator<Item = String> + use<> {
    let cut = |name: &str| {
        let letters = name.trim_end_matches(|letter: char| letter.is_ascii_digit()).to_owned();
        let number: Option<u8> = name[letters.len()..].parse().ok();
        (letters, number)
    };
    let ((letters, from), (other, to)) = (cut(first), cut(last));
    let numbers = match (from, to) {
        (Some(from), Some(to)) if letters.eq_ignore_ascii_case(&other) => {
            from.saturating_add(1)..to
        }
        _ => 0..0,
    };
    numbers.map(move |number| format!("{letters}{number}"))
}

/// Notes with which modifiers the template has each operand that waits.
fn add_modifiers(block: &Block, waiting: &mut [Waiting<'_>]) {
    for piece in &block.template {
        let &Piece::Placeholder { operand, modifier } = piece else { continue };
        let Ok(position) = waiting.binary_search_by_key(&operand, |waiting| waiting.index) else {
            continue;
        };
        let modifiers = &mut waiting[position].modifiers;
        if !modifiers.contains(&modifier) {
            modifiers.push(modifier);
        }
    }
}

fn is_spellable(block: &Block, part: RegisterPart, modifiers: &[Option<char>]) -> bool {
    modifiers
        .iter()
        .all(|modifier| block.target.registers.spellings.contains_key(&(part, *modifier)))
}

/// Registers that are not free.
struct Taken {
    architecture: Architecture,
    parts: Vec<RegisterPart>,
    /// The registers of the parts: most are not among them.
    registers: RegisterSet,
}

impl Taken {
    fn new(architecture: Architecture) -> Taken {
        Taken { architecture, parts: Vec::new(), registers: RegisterSet::default() }
    }

    /// On x86 the parts of a register are one to the compiler, but for two explicit bytes.
    fn overlap(&self, one: RegisterPart, other: RegisterPart) -> bool {
        match self.architecture.is_x86() {
            true => one.register == other.register,
            false => one.overlaps(other),
        }
    }

    fn insert(&mut self, part: RegisterPart) {
        self.parts.push(part);
        self.registers.insert(part.register);
    }

    /// Frees the part that was inserted last.
    fn take_back(&mut self) {
        self.parts.pop();
        self.registers = self.parts.iter().map(|part| part.register).collect();
    }

    fn contains(&self, part: RegisterPart) -> bool {
        self.registers.contains(part.register)
            && self.parts.iter().any(|taken| self.overlap(*taken, part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_all_its_registers() {
        let named = |architecture, text| -> Vec<String> {
            let mut parts = Vec::new();
            named_in_text(architecture, text, |part| parts.push(part));
            let mut names: Vec<_> =
                parts.into_iter().map(|part| naming::name(architecture, part)).collect();
            names.sort();
            names
        };
        let arm = |text| named(Architecture::Arm, text);
        assert_eq!(arm("push {r4-r7, lr}"), ["lr", "r4", "r5", "r6", "r7"]);
        assert_eq!(arm("vpush {d8 - d10}"), ["d10", "d8", "d9"]);
        assert_eq!(arm(", r8-r10}"), ["r10", "r8", "r9"]);
        assert_eq!(arm("nop @ keeps r4-r11\npush {r4}"), ["r11", "r4", "r4"]);
        // An expression, and what is not a list.
        assert_eq!(arm("ldr r0, [r4, -r8]\nmov r5, #4-2"), ["r0", "r4", "r5", "r8"]);
        let a64 = |text| named(Architecture::AArch64, text);
        assert_eq!(a64("ld1 {v0.16b-v3.16b}, [x9]"), ["v0", "v1", "v2", "v3", "x9"]);
        let riscv = |text| named(Architecture::RiscV32, text);
        assert_eq!(riscv("cm.push {ra, s0-s2}, -16"), ["ra", "s0", "s1", "s2"]);
    }
}
