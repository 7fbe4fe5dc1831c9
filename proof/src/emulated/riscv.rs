//! RISC-V, RV32 and RV64, with every extension that QEMU's generic processor has.
//!
//! Where QEMU 7.2 and the manual differ, and the manual decides:
//!
//! - vector conversions that round towards zero by themselves end QEMU by a failed assertion;
//! - `vxsat` and `vxrm` keep whatever is written to them, though they have one bit and two (Unpriv "V":
//!   "Vector Fixed-Point Rounding Mode (vxrm) Register"); so code reaches them by `vcsr` alone;
//! - `ctzw` counts zeros beyond the 32 bits that it is about (Unpriv "B": it gives at most 32).

use std::sync::Arc;
use std::sync::LazyLock;

use asm_analysis::block;
use asm_analysis::effects::{Effects, Expression, Next, Target};
use asm_analysis::isa::riscv::lift::Grouping;
use asm_analysis::isa::riscv::{Address, Base, Decoder, Environment, Instruction, Machine, lift};
use asm_analysis::registers::Register;
use asm_analysis::testing::{target_riscv32, target_riscv64};
use asm_analysis::values::{Cell, VectorState};
use fastrand::Rng;

use super::protocol::MEMORY;
use super::{ELSEWHERE, Form, Guest, Lifted, Span};

const FLOATS: usize = 32;
const FCSR: usize = 64;
const VECTOR_STATE: usize = 65;
const VECTORS: usize = 69;
/// A vector register of 256 bits.
const VECTOR_WORDS: usize = 4;
const WORDS: usize = VECTORS + 32 * VECTOR_WORDS;

/// What QEMU 7.2 has and leaves off, apart from what conflicts with others.
macro_rules! processor {
    ($base:literal) => {
        concat!(
            $base,
            ",v=true,vlen=256,vext_spec=v1.0,zba=true,zbb=true,zbc=true,zbs=true,zbkb=true,",
            "zbkc=true,zbkx=true,zknd=true,zkne=true,zknh=true,zksed=true,zksh=true,Zfh=true"
        )
    };
}

/// RV64.
pub fn riscv64() -> Guest {
    Guest {
        name: "riscv64",
        qemu: &["qemu-riscv64", "-cpu", processor!("rv64")],
        rust_target: "riscv64gc-unknown-none-elf",
        forms: || forms(Base::Rv64),
        vary: |form, rng| vary(Base::Rv64, form, rng),
        lift: |code, address| lift_at(Base::Rv64, code, address),
        random: |rng, words| random(Base::Rv64, rng, words),
        spans: || spans(Base::Rv64),
        ..common()
    }
}

/// RV32.
pub fn riscv32() -> Guest {
    Guest {
        name: "riscv32",
        qemu: &["qemu-riscv32", "-cpu", processor!("rv32")],
        rust_target: "riscv32imafc-unknown-none-elf",
        forms: || forms(Base::Rv32),
        vary: |form, rng| vary(Base::Rv32, form, rng),
        lift: |code, address| lift_at(Base::Rv32, code, address),
        random: |rng, words| random(Base::Rv32, rng, words),
        target: || {
            let llvm_features = target_riscv64().llvm_features.clone();
            Arc::new(block::Target { llvm_features, ..block::Target::clone(&target_riscv32()) })
        },
        spans: || spans(Base::Rv32),
        ..common()
    }
}

fn common() -> Guest {
    Guest {
        name: "",
        qemu: &[],
        rust_target: "",
        linking: ELSEWHERE,
        worker: "worker/riscv.rs",
        // `c.ebreak` twice.
        trap: [0x02, 0x90, 0x02, 0x90],
        words: WORDS,
        spans: Vec::new,
        is_read_by_all: |cell| {
            matches!(cell, Cell::FloatControl)
                || matches!(cell, Cell::Vector(state) if state != VectorState::Saturated)
        },
        forms: Vec::new,
        vary: |_, _| Vec::new(),
        lift: |_, _| None,
        target: target_riscv64,
        stack_multiple: 1,
        stack_flips: u64::MAX,
        code_bits: 0,
        // The interpreter takes for granted that `vsetvl` is given a count that fits and a type that
        // there is.
        compared: |cell| match cell {
            Cell::Vector(VectorState::Length | VectorState::Type) => 0,
            cell => cell.bits(),
        },
        departs: |_| false,
        random: |_, _| {},
    }
}

