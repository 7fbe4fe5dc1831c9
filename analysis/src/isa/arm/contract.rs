//! What Arm answers to the questions of [`isa`](crate::isa).

use std::borrow::Cow;

use exarmo_aarch32::{
    GpReg, ItState, Mnemonic, Modifier, Offset, Operand, Reg, RegList, Token, TokenKind,
};

use super::decode::{Decoded, Form, Profile, State};
use super::lift::{Lifting, lifting_operands};
use super::m_profile::SystemKind;
use super::{Reference, Surroundings, meaning as words, registers, state, witness};
use crate::assemble::{Content, MachineCode, Section};
use crate::block::{Architecture, Kernel, Target};
use crate::effects::{Effect, Effects, Next, Place};
use crate::isa::fetch::{Fetch, FieldReference};
use crate::meaning::{Meaning, Table};
use crate::naming;
use crate::registers::{Register, RegisterPart};
use crate::values::{Cell, Flag};

/// The text tables of [`meaning`], by name.
pub const TABLES: &[(&str, &str)] = words::TABLES;

/// A decoded instruction.
#[derive(Clone, Debug)]
pub struct Instruction {
    form: Known,
    /// Registers that other ones stand for in the operands.
    renamed: Vec<(Register, Register)>,
    offset: u64,
}

/// What is known about an instruction.
#[derive(Clone, Debug)]
enum Known {
    /// All: decoder and witness agree, and there is a lift.
    Lifted(Decoded),
    /// Only what it is called.
    Opaque {
        /// LLVM's mnemonic, or the decoder's.
        mnemonic: String,
        /// All of it.
        text: String,
        /// The length in bytes.
        length: u8,
    },
}

/// The profile of a target.
fn profile(target: &Target) -> Profile {
    if target.features.contains("mclass") {
        return Profile::Microcontroller;
    }
    Profile::of_triple(&target.llvm_triple)
}

/// The instruction set that a place is in; `None` for data.
fn instruction_set(section: &Section, offset: u64, target: &Target) -> Option<State> {
    match section.content_at(offset) {
        Some(Content::Data) => None,
        Some(Content::Thumb) => Some(State::Thumb),
        Some(Content::Code) => Some(State::Arm),
        None if target.is_thumb() => Some(State::Thumb),
        None => Some(State::Arm),
    }
}

/// The IT state that a place has.
fn it_state(section: &Section, offset: u64, state: State) -> ItState {
    if state == State::Arm {
        return ItState::Outside;
    }
    state::it_state(&section.bytes, &section.lines, offset)
}

/// Decodes the instruction at an address; `None` where there is none that is known.
pub fn decode(fetch: &Fetch<'_>) -> Option<Instruction> {
    if fetch.target.is_big_endian {
        return None;
    }
    let offset = fetch.address.offset;
    let state = instruction_set(fetch.section, offset, fetch.target)?;
    let it = it_state(fetch.section, offset, state);
    let profile = profile(fetch.target);
    let decoded = super::decode(fetch.bytes, state, it, profile);
    // LLVM needs no asking about `it`, and would apply it to what it reads next.
    if let Some(decoded) = decoded.filter(|decoded| decoded.it_slots().is_some()) {
        return Some(Instruction::new(Known::Lifted(decoded), offset));
    }
    let read = witness::reads(fetch.bytes, state, profile, it, offset);
    let known = match (decoded, read) {
        (Some(decoded), Some(read)) if witness::agrees(&decoded, &read) => {
            let surroundings = Surroundings {
                section: fetch.address.section,
                offset,
                reference: None,
                kernel: Kernel::Unknown,
            };
            match super::lift(&decoded, &surroundings) {
                Some(_) => Known::Lifted(decoded),
                None => Known::Opaque {
                    mnemonic: decoded.mnemonic().to_owned(),
                    text: decoded.text(offset),
                    length: decoded.length,
                },
            }
        }
        (_, Some(read)) => Known::Opaque {
            mnemonic: read.mnemonic.clone(),
            text: read.text(),
            length: u8::try_from(read.length).ok()?,
        },
        // The witness is of Armv8.
        (Some(decoded), None) if decoded.is_retired() => Known::Lifted(decoded),
        // Nobody but the decoder knows it.
        (_, None) => return None,
    };
    Some(Instruction::new(known, offset))
}

