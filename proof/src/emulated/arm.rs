//! A32 and T32 in QEMU: on a processor of the A-profile in user mode, and T32 on one of the
//! M-profile.
//!
//! Bit 0 of a code address distinguishes the instruction sets, which effects leave out: a link has
//! it set in Thumb, and a jump clears it. Here it is put in.
//!
//! Where QEMU 7.2 and the manual differ, and the manual decides, or where QEMU shows nothing:
//!
//! - its user mode does not start with a processor of the M-profile, so `cortex-m` is a Cortex-M55
//!   on a board, without an operating system;
//! - `strex` never succeeds without a `ldrex` before it: only programs store.

use std::borrow::Cow;
use std::sync::Arc;

use asm_analysis::block::{self, Kernel};
use asm_analysis::effects::{
    Condition, Effect, Effects, Expression, Next, Operation, Part, Place, Target, Test,
};
use asm_analysis::isa::arm::m_profile::{SystemKind, special_name};
use asm_analysis::isa::arm::{
    Form as Decoding, Profile, State, Surroundings, decode, lift, witness,
};
use asm_analysis::registers::Register;
use asm_analysis::testing::{target_arm, target_thumb};
use asm_analysis::values::{Cell, Flag};
use exarmo_aarch32::{Instruction, ItState, Mnemonic, Operand};
use fastrand::Rng;

use super::forms::{discover, free_bits};
use super::protocol::{MEMORY, MEMORY_BYTES};
use super::{ELSEWHERE, Form, Guest, Lifted, Span};

/// The words of the state, see `worker/arm.rs`.
const STATUS: usize = 16;
const FLOAT: usize = 17;
const DOUBLES: usize = 18;

/// An instruction set of a profile.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Set {
    state: State,
    profile: Profile,
}

const ARM: Set = Set { state: State::Arm, profile: Profile::Application };
const THUMB: Set = Set { state: State::Thumb, profile: Profile::Application };
const CORTEX_M: Set = Set { state: State::Thumb, profile: Profile::Microcontroller };

/// A32 on an A-profile processor with everything.
pub fn arm() -> Guest {
    Guest {
        name: "arm",
        trap: 0xE120_0070u32.to_le_bytes(),
        forms: || forms(ARM),
        vary: |form, rng| vary(form, rng, ARM),
        lift: |code, address| lift_at(code, address, ARM),
        target: target_arm,
        code_bits: 0,
        random: |rng, words| random(rng, words, ARM),
        ..thumb()
    }
}

/// T32 on a Cortex-M55: Armv8.1-M with floating point and the security extension.
pub fn cortex_m() -> Guest {
    Guest {
        name: "cortex-m",
        qemu: &[
            "qemu-system-arm",
            "-M",
            "mps3-an547",
            "-display",
            "none",
            "-monitor",
            "none",
            "-serial",
            "none",
            "-semihosting-config",
            "enable=on,target=native",
            "-kernel",
        ],
        worker: "worker/microcontroller.rs",
        rust_target: "thumbv8m.main-none-eabihf",
        linking: &["-C", "link-arg=-Tworker/microcontroller.ld"],
        words: 34,
        spans: || spans(16),
        forms: || forms(CORTEX_M),
        vary: |form, rng| vary(form, rng, CORTEX_M),
        lift: |code, address| lift_at(code, address, CORTEX_M),
        target: || thumb_target("thumbv8.1m.main-none-eabihf"),
        // Bits 0 and 1 are not there (DDI 0403 B1.4.1).
        stack_multiple: 4,
        // A fault leaves a frame wherever it points, so it stays on its page.
        stack_flips: 0xFFC,
        random: |rng, words| random(rng, words, CORTEX_M),
        ..thumb()
    }
}

