//! A Rust function that does the same as a block, for tools that cannot run the block (Miri).
//!
//! Made where nothing is left open: one straight path, every output and everything that is stored
//! a known expression, no effect that Rust has no word for.

use super::formula::{Formula, Shape};
use super::outputs::{used_outputs, words};
use super::rust::{expression, type_bits, type_name};
use super::{Double, Material, Parameter, needs};
use crate::block::{
    Architecture, BlockKind, Operand, Options, Output, Piece, Place, RegisterOperand, Syntax,
};
use crate::facts::{Access, ExitKind, PlaceOfAccess};
use crate::values::{Site, Word};

/// The widest piece of memory that is loaded or stored at once, in bits.
const WIDEST: u16 = 128;

/// The double of a block, if it can have one.
pub(super) fn double(material: &Material<'_>) -> Option<Double> {
    is_plain(material).then_some(())?;
    let mut writer = Writer { material, loads: Vec::new() };
    let mut steps: Vec<Step> = Vec::new();
    for &(site, _) in &material.facts.executions {
        for access in material.facts.accesses.iter().filter(|access| access.site == site) {
            if access.place != PlaceOfAccess::OwnStack && access.kind.writes() {
                writer.store(access, &mut steps)?;
            }
        }
    }
    let mut results = Vec::new();
    let mut types = Vec::new();
    for (_, part) in used_outputs(material) {
        let word = words(material, part).into_iter().next()?;
        let formula = writer.needed(&word)?;
        results.push(writer.expression(&formula)?);
        types.push(type_name(part.bits).filter(|_| type_bits(part.bits) == Some(part.bits))?);
    }
    let parameters = parameters(material, &writer)?;
    let signature = {
        let list: Vec<String> = parameters
            .iter()
            .map(|parameter| format!("{}: {}", parameter.name, parameter.kind))
            .collect();
        format!("({}) -> ({})", list.join(", "), tuple(&types))
    };
    let mut body = String::new();
    for parameter in parameters.iter().filter(|parameter| parameter.role == "pointer") {
        let name = &parameter.name;
        let word = material.block.target.architecture.word_bits();
        body.push_str(&format!("let {name} = {name} as usize as u{word};\n"));
    }
    body.push_str(&writer.statements(steps)?);
    body.push_str(&format!("({})", tuple(&results)));
    let original = original(material, &types)?;
    Some(Double { signature, body, original, parameters })
}

/// The members of a tuple.
fn tuple(members: &[String]) -> String {
    match members {
        [only] => format!("{only},"),
        several => several.join(", "),
    }
}

/// Whether the block only computes, loads and stores, on one path.
fn is_plain(material: &Material<'_>) -> bool {
    let (block, facts) = (material.block, material.facts);
    let [exit] = &facts.exits[..] else { return false };
    let has_effect = |site: Site| {
        let meaning = material.meaning(site);
        meaning.synchronizes
            || meaning.side_effect.is_some()
            || meaning.nondeterministic.is_some()
            || meaning.system.is_some()
            || meaning.kernel.is_some()
            || meaning.opaque
            || material.returns_far(site)
    };
    // A whole vector has a type of the architecture's own, of which only x86's is written.
    let is_x86 = matches!(block.target.architecture, Architecture::X86 | Architecture::X86_64);
    (is_x86 || !block.operands.iter().any(is_vector))
        && block.kind == BlockKind::Inline
        && facts.doubts.is_empty()
        && material.findings.iter().all(|finding| !finding.accuses)
        && exit.kind == ExitKind::End
        && exit.exact
        && facts.departures.is_empty()
        && facts.calls.is_empty()
        && facts.traces.decisions(exit.trace).is_empty()
        && !facts.sites().any(has_effect)
        && block.operands.iter().all(|operand| match operand {
            Operand::Register(operand) => !operand.from_clobber_abi,
            Operand::Constant(value) => value.is_some(),
            Operand::Symbol(_) | Operand::Label { .. } => false,
        })
        && facts.accesses.iter().all(|access| {
            !access.conditional
                && access.segment.is_none()
                && matches!(access.place, PlaceOfAccess::Outside | PlaceOfAccess::OwnStack)
        })
}

