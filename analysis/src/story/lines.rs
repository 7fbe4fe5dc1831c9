//! The code part of a story: the template line by line, with what each line became.

use std::collections::HashMap;

use super::question::{Question, of_condition};
use super::{Decoded, Line, Material, text};
use crate::block::Piece;
use crate::isa::Flow;
use crate::meaning::{Nondeterminism, SideEffect};
use crate::registers::Register;
use crate::substitute::operand_of_symbol;
use crate::values::{Cell, Site};

/// The template's lines with their instructions.
pub(super) fn lines(material: &Material<'_>) -> Vec<Line> {
    let mut template = String::new();
    for piece in &material.block.template {
        match piece {
            Piece::Text(text) => template.push_str(text),
            Piece::Placeholder { operand, modifier } => {
                let modifier = modifier.map_or_else(String::new, |letter| format!(":{letter}"));
                template.push_str(&material.names.placeholder(*operand, &modifier));
            }
        }
    }
    let branches = branches(material);
    template
        .lines()
        .zip(0u32..)
        .map(|(text, number)| {
            let sites = material.index.of_line(number).iter();
            Line {
                number,
                text: text.trim_end().to_owned(),
                instructions: sites.map(|site| decoded(material, *site, &branches)).collect(),
            }
        })
        .filter(|line| !line.text.trim().is_empty() || !line.instructions.is_empty())
        .collect()
}

fn decoded(material: &Material<'_>, site: Site, branches: &Branches) -> Decoded {
    let facts = material.facts;
    let instruction = &facts.instruction(site).instruction;
    let mut effects: Vec<String> = Vec::new();
    let mut add = |effect: String| {
        if !effects.contains(&effect) {
            effects.push(effect);
        }
    };
    let mut steps = material.index.walks().steps(site).peekable();
    let accesses = material.index.accesses(facts, site).filter(|_| steps.peek().is_none());
    for access in accesses.filter(|access| !material.is_return(access)) {
        if !material.is_one_of_many(access) {
            add(material.access(access));
        }
    }
    for (first, second) in steps {
        let (first, second) = (&facts.accesses[first], &facts.accesses[second]);
        match material.address(second).strip_prefix("at ") {
            Some(second) if !material.address(first).ends_with(second) => {
                add(format!("{}, {second}, …", material.access(first)))
            }
            _ => add(material.access(first)),
        }
    }
    if material.index.pushes(site) {
        add("pushes onto the stack".to_owned());
    }
    let is_call = material.index.calls(site);
    if is_call {
        add("calls: changes what the calling convention lets a function change".to_owned());
    }
    match instruction.flow() {
        Flow::Return => add("returns".to_owned()),
        Flow::Jump => add("jumps".to_owned()),
        Flow::Branch => add(match branches.get(&site) {
            Some(Some(question)) => {
                format!("jumps if {}", text::question(question, &material.names))
            }
            _ => "may jump".to_owned(),
        }),
        _ => {}
    }
    let architecture = material.block.target.architecture;
    let mut written: Vec<Cell> = material.index.writes(site).to_vec();
    written.sort();
    let mut registers: Vec<String> = Vec::new();
    for cell in &written {
        let Cell::Register(register) = *cell else { continue };
        let is_stack_pointer = register == architecture.stack_pointer();
        let name = match instruction.named_bits(register) {
            Some(bits) if matches!(register, Register::Vector(_)) => {
                material.register_of(register, bits)
            }
            _ => material.register(register),
        };
        match instruction.pushed_bytes().filter(|_| is_stack_pointer) {
            // What a call pushes is gone when it comes back.
            Some(_) if is_call => {}
            Some(0) => {}
            Some(bytes) => add(moved(&name, bytes)),
            None if is_stack_pointer && let Some(bytes) = instruction.adds_to(register) => {
                add(moved(&name, bytes));
            }
            None if !registers.contains(&name) => registers.push(name),
            None => {}
        }
    }
    if !registers.is_empty() && !is_call {
        add(format!("writes {}", folded(&registers)));
    }
    let (status, other): (Vec<Cell>, Vec<Cell>) =
        written.iter().partition(|cell| !matches!(cell, Cell::Flag(flag) if !flag.is_status()));
    for cell in &other {
        let Cell::Flag(flag) = cell else { continue };
        let verb = if instruction.clears(*flag) { "clears" } else { "changes" };
        add(format!("{verb} {}", architecture.cell_name(*cell)));
    }
    let flags = material.flags(status.into_iter());
    if !flags.is_empty() && !is_call {
        add(format!("sets {}", flags.join(" ")));
    }
    let meaning = material.meaning(site);
    // An instruction that computes may raise what is in the same register.
    if registers.is_empty() && flags.is_empty() && !meaning.raises_float_status {
        let control = architecture.float_control().iter();
        for part in control.filter(|part| written.contains(&part.cell)) {
            add(format!("writes {}", architecture.control_name(part.cell)));
        }
    }
    let is_fence = meaning.side_effect == Some(SideEffect::Fence);
    if meaning.synchronizes {
        add("orders memory accesses".to_owned());
    } else if is_fence {
        add("orders instructions".to_owned());
    }
    if let Some(source) = meaning.nondeterministic {
        add(format!("result varies ({})", source_of(source)));
    }
    if meaning.idles.is_some() {
        add("waits".to_owned());
    } else if let Some(effect) = meaning.side_effect.filter(|_| !is_fence) {
        add(format!("side effect ({})", kind_of(effect)));
    }
    if meaning.opaque {
        add("not known in full".to_owned());
    }
    Decoded { text: decoded_text(material, site), effects }
}

