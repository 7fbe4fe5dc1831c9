//! Outputs that depend on something that is not an input: they may differ between two executions of a
//! block with equal inputs (rules.pure).
//!
//! Asked by the lint `pure_nondeterministic`. Only bits that certainly reach an output count
//! ([`Demand`](crate::machine::demand)), and branches that certainly make an output differ.

use crate::block::{Block, Operand, Output};
use crate::facts::{Exit, Facts, PlaceOfAccess, Use, UseKind};
use crate::machine::demand::Origin;
use crate::machine::trace::Decision;
use crate::meaning::Nondeterminism;
use crate::registers::Register;
use crate::values::{Cause, Cell, Flag, Kind, Site, Source, ValueId, VectorState, Word};

/// The exception flags of MXCSR.
const SSE_FLAGS: u64 = 0x3f;

/// Something that an output depends on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Varying {
    /// What it is.
    pub kind: VaryingKind,
    /// The instruction that takes it in, if known.
    pub site: Option<Site>,
    /// The operand that is the output.
    pub output: usize,
}

/// What an output depends on that is not an input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VaryingKind {
    /// The result of an instruction.
    Instruction(Nondeterminism),
    /// The flags at entry, as `pushf` or `lahf` saves them.
    Flags,
    /// The stack pointer at entry.
    StackPointer,
    /// The frame pointer at entry.
    FramePointer,
    /// A segment register.
    Segment,
    /// The exception flags of MXCSR, or the x87 status word, at entry.
    FloatingStatus,
    /// The address of the block's own code or data: two copies of the block differ in it.
    OwnAddress,
    /// What the block's own stack held before the block wrote there.
    OwnStack,
}

/// Everything that varies and reaches an output, once for each place that it comes from.
/// `nondeterministic` is what the tables of [`meaning`](crate::isa::x86::meaning) say about an
/// instruction.
pub fn varying_outputs(
    block: &Block,
    facts: &Facts,
    nondeterministic: impl Fn(Site) -> Option<Nondeterminism>,
) -> Vec<Varying> {
    let search = Search { block, facts, nondeterministic };
    let outputs = facts
        .uses
        .iter()
        .filter(|used| matches!(used.kind, UseKind::Output(_)) && search.is_of_one_path(used));
    let mut found = search.sources(outputs.cloned().collect());
    if found.is_empty() {
        found = search.branches();
    }
    found
}

struct Search<'a, N> {
    block: &'a Block,
    facts: &'a Facts,
    nondeterministic: N,
}

