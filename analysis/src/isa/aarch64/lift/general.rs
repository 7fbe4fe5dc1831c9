//! The general rule: what an instruction does by the look of its operands.
//!
//! The first operand is written, the others are read; which instructions read the first one, too,
//! is said in [`KEEPS_DESTINATION`]. Execution has the last word on it: see the proof.

use exarmo_aarch64::{Flags, Mem, Operand, Reg, RegOperand, Writeback};

use super::super::operands::{FLAGS, Lifter, part};
use super::memory::{address, operand, predicate_lengths, write_back};
use crate::effects::{Access, Effect, Expression, Operation, Part};
use crate::registers::Register;
use crate::values::Cell;

/// Beginnings of mnemonics whose instructions also read the register that they write, without
/// naming it a second time.
const KEEPS_DESTINATION: &[&str] = &[
    "mla",
    "mls",
    "fmla",
    "fmls",
    "fnmla",
    "fnmls",
    "bfmla",
    "bfmls",
    "smlal",
    "smlsl",
    "umlal",
    "umlsl",
    "sqdmlal",
    "sqdmlsl",
    "sqrdmlah",
    "sqrdmlsh",
    "sqrdcmlah",
    "cmla",
    "fcmla",
    "sdot",
    "udot",
    "usdot",
    "sudot",
    "bfdot",
    "fdot",
    "cdot",
    "saba",
    "uaba",
    "sadalp",
    "uadalp",
    "ssra",
    "usra",
    "srsra",
    "ursra",
    "sri",
    "sli",
    "bsl",
    "bit",
    "bif",
    "tbx",
    "aese",
    "aesd",
    "sha1c",
    "sha1m",
    "sha1p",
    "sha1su",
    "sha256h",
    "sha256su",
    "sha512h",
    "sha512su",
    "sm3part",
    "sm3tt",
    "suqadd",
    "usqadd",
    "smmla",
    "ummla",
    "usmmla",
    "fmmla",
    "bfmmla",
    "eorbt",
    "eortb",
    "adclb",
    "adclt",
    "sbclb",
    "sbclt",
    "insr",
    "inc",
    "dec",
    "sqinc",
    "sqdec",
    "uqinc",
    "uqdec",
    "sclamp",
    "uclamp",
    "fclamp",
    "bfclamp",
    "pmlal",
    "smlall",
    "umlall",
    "fmlall",
];

/// The same, for whole mnemonics.
const KEEPS_DESTINATION_EXACTLY: &[&str] =
    &["sm4e", "rax1x", "mad", "msb", "fmad", "fmsb", "fnmad", "fnmsb"];

/// Endings of mnemonics that narrow into every second lane of the destination.
const NARROWS_INTO: &[&str] =
    &["addhnt", "subhnt", "shrnt", "shrunt", "xtnt", "xtunt", "cvtnt", "cvtxnt"];

/// Lifts an instruction of Advanced SIMD, floating point or the general registers.
pub fn lift(lifter: &mut Lifter<'_>) {
    if operand(lifter).is_some() {
        return unknown_access(lifter);
    }
    if let Some(value) = lengths(lifter) {
        lifter.set(value);
        return;
    }
    if lifter.mnemonic() == exarmo_aarch64::Mnemonic::Setffr {
        // As many ones as the vectors have bytes.
        let ones = Expression::computed(Operation::Function("setffr".into()), Vec::new(), 64);
        lifter.effects.list.push(Effect::Set(Part::whole(FIRST_FAULT), ones));
        return;
    }
    let inputs = inputs(lifter, keeps_destination(lifter));
    if writes_first(lifter)
        && let Some(register) = lifter.register(0)
    {
        let name = name(lifter);
        let lane = lane(lifter, register);
        let upper = is_upper_half(lifter);
        let bits = match (register.arrangement, register.index) {
            _ if upper => 64,
            (Some(arrangement), None) => super::super::operands::arranged(arrangement),
            (Some(arrangement), Some(_)) => arrangement.element_width().bits(),
            (None, _) => part(register.reg).0,
        };
        let whole = inputs.iter().all(|input| width_is(input, bits));
        let operation = match lane {
            Some(lane) if whole && !upper => Operation::Lanes(lane, name.into()),
            _ => Operation::Function(name.into()),
        };
        let value = Expression::computed(operation, inputs.clone(), bits);
        if upper {
            lifter.write_bits(register.reg, 64, 64, value);
        } else {
            lifter.write_operand(register, value);
        }
    }
    set_flags(lifter, inputs);
}

