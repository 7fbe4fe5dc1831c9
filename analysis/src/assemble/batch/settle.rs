//! From an object file to answers, and the doubts about them.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::Batch;
use crate::assemble::module_text::ModuleText;
use crate::assemble::object_file::ObjectContent;
use crate::assemble::{Context, MachineCode, RelocationTarget, Section, directives, leaks};

impl Batch<'_> {
    /// Answers for the blocks of a module that LLVM did not complain about. Returns those whose
    /// answer a neighbour may have spoilt.
    pub(super) fn settle(&mut self, text: &ModuleText, content: ObjectContent) -> Vec<usize> {
        let mut suspects = Vec::new();
        let lone = text.units().nth(1).is_none();
        let starts: HashMap<usize, usize> = content.starts.iter().copied().collect();
        let owners: HashMap<usize, usize> =
            content.starts.iter().map(|&(unit, section)| (section, unit)).collect();
        let ends: HashMap<usize, (usize, u64)> =
            content.ends.iter().map(|&(unit, section, offset)| (unit, (section, offset))).collect();
        let homes: HashMap<usize, u64> = content.homes.iter().copied().collect();
        let probes: HashMap<usize, usize> = content.probes.iter().copied().collect();
        let strangers = referring_to_others(&content.sections, &owners);
        let sections: Rc<[_]> = content.sections.into();
        let mut last_present = None;
        for unit in text.units() {
            let watched = self.directives[unit].any;
            let end = ends.get(&unit).copied();
            let Some(&start) = starts.get(&unit).filter(|_| lone || !watched || end.is_some())
            else {
                // Swallowed by what is before it.
                suspects.extend(last_present.take());
                suspects.push(unit);
                continue;
            };
            last_present = Some(unit);
            if self.answers[unit].is_some() {
                // It is here for others to use.
                continue;
            }
            let section = &sections[start];
            let refers_to_others = strangers.contains(&unit);
            // Lines of a macro that is defined beside the functions are right here.
            let holds_others = section
                .lines
                .iter()
                .any(|line| line.unit != unit && self.units[line.unit].context != Context::Module);
            if (refers_to_others || holds_others)
                && self.units[unit].context != Context::Module
                && !lone
            {
                suspects.push(unit);
                continue;
            }
            let end_offset = match end {
                Some((section, offset)) if section == start => offset,
                _ => section.bytes.len() as u64,
            };
            // Beside functions a text starts in the plain section of code.
            let is_module = self.units[unit].context == Context::Module;
            let ends_elsewhere = end.is_some_and(|(section, offset)| {
                if section == start {
                    return homes.get(&unit).is_some_and(|home| *home != offset);
                }
                !(is_module && is_plain_code(&sections[section].name))
            });
            let probe = probes.get(&unit).map(|&probe| sections[probe].bytes.as_slice());
            let mut leaks =
                leaks::state_after(&self.units[unit], self.architecture, ends_elsewhere, probe);
            if self.directives[unit].defining {
                leaks.extend(leaks::definitions(
                    &self.assembler,
                    self.format,
                    self.architecture,
                    &self.units[unit],
                    self.directives[unit],
                ));
            }
            self.answers[unit] = Some(Ok(MachineCode {
                sections: Rc::clone(&sections),
                start,
                end_offset,
                changes_code_width: self.directives[unit].code_width
                    && directives::name_other_width(self.units[unit].text, self.architecture),
                leaks,
                unit,
            }));
        }
        for &suspect in &suspects {
            self.answers[suspect] = None;
        }
        suspects
    }
}

/// The blocks that refer to what is in the section of another one: to a label that they lack.
fn referring_to_others(sections: &[Section], owners: &HashMap<usize, usize>) -> HashSet<usize> {
    let mut found = HashSet::new();
    for (number, section) in sections.iter().enumerate() {
        for relocation in &section.relocations {
            let RelocationTarget::Section { section: target, .. } = relocation.target else {
                continue;
            };
            let own = owners.get(&number).copied();
            let unit = own.or_else(|| section.line_of(relocation.offset).map(|line| line.unit));
            if let (Some(unit), Some(&owner)) = (unit, owners.get(&target))
                && unit != owner
            {
                found.insert(unit);
            }
        }
    }
    found
}

/// Whether a section is the one that `.text` means.
fn is_plain_code(section: &str) -> bool {
    matches!(section, ".text" | "__text")
}
