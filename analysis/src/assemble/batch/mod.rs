//! Which blocks are assembled together, and what happens when one of them breaks.
//!
//! Ordinary blocks can't disturb each other: they are in sections of their own, and LLVM reports
//! every error with its line. Blocks with directives can (an unterminated `.macro` swallows its
//! neighbours, a macro of the same name conflicts), so they are assembled alone, and so is every block
//! that a shared module could not settle beyond doubt.

mod settle;

use std::collections::{BTreeMap, HashSet};

use super::assembler::{Assembler, Backend, Trouble};
use super::diagnostics::{self, Complaints};
use super::directives::{self, Directives};
use super::module_text::{Dressing, ModuleText, ObjectFormat};
use super::object_file::{self, ObjectContent};
use super::{Context, MachineCode, Rejection, Unit};
use crate::block::{Architecture, Target};
use crate::substitute::LABEL_PREFIX;

/// See [`assemble`](super::assemble).
pub(super) fn assemble(
    backend: Backend,
    target: &Target,
    units: &[Unit<'_>],
) -> Vec<Result<MachineCode, Rejection>> {
    let mut answers: Vec<Option<Result<MachineCode, Rejection>>> =
        units.iter().map(|_| None).collect();
    let directives: Vec<_> = units.iter().map(|unit| directives::look(unit.text)).collect();
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut modules = Vec::new();
    for (index, unit) in units.iter().enumerate() {
        match unit.context {
            Context::Module => modules.push(index),
            Context::Function | Context::Naked => {
                groups.entry(unit.features).or_default().push(index);
            }
        }
    }
    // What is next to functions has only the target's features, and comes first, as others may use
    // what it defines.
    groups.entry("").or_default();
    for (features, members) in groups {
        let own = if features.is_empty() { modules.as_slice() } else { &[] };
        let assembler = match Assembler::new(backend, target, features) {
            Ok(assembler) => assembler,
            Err(message) => {
                for &member in members.iter().chain(own) {
                    answers[member] = Some(Err(Rejection::nowhere(&message)));
                }
                continue;
            }
        };
        let defines = |&module: &usize| {
            units[module].context == Context::Module && directives[module].defining
        };
        let mut batch = Batch {
            architecture: target.architecture,
            format: object_format(&target.llvm_triple),
            assembler,
            has_definitions: modules.iter().any(defines),
            directives: &directives,
            units,
            answers,
        };
        batch.run(&members, own, &modules);
        answers = batch.answers;
    }
    let missing = || Err(Rejection::nowhere("the assembler returned no result"));
    answers.into_iter().map(|answer| answer.unwrap_or_else(missing)).collect()
}

/// A run over all blocks of a crate with the same features.
pub(super) struct Batch<'a> {
    architecture: Architecture,
    format: ObjectFormat,
    assembler: Assembler,
    /// Whether blocks beside functions define something that others may use.
    has_definitions: bool,
    units: &'a [Unit<'a>],
    directives: &'a [Directives],
    answers: Vec<Option<Result<MachineCode, Rejection>>>,
}

/// What happened to a module.
struct Assembled {
    complaints: Complaints,
    /// What LLVM wrote, unless it complained.
    content: ObjectContent,
}

