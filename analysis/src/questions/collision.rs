//! Whether a block still does the same when the compiler chooses other registers for its operands
//! (rules.reg-not-input: the compiler chooses the register of a class operand).
//!
//! For each register that the block uses without declaring it, and each operand that may be assigned
//! that register, the block is interpreted once more *as if* the operand had it; then what is visible
//! from outside is compared. Asked by the lint `operand_register_collision`.

use std::collections::{BTreeMap, BTreeSet};

use crate::block::{Block, BlockKind, Operand, Place};
use crate::facts::{DoubtKind, Facts, UseKind};
use crate::isa::Meanings;
use crate::questions::exits::Kept;
use crate::reading::Reading;
use crate::registers::Register;
use crate::values::{Cell, Site, Word};

/// A choice of the compiler that changes what the block does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Collision {
    /// The operand.
    pub operand: usize,
    /// The register that it may be assigned.
    pub register: Register,
    /// The instruction that changes the register under the operand, if one does.
    pub write: Option<Site>,
    /// The first instruction that then sees something else; `None` where only an output differs.
    pub read: Option<Site>,
}

/// Whether a block is too large to be interpreted once for each other choice of registers.
pub fn is_too_much(block: &Block, reading: &Reading) -> bool {
    let choices: usize =
        choices(block, &reading.facts).iter().map(|(_, choice)| choice.len()).sum();
    reading.is_too_much(choices)
}

/// The registers that a block uses without declaring them, with the operands that the compiler may give
/// them to.
fn choices(block: &Block, facts: &Facts) -> Vec<(Register, Vec<usize>)> {
    if block.kind != BlockKind::Inline || !is_followed(facts) {
        return Vec::new();
    }
    let taken = taken(facts);
    let mut undeclared: BTreeSet<Register> = BTreeSet::new();
    // What may change only in a way that cannot be known is no reason to accuse.
    let certain = facts
        .writes
        .iter()
        .filter(|(site, cell)| !facts.instruction(*site).instruction.perhaps_writes(*cell));
    for (_, cell) in facts.reads.iter().chain(certain) {
        if let Cell::Register(register) = *cell
            && register != facts.architecture.stack_pointer()
            && !taken.contains(&register)
            && !undeclared.contains(&register)
            // What code outside of the block perhaps changes, it leaves alone where an operand is.
            && facts.register_kept(register.whole()) != Kept::Unknown
        {
            undeclared.insert(register);
        }
    }
    let choices = undeclared.into_iter().map(|register| {
        let operands = 0..block.operands.len();
        (register, operands.filter(|&number| may_be_given(block, number, register)).collect())
    });
    choices.filter(|(_, operands): &(_, Vec<usize>)| !operands.is_empty()).collect()
}

/// Whether control was followed through the whole block. What a system call without a known kernel
/// leaves changed is the same whichever registers the operands have.
fn is_followed(facts: &Facts) -> bool {
    let is_call = |site: Option<Site>| {
        let departs = facts.departures.iter().any(|departure| Some(departure.site) == site);
        !departs && facts.handed_over.iter().any(|(handed, ..)| Some(*handed) == site)
    };
    facts.doubts.iter().all(|doubt| match doubt.kind {
        DoubtKind::UnknownFlagsLoaded | DoubtKind::ForeignAnswer => true,
        DoubtKind::OpaqueInstruction => is_call(doubt.site),
        _ => false,
    })
}

/// The registers of all operands.
fn taken(facts: &Facts) -> BTreeSet<Register> {
    facts.registers.iter().flatten().map(|part| part.register).collect()
}

/// Every collision of a block; none of one that is [too much](is_too_much).
pub fn collisions(block: &Block, reading: &Reading, meanings: &Meanings) -> Vec<Collision> {
    let choices = choices(block, &reading.facts);
    if choices.is_empty() || is_too_much(block, reading) {
        return Vec::new();
    }
    let facts = &reading.facts;
    let taken = taken(facts);
    let chosen: BTreeSet<Register> = block
        .operands
        .iter()
        .zip(&facts.registers)
        .filter(|(operand, _)| {
            matches!(operand, Operand::Register(operand)
                if matches!(operand.place, Place::Class(_)))
        })
        .filter_map(|(_, part)| part.map(|part| part.register))
        .collect();
    let sees = |facts: &Facts| {
        let left = |register| !taken.contains(&register);
        let handed_over = |register| !chosen.contains(&register);
        seen_from_outside(facts, handed_over, left)
    };
    let mut plain = None;
    let mut found = Vec::new();
    for (register, candidates) in choices {
        let plain = plain.get_or_insert_with(|| sees(facts));
        let depends = facts.values.depending_on(Cell::Register(register));
        for number in candidates {
            // What depends on the register's own value on entry is not decided by the choice: the
            // value is undefined, or it is kept for somebody else. The frame pointer is neither.
            let overwritten =
                register == facts.architecture.frame_pointer() && !has_input(block, number);
            let hangs =
                |word: &Word| !overwritten && word.values().any(|value| depends[value.index()]);
            let other = reading.with_operand_in(block, meanings, number, register);
            if other.is_too_much() {
                continue;
            }
            if let Some(read) = first_difference(plain, &sees(&other), register, hangs) {
                let write = facts.write_sites(Cell::Register(register)).first().copied();
                found.push(Collision { operand: number, register, write, read });
            }
        }
    }
    found
}