/// Lifts an instruction of the scalable extensions: vectors as wide as a cell, whose real width is
/// not known.
pub fn scalable(lifter: &mut Lifter<'_>) {
    use exarmo_aarch64::Mnemonic::*;
    if let Some(memory) = operand(lifter) {
        return scalable_access(lifter, &memory);
    }
    let mut inputs = inputs(lifter, keeps_destination(lifter) || merges(lifter));
    let reads_faults = matches!(lifter.mnemonic(), Rdffr | Rdffrs);
    if reads_faults {
        inputs.push(Expression::Cell(Part::whole(FIRST_FAULT)));
    }
    if lifter.mnemonic() == Wrffr {
        let value = lifter.register(0).map(|register| lifter.read(register.reg));
        let value = value.unwrap_or(Expression::zeros(64));
        lifter.effects.list.push(Effect::Set(Part::whole(FIRST_FAULT), value));
        return;
    }
    let name = name(lifter);
    if writes_first(lifter) {
        for reg in destinations(lifter) {
            let bits = part(reg).0;
            // Of lanes and predicates nothing is followed: no bit is certain to be read.
            let operation = Operation::Mixed(format!("{name} {reg}").into());
            let value = Expression::computed(operation, inputs.clone(), bits);
            lifter.write(reg, value);
        }
    }
    set_flags(lifter, inputs);
}

/// An address or number that is so many vector lengths or predicate lengths away from another one; a
/// vector is eight times as long as a predicate. In streaming mode both have other lengths, which
/// `addsvl` and its like name at any time: those are not followed.
fn lengths(lifter: &Lifter<'_>) -> Option<Expression> {
    use exarmo_aarch64::Mnemonic::*;
    let (base, count, unit) = match lifter.mnemonic() {
        Addvl => (Some(1), 2, 8),
        Addpl => (Some(1), 2, 1),
        Rdvl => (None, 1, 8),
        _ => return None,
    };
    let Some(Operand::Imm { value, .. }) = lifter.operand(count) else { return None };
    let distance = predicate_lengths(value.checked_mul(unit)?);
    Some(match base {
        Some(index) => {
            Expression::computed(Operation::Add, vec![lifter.value(index, 64)?, distance], 64)
        }
        None => distance,
    })
}

/// `ffr`.
const FIRST_FAULT: Cell = Cell::Register(Register::Mask(16));

/// The registers that the first operand names.
fn destinations(lifter: &Lifter<'_>) -> Vec<Reg> {
    match lifter.operand(0) {
        Some(Operand::Reg(register)) => vec![register.reg],
        Some(Operand::List(list)) => list.regs().to_vec(),
        _ => Vec::new(),
    }
}

/// What tells the instruction from others that compute something else: mnemonic, immediates, and
/// how its operands are arranged.
fn name(lifter: &Lifter<'_>) -> String {
    use std::fmt::Write;
    let mut name = lifter.mnemonic().name().to_owned();
    for operand in lifter.code.operands.iter() {
        // Writing to a string does not fail.
        let _ = match operand {
            Operand::Imm { value, modifier } => write!(name, " {value} {modifier:?}"),
            Operand::FpImm { value, .. } => write!(name, " {value}"),
            Operand::Symbol(symbol) => write!(name, " {}", symbol.name),
            Operand::Modifier(modifier) => write!(name, " {modifier:?}"),
            Operand::Cond(code) => write!(name, " {code}"),
            Operand::Reg(register) => match (register.arrangement, register.index) {
                (Some(arrangement), Some(index)) => write!(name, " {arrangement}{index}"),
                (Some(arrangement), None) => write!(name, " {arrangement}"),
                _ => Ok(()),
            },
            _ => Ok(()),
        };
    }
    name
}

/// Whether the first operand is written.
pub fn writes_first(lifter: &Lifter<'_>) -> bool {
    use exarmo_aarch64::Mnemonic::*;
    !matches!(
        lifter.mnemonic(),
        Fcmp | Fcmpe | Fccmp | Fccmpe | Cmpp | Ptest | Ctermeq | Ctermne | Setffr | Prfm
    )
}

