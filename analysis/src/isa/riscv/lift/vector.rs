//! The vector extension (Unpriv "V", and the vector parts of the extensions after it), by one
//! rule: a result depends on everything that the instruction names, on `vl`, `vtype`, the mask and
//! what was there before, in a way that is not followed. What is exact: which registers may change,
//! `vl` and `vtype`, the sticky flags, and which memory is touched as far as addresses tell.

use super::build::{Builder, add, or};
use super::floating::FLOAT_STATUS;
use super::system::vector_part;
use crate::effects::{Access, Expression, HavocCause, Operation, Part};
use crate::isa::riscv::fields::Word;
use crate::registers::Register;
use crate::values::{Cell, VectorState};

/// How many registers an operand takes, as far as the block's own `vset` instructions tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Grouping {
    /// That cannot be determined.
    #[default]
    Unknown,
    /// All `vset` instructions of the block agree.
    Known {
        /// The width of an element in bits (SEW).
        element_bits: u16,
        /// The number of registers in a group, in eighths (LMUL).
        eighths: u16,
    },
}

/// The grouping that holds at every instruction of a block, from the encodings of all of them.
pub fn grouping(words: impl IntoIterator<Item = Word>) -> Grouping {
    let mut all: Option<Grouping> = None;
    for word in words.into_iter().filter(|word| word.opcode() == 0x57 && word.funct3() == 7) {
        // `vsetvli` has bit 31 clear, `vsetivli` has bits 31 and 30 set, `vsetvl` only the first.
        let this = match word.field(30, 2) {
            0 | 1 => of_type(word.field(20, 11)),
            3 => of_type(word.field(20, 10)),
            _ => Grouping::Unknown,
        };
        match all {
            Some(known) if known != this => return Grouping::Unknown,
            _ => all = Some(this),
        }
    }
    all.unwrap_or_default()
}

/// The grouping of a `vtype` (Unpriv "V", vector type register): LMUL in bits 2 to 0, SEW in 5 to
/// 3.
fn of_type(vtype: u32) -> Grouping {
    let eighths = match vtype & 7 {
        0 => 8,
        1 => 16,
        2 => 32,
        3 => 64,
        5 => 1,
        6 => 2,
        7 => 4,
        _ => return Grouping::Unknown,
    };
    match vtype >> 3 & 7 {
        width @ 0..4 => Grouping::Known { element_bits: 8 << width, eighths },
        _ => Grouping::Unknown,
    }
}

pub fn lift(builder: &mut Builder<'_>) -> bool {
    let opcode = builder.word.opcode();
    match builder.name {
        "vsetvl" | "vsetvli" | "vsetivli" => configure(builder),
        name if !name.starts_with('v') => return false,
        _ if opcode == 0x07 => load(builder),
        _ if opcode == 0x27 => store(builder),
        _ if opcode == 0x57 || opcode == 0x77 => compute(builder),
        _ => return false,
    }
    // Every vector instruction leaves `vstart` 0.
    builder.set(vector_part(VectorState::Start, 16), Expression::zeros(16));
    true
}

/// `vset*`. With `vtype` from a register, which is how state is restored, `vl` and `vtype` hold
/// what is written: an element count that fits and a legal type are taken for granted.
fn configure(builder: &mut Builder<'_>) {
    let bits = builder.bits();
    let length = vector_part(VectorState::Length, bits);
    let kind = vector_part(VectorState::Type, bits);
    let (rd, rs1) = (builder.word.rd(), builder.word.rs1());
    let vtype = match builder.name {
        "vsetvli" => builder.number(i64::from(builder.word.field(20, 11))),
        "vsetivli" => builder.number(i64::from(builder.word.field(20, 10))),
        _ => builder.rs2(),
    };
    let wanted = match (builder.name, rs1) {
        ("vsetivli", count) => Some(builder.number(i64::from(count))),
        (_, 0) => None,
        _ => Some(builder.rs1()),
    };
    // The count stays as it is, unless the type changes how many fit.
    let keeps_count = wanted.is_none() && rd == 0;
    let computed = |inputs| Expression::computed(Operation::Function("vl".into()), inputs, bits);
    match wanted {
        Some(wanted) => {
            let count = computed(vec![wanted.clone(), vtype.clone()]);
            let restores = builder.name == "vsetvl";
            builder.set(length, if restores { wanted } else { count.clone() });
            builder.set_x(rd, count);
        }
        // As many as fit.
        None if rd != 0 => {
            let count = computed(vec![vtype.clone()]);
            builder.set(length, count.clone());
            builder.set_x(rd, count);
        }
        None => {}
    }
    // A type that this machine lacks leaves `vill` set, and the count 0.
    let immediate = match builder.name {
        "vsetvli" => Some(builder.word.field(20, 11)),
        "vsetivli" => Some(builder.word.field(20, 10)),
        _ => None,
    };
    if immediate.is_none_or(is_legal) {
        builder.set(kind, vtype);
    } else {
        builder.havoc(kind, HavocCause::Varying);
    }
    if keeps_count && !immediate.is_some_and(is_legal) {
        builder.havoc(length, HavocCause::Varying);
    }
}