/// A store, at its place in the order of execution.
struct Step {
    site: Site,
    address: Formula,
    value: Formula,
}

/// Collects what the function's statements are made of.
struct Writer<'a> {
    material: &'a Material<'a>,
    /// Every load that is needed, with the instruction that does it.
    loads: Vec<(Site, Formula)>,
}

impl Writer<'_> {
    /// The formula of a word, whose loads are noted; `None` if it is not known.
    fn needed(&mut self, word: &Word) -> Option<Formula> {
        let formula = self.material.reader().formula(word);
        let mut loads = Vec::new();
        let mut known = true;
        formula.visit(&mut |part| match part.shape {
            Shape::Loaded { value, .. } => match self.material.facts.values.get(value).site {
                Some(site) => loads.push((site, part.clone())),
                None => known = false,
            },
            Shape::Unknown => known = false,
            _ => {}
        });
        for load in loads {
            if !self.loads.contains(&load) {
                self.loads.push(load);
            }
        }
        known.then_some(formula)
    }

    fn store(&mut self, access: &Access, steps: &mut Vec<Step>) -> Option<()> {
        needs::base(self.material, access)?;
        let stored = access.stored.as_ref()?;
        (Some(u64::from(stored.bits() / 8)) == access.bytes).then_some(())?;
        let address = self.needed(&access.address)?;
        let mut low = 0;
        while low < stored.bits() {
            let bits =
                [WIDEST, 64, 32, 16, 8].into_iter().find(|bits| low + bits <= stored.bits())?;
            let value = self.needed(&stored.slice(low, bits))?;
            steps.push(Step {
                site: access.site,
                address: address.clone().plus(i64::from(low / 8)),
                value,
            });
            low += bits;
        }
        Some(())
    }

    fn name_of_load(&self, formula: &Formula) -> Option<String> {
        let position = self.loads.iter().position(|(_, known)| known == formula)?;
        Some(format!("loaded{position}"))
    }

    fn expression(&self, formula: &Formula) -> Option<String> {
        expression(formula, &self.material.names, &|load| self.name_of_load(load))
    }

    /// The loads and stores in the order of execution.
    fn statements(&self, stores: Vec<Step>) -> Option<String> {
        let order = |site: Site| {
            self.material.facts.executions.iter().position(|(executed, _)| *executed == site)
        };
        let mut statements: Vec<((usize, u8, usize), String)> = Vec::new();
        for (position, (site, load)) in self.loads.iter().enumerate() {
            let Shape::Loaded { value, address } = &load.shape else { return None };
            let name = type_name(load.bits).filter(|_| type_bits(load.bits) == Some(load.bits))?;
            let address = self.expression(address)?;
            statements.push((
                (order(*site)?, 0, value.index()),
                format!(
                    "let loaded{position} = unsafe {{ ({address} as usize as *const {name}).read_unaligned() }};\n"
                ),
            ));
        }
        for (position, step) in stores.iter().enumerate() {
            let name = type_name(step.value.bits)?;
            let (address, value) = (self.expression(&step.address)?, self.expression(&step.value)?);
            statements.push((
                (order(step.site)?, 1, position),
                format!(
                    "unsafe {{ ({address} as usize as *mut {name}).write_unaligned({value}) }};\n"
                ),
            ));
        }
        statements.sort();
        Some(statements.into_iter().map(|(_, statement)| statement).collect())
    }
}

fn parameters(material: &Material<'_>, writer: &Writer<'_>) -> Option<Vec<Parameter>> {
    let mut in_addresses: Vec<usize> = Vec::new();
    let mut note = |formula: &Formula| {
        formula.visit(&mut |part| {
            if let Shape::Input(operand) = part.shape {
                in_addresses.push(operand);
            }
        });
    };
    for access in &material.facts.accesses {
        if access.place == PlaceOfAccess::Outside {
            note(&material.reader().formula(&access.address));
        }
    }
    for (_, load) in &writer.loads {
        if let Shape::Loaded { address, .. } = &load.shape {
            note(address);
        }
    }
    let mut parameters = Vec::new();
    for (index, operand) in material.block.operands.iter().enumerate() {
        let Operand::Register(operand) = operand else { continue };
        let Some(input) = &operand.input else { continue };
        let is_pointer = input.pointee.is_some();
        let kind = type_name(input.bits).filter(|_| type_bits(input.bits) == Some(input.bits))?;
        parameters.push(Parameter {
            name: material.names.variable(index),
            kind: if is_pointer { "*mut u8".to_owned() } else { kind },
            role: match (is_pointer, in_addresses.contains(&index)) {
                (true, _) => "pointer",
                (false, true) => "offset",
                (false, false) => "number",
            },
        });
    }
    Some(parameters)
}