impl<N: Fn(Site) -> Option<Nondeterminism>> Search<'_, N> {
    /// Where branches depend on each other, a joined value may hold what no path brings there.
    fn is_of_one_path(&self, used: &Use) -> bool {
        !self.facts.correlated
            || self.facts.exits.iter().any(|exit| exit.trace == used.trace && exit.exact)
    }

    /// What varies in the words, through the addresses of loads too.
    fn sources(&self, mut uses: Vec<Use>) -> Vec<Varying> {
        let mut found: Vec<Varying> = Vec::new();
        let mut loads: Vec<ValueId> = Vec::new();
        let mut is_address = false;
        while !uses.is_empty() {
            let mut addresses = Vec::new();
            let demand = self.facts.demand(&uses);
            for origin in demand.origins().iter().filter(|origin| origin.certain != 0) {
                let Some(used) = uses.get(origin.wanted_by) else { continue };
                let UseKind::Output(output) = used.kind else { continue };
                let value = self.facts.values.get(origin.value);
                if let Kind::Fresh { cause: Cause::Load, ref inputs, .. } = value.kind
                    && !loads.contains(&origin.value)
                {
                    loads.push(origin.value);
                    let address = |word: &Word| Use { word: word.clone(), ..used.clone() };
                    addresses.extend(inputs.iter().map(address));
                }
                let Some((kind, site)) = self.classify(origin) else {
                    continue;
                };
                // Where something lies does not show in what is loaded from there.
                let counts = !is_address || matches!(kind, VaryingKind::Instruction(_));
                let known = found.iter().any(|known| known.kind == kind && known.site == site);
                if counts && !known {
                    found.push(Varying { kind, site, output });
                }
            }
            uses = addresses;
            is_address = true;
        }
        found
    }

    /// Whether a root varies, and the instruction that takes it in.
    fn classify(&self, origin: &Origin) -> Option<(VaryingKind, Option<Site>)> {
        let through = origin.through;
        let value = self.facts.values.get(origin.value);
        match &value.kind {
            Kind::Fresh { site, cause: Cause::Instruction, .. } => {
                Some((VaryingKind::Instruction((self.nondeterministic)(*site)?), Some(*site)))
            }
            // Where the block writes to its stack, the load may see that.
            Kind::Fresh { site, cause: Cause::Load, .. } if self.facts.stack_uses.is_empty() => {
                let mut accesses = self.facts.accesses.iter();
                let own = accesses.any(|access| {
                    access.site == *site
                        && access.kind.reads()
                        && access.place == PlaceOfAccess::OwnStack
                });
                own.then_some((VaryingKind::OwnStack, Some(*site)))
            }
            Kind::Address { .. } => Some((VaryingKind::OwnAddress, value.site.or(through))),
            // The bits that control rounding and the like are the same everywhere (core::arch on
            // `_mm_setcsr`).
            Kind::Entry(Cell::Mxcsr) if origin.certain & SSE_FLAGS == 0 => None,
            Kind::Entry(cell) => self.classify_entry(*cell, through),
            _ => None,
        }
    }

    fn classify_entry(
        &self,
        cell: Cell,
        through: Option<Site>,
    ) -> Option<(VaryingKind, Option<Site>)> {
        let kind = match cell {
            Cell::OtherFlags => return Some((VaryingKind::Flags, self.saver_of_flags())),
            // Clear on entry (rules.x86-df).
            Cell::Flag(Flag::Direction) => return None,
            Cell::Flag(flag) => {
                let tests = through.is_some_and(|site| self.tests_flags(site));
                let saver = self.saver_of_flags().filter(|_| !tests || !flag.is_status());
                return saver.map(|site| (VaryingKind::Flags, Some(site)));
            }
            cell if cell == self.facts.stack_pointer() => VaryingKind::StackPointer,
            Cell::Register(register)
                if register == self.facts.architecture.frame_pointer()
                    && !self.is_operand(register) =>
            {
                VaryingKind::FramePointer
            }
            Cell::Segment(_) => VaryingKind::Segment,
            Cell::Mxcsr
            | Cell::X87Status
            | Cell::FloatStatus
            | Cell::Vector(VectorState::Saturated) => {
                return Some((VaryingKind::FloatingStatus, self.saver_of_status(cell)));
            }
            // Such as the keys that sign pointers: what varies is known of the instruction.
            Cell::System(_) => {
                let site = through.or_else(|| self.first_naming(cell))?;
                let source = (self.nondeterministic)(site)?;
                return Some((VaryingKind::Instruction(source), Some(site)));
            }
            _ => return None,
        };
        Some((kind, through.or_else(|| self.first_naming(cell))))
    }

    fn is_operand(&self, register: Register) -> bool {
        self.facts.registers.iter().flatten().any(|part| part.register == register)
    }

    /// The first instruction that puts the flags where they can be looked at.
    fn saver_of_flags(&self) -> Option<Site> {
        self.first(|site| self.facts.instruction(site).instruction.saves(Cell::Flag(Flag::Carry)))
    }

    /// The first instruction that puts floating-point status where it can be looked at.
    fn saver_of_status(&self, cell: Cell) -> Option<Site> {
        self.first(|site| self.facts.instruction(site).instruction.saves(cell))
    }

    fn tests_flags(&self, site: Site) -> bool {
        self.facts.instruction(site).instruction.reads_flags()
    }

    /// The first instruction that has the cell as an operand, or else reads it.
    fn first_naming(&self, cell: Cell) -> Option<Site> {
        let names = |site: Site| {
            let named = self.facts.instruction(site).instruction.named_registers();
            named.contains(&cell)
        };
        self.first(names).or_else(|| {
            self.facts.reads.iter().find(|(_, read)| *read == cell).map(|(site, _)| *site)
        })
    }

    fn first(&self, mut property: impl FnMut(Site) -> bool) -> Option<Site> {
        (0u32..)
            .zip(&self.facts.instructions)
            .map(|(index, _)| Site(index))
            .filter(|site| property(*site))
            .min_by_key(|site| self.facts.instruction(*site).address)
    }

    /// What decides a branch, if it certainly decides an output, too: on the one side of the
    /// branch every path gives other constants or inputs than on the other side.
    fn branches(&self) -> Vec<Varying> {
        if self.facts.exits.iter().any(|exit| !exit.exact) {
            return Vec::new();
        }
        let outputs = self.block.operands.iter().enumerate().filter_map(|(number, operand)| {
            matches!(operand, Operand::Register(operand) if matches!(operand.output, Output::Used(_)))
                .then_some(number)
        });
        let outputs: Vec<usize> = outputs.collect();
        let mut found = Vec::new();
        for used in self.facts.uses.iter().filter(|used| used.kind == UseKind::Branch) {
            let Some(branch) = used.site else { continue };
            let decided = outputs.iter().find(|output| self.decides(branch, **output));
            let Some(&output) = decided else { continue };
            let word = Use { kind: UseKind::Output(output), ..used.clone() };
            for varying in self.sources(vec![word]) {
                if !found.contains(&varying) {
                    found.push(varying);
                }
            }
        }
        found
    }

    /// Whether no path on the one side of the branch gives the output what one on the other side
    /// does.
    fn decides(&self, branch: Site, output: usize) -> bool {
        let Some(Some(part)) = self.facts.registers.get(output) else { return false };
        let cell = Cell::Register(part.register);
        let mut sides: [Vec<Word>; 2] = Default::default();
        for exit in &self.facts.exits {
            let Some(taken) = self.side(exit, branch) else { continue };
            let Some(word) = self.facts.at_exit(exit, cell) else { return false };
            let word = word.slice(part.low_bit, part.bits.min(word.bits() - part.low_bit));
            if !self.is_plain(&word) {
                return false;
            }
            sides[usize::from(taken)].push(word);
        }
        let [not_taken, taken] = &sides;
        !not_taken.is_empty()
            && !taken.is_empty()
            && not_taken.iter().all(|word| !taken.contains(word))
    }

    /// The side of the branch that the path to an exit takes; `None` if it takes neither or both.
    fn side(&self, exit: &Exit, branch: Site) -> Option<bool> {
        let decisions = self.facts.traces.decisions(exit.trace);
        let mut here = decisions.iter().filter(|decision| decision.site == branch);
        let Decision { taken, .. } = *here.next()?;
        here.all(|decision| decision.taken == taken).then_some(taken)
    }

    /// Whether the word is made of constants and inputs as they came, so that different words are
    /// different values.
    fn is_plain(&self, word: &Word) -> bool {
        word.segments().iter().all(|segment| match segment.source {
            Source::Slice { value, .. } => {
                matches!(self.facts.values.get(value).kind, Kind::Entry(_))
            }
            _ => true,
        })
    }
}