/// Whether every vector unit with elements of up to 64 bits has the type (Unpriv "V", vector type
/// register).
fn is_legal(vtype: u32) -> bool {
    let Grouping::Known { element_bits, eighths } = of_type(vtype) else { return false };
    vtype < 256 && element_bits <= 8 * eighths.min(8)
}

/// How many registers `eighths` eighths of one take.
fn rounded(eighths: u16) -> u8 {
    eighths.div_ceil(8).clamp(1, 8) as u8
}

/// Registers that an instruction writes: so many certainly, from the first on, and as many as may be
/// written besides.
struct Group {
    certain: u8,
    possible: u8,
}

impl Group {
    fn of(certain: u8) -> Group {
        Group { certain, possible: certain }
    }

    /// A group of LMUL times `factor` eighths of registers.
    fn scaled(grouping: Grouping, factor: u16) -> Group {
        match grouping {
            Grouping::Known { eighths, .. } => Group::of(rounded(eighths * factor / 8)),
            Grouping::Unknown => Group { certain: 1, possible: 8 },
        }
    }
}

/// What every result depends on besides named sources.
fn context(builder: &Builder<'_>) -> Vec<Expression> {
    let bits = builder.bits();
    let mut inputs = vec![
        Expression::Cell(vector_part(VectorState::Length, bits)),
        Expression::Cell(vector_part(VectorState::Type, bits)),
        Expression::Cell(vector_part(VectorState::Start, 16)),
    ];
    // Bit 25 clear: masked by `v0`.
    if builder.word.field(25, 1) == 0 || is_with_carry(builder.name) {
        inputs.push(vector(0));
    }
    inputs
}

/// `vadc`, `vsbc`, `vmadc`, `vmsbc`, `vmerge`: `v0` is an operand.
fn is_with_carry(name: &str) -> bool {
    ["vadc", "vsbc", "vmadc", "vmsbc", "vmerge", "vfmerge"].iter().any(|&of| name.starts_with(of))
}

fn vector(number: u8) -> Expression {
    Expression::Cell(Part::whole(Cell::Register(Register::Vector(number & 31))))
}

/// The registers of a source group.
fn sources(first: u8, group: &Group) -> Vec<Expression> {
    (first..first + group.possible).take_while(|number| *number < 32).map(vector).collect()
}

fn mixed(builder: &Builder<'_>, part: &str, inputs: Vec<Expression>, bits: u16) -> Expression {
    // Immediates and modes are part of what is computed.
    let named = format!("{} {:#x}{part}", builder.name, builder.word.0 >> 12);
    Expression::computed(Operation::Mixed(named.into()), inputs, bits)
}

/// Writes the registers of a group with something that depends on `inputs` and what they held.
fn write(builder: &mut Builder<'_>, first: u8, group: &Group, inputs: &[Expression]) {
    for index in 0..group.possible {
        let number = first + index;
        if number > 31 {
            break;
        }
        let part = Part::whole(Cell::Register(Register::Vector(number)));
        if index < group.certain {
            let mut inputs = inputs.to_vec();
            inputs.push(vector(number));
            let value = mixed(builder, &format!(" register {index}"), inputs, part.bits);
            builder.set(part, value);
        } else {
            builder.havoc(part, HavocCause::Opaque);
        }
    }
}

fn load(builder: &mut Builder<'_>) {
    let name = builder.name;
    let (address, group, conditional) = memory_shape(builder);
    let access = Access { conditional, ..Access::of_unknown_length(address) };
    let _ = builder.load(access);
    let mut inputs = context(builder);
    inputs.extend(address_inputs(builder));
    // What memory held is not an expression of a known width: each execution may see another.
    for index in 0..group.possible {
        let number = builder.word.rd() + index;
        if number > 31 {
            break;
        }
        let part = Part::whole(Cell::Register(Register::Vector(number)));
        let cause = if index < group.certain { HavocCause::Varying } else { HavocCause::Opaque };
        builder.havoc(part, cause);
    }
    // A fault of a later element ends the load there, and `vl` says where.
    if name.contains("ff.v") {
        let part = vector_part(VectorState::Length, builder.bits());
        builder.havoc(part, HavocCause::Varying);
    }
}

fn store(builder: &mut Builder<'_>) {
    let (address, _, conditional) = memory_shape(builder);
    let access = Access { conditional, ..Access::of_unknown_length(address) };
    builder.store(access, None);
}

/// A stride or an index besides the base.
fn address_inputs(builder: &Builder<'_>) -> Vec<Expression> {
    match builder.word.field(26, 2) {
        0 => vec![builder.rs1()],
        2 => vec![builder.rs1(), builder.rs2()],
        _ => vec![builder.rs1(), vector(builder.word.rs2())],
    }
}

