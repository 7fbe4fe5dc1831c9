//! What assembler state a block leaves changed, found by asking the assembler.
//!
//! Sections, syntax and code width are read off the text after the block in the same module. For
//! definitions the block is assembled a second time after itself: what conflicts, or has a different
//! value then, is state that one copy leaves to the next.

use std::collections::BTreeMap;

use super::assembler::Assembler;
use super::directives::{Directives, words};
use super::module_text::{Dressing, ModuleText, ObjectFormat};
use super::object_file::{self, ObjectContent};
use super::{Leak, LeakedState, Rejection, Unit, diagnostics};
use crate::block::{Architecture, Syntax};

/// The instructions that are added after a block which may switch something.
///
/// x86: both syntaxes and all code widths accept them, each in its own way: `movsw` needs a prefix
/// but in 16-bit code, `jecxz` but in 32-bit code, and 5 is a number in Intel syntax and an address
/// in AT&T syntax. Arm: `bx lr` has 32 bits in one instruction set and 16 in the other.
pub(super) fn probe(architecture: Architecture) -> Option<&'static str> {
    match architecture {
        Architecture::X86 | Architecture::X86_64 => Some("movsw\njecxz 7001f\n7001:\npush 5\n"),
        Architecture::Arm => Some("bx lr\n"),
        _ => None,
    }
}

/// The state that is found in the module where the block was assembled: whether the text after it
/// lands elsewhere, and what happened to the probe, if there is one.
pub(super) fn state_after(
    unit: &Unit<'_>,
    architecture: Architecture,
    ends_elsewhere: bool,
    probe: Option<&[u8]>,
) -> Vec<Leak> {
    let mut leaks = Vec::new();
    if ends_elsewhere {
        let line = last_line(unit.text, is_section_word);
        leaks.push(Leak { state: LeakedState::Section, line });
    }
    leaks.extend(selected(unit.text, architecture));
    if architecture == Architecture::Arm {
        let is_thumb = match probe {
            Some([0x70, 0x47]) => true,
            Some([0x1e, 0xff, 0x2f, 0xe1] | [0xe1, 0x2f, 0xff, 0x1e]) => false,
            _ => return leaks,
        };
        if is_thumb != unit.is_thumb {
            let is_switch = |word: &str| matches!(word, "thumb" | "arm" | "code");
            let line = last_line(unit.text, is_switch);
            leaks.push(Leak { state: LeakedState::CodeWidth, line });
        }
        return leaks;
    }
    let Some((syntax, width)) = probe.and_then(read_probe) else { return leaks };
    if syntax != unit.syntax {
        let line = last_line(unit.text, |word| word.ends_with("_syntax"));
        leaks.push(Leak { state: LeakedState::Syntax, line });
    }
    if width != architecture.word_bits() {
        let line = last_line(unit.text, |word| word.starts_with("code"));
        leaks.push(Leak { state: LeakedState::CodeWidth, line });
    }
    leaks
}

/// What a block selects for the assembler and does not take back: processors, architectures and
/// options. The assembler can't be asked for them, but their directives are simple.
fn selected(text: &str, architecture: Architecture) -> Option<Leak> {
    let leak = |line: u32, what: &str| {
        Some(Leak { state: LeakedState::Selection(what.to_owned()), line: Some(line) })
    };
    match architecture {
        // There is no directive that restores what was selected before; `.arch_extension` is the
        // one that only adds, and the only way to use what the target lacks.
        Architecture::Arm | Architecture::AArch64 | Architecture::Arm64Ec => {
            let is_selection = |word: &str| matches!(word, "arch" | "cpu" | "fpu");
            let (line, word) = words(text).filter(|(_, word)| is_selection(word)).last()?;
            leak(line, &format!(".{word}"))
        }
        // `.option push` and `.option pop` bracket what is between them.
        Architecture::RiscV32 | Architecture::RiscV64 => {
            let mut levels: Vec<BTreeMap<&str, (u32, &str)>> = vec![BTreeMap::new()];
            for (line, argument) in options(text) {
                match argument {
                    "push" => {
                        levels.push(BTreeMap::new());
                        continue;
                    }
                    "pop" => {
                        if levels.len() > 1 {
                            levels.pop();
                        }
                        continue;
                    }
                    _ => {}
                }
                let own = levels.last_mut()?;
                match argument {
                    // The second of a pair takes back the first.
                    "rvc" | "relax" | "exact" | "pic" | "nopic" | "norvc" | "norelax"
                    | "noexact" => {
                        let opposite = match argument {
                            "rvc" => "norvc",
                            "relax" => "norelax",
                            "exact" => "noexact",
                            "pic" => "nopic",
                            "nopic" => "pic",
                            "norvc" => "rvc",
                            "norelax" => "relax",
                            _ => "exact",
                        };
                        if own.remove(opposite).is_none() {
                            own.insert(argument, (line, argument));
                        }
                    }
                    argument if argument.starts_with("arch") => {
                        own.insert("arch", (line, argument));
                    }
                    _ => {}
                }
            }
            let (line, argument) = levels.first()?.values().min()?;
            leak(*line, &format!(".option {argument}"))
        }
        _ => None,
    }
}

