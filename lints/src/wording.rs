//! Words that several lints need: names of registers and flags, and which path is meant.

use asm_analysis::block::{Block, Operand, Place, RegisterOperand};
use asm_analysis::facts::{CallTarget, UseKind};
use asm_analysis::isa::Flow;
use asm_analysis::machine::trace::TraceId;
use asm_analysis::registers::{Register, RegisterPart};
use asm_analysis::show;
use asm_analysis::values::{Cell, Site};

use crate::diagnostics::Message;
use crate::judged::Judged;

/// Something of so many bits, with its article: `a 32-bit input`, `an 8-bit output`.
pub(crate) fn of_bits(bits: u16, what: &str) -> String {
    let article = if bits.to_string().starts_with('8') { "an" } else { "a" };
    format!("{article} {bits}-bit {what}")
}

/// The name of a cell as in a message: `` `rcx` ``, `CF`, `MXCSR`.
pub(crate) fn cell_name(judged: &Judged<'_>, cell: Cell) -> String {
    match cell {
        Cell::Register(register) => format!("`{}`", register_name(judged, register.whole())),
        cell => {
            judged.analysed().map_or("", |(_, facts)| facts.architecture.cell_name(cell)).to_owned()
        }
    }
}

/// The name of the stack pointer, as in a message.
pub(crate) fn stack_pointer(judged: &Judged<'_>) -> String {
    let cell = judged.analysed().map(|(_, facts)| facts.stack_pointer());
    cell.map_or_else(|| "the stack pointer".to_owned(), |cell| cell_name(judged, cell))
}

/// The name of a part of a register, at most as wide as the target's registers are: `rcx` on
/// x86_64, `ecx` on x86.
pub(crate) fn register_name(judged: &Judged<'_>, part: RegisterPart) -> String {
    let bits = match (part.register, judged.analysed()) {
        (Register::General(_), Some((block, _))) => {
            part.bits.min(block.target.architecture.word_bits())
        }
        _ => part.bits,
    };
    let part = RegisterPart { bits, ..part };
    match judged.analysed() {
        Some((_, facts)) => facts.architecture.register_name(part),
        None => part.to_string(),
    }
}

/// An operand as a message names it: by its register if the author chose one, otherwise as in the
/// template.
pub(crate) fn operand(judged: &Judged<'_>, operand: usize) -> String {
    match judged.register_operand(operand) {
        Some((RegisterOperand { place: Place::Explicit(part), .. }, _)) => {
            format!("in `{}`", declared_name(judged, *part))
        }
        Some((RegisterOperand { place: Place::Class(_), .. }, _)) => {
            format!("`{}`", show::placeholder(operand))
        }
        None => "of this block".to_owned(),
    }
}

/// The instruction as the subject of a sentence: "`cpuid`", "the call to `memcpy`", "this block".
pub(crate) fn instruction(judged: &Judged<'_>, site: Option<Site>) -> String {
    let Some(((block, facts), site)) = judged.analysed().zip(site) else {
        return "this block".to_owned();
    };
    match facts.calls.iter().find(|call| call.site == site) {
        Some(call) => match callee(block, &call.target) {
            name if name.starts_with('`') => format!("the call to {name}"),
            _ => "this call".to_owned(),
        },
        None => format!("`{}`", judged.shown(site)),
    }
}

/// The name of a register that is reserved as a whole, in the width that it is known by.
pub(crate) fn declared_name(judged: &Judged<'_>, part: RegisterPart) -> String {
    match part.register {
        register @ Register::Vector(_) => judged
            .analysed()
            .map_or_else(String::new, |(_, facts)| facts.architecture.usual_name(register)),
        _ => register_name(judged, part),
    }
}

/// Names in a row: "`rcx`", "`rcx` and `r11`", "`xmm0`, `xmm1`, `xmm2` and 13 more".
pub(crate) fn list(names: &[String]) -> String {
    const AT_MOST: usize = 4;
    match names {
        [] => String::new(),
        [name] => format!("`{name}`"),
        [names @ .., last] if names.len() < AT_MOST => {
            format!("{} and `{last}`", in_ticks(names))
        }
        names => {
            let (shown, rest) = names.split_at(AT_MOST - 1);
            format!("{} and {} more", in_ticks(shown), rest.len())
        }
    }
}

fn in_ticks(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Who is called: `` `name` ``, or words for a callee without a name.
pub(crate) fn callee(block: &Block, target: &CallTarget) -> String {
    match target {
        CallTarget::Operand(operand) => match block.operands.get(*operand) {
            Some(Operand::Symbol(symbol)) => format!("`{}`", symbol.name),
            _ => "the function called through a pointer".to_owned(),
        },
        CallTarget::Named(name) => format!("`{name}`"),
        CallTarget::Unknown => "a function".to_owned(),
    }
}

/// Adds further instructions that do the same.
pub(crate) fn also_at(
    message: Message,
    judged: &Judged<'_>,
    sites: &[Site],
    label: &str,
) -> Message {
    sites.iter().fold(message, |message, site| message.also(judged.place(Some(*site)), label))
}

/// Points at the last branch that leads to a path, if there is one: "when this jump is not taken".
pub(crate) fn on_path(judged: &Judged<'_>, trace: Option<TraceId>, message: Message) -> Message {
    let Some(((_, facts), trace)) = judged.analysed().zip(trace) else { return message };
    let decisions = facts.traces.decisions(trace);
    let Some(last) = decisions.last() else { return message };
    let flow = facts.instruction(last.site).instruction.flow();
    let what = match (flow, last.taken) {
        (Flow::Transaction, true) => "the transaction is aborted",
        (Flow::Transaction, false) => "the transaction continues",
        (Flow::Jump | Flow::Branch, true) => "this jump is taken",
        (Flow::Jump | Flow::Branch, false) => "this jump is not taken",
        (_, true) => "its condition holds",
        (_, false) => "its condition does not hold",
    };
    let is_repeated = decisions.iter().filter(|decision| decision.site == last.site).count() > 1;
    let when = if is_repeated { "later, when" } else { "when" };
    message.also(judged.place(Some(last.site)), format!("{when} {what}"))
}

/// How a value has an effect, as a label for the place; `None` where the place itself says it.
pub(crate) fn use_of(kind: UseKind) -> Option<&'static str> {
    match kind {
        UseKind::Address => Some("and is used as an address"),
        UseKind::Stored => Some("and is stored in memory"),
        UseKind::Branch => Some("and decides a branch"),
        UseKind::Target => Some("and is a jump target"),
        UseKind::Count => Some("and is a repeat count"),
        UseKind::Port => Some("and is passed to a port"),
        UseKind::System => Some("and is passed to the system"),
        UseKind::StackPointer => Some("and becomes the stack pointer"),
        UseKind::Output(_) | UseKind::Result => None,
    }
}