/// T32 on the same.
pub fn thumb() -> Guest {
    Guest {
        name: "thumb",
        qemu: &["qemu-arm", "-cpu", "max"],
        worker: "worker/arm.rs",
        rust_target: "armv7a-none-eabi",
        linking: ELSEWHERE,
        trap: [0x00, 0xBE, 0x00, 0xBE],
        words: 50,
        spans: || spans(32),
        is_read_by_all: |cell| matches!(cell, Cell::FloatControl),
        forms: || forms(THUMB),
        vary: |form, rng| vary(form, rng, THUMB),
        lift: |code, address| lift_at(code, address, THUMB),
        target: || thumb_target("thumbv7-none-eabi"),
        stack_multiple: 1,
        stack_flips: u64::MAX,
        // Whether it is T32.
        code_bits: 1,
        compared: Cell::bits,
        departs: |_| false,
        random: |rng, words| random(rng, words, THUMB),
    }
}

/// A target for T32 of a profile, which its name in LLVM says.
fn thumb_target(llvm_triple: &str) -> Arc<block::Target> {
    let target = block::Target::clone(&target_thumb());
    Arc::new(block::Target { llvm_triple: llvm_triple.to_owned(), ..target })
}

/// With so many registers of 64 bits: of the M-profile, 16.
fn spans(doubles: u8) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut add = |cell, low, bits, word, shift| spans.push(Span { cell, low, bits, word, shift });
    for number in 0..15 {
        let cell = Cell::Register(Register::General(number));
        // The M-profile has a stack pointer without bits 0 and 1.
        let low = if number == 13 && doubles == 16 { 2 } else { 0 };
        add(cell, low, 32 - low, 1 + usize::from(number), low);
    }
    for number in 0..doubles {
        let cell = Cell::Register(Register::Vector(number / 2));
        add(cell, u16::from(number % 2) * 64, 64, DOUBLES + usize::from(number), 0);
    }
    let flags = [
        (Flag::Sign, 31),
        (Flag::Zero, 30),
        (Flag::Carry, 29),
        (Flag::Overflow, 28),
        (Flag::Saturation, 27),
        (Flag::GreaterOrEqual3, 19),
        (Flag::GreaterOrEqual2, 18),
        (Flag::GreaterOrEqual1, 17),
        (Flag::GreaterOrEqual0, 16),
    ];
    for (flag, bit) in flags {
        add(Cell::Flag(flag), 0, 1, STATUS, bit);
    }
    for (low, bits) in [(0, 5), (7, 1), (27, 5)] {
        add(Cell::FloatStatus, low, bits, FLOAT, low);
    }
    add(Cell::FloatControl, 22, 5, FLOAT, 22);
    // LTPSIZE of the M-profile; LEN and STRIDE of the others.
    add(Cell::FloatControl, 16, 3, FLOAT, 16);
    if doubles == 32 {
        add(Cell::FloatControl, 20, 2, FLOAT, 20);
    }
    spans
}

/// An instruction, and how many bytes an `it` before it has.
struct Read {
    decoded: asm_analysis::isa::arm::Decoded,
    before: u64,
}

/// Reads an instruction; one with an `it` of its own before it counts as one.
fn read(code: &[u8], set: Set) -> Option<Read> {
    let Set { state, profile } = set;
    let (it, before) = match code {
        [low, 0xBF, ..] if state == State::Thumb && low & 0xF == 8 => (ItState::from_bits(*low), 2),
        _ => (ItState::Outside, 0),
    };
    let code = code.get(before..)?;
    let decoded = decode(code, state, it, profile)?;
    if decoded.it_slots().is_some() {
        return None;
    }
    let read = witness::reads(code, state, profile, it, 0)?;
    witness::agrees(&decoded, &read).then_some(Read { decoded, before: before as u64 })
}

fn encoding(read: &Read) -> Cow<'static, str> {
    match &read.decoded.form {
        Decoding::Common(instruction) => instruction.encoding().name().into(),
        Decoding::System(form) => match form.kind {
            SystemKind::Read { special, .. } | SystemKind::Write { special, .. } => {
                let special = special_name(special).unwrap_or("?");
                format!("{} {special}", form.mnemonic()).into()
            }
            _ => form.mnemonic().into(),
        },
    }
}