impl Batch<'_> {
    /// Answers for `members`, and for those of the `modules` that are among `own`.
    fn run(&mut self, members: &[usize], own: &[usize], modules: &[usize]) {
        let (mut plain, mut watched, mut alone) = (Vec::new(), Vec::new(), Vec::new());
        for &index in members {
            match self.directives[index] {
                Directives { disturbing: true, .. } => alone.push(index),
                Directives { any: true, .. } => watched.push(index),
                _ if self.leaves_it_open(index) => alone.push(index),
                _ => plain.push(index),
            }
        }
        self.run_modules(own);
        for members in [&plain, &watched] {
            for members in members.chunks(self.format.most_blocks()) {
                self.run_together(members, &mut alone);
            }
        }
        for index in alone {
            self.run_alone(index, modules);
        }
    }

    /// Assembles blocks that do not disturb each other. Whatever is not settled goes to `alone`.
    fn run_together(&mut self, members: &[usize], alone: &mut Vec<usize>) {
        let mut members = members.to_vec();
        // Each round without an answer leaves some block out, or ends in two halves.
        for _ in 0..4 {
            if members.len() < 2 {
                break;
            }
            let dressing = Dressing::LINES;
            let text = self.text(&members, dressing);
            let assembled = self.assemble(&text);
            if assembled.complaints.is_empty() {
                let suspects = self.settle(&text, assembled.content);
                alone.extend(suspects);
                return;
            }
            if assembled.complaints.unlocated.is_some() {
                break;
            }
            let mut broken = HashSet::new();
            for (unit, rejection) in assembled.complaints.located {
                if !broken.insert(unit) {
                    continue;
                }
                // A name that is defined twice may be a neighbour's; anything may be the fault of a
                // neighbour with directives, which all are in one module; and what is unknown may
                // be defined beside the functions.
                // So may an IT block that the block before it did not finish.
                let own_fault = !rejection.message.contains("already defined")
                    && !rejection.message.contains("IT block")
                    && !self.directives[unit].any
                    && !self.has_definitions
                    && !self.has_labels(unit);
                if own_fault {
                    self.answers[unit] = Some(Err(rejection));
                } else {
                    alone.push(unit);
                }
            }
            members.retain(|member| !broken.contains(member));
        }
        match members.len() {
            0 => {}
            1 => alone.extend(members),
            count => {
                let (first, second) = members.split_at(count / 2);
                self.run_together(first, alone);
                self.run_together(second, alone);
            }
        }
    }

    /// Assembles the blocks that are next to functions: in one module, in their order, as the
    /// compiler does, because a later one may use what an earlier one defines.
    fn run_modules(&mut self, modules: &[usize]) {
        let mut members = modules.to_vec();
        while !members.is_empty() && members.len() <= self.format.most_blocks() {
            let text = self.text(&members, Dressing::LINES);
            let assembled = self.assemble(&text);
            if assembled.complaints.is_empty() {
                self.settle(&text, assembled.content);
                break;
            }
            if assembled.complaints.located.is_empty() {
                break;
            }
            let broken: HashSet<usize> =
                assembled.complaints.located.iter().map(|(unit, _)| *unit).collect();
            members.retain(|member| !broken.contains(member));
        }
        for &unit in modules {
            if self.answers[unit].is_none() {
                let before: Vec<usize> =
                    modules.iter().copied().filter(|&module| module < unit).collect();
                self.run_alone(unit, &before);
            }
        }
    }

    /// Assembles one block by itself, in whichever of the ways that the compiler might.
    fn run_alone(&mut self, unit: usize, modules: &[usize]) {
        let directives = self.directives[unit];
        let frame = directives.unwind && self.units[unit].context == Context::Function;
        let mut rejection = None;
        let mut attempt = |batch: &mut Self, members: &[usize], dressing: Dressing| {
            let text = batch.text(members, dressing);
            let assembled = batch.assemble(&text);
            if assembled.complaints.is_empty() {
                batch.settle(&text, assembled.content);
                return batch.answers[unit].is_some();
            }
            // The first words are the best, but where they are about our own line directives.
            if rejection.is_none() || !dressing.lines {
                let complaints = assembled.complaints;
                let own = complaints.located.into_iter().find(|(member, _)| *member == unit);
                rejection = own.map(|(_, rejection)| rejection).or(complaints.unlocated);
            }
            // To ask again in another way what it crashes on would not be an answer.
            let crash = rejection.as_ref().filter(|rejection| rejection.is_crash());
            if let Some(crash) = crash {
                batch.answers[unit] = Some(Err(crash.clone()));
            }
            crash.is_some()
        };
        let plain = Dressing { frame, ..Dressing::LINES };
        let bare = Dressing { lines: false, ..plain };
        let done = attempt(self, &[unit], plain)
            || frame && attempt(self, &[unit], Dressing::LINES)
            || directives.lines && attempt(self, &[unit], bare)
            || directives.lines
                && frame
                && attempt(self, &[unit], Dressing { frame: false, ..bare })
            || self.has_labels(unit) && attempt(self, &[unit], Dressing { labels: true, ..plain });
        if done {
            return;
        }
        let mut context: Vec<usize> = modules
            .iter()
            .copied()
            .filter(|&module| {
                self.directives[module].defining && matches!(self.answers[module], Some(Ok(_)))
            })
            .collect();
        if !context.is_empty() {
            context.push(unit);
            if attempt(self, &context, plain) {
                return;
            }
        }
        let nowhere = || Rejection::nowhere("the assembler returned no result");
        self.answers[unit] = Some(Err(rejection.unwrap_or_else(nowhere)));
    }

    /// Whether the next block's instructions would be in an IT block that this one begins.
    fn leaves_it_open(&self, unit: usize) -> bool {
        let unit = &self.units[unit];
        unit.is_thumb && open_it_slots(unit.text) > 0
    }

    /// Whether a block has `label` operands. They are undefined symbols to us; the compiler defines
    /// them beside the block, so that it accepts more of them.
    fn has_labels(&self, unit: usize) -> bool {
        self.units[unit].text.contains(LABEL_PREFIX)
    }

    fn text(&self, members: &[usize], dressing: Dressing) -> ModuleText {
        let mut text = ModuleText::new(self.format, self.architecture, dressing.lines);
        for &member in members {
            let unit = &self.units[member];
            text.add_unit(member, unit, unit.text, self.directives[member], dressing);
        }
        text.finish();
        text
    }

    fn assemble(&self, text: &ModuleText) -> Assembled {
        let unlocated = |message: &str| Assembled {
            complaints: Complaints {
                located: Vec::new(),
                unlocated: Some(Rejection::nowhere(message)),
            },
            content: ObjectContent::default(),
        };
        let emitted = match self.assembler.assemble(text.module(), text.function().as_deref()) {
            Ok(emitted) => emitted,
            Err(Trouble::Unavailable(message)) => return unlocated(&message),
            Err(Trouble::Crash) => return unlocated(Rejection::CRASH),
        };
        let complaints = diagnostics::sort(&emitted.messages, text);
        if !complaints.is_empty() {
            return Assembled { complaints, content: ObjectContent::default() };
        }
        match object_file::read(&emitted.object, text) {
            Ok(content) => Assembled { complaints, content },
            Err(error) => unlocated(&error.to_string()),
        }
    }
}

