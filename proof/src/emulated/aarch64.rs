//! AArch64 in QEMU.
//!
//! Where QEMU 7.2 and the manual differ, and the manual decides:
//!
//! - QEMU leaves bits 128 and above of the destination as they were in many instructions of
//!   Advanced SIMD (widening ones, single lanes of `ld1`, `eor3`, `rev64` …); every write to a `V`
//!   register clears them (DDI 0487, B1.2.1, and the pseudocode of `V[]`). So these bits are
//!   compared only where the destination is not written as a vector.
//! - QEMU extends the result of `fcvtzs h, h, #n` with its sign to 32 bits; a write of an `h`
//!   register clears everything above 16.

use asm_analysis::effects::{Effect, HavocCause, Part};
use asm_analysis::isa::aarch64::{Here, Instruction, decode_word, effects};
use asm_analysis::registers::Register;
use asm_analysis::testing::target_aarch64;
use asm_analysis::values::{Cell, Flag};
use exarmo_aarch64::{Encoding, Mnemonic, Operand, Reg};
use fastrand::Rng;

use super::forms::{discover, free_bits};
use super::protocol::{MEMORY, MEMORY_BYTES};
use super::{Form, Guest, Lifted, Span};

/// The first word of the vector registers, and of the predicates.
const VECTORS: usize = 36;
const PREDICATES: usize = VECTORS + 32 * 8;

/// How AArch64 is run.
pub fn guest() -> Guest {
    Guest {
        name: "aarch64",
        qemu: &["qemu-aarch64", "-cpu", "max"],
        worker: "worker/main.rs",
        rust_target: "aarch64-unknown-linux-musl",
        linking: &[],
        trap: 0xD420_0000u32.to_le_bytes(),
        words: PREDICATES + 17,
        spans,
        is_read_by_all: |cell| matches!(cell, Cell::FloatControl),
        forms,
        vary,
        lift,
        target: target_aarch64,
        stack_multiple: 1,
        stack_flips: u64::MAX,
        code_bits: 0,
        compared: |cell| match cell {
            Cell::Register(Register::Vector(_)) => 128,
            cell => cell.bits(),
        },
        departs,
        random,
    }
}

fn spans() -> Vec<Span> {
    let mut spans = Vec::new();
    let mut add = |cell, low, bits, word, shift| spans.push(Span { cell, low, bits, word, shift });
    for number in 0..32 {
        add(Cell::Register(Register::General(number)), 0, 64, 1 + usize::from(number), 0);
        for part in 0..8 {
            let word = VECTORS + 8 * usize::from(number) + usize::from(part);
            add(Cell::Register(Register::Vector(number)), 64 * part, 64, word, 0);
        }
    }
    for number in 0..17 {
        let word = PREDICATES + usize::from(number);
        add(Cell::Register(Register::Mask(number)), 0, 64, word, 0);
    }
    let flags = [(Flag::Sign, 31), (Flag::Zero, 30), (Flag::Carry, 29), (Flag::Overflow, 28)];
    for (flag, bit) in flags {
        add(Cell::Flag(flag), 0, 1, 33, bit);
    }
    // Other bits are reserved, or for features that QEMU does not have.
    for (low, bits) in [(0, 5), (7, 1), (27, 1)] {
        add(Cell::FloatStatus, low, bits, 34, low);
    }
    add(Cell::FloatControl, 22, 5, 35, 22);
    spans
}

fn forms() -> Vec<Form> {
    let name = |word: u32| decode_word(word).map(|instruction| instruction.encoding.name().into());
    discover(400_000, name)
        .into_iter()
        .filter_map(|(name, word)| {
            let instruction = decode_word(word)?;
            let denied = denied(instruction.mnemonic, instruction.encoding);
            let scalable = |operand: &Operand| match operand {
                Operand::Reg(register) => {
                    matches!(register.reg, Reg::Z(_) | Reg::P(_) | Reg::PN(_) | Reg::ZA(_))
                }
                Operand::List(list) => matches!(list.regs()[0], Reg::Z(_)),
                Operand::ZaSlice(_) | Operand::TileMask(_) => true,
                _ => false,
            };
            let vector = |operand: &Operand| match operand {
                Operand::Reg(register) => matches!(register.reg, Reg::V(_)),
                _ => false,
            };
            let weight = if instruction.operands.iter().any(scalable) {
                0
            } else if instruction.operands.iter().any(vector) {
                1
            } else {
                4
            };
            Some(Form { name, code: word.to_le_bytes().to_vec(), denied, weight })
        })
        .collect()
}

/// What can't be run: calls of the system, and what would leave the worker in a state in which it
/// can't continue.
fn denied(mnemonic: Mnemonic, _encoding: Encoding) -> Option<&'static str> {
    use Mnemonic::*;
    match mnemonic {
        Svc | Hvc | Smc => Some("calls the system"),
        Brk | Hlt | Udf => Some("traps, as the harness itself does"),
        Smstart | Smstop => Some("changes the length of vectors under the worker's feet"),
        Wfi | Wfe | Wfet | Wfit => Some("waits"),
        Eret | Eretaa | Eretab | Drps | Dcps1 | Dcps2 | Dcps3 => Some("privileged"),
        _ => None,
    }
}