/// The bytes of a word that a form is found by: the first half-word is the upper one in Thumb.
fn bytes(word: u32, state: State) -> Vec<u8> {
    match state {
        State::Arm => word.to_le_bytes().to_vec(),
        State::Thumb => {
            let (first, second) = ((word >> 16) as u16, word as u16);
            let mut bytes = first.to_le_bytes().to_vec();
            if first >> 11 >= 0x1D {
                bytes.extend(second.to_le_bytes());
            }
            bytes
        }
    }
}

fn word(code: &[u8], state: State) -> u32 {
    let half = |at: usize| {
        code.get(at..at + 2).map_or(0, |bytes| u32::from(u16::from_le_bytes([bytes[0], bytes[1]])))
    };
    match state {
        State::Arm => half(0) | half(2) << 16,
        State::Thumb => half(0) << 16 | half(2),
    }
}

fn forms(set: Set) -> Vec<Form> {
    let state = set.state;
    let name = |word: u32| read(&bytes(word, state), set).map(|read| encoding(&read));
    let mut forms: Vec<Form> = Vec::new();
    for (name, word) in discover(300_000, name) {
        let code = bytes(word, state);
        let Some(found) = read(&code, set) else { continue };
        let (weight, denied, is_conditional) = match &found.decoded.form {
            Decoding::Common(instruction) => about(instruction, set),
            Decoding::System(form) => (system_weight(form.kind), system_denied(form.kind), true),
        };
        forms.push(Form { name: name.clone(), code: code.clone(), denied, weight });
        let conditional = [&[0x18, 0xBF], code.as_slice()].concat();
        let may_be_in_block = |code: &[u8]| read(code, set).is_some();
        // Flag-setting half-word instructions are others inside of an IT block.
        if state == State::Thumb
            && (code.len() == 2 || is_conditional)
            && may_be_in_block(&conditional)
        {
            forms.push(Form { name: format!("it {name}"), code: conditional, denied, weight });
        }
    }
    forms
}

/// How often programs take an instruction, why it is never run if so, and whether it has a condition.
fn about(instruction: &Instruction, set: Set) -> (usize, Option<&'static str>, bool) {
    let mnemonic = instruction.mnemonic();
    let operands = instruction.operands();
    let operands = operands.as_slice();
    let is_label = operands.iter().any(|operand| matches!(operand, Operand::Label { .. }));
    let weight = match mnemonic {
        // A fault while these mask it stops the processor.
        Mnemonic::Cps | Mnemonic::Cpsid | Mnemonic::Cpsie if set == CORTEX_M => 0,
        _ if mnemonic.name().starts_with('v') => 1,
        _ => 4,
    };
    let denied = match mnemonic {
        Mnemonic::Blx if is_label => Some("runs on in the other instruction set"),
        mnemonic => denied(mnemonic),
    };
    (weight, denied, matches!(operands.first(), Some(Operand::Cond(_))))
}

/// How often programs take a form of the M-profile: none whose effect is on the program that runs
/// them.
fn system_weight(kind: SystemKind) -> usize {
    match kind {
        SystemKind::Write { special, .. } if special > 3 => 0,
        SystemKind::BranchNonSecure { .. } | SystemKind::CallNonSecure { .. } => 0,
        _ => 4,
    }
}

fn system_denied(kind: SystemKind) -> Option<&'static str> {
    match kind {
        SystemKind::Write { special: 0x14 | 0x94, .. } => Some("changes the worker's stack"),
        _ => None,
    }
}

/// What can't be run: calls of the system, and what would leave the worker in a state in which it
/// can't continue.
fn denied(mnemonic: Mnemonic) -> Option<&'static str> {
    use Mnemonic::*;
    match mnemonic {
        Svc | Hvc | Smc => Some("calls the system"),
        Bkpt | Hlt | Udf => Some("traps, as the harness itself does"),
        Wfi | Wfe => Some("waits"),
        Eret | Rfe | Rfeda | Rfedb | Rfeib | Srs | Srsda | Srsdb | Srsib | Dcps1 | Dcps2
        | Dcps3 => Some("privileged"),
        Mcr | Mcrr => Some("changes the worker's thread, or is privileged"),
        Setend => Some("turns the bytes of the worker's own accesses round"),
        _ => None,
    }
}