/// Where a load or store begins, how many registers it moves, and whether it may do nothing (no
/// element is active).
fn memory_shape(builder: &Builder<'_>) -> (Expression, Group, bool) {
    let word = builder.word;
    let fields = word.field(29, 3) as u8 + 1;
    let base = builder.rs1();
    match (word.field(26, 2), word.rs2()) {
        // Whole registers.
        (0, 0b01000) => (base, Group::of(fields), false),
        // A mask.
        (0, 0b01011) => (base, Group::of(1), true),
        (mode, _) => {
            let address = match mode {
                0 => base,
                2 => base,
                // From the base by an index for each element.
                _ => {
                    let index = vector(word.rs2());
                    add(base, mixed(builder, " index", vec![index], builder.bits()))
                }
            };
            let element = match word.field(12, 3) {
                0 => 8,
                5 => 16,
                6 => 32,
                _ => 64,
            };
            let group = match builder.machine.grouping {
                Grouping::Known { element_bits, eighths } => {
                    // The width in an indexed access is the index's.
                    let eighths = match mode {
                        1 | 3 => eighths,
                        _ => (u32::from(eighths) * element / u32::from(element_bits)) as u16,
                    };
                    Group::of(rounded(eighths).saturating_mul(fields).min(8))
                }
                Grouping::Unknown => Group { certain: fields, possible: 8 },
            };
            (address, group, true)
        }
    }
}

fn compute(builder: &mut Builder<'_>) {
    let name = builder.name;
    let grouping = builder.machine.grouping;
    let word = builder.word;
    let mut inputs = context(builder);
    let wide = Group::scaled(grouping, 16);
    inputs.extend(sources(word.rs2(), &wide));
    match word.funct3() {
        // Vector and vector.
        0..=2 => inputs.extend(sources(word.rs1(), &wide)),
        // Vector and immediate.
        3 => {}
        5 => inputs.push(Expression::Cell(builder.float_part(word.rs1()))),
        _ => inputs.push(builder.rs1()),
    }
    if rounds_fixed_point(name) {
        inputs.push(Expression::Cell(vector_part(VectorState::RoundingMode, 2)));
    }
    let floating = is_floating(name);
    if floating {
        inputs.push(Expression::Cell(super::floating::FLOAT_CONTROL));
    }
    match name {
        "vmv.x.s" | "vcpop.m" | "vfirst.m" => {
            let value = mixed(builder, "", inputs.clone(), builder.bits());
            builder.set_rd(value);
        }
        "vfmv.f.s" => {
            let value = mixed(builder, "", inputs.clone(), builder.machine.float_bits);
            let part = builder.float_part(word.rd());
            builder.set(part, value);
        }
        _ => write(builder, word.rd(), &destination(name, grouping), &inputs),
    }
    if floating {
        let mut inputs = inputs.clone();
        if accumulates(name) {
            inputs.extend(sources(word.rd(), &wide));
        }
        let raised = mixed(builder, " raises", inputs, FLOAT_STATUS.bits);
        builder.set(FLOAT_STATUS, or(Expression::Cell(FLOAT_STATUS), raised));
    }
    if saturates(name) {
        let part = vector_part(VectorState::Saturated, 1);
        let raised = mixed(builder, " saturates", inputs, 1);
        builder.set(part, or(Expression::Cell(part), raised));
    }
}

/// The registers that a computation writes.
fn destination(name: &str, grouping: Grouping) -> Group {
    let whole = |count: &str| count.parse::<u8>().ok();
    if let Some(count) =
        name.strip_prefix("vmv").and_then(|rest| rest.strip_suffix("r.v")).and_then(whole)
    {
        return Group::of(count);
    }
    let is_mask = name.ends_with(".mm")
        || ((name.starts_with("vms") && !name.starts_with("vmsub"))
            || name.starts_with("vmf")
            || name.starts_with("vmadc"))
        || matches!(name, "vmv.s.x" | "vfmv.s.f");
    let is_reduction = ["vred", "vwred", "vfred", "vfwred"].iter().any(|&of| name.starts_with(of));
    if is_mask || is_reduction {
        return Group::of(1);
    }
    let is_widening = name.starts_with("vw") || name.starts_with("vfw");
    Group::scaled(grouping, if is_widening { 16 } else { 8 })
}

/// Whether it may raise exception flags of `fflags`.
fn is_floating(name: &str) -> bool {
    let quiet = ["vfmv", "vfsgnj", "vfclass", "vfmerge", "vfslide", "vfirst"];
    (name.starts_with("vf") || name.starts_with("vmf"))
        && !quiet.iter().any(|&of| name.starts_with(of))
}

/// Whether it multiplies or adds what the destination held (Unpriv "V", vector single-width
/// floating-point fused multiply-add).
fn accumulates(name: &str) -> bool {
    ["macc", "msac", "madd", "msub"].iter().any(|&of| name.contains(of))
}

/// Whether it may set `vxsat`.
fn saturates(name: &str) -> bool {
    ["vsadd", "vssub", "vsmul", "vnclip"].iter().any(|&of| name.starts_with(of))
}

/// Whether it rounds as `vxrm` says.
fn rounds_fixed_point(name: &str) -> bool {
    ["vaadd", "vasub", "vsmul", "vssr", "vnclip"].iter().any(|&of| name.starts_with(of))
}
