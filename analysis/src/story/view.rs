//! How a story looks at facts: sites, addresses and registers in the author's words.

use super::formula::Reader;
use super::{Material, text};
use crate::block::{Operand, Place};
use crate::facts::{Access, AccessKind, PlaceOfAccess};
use crate::meaning::Meaning;
use crate::registers::Register;
use crate::show;
use crate::values::{Cell, Site};

impl Material<'_> {
    /// Reads formulas off the facts.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader { block: self.block, facts: self.facts }
    }

    /// What an instruction means beyond registers, flags and memory.
    pub(super) fn meaning(&self, site: Site) -> Meaning {
        self.meanings.of(&self.facts.instruction(site).instruction)
    }

    /// An instruction as decoded, with the operands as the author calls them.
    pub(super) fn shown(&self, site: Site) -> String {
        self.with_names(&show::instruction(self.block, self.facts, site))
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

    /// Puts the operands' names where a text has their placeholders.
    fn with_names(&self, text: &str) -> String {
        let mut parts = text.split(show::OPERAND);
        let mut named = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = part.split_at(digits);
            let name = number.parse().map_or_else(|_| number.to_owned(), |at| self.names.input(at));
            named.push_str(&name);
            named.push_str(rest);
        }
        named
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
            Some((operand, _)) => {
                let name = self.names.input(operand);
                if name.starts_with('{') { name } else { format!("{{{name}}}") }
            }
            None => self.block.target.architecture.usual_name(register),
        }
    }

    /// Where an access goes, as an address in brackets.
    pub(super) fn address(&self, access: &Access) -> String {
        let segment = match access.segment {
            Some(4) => "fs:",
            Some(5) => "gs:",
            _ => "",
        };
        if segment.is_empty()
            && matches!(access.place, PlaceOfAccess::OwnStack | PlaceOfAccess::Stack)
        {
            return "the stack".to_owned();
        }
        let formula = self.reader().formula(&access.address);
        match formula.is_known() {
            true => format!("{segment}[{}]", text::formula(&formula, &self.names)),
            false if access.place == PlaceOfAccess::Frame => "the caller's frame".to_owned(),
            false => format!("{segment}[a computed address]"),
        }
    }

    /// An access in a few words: `reads 8 bytes at [p + 8]`.
    pub(super) fn access(&self, access: &Access) -> String {
        let verb = match access.kind {
            AccessKind::Read => "reads",
            AccessKind::Write => "writes",
            AccessKind::ReadWrite => "reads and writes",
        };
        let may = if access.conditional { "may access: " } else { "" };
        let bytes = match access.bytes {
            Some(1) => "1 byte".to_owned(),
            Some(bytes) => format!("{bytes} bytes"),
            None => "memory".to_owned(),
        };
        format!("{may}{verb} {bytes} at {}", self.address(access))
    }

    /// The names of status flags among cells.
    pub(super) fn flags(&self, cells: impl Iterator<Item = Cell>) -> Vec<&'static str> {
        let mut names = Vec::new();
        for cell in cells.filter(|cell| matches!(cell, Cell::Flag(_))) {
            let name = self.block.target.architecture.cell_name(cell);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}