fn spans(base: Base) -> Vec<Span> {
    let xlen = base.bits();
    let span = |cell, bits, word, shift| Span { cell, low: 0, bits, word, shift };
    let mut spans = Vec::new();
    for number in 1..32 {
        let cell = Cell::Register(Register::General(number));
        spans.push(span(cell, xlen, usize::from(number), 0));
    }
    for number in 0..32 {
        let cell = Cell::Register(Register::Float(number));
        spans.push(span(cell, 64, FLOATS + usize::from(number), 0));
        let cell = Cell::Register(Register::Vector(number));
        for part in 0..VECTOR_WORDS {
            let word = VECTORS + VECTOR_WORDS * usize::from(number) + part;
            spans.push(Span { cell, low: 64 * part as u16, bits: 64, word, shift: 0 });
        }
    }
    spans.push(span(Cell::FloatStatus, 5, FCSR, 0));
    spans.push(span(Cell::FloatControl, 3, FCSR, 5));
    spans.push(span(Cell::Vector(VectorState::Length), xlen, VECTOR_STATE, 0));
    spans.push(span(Cell::Vector(VectorState::Type), xlen, VECTOR_STATE + 1, 0));
    spans.push(span(Cell::Vector(VectorState::Start), 16, VECTOR_STATE + 2, 0));
    spans.push(span(Cell::Vector(VectorState::Saturated), 1, VECTOR_STATE + 3, 0));
    spans.push(span(Cell::Vector(VectorState::RoundingMode), 2, VECTOR_STATE + 3, 1));
    spans
}

fn decoder(base: Base) -> Decoder {
    Decoder::new(base, [])
}

/// The name that tells a form from others: an instruction's own, compressed or not.
fn name(base: Base, code: &[u8]) -> Option<&'static str> {
    decoder(base).decode(code).ok().map(|instruction| instruction.encoded)
}

/// Why an instruction is never run.
fn denied(name: &str) -> Option<&'static str> {
    match name {
        "ecall" => Some("a system call"),
        "ebreak" | "c.ebreak" => Some("the trap that ends a run"),
        "wfi" => Some("waits"),
        "ctzw" => Some("QEMU counts beyond the word"),
        _ if name.contains("cvt.rtz.") && name.starts_with('v') => Some("QEMU fails"),
        _ => None,
    }
}

/// The registers that code in user mode may read, and write where it is sound to.
const CSRS: [u32; 10] = [0x001, 0x002, 0x003, 0x008, 0x00f, 0xc20, 0xc21, 0xc22, 0xc01, 0xc00];

fn forms(base: Base) -> Vec<Form> {
    static RV32: LazyLock<Vec<Form>> = LazyLock::new(|| all_forms(Base::Rv32));
    static RV64: LazyLock<Vec<Form>> = LazyLock::new(|| all_forms(Base::Rv64));
    match base {
        Base::Rv32 => RV32.clone(),
        Base::Rv64 => RV64.clone(),
    }
}

