//! How a story looks at facts: sites, addresses and registers in the author's words.

use std::collections::HashMap;
use std::rc::Rc;

use super::formula::{Formula, Reader, Shape};
use super::{Material, needs, text, wording};
use crate::block::{BlockKind, Operand, Place};
use crate::facts::{Access, AccessKind, PlaceOfAccess, Use, UseKind};
use crate::isa::{Flow, Repeated};
use crate::machine::trace::Traces;
use crate::meaning::Meaning;
use crate::registers::{Register, RegisterPart};
use crate::show;
use crate::values::arithmetic::signed;
use crate::values::{Cell, Flag, Kind, Site, Word};

impl Material<'_> {
    /// Reads formulas off the facts.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader::new(self.block, self.facts)
    }

    /// The formula of a word.
    pub(super) fn formula(&self, word: &Word) -> Rc<Formula> {
        self.index.formula(&self.reader(), word)
    }

    /// What an instruction means beyond registers, flags and memory.
    pub(super) fn meaning(&self, site: Site) -> Meaning {
        self.index.meaning(self.facts, self.meanings, site)
    }

    /// An instruction as its author wrote it, where that is one statement, else as decoded; with the
    /// operands as the author calls them.
    pub(super) fn shown(&self, site: Site) -> String {
        self.named(self.index.shown(site))
    }

    /// An instruction as decoded, whatever its author wrote.
    pub(super) fn decoded(&self, site: Site) -> String {
        self.named(&show::decoded(self.block, self.facts, site))
    }

    fn named(&self, text: &str) -> String {
        show::with_names(text, |operand| {
            let name = self.names.input(operand);
            Some(name.trim_start_matches('{').trim_end_matches('}').to_owned())
        })
    }

    /// The sites that something is true of, each as the instruction in ticks, without repeats.
    pub(super) fn sites_that(&self, is: impl Fn(Site) -> bool) -> Vec<String> {
        let mut shown = Vec::new();
        for site in self.facts.sites().filter(|site| is(*site)) {
            let text = format!("`{}`", self.shown(site));
            if !shown.contains(&text) {
                shown.push(text);
            }
        }
        shown
    }

    /// A register by the operand that it stands for, or by its own name.
    pub(super) fn register(&self, register: Register) -> String {
        let operand = self.facts.registers.iter().enumerate().find(|(operand, part)| {
            part.is_some_and(|part| part.register == register)
                && matches!(
                    self.block.operands.get(*operand),
                    Some(Operand::Register(operand)) if matches!(operand.place, Place::Class(_))
                )
        });
        match operand {
            Some((operand, _)) => self.names.placeholder(operand, ""),
            None => self.block.target.architecture.usual_name(register),
        }
    }

    /// The same by a name of another width.
    pub(super) fn register_of(&self, register: Register, bits: u16) -> String {
        let name = self.register(register);
        let architecture = self.block.target.architecture;
        match name == architecture.usual_name(register) {
            true => architecture.register_name(RegisterPart { bits, ..register.whole() }),
            false => name,
        }
    }

    /// The operand that all loads of an instruction go through, if it is one.
    pub(super) fn loads_through(&self, site: Site) -> Option<String> {
        let loads = self.index.accesses(self.facts, site).filter(|access| access.kind.reads());
        let mut operands =
            loads.map(|access| needs::base(self, access).map(|(operand, _)| operand));
        let first = operands.next()??;
        operands.all(|other| other == Some(first)).then(|| self.names.input(first))
    }

    /// Whether an access is one of those that a loop makes, and others of them go where it cannot be
    /// determined: only the first is worth telling.
    pub(super) fn is_one_of_many(&self, access: &Access) -> bool {
        let alike = || {
            let of_site = self.index.accesses(self.facts, access.site);
            of_site.filter(|other| other.kind == access.kind && other.segment == access.segment)
        };
        let is_first = alike().next().is_some_and(|first| first.address == access.address);
        let is_known = |access: &Access| self.formula(&access.address).is_known();
        !is_first && is_known(access) && alike().any(|other| !is_known(other))
    }

    /// Where an access goes: `at [p + 8]`.
    pub(super) fn address(&self, access: &Access) -> String {
        let segment = match access.segment {
            Some(4) => "fs:",
            Some(5) => "gs:",
            _ => "",
        };
        if self.is_on_own_stack(access) || access.place == PlaceOfAccess::Stack {
            return "on the stack".to_owned();
        }
        let formula = self.formula(&access.address);
        if let Shape::Number(number) = formula.shape {
            return match number < 10 {
                true => format!("at {segment}[{number}]"),
                false => format!("at {segment}[{number:#x}]"),
            };
        }
        match formula.is_known() {
            true => format!("at {segment}[{}]", text::formula(&formula, &self.names)),
            false if let Some((register, offset)) = self.entry_offset(access) => {
                let name = self.register(register);
                let step = match offset {
                    0 => String::new(),
                    offset if offset < 0 => format!(" - {}", offset.unsigned_abs()),
                    offset => format!(" + {offset}"),
                };
                format!("at {segment}[{name} on entry{step}]")
            }
            false if access.place == PlaceOfAccess::Frame => match self.block.kind {
                BlockKind::Inline => "in the compiler's frame".to_owned(),
                BlockKind::Naked(_) | BlockKind::Global => "in the caller's frame".to_owned(),
            },
            false if segment.is_empty() => "at a computed address".to_owned(),
            false => format!("at {segment}[a computed address]"),
        }
    }

    /// The register that an address is relative to by what that held on entry, and the distance. Nobody
    /// passes it in as an operand.
    fn entry_offset(&self, access: &Access) -> Option<(Register, i64)> {
        let (base, addend) = self.facts.values.split_offset(&access.address);
        let (value, 0) = base.as_slice()? else { return None };
        let Kind::Entry(Cell::Register(register)) = self.facts.values.get(value).kind else {
            return None;
        };
        Some((register, signed(addend, base.bits())))
    }

    /// Whether an instruction returns and changes `cs` and the mode with it.
    pub(super) fn returns_far(&self, site: Site) -> bool {
        let instruction = &self.facts.instruction(site).instruction;
        self.block.target.architecture.is_x86()
            && instruction.flow() == Flow::Return
            && instruction.mnemonic() != "ret"
    }

    /// Whether an access takes the return address off the stack.
    pub(super) fn is_return(&self, access: &Access) -> bool {
        access.place == PlaceOfAccess::Frame
            && self.facts.instruction(access.site).instruction.flow() == Flow::Return
    }

    /// Whether an access goes to the stack that the block was entered on, below what the compiler
    /// keeps there. A stack that the block switches to is memory like any other to its caller.
    pub(super) fn is_on_own_stack(&self, access: &Access) -> bool {
        access.place == PlaceOfAccess::OwnStack && !self.formula(&access.address).is_known()
    }

    /// What a repeated string instruction accesses, with the number of elements as an expression;
    /// `None` if the count or the direction is not known.
    pub(super) fn elements(&self, access: &Access) -> Option<(Repeated, String)> {
        let facts = self.facts;
        let counts = |used: &&Use| {
            used.kind == UseKind::Count
                && used.site == Some(access.site)
                && used.trace == access.trace
        };
        let count = &facts.uses.iter().find(counts)?.word;
        let repeated = facts.instruction(access.site).instruction.repeated()?;
        let sets_direction =
            facts.writes.iter().any(|(_, cell)| *cell == Cell::Flag(Flag::Direction));
        let formula = self.formula(count);
        (formula.is_known() && !sets_direction)
            .then(|| (repeated, text::factor(&formula, &self.names)))
    }

    /// Whether an access may not happen: because of its instruction, or because paths lead past
    /// it and all others with the same `accesses`.
    pub(super) fn may_be_skipped<'a>(&self, accesses: impl Iterator<Item = &'a Access>) -> bool {
        let facts = self.facts;
        let mut certain = Vec::new();
        for access in accesses.filter(|access| !access.conditional) {
            if access.trace == Traces::ENTRY {
                return false;
            }
            certain.push(access.trace);
        }
        let ends = facts.exits.iter().map(|exit| exit.trace);
        let mut ends = ends.chain(facts.departures.iter().map(|departure| departure.trace));
        certain.is_empty() || ends.any(|end| facts.traces.is_reached_without(end, &certain))
    }

    /// Accesses in a few words each, each once: what may be skipped is `perhaps` done, and what is next to
    /// each other is one.
    pub(super) fn accesses(&self, is: impl Fn(&Access) -> bool) -> Vec<String> {
        let mut groups: Vec<(String, Vec<&Access>)> = Vec::new();
        let mut positions: HashMap<String, usize> = HashMap::new();
        let told = |access: &&Access| is(access) && !self.is_one_of_many(access);
        for access in self.facts.accesses.iter().filter(told) {
            let text = self.access(access);
            let position = *positions.entry(text.clone()).or_insert(groups.len());
            match groups.get_mut(position) {
                Some((_, accesses)) => accesses.push(access),
                None => groups.push((text, vec![access])),
            }
        }
        let mut stretches: Vec<Stretch> = Vec::new();
        for (text, accesses) in groups {
            let is_said = text.starts_with("perhaps ")
                || accesses
                    .iter()
                    .any(|access| access.bytes.is_none() && self.elements(access).is_some());
            let perhaps = !is_said && self.may_be_skipped(accesses.iter().copied());
            let first = accesses.into_iter().next();
            stretches.extend(first.map(|first| Stretch { access: first.clone(), text, perhaps }));
        }
        self.joined(stretches)
            .into_iter()
            .map(
                |Stretch { text, perhaps, .. }| {
                    if perhaps { format!("perhaps {text}") } else { text }
                },
            )
            .collect()
    }

    /// Stretches that are next to each other as one, at the place of the first of them.
    fn joined(&self, stretches: Vec<Stretch>) -> Vec<Stretch> {
        let values = &self.facts.values;
        let mut joined: Vec<Option<Stretch>> = stretches.into_iter().map(Some).collect();
        // By what they are relative to: the distance, the length, and the number.
        let mut kinds: HashMap<_, Vec<(i64, u64, usize)>> = HashMap::new();
        for (number, stretch) in joined.iter().enumerate() {
            let Some(Stretch { access, perhaps, .. }) = stretch else { continue };
            let is_stack = access.place == PlaceOfAccess::Stack || self.is_on_own_stack(access);
            let Some(bytes) = access.bytes.filter(|_| !access.conditional && !is_stack) else {
                continue;
            };
            let (base, addend) = values.split_offset(&access.address);
            let kind = (base, access.kind, access.place, access.segment, *perhaps);
            let distance = signed(addend, access.address.bits());
            kinds.entry(kind).or_default().push((distance, bytes, number));
        }
        for mut parts in kinds.into_values() {
            parts.sort();
            let touch = |one: &(i64, u64, usize), other: &(i64, u64, usize)| {
                one.0.checked_add_unsigned(one.1) == Some(other.0)
            };
            for run in parts.chunk_by(touch).filter(|run| run.len() > 1) {
                let Some((.., lowest)) = run.first() else { continue };
                let place = run.iter().map(|(.., number)| *number).min().unwrap_or(*lowest);
                let Some(mut whole) = joined[*lowest].clone() else { continue };
                whole.access.bytes = Some(run.iter().map(|(_, bytes, _)| bytes).sum());
                whole.text = self.access(&whole.access);
                run.iter().for_each(|(.., number)| joined[*number] = None);
                joined[place] = Some(whole);
            }
        }
        joined.into_iter().flatten().collect()
    }

    /// An access in a few words: `reads 8 bytes at [p + 8]`.
    pub(super) fn access(&self, access: &Access) -> String {
        let verb = match access.kind {
            AccessKind::Read => "reads",
            AccessKind::Write => "writes",
            AccessKind::ReadWrite => "reads and writes",
        };
        let elements = if access.bytes.is_none() { self.elements(access) } else { None };
        let may = if access.conditional && elements.is_none() { "perhaps " } else { "" };
        let bytes = match (access.bytes, elements) {
            (Some(1), _) => "1 byte".to_owned(),
            (Some(bytes), _) => format!("{bytes} bytes"),
            (None, Some((repeated, count))) => {
                let most = if repeated.ends_early { "up to " } else { "" };
                format!("{most}{} bytes", wording::product(repeated.bytes, &count))
            }
            (None, None) => "memory".to_owned(),
        };
        format!("{may}{verb} {bytes} {}", self.address(access))
    }

    /// The names of status flags among cells, in the architecture's order.
    pub(super) fn flags(&self, cells: impl Iterator<Item = Cell>) -> Vec<&'static str> {
        let architecture = self.block.target.architecture;
        let order = architecture.preserved_flags();
        let mut flags: Vec<Cell> = cells.filter(|cell| matches!(cell, Cell::Flag(_))).collect();
        flags.sort_by_key(|cell| {
            (order.iter().position(|flag| flag == cell).unwrap_or(order.len()), *cell)
        });
        flags.dedup();
        flags.into_iter().map(|cell| architecture.cell_name(cell)).collect()
    }
}

/// Memory that is accessed in one way.
#[derive(Clone)]
struct Stretch {
    access: Access,
    text: String,
    /// Whether paths lead past it.
    perhaps: bool,
}