/// What the instruction does.
pub fn lift(
    instruction: &Instruction,
    fetch: &Fetch<'_>,
    references: &[FieldReference],
) -> Effects {
    let Known::Lifted(decoded) = &instruction.form else { return Effects::default() };
    let offset = fetch.address.offset;
    // A jump into an IT block runs its instructions without their conditions, or with others.
    let reference = references.first().map(|reference| Reference {
        place: code_place(decoded, reference.place.clone()),
        relative_to: (reference.relative && is_half_move(decoded)).then_some(Place::Own {
            section: fetch.address.section,
            offset: offset + u64::from(reference.at),
        }),
    });
    let surroundings = Surroundings {
        section: fetch.address.section,
        offset,
        reference,
        kernel: fetch.target.kernel,
    };
    let mut operands = lifting_operands(decoded);
    for (from, to) in &instruction.renamed {
        operands.iter_mut().for_each(|operand| *operand = with_register(*operand, *from, *to));
    }
    let lifting = Lifting { decoded, surroundings: &surroundings, operands };
    // A relocation that is not understood: where this leads cannot be determined.
    super::lift::lift_operands(lifting)
        .unwrap_or(Effects { next: Next::Unknown, ..Effects::default() })
}

/// The place that a branch leads to: bit 0 of an address only says that Thumb code is there.
fn code_place(decoded: &Decoded, place: Place) -> Place {
    let branches = matches!(decoded.mnemonic(), "b" | "bl" | "blx" | "cbz" | "cbnz");
    match place {
        Place::Own { section, offset } if branches => Place::Own { section, offset: offset & !1 },
        place => place,
    }
}

fn is_half_move(decoded: &Decoded) -> bool {
    matches!(decoded.mnemonic(), "movw" | "movt")
}

/// What the instruction means to the contract.
pub fn meaning(instruction: &Instruction, table: &Table) -> Meaning {
    let decoded = match &instruction.form {
        Known::Lifted(decoded) => decoded,
        Known::Opaque { mnemonic, .. } => {
            let plain = mnemonic.split('.').next().unwrap_or("");
            return Meaning { opaque: true, writes_unknown: true, ..table.of(&[plain]) };
        }
    };
    let keys = words::keys(decoded);
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let mut meaning = table.of(&keys);
    meaning.raises_float_status |= raises_float_status(decoded);
    meaning
}

/// Whether PL0 can't execute it (DDI 0406 B3.15.3 and table B3-42: of coprocessor 15, PL0 has its
/// thread pointers, the old barriers, counters and the timers; B9.3 for the instructions).
pub fn is_privileged(instruction: &Instruction) -> bool {
    let Known::Lifted(decoded) = &instruction.form else { return false };
    const OF_USERS: [&str; 8] = [
        "mrc:0,c13,c0,2",
        "mcr:0,c13,c0,2",
        "mrc:0,c13,c0,3",
        "mcr:0,c7,c5,4",
        "mcr:0,c7,c10,4",
        "mcr:0,c7,c10,5",
        "mrrc:0,c14",
        "mrrc:1,c14",
    ];
    let keys = words::keys(decoded);
    let has = |wanted: &str| keys.iter().any(|key| key == wanted);
    let of_coprocessor = keys.iter().any(|key| {
        let words = key.split_once(':');
        words.is_some_and(|(mnemonic, register)| {
            matches!(mnemonic, "mcr" | "mrc" | "mcrr" | "mrrc") && register != "maker"
        })
    });
    let is_counter = has("mrc:c9") || has("mcr:c9") || has("mrrc:0,c9");
    let is_timer = has("mrc:c14") || has("mcr:c14");
    let may_be_user = is_counter || is_timer || OF_USERS.iter().any(|key| has(key));
    of_coprocessor && !may_be_user
        || matches!(decoded.mnemonic(), "cps" | "cpsid" | "cpsie" | "hvc" | "smc" | "eret")
        || has("msr:control_field")
        || has("msr:banked")
        || has("mrs:banked")
        || has("mrs:spsr")
}