/// One encoding of each form, found by decoding every combination of the fields that tell forms
/// apart.
fn all_forms(base: Base) -> Vec<Form> {
    let mut found = std::collections::BTreeMap::new();
    let mut look = |code: Vec<u8>| {
        if let Some(name) = name(base, &code) {
            found.entry(name).or_insert(code);
        }
    };
    for opcode in (0..32u32).map(|number| number << 2 | 3) {
        for high in 0..1 << 12 {
            for minor in 0..8 {
                let word = opcode | 10 << 7 | minor << 12 | 11 << 15 | high << 20;
                look(word.to_le_bytes().into());
            }
        }
    }
    // Unary vector instructions have a code in the field of the first source.
    for operation in 0x10..0x15u32 {
        for (minor, code) in
            [1, 2].into_iter().flat_map(|minor| (0..32).map(move |code| (minor, code)))
        {
            for opcode in [0x57, 0x77] {
                let word = opcode | 8 << 7 | minor << 12 | code << 15 | 16 << 20 | 1 << 25;
                look((word | operation << 26).to_le_bytes().into());
            }
        }
    }
    for parcel in 0..=u16::MAX {
        if parcel & 3 != 3 {
            look(parcel.to_le_bytes().into());
        }
    }
    let form = |(name, code): (&'static str, Vec<u8>)| {
        let is_vector = name.starts_with('v');
        let weight = if is_vector || denied(name).is_some() { 0 } else { 4 };
        Form { name: name.to_owned(), code, denied: denied(name), weight }
    };
    found.into_iter().map(form).collect()
}

/// The bits in which encodings of a form differ.
fn free_bits(base: Base, code: &[u8], of: &str) -> u32 {
    let bits = 8 * code.len() as u32;
    let mut bytes = [0; 4];
    bytes[..code.len()].copy_from_slice(code);
    let word = u32::from_le_bytes(bytes);
    (0..bits)
        .filter(|bit| name(base, &(word ^ 1 << bit).to_le_bytes()[..code.len()]) == Some(of))
        .map(|bit| 1 << bit)
        .sum()
}

fn vary(base: Base, form: &Form, rng: &mut Rng) -> Vec<u8> {
    let free = free_bits(base, &form.code, &form.name);
    let mut bytes = [0; 4];
    bytes[..form.code.len()].copy_from_slice(&form.code);
    let word = u32::from_le_bytes(bytes);
    for _ in 0..20 {
        let mut changed = word ^ rng.u32(..) & free;
        if form.name.starts_with("csr") {
            changed = changed & 0xf_ffff | CSRS[rng.usize(..CSRS.len())] << 20;
        }
        // A rounding mode that is reserved makes an instruction illegal.
        let is_rounding = matches!(changed & 0x7f, 0x43 | 0x47 | 0x4b | 0x4f | 0x53);
        if is_rounding && free & 0x7000 != 0 && matches!(changed >> 12 & 7, 5 | 6) {
            changed &= !(4 << 12);
        }
        // Groups of vector registers are aligned.
        if form.name.starts_with('v') && rng.bool() {
            changed &= !((7 << 7 | 7 << 20) & free);
        }
        changed = nearby(&form.name, changed, rng);
        let code = changed.to_le_bytes()[..form.code.len()].to_vec();
        if name(base, &code) == Some(form.name.as_str()) {
            return code;
        }
    }
    form.code.clone()
}

/// A branch or jump with a distance that stays among the traps after the code: further on is the
/// code of other trials.
fn nearby(name: &str, word: u32, rng: &mut Rng) -> u32 {
    match name {
        "beq" | "bne" | "blt" | "bge" | "bltu" | "bgeu" => {
            word & !0xfe00_0f80 | rng.u32(2..16) << 8
        }
        "jal" => word & 0xfff | rng.u32(2..50) << 21,
        "c.j" | "c.jal" => word & !0x1ffc | rng.u32(2..8) << 3,
        "c.beqz" | "c.bnez" => word & !0x1c7c | rng.u32(2..4) << 3 | rng.u32(..4) << 10,
        _ => word,
    }
}

fn lift_at(base: Base, code: &[u8], address: u64) -> Option<Lifted> {
    let instruction = decoder(base).decode(code).ok()?;
    let machine = Machine {
        base,
        float_bits: 64,
        vectors: true,
        environment: Environment::Linux,
        grouping: Grouping::Unknown,
    };
    let at = Address { section: 0, offset: address };
    let mut effects = lift(&instruction, None, at, &machine)?;
    clear_lowest_bit(&mut effects);
    restrict(&instruction, &mut effects);
    Some(Lifted { text: instruction.text(), effects })
}