/// The arguments of `.option`, each with its line from 0.
fn options(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (0u32..).zip(text.split('\n')).flat_map(|(number, line)| {
        line.split(';').filter_map(move |statement| {
            let argument = statement.trim().strip_prefix(".option")?;
            argument.starts_with([' ', '\t']).then(|| (number, argument.trim()))
        })
    })
}

/// Syntax and code width that the bytes of x86's probe give away.
fn read_probe(bytes: &[u8]) -> Option<(Syntax, u16)> {
    let (width, rest) = match bytes {
        [0xa5, 0x67, 0xe3, _, rest @ ..] => (16, rest),
        [0x66, 0xa5, 0xe3, _, rest @ ..] => (32, rest),
        [0x66, 0xa5, 0x67, 0xe3, _, rest @ ..] => (64, rest),
        _ => return None,
    };
    let syntax = if rest == [0x6a, 5] { Syntax::Intel } else { Syntax::Att };
    Some((syntax, width))
}

fn is_section_word(word: &str) -> bool {
    matches!(word, "text" | "data" | "bss" | "rodata" | "previous" | "subsection")
        || word.ends_with("section")
}

fn last_line(text: &str, wanted: impl Fn(&str) -> bool) -> Option<u32> {
    words(text).filter(|(_, word)| wanted(word)).last().map(|(line, _)| line)
}

/// The definitions of a block that a second copy of it would clash with or change.
pub(super) fn definitions(
    assembler: &Assembler,
    format: ObjectFormat,
    architecture: Architecture,
    unit: &Unit<'_>,
    directives: Directives,
) -> Vec<Leak> {
    // What one copy defines may decide how often the other repeats something.
    if directives.repeating {
        return Vec::new();
    }
    // Temporaries do not show in an object file, so they are made ordinary names here.
    let prefix = match format {
        ObjectFormat::MachO => "L",
        ObjectFormat::Elf | ObjectFormat::Coff => ".L",
    };
    let visible = |text: &str| match format {
        ObjectFormat::MachO => text.to_owned(),
        ObjectFormat::Elf | ObjectFormat::Coff => text.replace(prefix, TEMPORARY),
    };
    let first = visible(unit.text);
    let second = visible(unit.variant.unwrap_or(unit.text));
    let run = |copies: &[&str]| {
        let dressing = Dressing { lines: !directives.lines, ..Dressing::LINES };
        let mut text = ModuleText::new(format, architecture, dressing.lines);
        for (index, copy) in copies.iter().enumerate() {
            text.add_unit(index, unit, copy, directives, dressing);
        }
        text.finish();
        let emitted = assembler.assemble(text.module(), text.function().as_deref()).ok()?;
        // LLVM writes an object file in spite of most errors, and it is good for this.
        let content = object_file::read(&emitted.object, &text).unwrap_or_default();
        Some((diagnostics::sort(&emitted.messages, &text).located, places(content)))
    };
    let (Some((_, once)), Some((complaints, twice))) = (run(&[&first]), run(&[&first, &second]))
    else {
        return Vec::new();
    };
    let mut leaks: Vec<Leak> = Vec::new();
    for (copy, complaint) in &complaints {
        if let (1, Some(state)) = (copy, clash(complaint)) {
            leaks.push(Leak { state, line: complaint.line });
        }
    }
    for (name, place) in &once {
        // LLVM marks places for the linker's relaxation with `.L0 `, a name that nobody can write.
        if name.ends_with(' ') {
            continue;
        }
        if twice.get(name).is_some_and(|again| again != place) {
            let name = name.replace(TEMPORARY, ".L");
            let line = (0..).zip(unit.text.split('\n')).find(|(_, line)| line.contains(&name));
            leaks.push(Leak { line: line.map(|(line, _)| line), state: LeakedState::Symbol(name) });
        }
    }
    leaks
}

const TEMPORARY: &str = "asm_lint_temporary_";

/// What an error in the second copy means. A label that is defined twice is not our concern: rustc's
/// `named_asm_labels` reports it.
fn clash(complaint: &Rejection) -> Option<LeakedState> {
    let (before, rest) = complaint.message.split_once('\'')?;
    let (name, after) = rest.split_once('\'')?;
    let name = name.replace(TEMPORARY, ".L");
    match (before, after) {
        ("macro ", " is already defined") => Some(LeakedState::Macro(name)),
        ("redefinition of " | "invalid reassignment of non-absolute variable ", _) => {
            Some(LeakedState::Symbol(name))
        }
        _ => None,
    }
}

/// The value of each symbol: the section that it is in, if it is in one, and a number.
fn places(content: ObjectContent) -> BTreeMap<String, (Option<usize>, u64)> {
    let absolutes =
        content.absolutes.into_iter().map(|symbol| (symbol.name, (None, symbol.offset)));
    let located = content.sections.into_iter().enumerate().flat_map(|(index, section)| {
        let place = move |symbol: super::DefinedSymbol| (symbol.name, (Some(index), symbol.offset));
        section.symbols.into_iter().map(place)
    });
    absolutes.chain(located).collect()
}