/// Whether it may set sticky floating-point status, apart from loading all of it.
fn raises_float_status(decoded: &Decoded) -> bool {
    if !decoded.mnemonic().starts_with('v') || decoded.mnemonic() == "vmsr" {
        return false;
    }
    let surroundings =
        Surroundings { section: 0, offset: 0, reference: None, kernel: Kernel::Unknown };
    super::lift(decoded, &surroundings).is_some_and(|effects| {
        effects
            .list
            .iter()
            .any(|effect| matches!(effect, Effect::Set(part, _) if part.cell == Cell::FloatStatus))
    })
}

/// Whether there is an instruction of that mnemonic, in lower case.
pub fn is_mnemonic(name: &str) -> bool {
    const OF_THE_M_PROFILE: [&str; 12] = [
        "swp", "swpb", "sg", "tt", "ttt", "tta", "ttat", "bxns", "blxns", "csel", "csinc", "csneg",
    ];
    OF_THE_M_PROFILE.contains(&name)
        || (0..Mnemonic::COUNT)
            .filter_map(Mnemonic::from_index)
            .any(|mnemonic| mnemonic.name() == name)
}

/// The length in bytes.
pub fn length(instruction: &Instruction) -> u64 {
    u64::from(match &instruction.form {
        Known::Lifted(decoded) => decoded.length,
        Known::Opaque { length, .. } => *length,
    })
}

/// The mnemonic in lower case, without operands.
pub fn mnemonic(instruction: &Instruction) -> Cow<'_, str> {
    match &instruction.form {
        Known::Lifted(decoded) => decoded.conditional_mnemonic().into(),
        Known::Opaque { mnemonic, .. } => mnemonic.as_str().into(),
    }
}

/// For an `it`: how many of the following instructions it gives their condition.
pub fn it_slots(instruction: &Instruction) -> Option<u32> {
    match &instruction.form {
        Known::Lifted(decoded) => decoded.it_slots(),
        Known::Opaque { .. } => None,
    }
}

/// The `it` at the end of a block whose slots are not filled: the compiler's next instruction would
/// become conditional. The line of the template, where that is known.
pub fn trailing_it(code: &MachineCode, target: &Target) -> Option<Option<u32>> {
    let end = code.end_offset;
    let section = code.sections.get(code.start)?;
    let last = end.checked_sub(2)?;
    if instruction_set(section, last, target)? != State::Thumb {
        return None;
    }
    let (first, _) = state::it_block(&section.bytes, &section.lines, end)?;
    Some(code.line_at(code.start, first))
}

/// The instruction as it would be written in a template; `name` is asked for each register and may
/// answer with something else to be written in its place.
pub fn text(instruction: &Instruction, name: &dyn Fn(RegisterPart) -> Option<String>) -> String {
    let decoded = match &instruction.form {
        Known::Lifted(decoded) => decoded,
        Known::Opaque { text, .. } => return text.clone(),
    };
    let Form::Common(common) = &decoded.form else { return decoded.text(instruction.offset) };
    let mut tokens: Vec<Token> = Vec::new();
    // Writing to a vector does not fail.
    let _ = common.at(instruction.offset).write_tokens(&mut tokens);
    let mut text = String::new();
    for token in &tokens {
        match token.kind {
            TokenKind::Register => {
                let part = naming::parse(Architecture::Arm, &token.text).map(|part| {
                    let to = instruction.renamed.iter().find(|(from, _)| *from == part.register);
                    to.map_or(part, |(_, to)| RegisterPart { register: *to, ..part })
                });
                match part {
                    Some(part) => {
                        text.push_str(
                            &name(part).unwrap_or_else(|| naming::name(Architecture::Arm, part)),
                        );
                    }
                    None => text.push_str(&token.text),
                }
            }
            TokenKind::Immediate(value) if value.unsigned_abs() < 1024 => {
                text.push_str(&value.to_string());
            }
            TokenKind::Address(_) => text.push('…'),
            _ => text.push_str(&token.text.replace('\t', " ")),
        }
    }
    text
}