/// Whether the compiler may choose the register for the operand.
fn may_be_given(block: &Block, operand: usize, register: Register) -> bool {
    matches!(block.operands.get(operand), Some(Operand::Register(operand))
        if matches!(&operand.place, Place::Class(class)
            if block.target.registers.may_hold(class, register)))
}

fn has_input(block: &Block, operand: usize) -> bool {
    matches!(block.operands.get(operand), Some(Operand::Register(operand))
        if operand.input.is_some())
}

/// How something is seen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    /// By the instruction.
    Used(UseKind),
    /// In a register, by code outside of the block.
    HandedOver(Register),
    /// In a register that is not an operand's, after the block.
    Left(Register),
}

/// An instruction's address; outputs and what is left are after all instructions.
type Address = (u32, u64);

const AFTER: Address = (u32::MAX, u64::MAX);

/// What is seen at one place in one way: the instruction there, and the words with their digests;
/// no word where a register is not changed.
#[derive(Default)]
struct Sight {
    site: Option<Site>,
    digests: BTreeSet<u64>,
    words: Vec<Word>,
}

/// What can be seen of a block from outside: at places where control goes elsewhere in the
/// registers that `handed_over` names, after the block in those that `left` names.
fn seen_from_outside(
    facts: &Facts,
    handed_over: impl Fn(Register) -> bool,
    left: impl Fn(Register) -> bool,
) -> BTreeMap<(Address, Seen), Sight> {
    let mut seen: BTreeMap<(Address, Seen), Sight> = BTreeMap::new();
    let values = &facts.values;
    let mut see = |site: Option<Site>, how: Seen, word: Option<&Word>, digest: u64| {
        let address = site.map_or(AFTER, |site| facts.instruction(site).address);
        let sight = seen.entry((address, how)).or_default();
        sight.site = site;
        sight.digests.insert(digest);
        sight.words.extend(word.cloned());
    };
    for used in &facts.uses {
        let site = used.site.filter(|_| !matches!(used.kind, UseKind::Output(_)));
        see(site, Seen::Used(used.kind), Some(&used.word), values.digest(&used.word));
    }
    for (site, register, word) in &facts.handed_over {
        if handed_over(*register) {
            see(Some(*site), Seen::HandedOver(*register), Some(word), values.digest(word));
        }
    }
    for exit in &facts.exits {
        for register in facts.architecture.general_registers() {
            if left(register) {
                let word = exit.state.changed(Cell::Register(register));
                let digest = word.as_ref().map_or(0, |word| values.digest(word));
                see(None, Seen::Left(register), word.as_ref(), digest);
            }
        }
    }
    seen
}

/// The first instruction that sees something else: `Some(None)` if only what is after the block
/// differs.
fn first_difference(
    plain: &BTreeMap<(Address, Seen), Sight>,
    other: &BTreeMap<(Address, Seen), Sight>,
    register: Register,
    hangs_on_register: impl Fn(&Word) -> bool,
) -> Option<Option<Site>> {
    let keys: BTreeSet<_> = plain.keys().chain(other.keys()).collect();
    let differs = keys.into_iter().find(|&&(address, how)| {
        let (one, two) = (plain.get(&(address, how)), other.get(&(address, how)));
        let words = one.map_or(&[][..], |sight| &sight.words);
        // After the block that is the operand itself.
        let is_its_own = how == Seen::Left(register);
        let digests = |sight: Option<&Sight>| sight.map(|sight| sight.digests.clone());
        !is_its_own && !words.iter().any(&hangs_on_register) && digests(one) != digests(two)
    })?;
    Some(plain.get(differs).and_then(|sight| sight.site))
}
