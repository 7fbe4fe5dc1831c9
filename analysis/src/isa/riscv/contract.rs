//! What RISC-V answers to the questions of [`isa`](crate::isa).

use std::borrow::Cow;
use std::sync::LazyLock;

use super::decode::Decoder;
use super::fields::Word;
use super::lift::{Address, Environment, Grouping, Machine, grouping};
use super::operands::fields;
use super::symbols::Field;
use super::witness::Witness;
use super::{Base, keys};
use crate::block::{Architecture, Kernel, Target};
use crate::effects::{Effects, Place};
use crate::isa::fetch::{Fetch, FieldReference};
use crate::meaning::{Meaning, Table};
use crate::naming;
use crate::registers::{Register, RegisterPart};
use crate::values::{Cell, VectorState};

pub use super::decode::Instruction;

/// The text tables of [`meaning`], by name.
pub const TABLES: &[(&str, &str)] = &[("meaning.txt", include_str!("meaning.txt"))];

/// The two shifts around an `ebreak` that make it a call of the debugger (RISC-V Semihosting,
/// "Binary Interface"): `slli x0, x0, 0x1f` and `srai x0, x0, 7`.
const SEMIHOSTING: [u32; 2] = [0x01f0_1013, 0x4070_5013];

fn base(target: &Target) -> Base {
    match target.architecture {
        Architecture::RiscV32 => Base::Rv32,
        _ => Base::Rv64,
    }
}

/// Decodes the instruction at an address; `None` where there is none that is known.
pub fn decode(fetch: &Fetch<'_>) -> Option<Instruction> {
    let features = ["zcmp", "zcmt", "zclsd"].into_iter().filter(|name| has(fetch, name));
    let decoder = Decoder::new(base(fetch.target), features);
    let mut instruction = decoder.decode(fetch.bytes).ok()?;
    instruction.is_witnessed = is_witnessed(&instruction) && !is_ambiguous(&instruction, fetch);
    if instruction.name == "ebreak" && is_semihosting(fetch) {
        instruction.name = "semihosting";
    }
    Some(instruction)
}

/// Whether the instruction was assembled with an extension. The assembler notes the instruction set
/// where it changes (psABI, "Mapping Symbol"), also within a template that switches one on by
/// `.option arch`; where there is no such note, the target's features decide.
fn has(fetch: &Fetch<'_>, extension: &str) -> bool {
    let Some(set) = fetch.section.instruction_set_at(fetch.address.offset) else {
        let (features, llvm) = (&fetch.target.features, &fetch.target.llvm_features);
        return features.contains(extension)
            || llvm.split(',').any(|feature| feature.strip_prefix('+') == Some(extension));
    };
    // The base instruction set comes first: `rv32i2p1_m2p0_zcmp1p0`.
    set.split('_').skip(1).any(|named| named.strip_prefix(extension).is_some_and(is_version))
}