/// The block itself, written anew.
fn original(material: &Material<'_>, results: &[String]) -> Option<String> {
    let block = material.block;
    let mut template = String::new();
    for piece in &block.template {
        match piece {
            Piece::Text(text) => template.push_str(&text.replace('{', "{{").replace('}', "}}")),
            Piece::Placeholder { operand, modifier } => {
                let modifier = modifier.map_or_else(String::new, |letter| format!(":{letter}"));
                template.push_str(&format!("{{o{operand}{modifier}}}"));
            }
        }
    }
    let mut arguments = vec![format!("{template:?}")];
    let (mut explicit, mut declarations, mut outputs) = (Vec::new(), String::new(), Vec::new());
    let mut results = results.iter();
    for (index, operand) in block.operands.iter().enumerate() {
        let operand = match operand {
            Operand::Constant(Some(value)) => {
                arguments.push(format!("o{index} = const {value}"));
                continue;
            }
            Operand::Register(operand) => operand,
            _ => return None,
        };
        if let Output::Used(_) = operand.output {
            let vector = is_wide(operand);
            let kind =
                if vector { "core::arch::x86_64::__m128i" } else { results.as_slice().first()? };
            declarations.push_str(&format!("let out{index}: {kind};\n"));
            outputs.push(match vector {
                true => format!("unsafe {{ core::mem::transmute::<_, u128>(out{index}) }}"),
                false => format!("out{index}"),
            });
            results.next();
        }
        let text = declared(index, operand);
        match &operand.place {
            Place::Explicit(part) => explicit.push(text.replace(
                "PLACE",
                &format!("{:?}", material.block.target.architecture.register_name(*part)),
            )),
            Place::Class(class) => {
                arguments.push(format!("o{index} = {}", text.replace("PLACE", class)));
            }
        }
    }
    arguments.append(&mut explicit);
    let options = options(block.options, block.syntax);
    if !options.is_empty() {
        arguments.push(format!("options({options})"));
    }
    Some(format!(
        "{declarations}unsafe {{ core::arch::asm!({}) }};\n({})",
        arguments.join(", "),
        tuple(&outputs)
    ))
}

fn is_vector(operand: &Operand) -> bool {
    let Operand::Register(operand) = operand else { return false };
    is_wide(operand) || operand.input.as_ref().is_some_and(|input| input.bits == 128)
}

fn is_wide(operand: &RegisterOperand) -> bool {
    matches!(&operand.output, Output::Used(ty) if ty.bits == 128)
}

fn declared(index: usize, operand: &RegisterOperand) -> String {
    let input = operand.input.as_ref().map(|input| match input.bits {
        128 => format!("core::mem::transmute::<u128, core::arch::x86_64::__m128i>(in{index})"),
        _ => format!("in{index}"),
    });
    let output = match operand.output {
        Output::Used(_) => format!("out{index}"),
        _ => "_".to_owned(),
    };
    let late = if operand.late { "late" } else { "" };
    match (input, &operand.output) {
        (Some(input), Output::None) => format!("in(PLACE) {input}"),
        (Some(input), _) => format!("in{late}out(PLACE) {input} => {output}"),
        (None, _) => format!("{late}out(PLACE) {output}"),
    }
}

fn options(options: Options, syntax: Syntax) -> String {
    let Options { pure, nomem, readonly, preserves_flags, nostack, .. } = options;
    let names = [
        (pure, "pure"),
        (nomem, "nomem"),
        (readonly, "readonly"),
        (preserves_flags, "preserves_flags"),
        (nostack, "nostack"),
        (syntax == Syntax::Att, "att_syntax"),
    ];
    names.into_iter().filter(|(set, _)| *set).map(|(_, name)| name).collect::<Vec<_>>().join(", ")
}