/// How many instructions the last `it` of a text still waits for, as far as the text tells.
fn open_it_slots(text: &str) -> usize {
    let statements = text.split(['\n', ';']).map(str::trim);
    statements.filter(|statement| !statement.is_empty() && !statement.ends_with(':')).fold(
        0,
        |open, statement| {
            let word = statement.split_whitespace().next().unwrap_or("").to_ascii_lowercase();
            match word.strip_prefix("it") {
                Some(arms)
                    if arms.len() < 4 && arms.bytes().all(|arm| matches!(arm, b't' | b'e')) =>
                {
                    arms.len() + 1
                }
                _ => open.saturating_sub(1),
            }
        },
    )
}

impl Rejection {
    /// The message if LLVM gave none.
    const CRASH: &str = "LLVM crashes on this block";

    /// Whether it is not a rejection at all: LLVM crashed, or did not end.
    pub(super) fn is_crash(&self) -> bool {
        self.line.is_none() && self.message == Rejection::CRASH
    }

    fn nowhere(message: &str) -> Rejection {
        Rejection { line: None, column: None, message: message.to_owned() }
    }
}

/// The object format that LLVM uses for a target.
fn object_format(triple: &str) -> ObjectFormat {
    if triple.ends_with("elf") {
        ObjectFormat::Elf
    } else if triple.ends_with("macho") {
        ObjectFormat::MachO
    } else if ["windows", "uefi", "cygwin"].iter().any(|name| triple.contains(name)) {
        ObjectFormat::Coff
    } else if ["apple", "darwin", "macosx"].iter().any(|name| triple.contains(name)) {
        ObjectFormat::MachO
    } else {
        ObjectFormat::Elf
    }
}

#[cfg(test)]
mod tests {
    use super::open_it_slots;

    #[test]
    fn it_blocks_are_counted() {
        assert_eq!(open_it_slots("cmp r0, #0\nit eq\nmoveq r0, #1"), 0);
        assert_eq!(open_it_slots("cmp r0, #0\nitt eq; moveq r0, #1"), 1);
        assert_eq!(open_it_slots("it eq\n2:\n"), 1);
        assert_eq!(open_it_slots("ITTEE eq"), 4);
        assert_eq!(open_it_slots("item"), 0);
    }
}
