//! A Rust function that does the same as a block, for tools that cannot run the block (Miri).
//!
//! Made where nothing is left open: no loop, every output and everything that is stored a known
//! expression, no effect that Rust has no word for. A branch becomes an `if` with all that follows
//! it in either arm.

use super::formula::{Formula, Operator, Shape};
use super::outputs::{used_outputs, word};
use super::paths::{self, Path};
use super::question::Question;
use super::rust::{self, Variables, expression, number_text, type_bits, type_name};
use super::{Double, Material, Parameter, needs};
use crate::block::{
    Architecture, BlockKind, Operand, Options, Output, Piece, Place, RegisterOperand, Syntax,
};
use crate::facts::{Access, PlaceOfAccess};
use crate::registers::RegisterPart;
use crate::values::{Site, Word, low_mask};

/// The widest piece of memory that is loaded or stored at once, in bits.
const WIDEST: u16 = 128;

/// The most instructions of a block that has a double: nobody reads the double of a longer one.
const MOST_INSTRUCTIONS: usize = 500;

/// The most paths of a block that has a double.
const MOST_PATHS: usize = 16;

/// The double of a block, if it can have one.
pub(super) fn double(material: &Material<'_>) -> Option<Double> {
    is_plain(material).then_some(())?;
    let paths = paths::paths(material)?;
    (1..=MOST_PATHS).contains(&paths.len()).then_some(())?;
    let outputs: Vec<RegisterPart> = used_outputs(material).map(|(_, part)| part).collect();
    let variables = Variables::new(material.block, &material.names);
    let mut writer = Writer { material, variables, loads: Vec::new() };
    let written: Option<Vec<Written<'_, '_>>> =
        paths.iter().map(|path| writer.follow(path, &outputs)).collect();
    let written = written?;
    let body = writer.branches(&written.iter().collect::<Vec<_>>(), 0)?;
    let types = outputs.iter().map(|part| whole_type(part.bits)).collect::<Option<Vec<_>>>()?;
    let parameters = parameters(material, &writer)?;
    let signature = {
        let list: Vec<String> = parameters
            .iter()
            .map(|parameter| format!("{}: {}", parameter.name, parameter.kind))
            .collect();
        format!("({}) -> ({})", list.join(", "), tuple(&types))
    };
    let original = original(material, &types, &writer.variables)?;
    Some(Double { signature, body, original, parameters })
}

/// The type that has exactly so many bits.
fn whole_type(bits: u16) -> Option<String> {
    type_name(bits).filter(|_| type_bits(bits) == Some(bits))
}

/// The members of a tuple.
fn tuple(members: &[String]) -> String {
    match members {
        [only] => format!("{only},"),
        several => several.join(", "),
    }
}

/// Whether the block only computes, loads, stores and branches.
fn is_plain(material: &Material<'_>) -> bool {
    let (block, facts) = (material.block, material.facts);
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
    (vector_type(block.target.architecture).is_some() || !block.operands.iter().any(is_vector))
        && block.kind == BlockKind::Inline
        && facts.instructions.len() <= MOST_INSTRUCTIONS
        && facts.doubts.is_empty()
        && material.findings.iter().all(|finding| !finding.breaks)
        && facts.calls.is_empty()
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
    segment: usize,
    address: Formula,
    value: Formula,
}

/// A load: the instruction, and the value as a formula.
type Load = (Site, Formula);

/// A path with all that is done on it.
struct Written<'p, 'a> {
    path: &'p Path<'a>,
    stores: Vec<Step>,
    /// The loads whose values something on the path needs, each with its segment.
    loads: Vec<(usize, Load)>,
    results: Vec<Formula>,
}

/// Collects what the function's statements are made of.
struct Writer<'a> {
    material: &'a Material<'a>,
    variables: Variables,
    /// Every load that is needed on some path: their order names them.
    loads: Vec<Load>,
}