/// The cells that the operands name.
pub fn named(instruction: &Instruction) -> Vec<Cell> {
    let Known::Lifted(decoded) = &instruction.form else { return Vec::new() };
    let mut cells = Vec::new();
    let mut add = |register: Register| {
        let to = instruction.renamed.iter().find(|(from, _)| *from == register);
        let cell = Cell::Register(to.map_or(register, |(_, to)| *to));
        if !cells.contains(&cell) {
            cells.push(cell);
        }
    };
    if let Form::System(form) = &decoded.form {
        let numbers = match form.kind {
            SystemKind::Read { destination, .. } => vec![destination],
            SystemKind::Write { source, .. } => vec![source],
            SystemKind::SecureGateway => Vec::new(),
            SystemKind::LazyFloat { address, .. } => vec![address],
            SystemKind::Coprocessor(coprocessor) => coprocessor.registers(),
            SystemKind::Swap { destination, source, address, .. } => {
                vec![destination, source, address]
            }
            SystemKind::TestTarget { destination, address, .. } => vec![destination, address],
            SystemKind::BranchNonSecure { target } | SystemKind::CallNonSecure { target } => {
                vec![target]
            }
            SystemKind::Select { destination, first, second, .. } => {
                vec![destination, first, second]
            }
        };
        numbers.into_iter().filter(|number| *number < 15).map(Register::General).for_each(&mut add);
    }
    for operand in lifting_operands(decoded) {
        for register in operand_registers(&operand) {
            if let Some(part) = registers::part(register)
                && let Cell::Register(register) = part.cell
            {
                add(register);
            }
        }
    }
    cells
}

fn operand_registers(operand: &Operand) -> Vec<Reg> {
    let by = |modifier: Option<Modifier>| modifier.and_then(|modifier| modifier.by).map(Reg::Core);
    match operand {
        Operand::Reg(operand) => {
            [Some(operand.reg), by(operand.modifier)].into_iter().flatten().collect()
        }
        Operand::Mem(memory) => match memory.offset {
            Offset::Reg { reg, .. } => vec![memory.base, reg],
            Offset::None | Offset::Imm { .. } => vec![memory.base],
        },
        Operand::List(list) => list.regs().collect(),
        _ => Vec::new(),
    }
}

/// The instruction with one register in another one's place in every operand that names it.
pub fn renamed(instruction: &Instruction, from: Register, to: Register) -> Instruction {
    let mut instruction = instruction.clone();
    if let Known::Lifted(decoded) = &mut instruction.form
        && let (Form::System(form), Register::General(from), Register::General(to)) =
            (&mut decoded.form, from, to)
    {
        form.rename(from, to);
        return instruction;
    }
    instruction.renamed.push((from, to));
    instruction
}