/// Whether the register that is written is read, too.
pub fn keeps_destination(lifter: &Lifter<'_>) -> bool {
    let name = lifter.mnemonic().name();
    KEEPS_DESTINATION.iter().any(|start| name.starts_with(start))
        || KEEPS_DESTINATION_EXACTLY.contains(&name)
        || NARROWS_INTO.iter().any(|end| name.ends_with(end))
}

/// Whether lanes of the destination stay where a predicate says so.
fn merges(lifter: &Lifter<'_>) -> bool {
    lifter.code.operands.iter().any(|operand| match operand {
        Operand::Reg(register) => register.predication == Some('m'),
        _ => false,
    })
}

/// Whether it narrows into the upper half and keeps the lower one.
fn is_upper_half(lifter: &Lifter<'_>) -> bool {
    let name = lifter.mnemonic().name();
    let narrows = ["xtn2", "xtun2", "shrn2", "shrun2", "addhn2", "subhn2", "cvtn2", "cvtxn2"];
    narrows.iter().any(|end| name.ends_with(end))
}

/// The lane within which the result is computed: where all vector operands are arranged alike.
fn lane(lifter: &Lifter<'_>, first: RegOperand) -> Option<u16> {
    let arrangement = first.arrangement?;
    let name = lifter.mnemonic().name();
    // Across lanes: pairs, sums, tables, hashes, complex numbers, matrices.
    let mixes = name.ends_with('p')
        || name.ends_with('v')
        || ["tb", "sha", "aes", "sm3", "sm4", "fcadd", "fcmla", "rax", "xar"]
            .iter()
            .any(|start| name.starts_with(start))
        || name.contains("mmla")
        || name.contains("dot")
        || name.contains("adalp")
        || name.contains("addlp")
        || name.contains("mlal")
        || name.contains("mlsl");
    let alike = lifter.code.operands.iter().all(|operand| match operand {
        Operand::Reg(register) => register.arrangement == Some(arrangement),
        Operand::List(_) | Operand::Mem(_) => false,
        _ => true,
    });
    (alike && !mixes).then(|| arrangement.element_width().bits())
}

fn width_is(value: &Expression, bits: u16) -> bool {
    match value {
        Expression::Cell(part) => part.bits == bits,
        Expression::Slice { bits: width, .. } => *width == bits,
        _ => false,
    }
}

/// Whether an instruction that names one element of a register reads its neighbours, too: pairs of
/// complex numbers, groups of a dot product (DDI 0487 C7.2 FCMLA, UDOT, SM3TT1A).
fn reads_beside_element(lifter: &Lifter<'_>) -> bool {
    let name = lifter.mnemonic().name();
    ["dot", "cmla", "mmla", "sm3tt", "luti", "mlall"].iter().any(|part| name.contains(part))
}

/// Whether an instruction that widens takes the upper half of this source (DDI 0487 C7.2 UMULL2).
fn takes_upper_half(lifter: &Lifter<'_>, source: RegOperand) -> bool {
    let element = |register: RegOperand| {
        register.arrangement.map(|arrangement| arrangement.element_width().bits())
    };
    let full = source.arrangement.map(super::super::operands::arranged) == Some(128);
    let widens = lifter.register(0).and_then(element) == element(source).map(|bits| 2 * bits);
    lifter.mnemonic().name().ends_with('2') && full && widens && source.index.is_none()
}

/// The operands that are read, as values.
fn inputs(lifter: &Lifter<'_>, with_destination: bool) -> Vec<Expression> {
    let mut inputs = Vec::new();
    let skip = usize::from(writes_first(lifter) && !with_destination);
    for operand in lifter.code.operands.iter().skip(skip) {
        match operand {
            Operand::Reg(register) => {
                inputs.push(match register.index {
                    Some(_) if reads_beside_element(lifter) => lifter.read(register.reg),
                    _ if takes_upper_half(lifter, *register) => {
                        lifter.read(register.reg).slice(64, 64)
                    }
                    // These take the upper half of what their arrangement names.
                    None if matches!(lifter.mnemonic().name(), "fmlal2" | "fmlsl2") => {
                        lifter.read(register.reg)
                    }
                    _ => lifter.value_of(*register, 64),
                });
                if let Some(index) = register.index_reg {
                    inputs.push(lifter.read(index));
                }
            }
            Operand::List(list) => {
                inputs.extend(list.regs().iter().map(|reg| lifter.read(*reg)));
            }
            Operand::ZaSlice(slice) => inputs.extend(slice.index.map(|reg| lifter.read(reg))),
            _ => {}
        }
    }
    let reads = lifter.code.flags.reads;
    for ((flag, _), bit) in FLAGS.iter().zip([Flags::N, Flags::Z, Flags::C, Flags::V]) {
        if reads.contains(bit) {
            inputs.push(lifter.flag(*flag));
        }
    }
    inputs
}

