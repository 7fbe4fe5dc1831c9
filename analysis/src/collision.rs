//! Whether a block still does the same when the compiler chooses other registers for its operands
//! (rules.reg-not-input: which register a class operand gets is the compiler's choice).
//!
//! For each register that the block uses without declaring it, and each operand that may be given
//! that register, the block is interpreted once more *as if* the operand had it; then what can be
//! seen from outside is compared. Asked by the lint `operand_register_collision`.

use std::collections::{BTreeMap, BTreeSet};

use crate::analyse::Reading;
use crate::block::{Block, BlockKind, Operand, Place};
use crate::facts::{Facts, UseKind};
use crate::meaning::Meanings;
use crate::registers::Register;
use crate::values::{Cell, Site};

/// A choice of the compiler that changes what the block does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Collision {
    /// The operand.
    pub operand: usize,
    /// The register that it may be given.
    pub register: Register,
    /// The instruction that changes the register under the operand, if one does.
    pub write: Option<Site>,
    /// The first instruction that then sees something else; `None` where only an output differs.
    pub read: Option<Site>,
}

/// Every collision of a block.
pub fn collisions(block: &Block, reading: &Reading, meanings: &Meanings) -> Vec<Collision> {
    if block.kind != BlockKind::Inline || !reading.facts.is_complete() {
        return Vec::new();
    }
    let facts = &reading.facts;
    let taken: BTreeSet<Register> =
        facts.registers.iter().flatten().map(|part| part.register).collect();
    let mut undeclared: BTreeSet<Register> = BTreeSet::new();
    for (_, cell) in facts.reads.iter().chain(&facts.writes) {
        if let Cell::Register(register) = *cell
            && register != Register::RSP
            && !taken.contains(&register)
        {
            undeclared.insert(register);
        }
    }
    let mut found = Vec::new();
    let mut plain = None;
    for register in undeclared {
        for (number, operand) in block.operands.iter().enumerate() {
            let Operand::Register(operand) = operand else { continue };
            let Place::Class(class) = &operand.place else { continue };
            if !block.target.registers.may_hold(class, register) {
                continue;
            }
            let plain = plain.get_or_insert_with(|| seen_from_outside(facts));
            let other = reading.with_operand_in(block, meanings, number, register);
            if let Some(read) = first_difference(plain, &seen_from_outside(&other)) {
                let write = facts.write_sites(Cell::Register(register)).first().copied();
                found.push(Collision { operand: number, register, write, read });
            }
        }
    }
    found
}

/// What is seen at one place: the instruction there, and each kind of use with the digest of the
/// word used.
#[derive(Default)]
struct Sight {
    site: Option<Site>,
    uses: BTreeSet<(UseKind, u64)>,
}

/// What can be seen of a block from outside, by the address of the instruction. Outputs stand
/// behind all instructions.
fn seen_from_outside(facts: &Facts) -> BTreeMap<(u32, u64), Sight> {
    let mut seen: BTreeMap<(u32, u64), Sight> = BTreeMap::new();
    for used in &facts.uses {
        let site = used.site.filter(|_| !matches!(used.kind, UseKind::Output(_)));
        let address = site.map_or((u32::MAX, u64::MAX), |site| facts.instruction(site).address);
        let sight = seen.entry(address).or_default();
        sight.site = site;
        sight.uses.insert((used.kind, facts.values.digest(&used.word)));
    }
    seen
}

/// The first instruction that sees something else: `Some(None)` if only outputs differ.
fn first_difference(
    plain: &BTreeMap<(u32, u64), Sight>,
    other: &BTreeMap<(u32, u64), Sight>,
) -> Option<Option<Site>> {
    let addresses: BTreeSet<_> = plain.keys().chain(other.keys()).collect();
    let uses = |seen: &BTreeMap<(u32, u64), Sight>, address| {
        seen.get(address).map(|sight: &Sight| sight.uses.clone()).unwrap_or_default()
    };
    let differs =
        addresses.into_iter().find(|address| uses(plain, address) != uses(other, address))?;
    Some(plain.get(differs).and_then(|sight| sight.site))
}