fn word(code: &[u8]) -> u32 {
    code.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn vary(form: &Form, rng: &mut Rng) -> Vec<u8> {
    let base = word(&form.code);
    let same = |word: u32| {
        decode_word(word).is_some_and(|instruction| instruction.encoding.name() == form.name)
    };
    let free = free_bits(base, same);
    let mut word = base;
    for _ in 0..8 {
        let candidate = base & !free | rng.u32(..) & free;
        if is_usable(candidate) && same(candidate) {
            word = candidate;
            break;
        }
    }
    // Branches to themselves never end.
    if !is_usable(word) {
        word = base;
    }
    word.to_le_bytes().to_vec()
}

/// Whether the worker comes back from it.
fn is_usable(word: u32) -> bool {
    let Some(instruction) = decode_word(word) else { return false };
    instruction.operands.iter().all(|operand| match operand {
        Operand::Label { offset, .. } => *offset != 0,
        // Where the worker keeps its thread, and which mode it is in.
        Operand::SysReg(register) => {
            !register.is_write()
                || matches!(register.to_string().as_str(), "nzcv" | "fpcr" | "fpsr")
        }
        Operand::SysOp(operation) => !operation.def().name.starts_with("svcr"),
        _ => true,
    })
}

fn lift(code: &[u8], address: u64) -> Option<Lifted> {
    let instruction = decode_word(word(code))?;
    let here = Here { section: 0, offset: address, reference: None };
    let text = exarmo_aarch64::decode_word(instruction.word).ok()?.at(address).to_string();
    let mut effects = effects(&instruction, &here);
    if let Some(register) = extended_half(&instruction) {
        let cell = Cell::Register(Register::Vector(register));
        effects.list.push(Effect::Havoc(Part { cell, low: 16, bits: 16 }, HavocCause::Opaque));
    }
    if keeps_above(&instruction) {
        let written: Vec<Cell> = effects.writes().into_iter().map(|part| part.cell).collect();
        for cell in written {
            if matches!(cell, Cell::Register(Register::Vector(_))) {
                let above = Part { cell, low: 128, bits: 384 };
                effects.list.push(Effect::Havoc(above, HavocCause::Opaque));
            }
        }
    }
    Some(Lifted { text: text.replace('\t', " "), effects })
}

/// The register in which QEMU extends the sign of a fixed-point number of 16 bits beyond these.
fn extended_half(instruction: &Instruction) -> Option<u8> {
    match (instruction.mnemonic, instruction.operands.as_slice()) {
        (Mnemonic::Fcvtzs | Mnemonic::Fcvtzu, [Operand::Reg(register), _, Operand::Imm { .. }]) => {
            matches!(register.reg, Reg::H(_) | Reg::Scalar(_)).then(|| register.reg.num())
        }
        _ => None,
    }
}

/// Besides what QEMU does in its own way: an authentication undoes a signature only where the
/// pointer was canonical (Arm ARM, pseudocode of `Auth`), as the addresses of code are. Random
/// registers hold others.
fn departs(code: &[u8]) -> bool {
    code.chunks_exact(4).filter_map(|bytes| decode_word(word(bytes))).any(|instruction| {
        extended_half(&instruction).is_some() || instruction.mnemonic.name().starts_with("aut")
    })
}

/// Whether QEMU may not clear what the manual says is cleared.
fn keeps_above(instruction: &Instruction) -> bool {
    let doubles_an_element =
        matches!(instruction.mnemonic, Mnemonic::Sqdmlal | Mnemonic::Sqdmlsl | Mnemonic::Sqdmull)
            && instruction.operands.iter().any(
                |operand| matches!(operand, Operand::Reg(register) if register.index.is_some()),
            );
    match instruction.operands.first() {
        Some(Operand::Reg(register)) => matches!(register.reg, Reg::V(_)) || doubles_an_element,
        Some(Operand::List(list)) => matches!(list.regs()[0], Reg::V(_)),
        _ => false,
    }
}

fn random(rng: &mut Rng, words: &mut [u64]) {
    for word in &mut words[1..32] {
        *word = random_word(rng);
    }
    words[32] = (MEMORY + rng.u64(1024..MEMORY_BYTES as u64 - 1024)) & !15;
    words[33] = u64::from(rng.u32(..16)) << 28;
    words[34] = if rng.bool() { 0 } else { rng.u64(..) & 0x0800_009F };
    // Rounding mode, flush to zero, default NaN.
    words[35] = if rng.u8(..4) != 0 { 0 } else { rng.u64(..) & 0x07C0_0000 };
    for word in &mut words[VECTORS..] {
        *word = random_lanes(rng);
    }
    // Vectors of small offsets, and of addresses, for gathers and scatters.
    match rng.u8(..8) {
        0 => words[VECTORS..PREDICATES].iter_mut().for_each(|word| *word = rng.u64(..64)),
        1 => words[VECTORS..PREDICATES]
            .iter_mut()
            .for_each(|word| *word = MEMORY + rng.u64(512..MEMORY_BYTES as u64 / 2)),
        _ => return,
    }
    for word in &mut words[1..32] {
        *word = MEMORY + rng.u64(512..MEMORY_BYTES as u64 / 2) / 16 * 16;
    }
}

fn random_word(rng: &mut Rng) -> u64 {
    match rng.u8(..10) {
        0 => 0,
        1 => u64::MAX,
        2 => rng.u64(..100),
        3 => 1 << rng.u32(..64),
        4 => rng.u64(..).wrapping_neg() >> rng.u32(..64),
        5 => 0x7FFF_FFFF + rng.u64(..3),
        6 | 7 => MEMORY + rng.u64(512..MEMORY_BYTES as u64 - 512) / 16 * 16,
        _ => rng.u64(..),
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
        0 => (rng.i32(-9..9) as f64 / 4.0).to_bits(),
        1 => rng.u64(..),
        2 => f64::MAX.to_bits() - rng.u64(..3),
        3 => rng.u64(..64),
        _ => u64::from(single(rng)) << 32 | u64::from(single(rng)),
    }
}