/// The flags that the decoder says are written become something of the inputs.
pub fn set_flags(lifter: &mut Lifter<'_>, inputs: Vec<Expression>) {
    let writes = lifter.code.flags.writes;
    for ((flag, _), bit) in FLAGS.iter().zip([Flags::N, Flags::Z, Flags::C, Flags::V]) {
        if writes.contains(bit) {
            let name = format!("{} {}", name(lifter), flag.name());
            let value = Operation::Function(name.into());
            lifter.set_flag(*flag, Expression::computed(value, inputs.clone(), 1));
        }
    }
}

/// An access that no other file knows: a load into the first operand, or a store by the mnemonic.
fn unknown_access(lifter: &mut Lifter<'_>) {
    let Some(memory) = operand(lifter) else { return };
    let place = address(lifter, &memory);
    let access = Access { conditional: true, ..Access::of_unknown_length(place.at.clone()) };
    if lifter.mnemonic().name().starts_with("st") {
        lifter.store(access, None);
    } else {
        let loaded = lifter.load(access.clone());
        lifter.store(access, None);
        for reg in destinations(lifter) {
            let name = lifter.mnemonic().name();
            let inputs = vec![loaded.clone(), lifter.read(reg)];
            let value = Expression::computed(Operation::Function(name.into()), inputs, part(reg).0);
            lifter.write(reg, value);
        }
    }
    write_back(lifter, place);
}

/// A load or store of scalable vectors.
fn scalable_access(lifter: &mut Lifter<'_>, memory: &Mem) {
    let name = lifter.mnemonic().name();
    if name.starts_with("prf") {
        return;
    }
    let place = address(lifter, memory);
    if matches!(name, "ldr" | "str")
        && let Some(register) = lifter.register(0)
        && let (_, Some(moved)) = part(register.reg)
    {
        // The whole register, without a predicate.
        let held = Some(moved.bits);
        let access = Access { held, ..Access::of_unknown_length(place.at) };
        match name {
            "str" => lifter.store(access, Some(Expression::Cell(moved))),
            _ => {
                let loaded = lifter.load(access);
                lifter.effects.list.push(Effect::Set(moved, loaded));
            }
        }
        return;
    }
    let mut inputs: Vec<Expression> = Vec::new();
    for operand in lifter.code.operands.iter().skip(1) {
        if let Operand::Reg(register) = operand {
            inputs.push(lifter.read(register.reg));
        }
    }
    let access = Access { conditional: true, ..Access::of_unknown_length(place.at.clone()) };
    if name.starts_with("st") {
        lifter.store(access, None);
    } else {
        inputs.push(lifter.load(access));
        // Elements of first-fault loads are not loaded where an earlier load failed.
        let faults = name.starts_with("ldff1") || name.starts_with("ldnf1");
        if faults {
            inputs.push(Expression::Cell(Part::whole(FIRST_FAULT)));
        }
        inputs.push(place.at.clone());
        for reg in destinations(lifter) {
            let mut inputs = inputs.clone();
            if faults {
                inputs.push(lifter.read(reg));
            }
            let operation = Operation::Function(format!("{name} {reg}").into());
            let value = Expression::computed(operation, inputs, part(reg).0);
            lifter.write(reg, value);
        }
        if faults {
            let operation = Operation::Function(format!("{name} ffr").into());
            let value = Expression::computed(operation, inputs, 64);
            lifter.effects.list.push(Effect::Set(Part::whole(FIRST_FAULT), value));
        }
    }
    if memory.writeback != Writeback::None {
        write_back(lifter, place);
    }
}