/// An operand with one register in another one's place.
fn with_register(operand: Operand, from: Register, to: Register) -> Operand {
    let swap = |register: Reg| other_register(register, from, to);
    let swap_modifier = |modifier: Option<Modifier>| {
        modifier.map(|modifier| Modifier {
            by: modifier.by.map(|by| match swap(Reg::Core(by)) {
                Reg::Core(by) => by,
                _ => by,
            }),
            ..modifier
        })
    };
    match operand {
        Operand::Reg(mut operand) => {
            operand.reg = swap(operand.reg);
            operand.modifier = swap_modifier(operand.modifier);
            Operand::Reg(operand)
        }
        Operand::Mem(mut memory) => {
            memory.base = swap(memory.base);
            if let Offset::Reg { reg, subtract, modifier } = memory.offset {
                let (reg, modifier) = (swap(reg), swap_modifier(modifier));
                memory.offset = Offset::Reg { reg, subtract, modifier };
            }
            Operand::Mem(memory)
        }
        Operand::List(list) => Operand::List(RegList {
            mask: list.regs().map(swap).fold(0, |mask, register| mask | 1 << number(register)),
            ..list
        }),
        other => other,
    }
}

fn number(register: Reg) -> u8 {
    match register {
        Reg::Core(register) => register.num(),
        Reg::Single(register) => register.num(),
        Reg::Double(register) => register.num(),
        Reg::Quad(register) => register.num(),
    }
}

fn other_register(register: Reg, from: Register, to: Register) -> Reg {
    let is_from = registers::part(register).is_some_and(|part| part.cell == Cell::Register(from));
    if !is_from {
        return register;
    }
    let changed = match (register, to) {
        (Reg::Core(_), Register::General(to)) => GpReg::try_new(to).map(Reg::Core),
        (Reg::Single(one), Register::Vector(to)) => {
            exarmo_aarch32::SReg::try_new(4 * to + one.num() % 4).map(Reg::Single)
        }
        (Reg::Double(one), Register::Vector(to)) => {
            exarmo_aarch32::DReg::try_new(2 * to + one.num() % 2).map(Reg::Double)
        }
        (Reg::Quad(_), Register::Vector(to)) => exarmo_aarch32::QReg::try_new(to).map(Reg::Quad),
        _ => None,
    };
    changed.unwrap_or(register)
}

/// The name of a cell that is not a register, as a message has it.
pub fn cell_name(cell: Cell) -> &'static str {
    match cell {
        Cell::Flag(Flag::Sign) => "N",
        Cell::Flag(Flag::Zero) => "Z",
        Cell::Flag(Flag::Carry) => "C",
        Cell::Flag(Flag::Overflow) => "V",
        Cell::Flag(Flag::Saturation) => "Q",
        Cell::Flag(Flag::GreaterOrEqual0) => "GE[0]",
        Cell::Flag(Flag::GreaterOrEqual1) => "GE[1]",
        Cell::Flag(Flag::GreaterOrEqual2) => "GE[2]",
        Cell::Flag(Flag::GreaterOrEqual3) => "GE[3]",
        Cell::FloatStatus => "the status bits of FPSCR",
        Cell::FloatControl => "the control bits of FPSCR",
        _ => "the status register",
    }
}

/// See [`isa::registers::modifier`](crate::isa::registers::modifier).
pub fn modifier(class: &str, part: RegisterPart) -> &'static str {
    match (class.starts_with("qreg"), part.bits, part.low_bit) {
        (true, 64, 0) => ":e",
        (true, 64, 64) => ":f",
        _ => "",
    }
}

impl Instruction {
    fn new(form: Known, offset: u64) -> Instruction {
        Instruction { form, renamed: Vec::new(), offset }
    }

    /// The bytes, how many they are, and whether they are Thumb's; `None` where only the name is
    /// known.
    pub fn encoded(&self) -> Option<([u8; 4], u8, bool)> {
        let Known::Lifted(decoded) = &self.form else { return None };
        let is_thumb = decoded.state == State::Thumb;
        let bits = match (is_thumb, decoded.length) {
            // Half-words in a row.
            (true, 4) => decoded.bits.rotate_left(16),
            _ => decoded.bits,
        };
        Some((bits.to_le_bytes(), decoded.length, is_thumb))
    }
}