impl Writer<'_> {
    /// What a path does.
    fn follow<'p, 'a>(
        &mut self,
        path: &'p Path<'a>,
        outputs: &[RegisterPart],
    ) -> Option<Written<'p, 'a>> {
        let material = self.material;
        let mut written =
            Written { path, stores: Vec::new(), loads: Vec::new(), results: Vec::new() };
        for (question, _) in &path.decided {
            let mut formulas = Vec::new();
            question.visit(&mut |part| formulas.push(part.clone()));
            for part in formulas {
                self.note(&part, &mut written)?;
            }
        }
        for access in &material.facts.accesses {
            if access.place != PlaceOfAccess::OwnStack
                && access.kind.writes()
                && let Some(segment) = path.segment(access.trace)
            {
                self.store(access, segment, &mut written)?;
            }
        }
        for part in outputs {
            let result = self.needed(&word(material, path.exit, *part)?, &mut written)?;
            written.results.push(result);
        }
        Some(written)
    }

    /// The formula of a word, whose loads are noted; `None` if it is not known.
    fn needed(&mut self, word: &Word, written: &mut Written<'_, '_>) -> Option<Formula> {
        let formula = self.material.reader().formula(word);
        self.note(&formula, written)?;
        Some(formula)
    }

    /// Notes the loads of a formula; `None` if some part of it is not known, or not loaded on the path.
    fn note(&mut self, formula: &Formula, written: &mut Written<'_, '_>) -> Option<()> {
        let facts = self.material.facts;
        let mut loads: Vec<Option<Load>> = Vec::new();
        formula.visit(&mut |part| match part.shape {
            Shape::Loaded { value, .. } => {
                loads.push(facts.values.get(value).site.map(|site| (site, part.clone())));
            }
            Shape::Unknown => loads.push(None),
            _ => {}
        });
        for load in loads {
            let load = load?;
            let mut accesses = self.material.index.accesses(facts, load.0);
            let segment = accesses.find_map(|access| written.path.segment(access.trace))?;
            if !self.loads.contains(&load) {
                self.loads.push(load.clone());
            }
            if !written.loads.contains(&(segment, load.clone())) {
                written.loads.push((segment, load));
            }
        }
        Some(())
    }

    fn store(
        &mut self,
        access: &Access,
        segment: usize,
        written: &mut Written<'_, '_>,
    ) -> Option<()> {
        needs::base(self.material, access)?;
        let stored = access.stored.as_ref()?;
        (Some(u64::from(stored.bits() / 8)) == access.bytes).then_some(())?;
        let address = self.needed(&access.address, written)?;
        let mut low = 0;
        while low < stored.bits() {
            let bits =
                [WIDEST, 64, 32, 16, 8].into_iter().find(|bits| low + bits <= stored.bits())?;
            let value = self.needed(&stored.slice(low, bits), written)?;
            written.stores.push(Step {
                site: access.site,
                segment,
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
        expression(formula, &self.variables, &|load| self.name_of_load(load))
    }

    /// An address as a pointer to bytes: where it is relative to a pointer, with that one's
    /// provenance.
    fn place(&self, address: &Formula) -> Option<String> {
        let plain = || Some(format!("({} as usize as *mut u8)", self.expression(address)?));
        self.relative(address).or_else(plain)
    }

    /// An address as a step from a pointer.
    fn relative(&self, address: &Formula) -> Option<String> {
        let step = |base: &Formula, step: &str, distance: &Formula| {
            let base = self.relative(base)?;
            let distance = match distance.shape {
                Shape::Number(number) => number_text(number),
                _ => format!("{} as usize", self.expression(distance)?),
            };
            Some(format!("{base}.{step}({distance})"))
        };
        match &address.shape {
            Shape::Input(operand) if self.variables.is_pointer(*operand) => {
                Some(self.variables.name(*operand))
            }
            Shape::Binary(Operator::Add, one, other) => {
                step(one, "wrapping_add", other).or_else(|| step(other, "wrapping_add", one))
            }
            Shape::Binary(Operator::Subtract, one, other) => step(one, "wrapping_sub", other),
            _ => None,
        }
    }

    fn question(&self, question: &Question) -> Option<String> {
        rust::question(question, &self.variables, &|load| self.name_of_load(load))
    }

    /// What paths do that are one up to their branch of number `level`, and what each does then.
    fn branches(&self, paths: &[&Written<'_, '_>], level: usize) -> Option<String> {
        let mut text = self.statements(paths, level)?;
        if let [only] = paths
            && only.path.decided.len() == level
        {
            let results = only.results.iter().map(|result| self.expression(result));
            text.push_str(&format!("({})", tuple(&results.collect::<Option<Vec<_>>>()?)));
            return Some(text);
        }
        let all: Vec<&Path<'_>> = paths.iter().map(|written| written.path).collect();
        let (question, [yes, _]) = paths::part(&all, level)?;
        let is_yes =
            |written: &&&Written<'_, '_>| yes.iter().any(|path| std::ptr::eq(*path, written.path));
        let (yes, no): (Vec<_>, Vec<_>) = paths.iter().partition(is_yes);
        let arm = |paths: &[&Written<'_, '_>]| {
            let text = self.branches(paths, level + 1)?;
            Some(text.lines().map(|line| format!("    {line}\n")).collect::<String>())
        };
        let question = self.question(&question)?;
        text.push_str(&format!("if {question} {{\n{}}} else {{\n{}}}", arm(&yes)?, arm(&no)?));
        Some(text)
    }

    /// The loads and stores between two branches in the order of execution.
    fn statements(&self, paths: &[&Written<'_, '_>], segment: usize) -> Option<String> {
        let first = *paths.first()?;
        let order = |site: Site| first.path.position(site);
        let mut statements: Vec<((usize, u8, usize), String)> = Vec::new();
        let mut add = |key, statement| {
            if !statements.iter().any(|(known, _)| *known == key) {
                statements.push((key, statement));
            }
        };
        for (_, load) in paths.iter().flat_map(|path| &path.loads).filter(|(at, _)| *at == segment)
        {
            let (site, formula) = load;
            let Shape::Loaded { address, .. } = &formula.shape else { return None };
            let position = self.loads.iter().position(|known| known == load)?;
            let name = whole_type(formula.bits)?;
            let place = self.place(address)?;
            add(
                (order(*site)?, 0, position),
                format!(
                    "let loaded{position} = unsafe {{ {place}.cast::<{name}>().read_unaligned() }};\n"
                ),
            );
        }
        let stores = first.stores.iter().enumerate().filter(|(_, step)| step.segment == segment);
        for (position, step) in stores {
            let name = type_name(step.value.bits)?;
            let (place, value) = (self.place(&step.address)?, self.expression(&step.value)?);
            add(
                (order(step.site)?, 1, position),
                format!("unsafe {{ {place}.cast::<{name}>().write_unaligned({value}) }};\n"),
            );
        }
        statements.sort();
        Some(statements.into_iter().map(|(_, statement)| statement).collect())
    }
}

fn parameters(material: &Material<'_>, writer: &Writer<'_>) -> Option<Vec<Parameter>> {
    let (mut addresses, mut offsets): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut note = |formula: &Formula| {
        let mut inputs = Vec::new();
        formula.visit(&mut |part| {
            if let Shape::Input(operand) = part.shape {
                inputs.push(operand);
            }
        });
        // Without a pointer, the first number is the address.
        if !inputs.iter().any(|operand| writer.variables.is_pointer(*operand)) && !inputs.is_empty()
        {
            addresses.push(inputs.remove(0));
        }
        offsets.append(&mut inputs);
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
        // What always goes in is part of the function, not asked for.
        let Some(input) = operand.input.as_ref().filter(|input| input.constant.is_none()) else {
            continue;
        };
        let is_pointer = input.pointee.is_some();
        let kind = type_name(input.bits).filter(|_| type_bits(input.bits) == Some(input.bits))?;
        parameters.push(Parameter {
            name: writer.variables.name(index),
            kind: if is_pointer { "*mut u8".to_owned() } else { kind },
            role: if is_pointer {
                "pointer"
            } else if addresses.contains(&index) {
                "address"
            } else if offsets.contains(&index) {
                "offset"
            } else {
                "number"
            },
        });
    }
    Some(parameters)
}

/// The block itself, written anew.
fn original(material: &Material<'_>, results: &[String], variables: &Variables) -> Option<String> {
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
    let vector_type = vector_type(block.target.architecture).unwrap_or_default();
    for (index, operand) in block.operands.iter().enumerate() {
        let operand = match operand {
            Operand::Constant(Some(value)) => {
                // A literal without a type is an `i32`.
                let suffix = match value.parse::<i128>() {
                    Ok(number) if i32::try_from(number).is_ok() => "",
                    Ok(number) if u64::try_from(number).is_ok() => "_u64",
                    Ok(number) if i64::try_from(number).is_ok() => "_i64",
                    _ => "_u128",
                };
                arguments.push(format!("o{index} = const {value}{suffix}"));
                continue;
            }
            Operand::Register(operand) => operand,
            _ => return None,
        };
        if let Output::Used(_) = operand.output {
            let vector = is_wide(operand);
            let kind = if vector { vector_type } else { results.as_slice().first()? };
            declarations.push_str(&format!("let out{index}: {kind};\n"));
            outputs.push(match vector {
                true => format!("unsafe {{ core::mem::transmute::<_, u128>(out{index}) }}"),
                false => format!("out{index}"),
            });
            results.next();
        }
        let given = constant_input(operand).unwrap_or_else(|| variables.name(index));
        let text = declared(index, operand, vector_type, &given);
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

/// The input of an operand that always has the same one, as Rust.
fn constant_input(operand: &RegisterOperand) -> Option<String> {
    let input = operand.input.as_ref()?;
    let number = input.constant? & low_mask(input.bits);
    match input.pointee {
        Some(_) => Some(format!("({number}_usize as *mut u8)")),
        None => Some(format!("{number}_{}", type_name(input.bits)?)),
    }
}

fn is_vector(operand: &Operand) -> bool {
    let Operand::Register(operand) = operand else { return false };
    is_wide(operand) || operand.input.as_ref().is_some_and(|input| input.bits == 128)
}

fn is_wide(operand: &RegisterOperand) -> bool {
    matches!(&operand.output, Output::Used(ty) if ty.bits == 128)
}

/// The type of a whole vector: each architecture has its own.
fn vector_type(architecture: Architecture) -> Option<&'static str> {
    match architecture {
        Architecture::X86 => Some("core::arch::x86::__m128i"),
        Architecture::X86_64 => Some("core::arch::x86_64::__m128i"),
        Architecture::AArch64 => Some("core::arch::aarch64::uint8x16_t"),
        _ => None,
    }
}

fn declared(index: usize, operand: &RegisterOperand, vector_type: &str, name: &str) -> String {
    let input = operand.input.as_ref().map(|input| match input.bits {
        128 => format!("core::mem::transmute::<u128, {vector_type}>({name})"),
        _ => name.to_owned(),
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