/// How far a register moved: `rsp - 8`.
fn moved(register: &str, bytes: i64) -> String {
    match bytes < 0 {
        true => format!("{register} - {}", bytes.unsigned_abs()),
        false => format!("{register} + {bytes}"),
    }
}

/// What a result varies with, in a word or two.
fn source_of(source: Nondeterminism) -> &'static str {
    match source {
        Nondeterminism::Clock => "clock",
        Nondeterminism::Random => "random number",
        Nondeterminism::Counter => "performance counter",
        Nondeterminism::Processor => "which processor it is",
        Nondeterminism::Port => "I/O port",
        Nondeterminism::ModelSpecificRegister => "system register",
        Nondeterminism::ControlRegister => "processor state",
        Nondeterminism::SegmentRegister => "segment register",
        Nondeterminism::SegmentBase => "segment base",
        Nondeterminism::Descriptor => "descriptor",
        Nondeterminism::ProcessorIdentity => "processor's identity",
        Nondeterminism::ProtectionKey => "protection keys",
        Nondeterminism::SigningKey => "signing key",
        Nondeterminism::Transaction => "transaction",
        Nondeterminism::Hypervisor => "hypervisor",
        Nondeterminism::Device => "device",
        Nondeterminism::Exclusive => "exclusive access",
    }
}

/// What a side effect is on, in a word or two.
fn kind_of(effect: SideEffect) -> &'static str {
    match effect {
        SideEffect::PortIo => "I/O port",
        SideEffect::Privileged => "privileged state",
        SideEffect::MachineState => "machine state",
        SideEffect::Kernel => "enters the system",
        SideEffect::Hypervisor => "enters a hypervisor",
        SideEffect::CacheControl => "caches",
        SideEffect::Fence => "order",
        SideEffect::Trap => "trap",
    }
}

/// An instruction as decoded. Where a jump leads is shown by the name of what the linker fills in, else
/// as it is written, else by dots.
fn decoded_text(material: &Material<'_>, site: Site) -> String {
    let text = material.decoded(site);
    let reached = material.facts.instruction(site);
    let leads_elsewhere = matches!(
        reached.instruction.flow(),
        Flow::Branch | Flow::Jump | Flow::Call | Flow::Transaction
    );
    if !leads_elsewhere {
        return text;
    }
    // The distance is of no use where the assembler put a 0 for it.
    let rest = match text.rsplit_once(' ') {
        None => text.as_str(),
        Some((rest, target)) if matches!(target.trim_start_matches('#'), "0" | "0x0" | "…") => {
            rest
        }
        Some(_) => return text,
    };
    let named = match reached.symbols.first() {
        Some(symbol) => match operand_of_symbol(symbol) {
            Some(operand) => Some(material.names.placeholder(operand, "")),
            None => Some(symbol.clone()),
        },
        None => {
            let written = material.shown(site);
            let written = written.rsplit([' ', ',', '\t']).next().filter(|_| written != text);
            written.map(str::to_owned)
        }
    };
    format!("{rest} {}", named.unwrap_or_else(|| "…".to_owned()))
}

/// What each branch asks; `None` where it asks something else each time.
type Branches = HashMap<Site, Option<Question>>;

fn branches(material: &Material<'_>) -> Branches {
    let facts = material.facts;
    let reader = material.reader();
    let mut branches = Branches::new();
    for ending in &facts.endings {
        let decisions = facts.traces.decisions(ending.trace);
        // The first questions may be left out.
        let pairs = decisions.iter().rev().zip(ending.decided.iter().rev());
        for (decision, (condition, answer)) in pairs {
            let question = of_condition(&reader, condition).map(|mut question| {
                question.negated ^= decision.taken != *answer;
                question
            });
            branches
                .entry(decision.site)
                .and_modify(|known| {
                    if *known != question {
                        *known = None;
                    }
                })
                .or_insert(question);
        }
    }
    branches
}

/// The longest list of registers that is written out.
const LONG_LIST: usize = 6;

/// Names in a row, a long row shortened.
fn folded(names: &[String]) -> String {
    match names {
        [first, second, rest @ ..] if names.len() > LONG_LIST => {
            format!("{first}, {second} and {} more", rest.len())
        }
        names => names.join(", "),
    }
}