/// `jalr` clears the lowest bit of the address, which the lift leaves out: code has no odd
/// addresses. Random registers have.
fn clear_lowest_bit(effects: &mut Effects) {
    let (Next::Return(address)
    | Next::Jump(Target::Computed(address))
    | Next::Call { target: Target::Computed(address), .. }) = &mut effects.next
    else {
        return;
    };
    let whole = std::mem::replace(address, Expression::zeros(1));
    *address = Expression::Join(vec![Expression::zeros(1), whole.slice(1, 63)]);
}

/// What `vsetvl` writes is exact only for what was read before: a legal type and a count that fits.
fn restrict(instruction: &Instruction, effects: &mut Effects) {
    use asm_analysis::effects::{Effect, HavocCause};
    if instruction.name != "vsetvl" {
        return;
    }
    for effect in &mut effects.list {
        if let Effect::Set(part, _) = effect
            && matches!(part.cell, Cell::Vector(VectorState::Length | VectorState::Type))
        {
            *effect = Effect::Havoc(*part, HavocCause::Varying);
        }
    }
}

fn random(base: Base, rng: &mut Rng, words: &mut [u64]) {
    for word in &mut words[1..32] {
        *word = match rng.u8(..8) {
            0 => rng.u64(..64),
            1 => u64::MAX << rng.u32(..64),
            2 => 1 << rng.u32(..64),
            // A place in memory with room before and after it.
            3 | 4 => MEMORY + 0x800 + 16 * rng.u64(..0x100),
            _ => rng.u64(..),
        };
        if base == Base::Rv32 {
            *word &= 0xffff_ffff;
        }
    }
    for word in &mut words[FLOATS..FCSR] {
        *word = match rng.u8(..8) {
            0 => 0xffff_ffff_0000_0000 | u64::from(rng.u32(..)),
            1 => 0xffff_ffff_0000_0000 | u64::from(rng.u32(..) >> 3),
            2 => 0xffff_ffff_ffff_0000 | u64::from(rng.u16(..)),
            3 => (rng.i16(..) as f64 / 16.0).to_bits(),
            4 => 0xffff_ffff_0000_0000 | u64::from((f32::from(rng.i16(..)) / 8.0).to_bits()),
            5 => 0x7ff0_0000_0000_0000 | rng.u64(..) & 1 << rng.u32(..52) | rng.u64(..2) << 63,
            _ => rng.u64(..),
        };
    }
    words[FCSR] = u64::from(rng.u8(..32)) | u64::from(rng.u8(..5)) << 5;
    let multiplier = [0, 0, 0, 0, 1, 2, 3, 7, 6, 5][rng.usize(..10)];
    let width = rng.u64(..4);
    // Of fractions only those are legal that leave room for an element.
    let legal = !matches!((multiplier, width), (7, 3) | (6, 2..) | (5, 1..));
    let multiplier = if legal { multiplier } else { 0 };
    let vtype = multiplier | width << 3 | rng.u64(..4) << 6;
    let eighths = [8, 16, 32, 64, 0, 1, 2, 4][multiplier as usize];
    let most = 256 * eighths / 8 / (8 << width);
    words[VECTOR_STATE] = if rng.u8(..6) == 0 { 0 } else { rng.u64(..=most) };
    words[VECTOR_STATE + 1] = vtype;
    words[VECTOR_STATE + 2] = 0;
    words[VECTOR_STATE + 3] = rng.u64(..8);
    let small = rng.bool();
    for word in &mut words[VECTORS..] {
        // Small elements are indices that stay in memory.
        *word =
            if small { rng.u64(..) & 0x01ff_01ff_01ff_01ff >> rng.u32(..8) } else { rng.u64(..) };
        if small && width == 3 {
            *word &= 0x1ff;
        } else if small && width == 2 {
            *word &= 0x1ff_0000_01ff;
        }
    }
}