/// Whether it is a version as the names of instruction sets have it: `2p1`.
fn is_version(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('p').is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

/// Whether the encoding has two meanings and nothing tells which: where neither D nor what takes its
/// compressed stores instead is known to be on; without F, arithmetic may be that of Zfinx, in
/// general registers.
fn is_ambiguous(instruction: &Instruction, fetch: &Fetch<'_>) -> bool {
    let has_two_stores = instruction.encoded == "c.fsdsp" || instruction.encoded.starts_with("cm.");
    has_two_stores && !["d", "zcmp", "zcmt"].into_iter().any(|name| has(fetch, name))
        || is_float_arithmetic(instruction) && !has(fetch, "f")
}

/// Whether it works on floating-point registers, or with Zfinx on general ones; moves between the two
/// files exist in one of them only (Unpriv "Zfinx").
fn is_float_arithmetic(instruction: &Instruction) -> bool {
    matches!(instruction.word.opcode(), 0x43 | 0x47 | 0x4b | 0x4f | 0x53)
        && !instruction.name.starts_with("fmv.")
        && !instruction.has_own_fields()
}

/// Whether LLVM sees the same instruction. Each thread asks its own disassembler.
fn is_witnessed(instruction: &Instruction) -> bool {
    thread_local! {
        static WITNESSES: [Option<Witness>; 2] = [Base::Rv32, Base::Rv64].map(Witness::new);
    }
    WITNESSES.with(|[narrow, wide]| {
        let witness = match instruction.base {
            Base::Rv32 => narrow,
            Base::Rv64 => wide,
        };
        witness.as_ref().is_some_and(|witness| witness.agrees(instruction))
    })
}

fn is_semihosting(fetch: &Fetch<'_>) -> bool {
    let word = |at: Option<u64>| {
        let at = usize::try_from(at?).ok()?;
        let bytes = fetch.section.bytes.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    let offset = fetch.address.offset;
    let around = [word(offset.checked_sub(4)), word(offset.checked_add(4))];
    around == SEMIHOSTING.map(Some)
}

/// What the instruction does.
pub fn lift(
    instruction: &Instruction,
    fetch: &Fetch<'_>,
    references: &[FieldReference],
) -> Effects {
    let field = references.iter().find_map(|reference| field(instruction, reference));
    let address = Address { section: fetch.address.section, offset: fetch.address.offset };
    let machine = machine(fetch, instruction.name.starts_with('v'));
    if !instruction.is_witnessed {
        return Effects::default();
    }
    super::lift(instruction, field.as_ref(), address, &machine).unwrap_or_default()
}

fn machine(fetch: &Fetch<'_>, is_vector: bool) -> Machine {
    let target = fetch.target;
    let has = |feature: &str| target.features.contains(feature);
    Machine {
        base: base(target),
        // Code that uses floating point without the target having it switched it on itself.
        float_bits: if has("f") && !has("d") { 32 } else { 64 },
        vectors: has("v"),
        environment: environment(target),
        grouping: if is_vector { grouping_of(&fetch.section.bytes) } else { Grouping::Unknown },
    }
}

fn environment(target: &Target) -> Environment {
    match target.kernel {
        Kernel::Linux => Environment::Linux,
        Kernel::None => Environment::Firmware,
        Kernel::Xous => Environment::Xous,
        _ => Environment::Unknown,
    }
}

/// The grouping that the instructions of a section agree on. Data in between can only make it
/// unknown.
fn grouping_of(bytes: &[u8]) -> Grouping {
    let mut rest = bytes;
    let mut words = Vec::new();
    while let &[low, high, ..] = rest {
        let is_long = low & 3 == 3;
        if is_long && let &[_, _, third, fourth, ..] = rest {
            words.push(Word(u32::from_le_bytes([low, high, third, fourth])));
        }
        rest = rest.get(if is_long { 4 } else { 2 }..).unwrap_or_default();
    }
    grouping(words)
}

/// What a reference says about the instruction's immediate.
fn field(instruction: &Instruction, reference: &FieldReference) -> Option<Field> {
    let bits = reference.bits;
    let addend = match &reference.place {
        Place::Symbol { addend, .. } => *addend,
        Place::Own { .. } | Place::Slot { .. } => 0,
    };
    Some(match (instruction.name, bits.low, bits.count) {
        ("jal" | "beq" | "bne" | "blt" | "bge" | "bltu" | "bgeu", ..) => {
            Field::Target(reference.place.clone())
        }
        ("auipc", ..) => Field::High(reference.place.clone()),
        ("lui", ..) => Field::High(match &reference.place {
            // What is added comes with the lower part.
            Place::Symbol { symbol, .. } => Place::Symbol { symbol: *symbol, addend: 0 },
            place => place.clone(),
        }),
        // The lower part of a distance belongs to the instruction that has the upper one.
        (_, 0, 12) if reference.relative => Field::Low(0),
        (_, 0, 12) => Field::Low(addend),
        _ => return None,
    })
}

/// What the instruction means to the contract.
pub fn meaning(instruction: &Instruction, table: &Table) -> Meaning {
    let mut meaning = table.of(&keys::keys(instruction));
    let effects = super::lift::anywhere(instruction);
    meaning.writes_unknown = effects.is_none() || !instruction.is_witnessed;
    meaning.opaque |= meaning.writes_unknown;
    // Writes of the status register say what it holds; what computes only adds to it.
    meaning.raises_float_status = instruction.word.opcode() != 0x73
        && effects.is_some_and(|effects| {
            effects.writes().iter().any(|part| part.cell == Cell::FloatStatus)
        });
    meaning
}

/// Whether user mode can't execute it (Priv 2.1: bits 9 and 8 of a register's number are the lowest
/// level that may access it; 3.3.2, 12.2, 18.3 for the instructions).
pub fn is_privileged(instruction: &Instruction) -> bool {
    let name = instruction.name;
    match name.starts_with("csrr") {
        true => instruction.word.csr() >> 8 & 3 != 0,
        false => {
            matches!(name, "sret" | "mret" | "mnret" | "uret")
                || ["sfence.", "hfence.", "sinval.", "hinval.", "hlv", "hsv"]
                    .iter()
                    .any(|family| name.starts_with(family))
        }
    }
}

/// Whether there is an instruction of that mnemonic, in lower case, without the suffixes of
/// order.
pub fn is_mnemonic(name: &str) -> bool {
    static NAMES: LazyLock<std::collections::HashSet<&'static str>> =
        LazyLock::new(|| [Base::Rv32, Base::Rv64].into_iter().flat_map(Decoder::names).collect());
    NAMES.contains(name)
}

/// The length in bytes.
pub fn length(instruction: &Instruction) -> u64 {
    u64::from(instruction.length)
}

/// The mnemonic in lower case, without operands.
pub fn mnemonic(instruction: &Instruction) -> Cow<'_, str> {
    instruction.mnemonic().into()
}

/// The instruction as it would be written in a template; `name` is asked for each register and may
/// answer with something else to be written in its place.
pub fn text(instruction: &Instruction, name: &dyn Fn(RegisterPart) -> Option<String>) -> String {
    let plain = instruction.text();
    let Some((mnemonic, operands)) = plain.split_once(' ') else { return plain };
    let mut text = format!("{mnemonic} ");
    let mut rest = operands;
    while !rest.is_empty() {
        let is_word = |character: char| character.is_ascii_alphanumeric();
        let word = rest.find(|character| !is_word(character)).unwrap_or(rest.len());
        if word == 0 {
            let gap = rest.find(is_word).unwrap_or(rest.len());
            text.push_str(&rest[..gap]);
            rest = &rest[gap..];
            continue;
        }
        let named = naming::parse(Architecture::RiscV64, &rest[..word]).and_then(name);
        text.push_str(named.as_deref().unwrap_or(&rest[..word]));
        rest = &rest[word..];
    }
    text
}

/// The cells that the operands name.
pub fn named(instruction: &Instruction) -> Vec<Cell> {
    let number = |low: u8| instruction.word.field(u32::from(low), 5) as u8;
    let registers = fields(instruction)
        .into_iter()
        .filter_map(|(low, kind)| kind.register(number(low)).map(Cell::Register));
    registers.collect()
}

/// The instruction with one register in another one's place in every operand that names it.
pub fn renamed(instruction: &Instruction, from: Register, to: Register) -> Instruction {
    let (Register::General(number) | Register::Float(number) | Register::Vector(number)) = to
    else {
        return *instruction;
    };
    let mut word = instruction.word.0;
    for (low, kind) in fields(instruction) {
        if kind.register(instruction.word.field(u32::from(low), 5) as u8) == Some(from) {
            word = word & !(31 << low) | u32::from(number) << low;
        }
    }
    if word == instruction.word.0 { *instruction } else { instruction.with_word(Word(word)) }
}

/// The name of a cell that is not a register, as a message has it.
pub fn cell_name(cell: Cell) -> &'static str {
    match cell {
        Cell::FloatStatus => "`fflags`",
        Cell::FloatControl => "`frm`",
        Cell::Vector(VectorState::Length) => "`vl`",
        Cell::Vector(VectorState::Type) => "`vtype`",
        Cell::Vector(VectorState::RoundingMode) => "`vxrm`",
        Cell::Vector(VectorState::Saturated) => "`vxsat`",
        Cell::Vector(VectorState::Start) => "`vstart`",
        _ => "a control and status register",
    }
}

/// No operand has a modifier.
pub fn modifier(_class: &str, _part: RegisterPart) -> &'static str {
    ""
}