fn vary(form: &Form, rng: &mut Rng, set: Set) -> Vec<u8> {
    let state = set.state;
    let name = form.name.strip_prefix("it ").unwrap_or(&form.name);
    let before = form.code.len()
        - if form.name.starts_with("it ") { form.code.len() - 2 } else { form.code.len() };
    let (it, code) = form.code.split_at(before);
    let base = word(code, state);
    let it: Vec<u8> = match it {
        [] => Vec::new(),
        // Another condition, but not `al`.
        _ => vec![rng.u8(..14) << 4 | 8, 0xBF],
    };
    let whole = |word: u32| [it.clone(), bytes(word, state)].concat();
    let same = |word: u32| {
        read(&whole(word), set).is_some_and(|read| encoding(&read) == name)
            && bytes(word, state).len() == code.len()
    };
    let free = free_bits(base, same);
    // Of the short branches one in six is usable.
    for _ in 0..64 {
        let mut candidate = base & !free | rng.u32(..) & free;
        // Without a condition, mostly.
        if state == State::Arm && candidate >> 28 != 0xF && rng.u8(..4) != 0 {
            candidate |= 0xE000_0000;
            candidate &= 0xEFFF_FFFF;
        }
        if is_usable(candidate, set) && same(candidate) {
            return whole(candidate);
        }
    }
    form.code.clone()
}

/// Whether the worker comes back from it: not from a branch to itself, nor from one into another
/// trial's code, nor after it has written to its own, nor from an exception that there was none of.
fn is_usable(word: u32, set: Set) -> bool {
    let code = bytes(word, set.state);
    let Some(read) = read(&code, set) else { return true };
    let Decoding::Common(instruction) = &read.decoded.form else { return true };
    let stores = instruction.mnemonic().name().starts_with("st");
    let leaves =
        lift_at(&code, 0x100, set).is_some_and(|lifted| matches!(lifted.effects.next, Next::Leave));
    !leaves
        && instruction.operands().as_slice().iter().all(|operand| match operand {
            Operand::Label { offset, pc } => {
                let target = i64::from(pc.ahead) + offset;
                (8..=100).contains(&target) || target.abs() > 40_000
            }
            Operand::Mem(memory) => !stores || memory.base.to_string() != "pc",
            _ => true,
        })
}

fn lift_at(code: &[u8], address: u64, set: Set) -> Option<Lifted> {
    let read = read(code, set)?;
    let offset = address + read.before;
    let surroundings =
        Surroundings { section: 0, offset, reference: None, kernel: Kernel::Unknown };
    let effects = lift(&read.decoded, &surroundings)?;
    let next = offset + u64::from(read.decoded.length);
    let effects = with_instruction_sets(effects, &read, next, set);
    Some(Lifted { text: read.decoded.text(offset), effects })
}

/// Puts bit 0 of code addresses in.
fn with_instruction_sets(mut effects: Effects, read: &Read, next: u64, set: Set) -> Effects {
    let state = set.state;
    let mnemonic = read.decoded.mnemonic();
    // Only these look at bit 0; in A32 every write of the program counter does. The M-profile has no
    // other instruction set: without the bit the processor faults where it jumped to.
    let exchanges = state == State::Arm
        || set.profile == Profile::Application
            && matches!(mnemonic, "bx" | "bxj" | "blx" | "ldr" | "ldm" | "ldmdb" | "pop");
    let aligned = |value: Expression| {
        let thumb = Expression::Join(vec![Expression::zeros(1), value.clone().slice(1, 31)]);
        if !exchanges {
            return thumb;
        }
        // With bit 1 set, that is UNPREDICTABLE.
        let unpredictable = Operation::Function("UNPREDICTABLE".into());
        let low = Expression::computed(unpredictable, vec![value.clone()], 2);
        let word = Expression::Join(vec![Expression::zeros(2), value.clone().slice(2, 30)]);
        let odd = Expression::Join(vec![low, value.clone().slice(2, 30)]);
        let test = Condition::holds(Test::IsSet(value.clone().slice(1, 1)));
        let arm = Expression::Choose(Box::new(test), Box::new(odd), Box::new(word));
        let test = Test::IsSet(value.slice(0, 1));
        Expression::Choose(Box::new(Condition::holds(test)), Box::new(thumb), Box::new(arm))
    };
    effects.next = match effects.next {
        Next::Jump(Target::Computed(value)) | Next::Return(value) => {
            Next::Jump(Target::Computed(aligned(value)))
        }
        Next::Call { target, link } => {
            let bit = if state == State::Thumb { 1 } else { 0 };
            let link = Part { cell: link, low: 0, bits: 32 };
            effects.list.push(Effect::Set(link, Expression::constant(next | bit, 32)));
            match target {
                Target::Computed(value) => Next::Jump(Target::Computed(aligned(value))),
                // To the other instruction set: from Thumb to a word.
                Target::Place(Place::Own { section, offset })
                    if mnemonic == "blx" && state == State::Thumb =>
                {
                    Next::Jump(Target::Place(Place::Own { section, offset: offset & !3 }))
                }
                place => Next::Jump(place),
            }
        }
        next => next,
    };
    effects
}

fn random(rng: &mut Rng, words: &mut [u64], set: Set) {
    for word in &mut words[1..16] {
        *word = u64::from(random_word(rng));
    }
    words[14] = (MEMORY + rng.u64(1024..MEMORY_BYTES as u64 - 1024)) & !7;
    // The mode, and the bit for T32.
    let fixed = match set.state {
        _ if set.profile == Profile::Microcontroller => 0,
        State::Thumb => 0x30,
        State::Arm => 0x10,
    };
    words[STATUS] = u64::from(rng.u32(..)) & 0xF80F_0000 | fixed;
    words[FLOAT] = if rng.bool() { 0 } else { rng.u64(..) & 0xF800_009F };
    if rng.u8(..4) == 0 {
        words[FLOAT] |= rng.u64(..) & 0x07C0_0000;
    }
    if set.profile == Profile::Microcontroller {
        // LTPSIZE: no loop that predicates its last round.
        words[FLOAT] |= 4 << 16;
    }
    for word in &mut words[DOUBLES..] {
        *word = random_lanes(rng);
    }
}

fn random_word(rng: &mut Rng) -> u32 {
    match rng.u8(..12) {
        0 => 0,
        1 => u32::MAX,
        2 => rng.u32(..100),
        3 => 1 << rng.u32(..32),
        4 => rng.u32(..) >> rng.u32(..32),
        5 => 0x7FFF_FFFF_u32.wrapping_add(rng.u32(..3)),
        6 | 7 => (MEMORY + rng.u64(512..MEMORY_BYTES as u64 - 512) / 16 * 16) as u32,
        // Half-words that saturate.
        8 => 0x7FFF_8000,
        9 => 0x8000_7FFF,
        _ => rng.u32(..),
    }
}

/// Two words of 32 bits or one of 64: numbers of floating point among them.
fn random_lanes(rng: &mut Rng) -> u64 {
    let single = |rng: &mut Rng| -> u32 {
        match rng.u8(..8) {
            0 => 0,
            1 => (rng.u32(..8) as f32).to_bits(),
            2 => f32::INFINITY.to_bits() | rng.u32(..2) << 31,
            3 => f32::NAN.to_bits() | rng.u32(..64),
            4 => rng.u32(..0x0080_0000),
            5 => 0x3C00_4200,
            _ => rng.u32(..),
        }
    };
    match rng.u8(..6) {
        0 => (f64::from(rng.i32(-9..9)) / 4.0).to_bits(),
        1 => rng.u64(..),
        2 => f64::MAX.to_bits() - rng.u64(..3),
        3 => rng.u64(..64),
        _ => u64::from(single(rng)) << 32 | u64::from(single(rng)),
    }
}
