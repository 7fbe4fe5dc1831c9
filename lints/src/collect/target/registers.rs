//! The compiler's tables of register classes and spellings.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use asm_analysis::block::Architecture;
use asm_analysis::naming;
use asm_analysis::registers::{Register, RegisterPart, RegisterTable};
use rustc_data_structures::fx::FxIndexSet;
use rustc_span::Symbol;
use rustc_target::asm::{
    InlineAsmArch, InlineAsmReg, InlineAsmRegClass, X86InlineAsmReg, allocatable_registers,
};
use rustc_target::spec::{RelocModel, Target as CompilerTarget};

/// The tables of classes and spellings.
pub(super) fn table(
    assembly_architecture: InlineAsmArch,
    relocation_model: RelocModel,
    features: &FxIndexSet<Symbol>,
    target: &CompilerTarget,
    frame_pointer_is_kept: bool,
) -> RegisterTable {
    let mut table = RegisterTable::default();
    let Some(architecture) = super::architecture(assembly_architecture) else { return table };
    let allocatable =
        allocatable_registers(assembly_architecture, relocation_model, features, target);
    // The order of a hash map must not show in any output.
    #[allow(rustc::potential_query_instability)]
    let classes: BTreeMap<_, _> = allocatable
        .into_iter()
        .map(|(class, registers)| (class.name().to_string(), (class, registers)))
        .collect();
    for (name, (class, registers)) in classes {
        let reserved = reserved_by_llvm(assembly_architecture, class);
        let mut parts = Vec::new();
        let mut registers: Vec<_> = registers.into_iter().chain(reserved).collect();
        registers.sort_by(|one, other| one.partial_cmp(other).unwrap_or(Ordering::Equal));
        let modifiers = class.valid_modifiers(assembly_architecture).iter().copied().map(Some);
        let modifiers: Vec<_> = modifiers.chain([None]).collect();
        for register in registers {
            let Some(part) = part(register, assembly_architecture, architecture) else { continue };
            // The allocator never assigns `ah` and the like; they are in the class only because an
            // operand may name them.
            if architecture.is_x86() && part.low_bit != 0 {
                continue;
            }
            for &modifier in &modifiers {
                let spelling = emit(register, assembly_architecture, modifier);
                table.spellings.insert((part, modifier), spelling);
            }
            parts.push(part);
        }
        let numbers = Numbers::of(architecture, features, target);
        if let Some(hidden) = numbers.hidden.filter(|_| name == "reg") {
            let part = numbered(architecture, hidden);
            spell(&mut table, architecture, part, &modifiers);
            parts.push(part);
            parts.sort();
        }
        if !frame_pointer_is_kept
            && let Some(part) = frame_pointer_part(architecture, &name, numbers)
        {
            spell(&mut table, architecture, part, &modifiers);
            table.unspelled.insert(name.clone(), vec![part]);
        }
        table.classes.insert(name, parts);
    }
    table
}

/// The registers that an operand can't name, because LLVM sometimes needs them for itself, and
/// that its allocator still assigns for a class.
fn reserved_by_llvm(architecture: InlineAsmArch, class: InlineAsmRegClass) -> Vec<InlineAsmReg> {
    let registers: &[X86InlineAsmReg] = match (architecture, class.name().as_str()) {
        (InlineAsmArch::X86_64, "reg" | "reg_abcd") => &[X86InlineAsmReg::bx],
        (InlineAsmArch::X86_64, "reg_byte") => &[X86InlineAsmReg::bl],
        (InlineAsmArch::X86, "reg") => &[X86InlineAsmReg::si],
        _ => &[],
    };
    registers.iter().copied().map(InlineAsmReg::X86).collect()
}

/// Registers of `reg` that the compiler's tables leave out, by number: it has no name for them.
#[derive(Clone, Copy, Default)]
struct Numbers {
    /// The one that LLVM uses internally, but still assigns.
    hidden: Option<u8>,
    /// The frame pointer.
    frame_pointer: Option<u8>,
}

impl Numbers {
    fn of(
        architecture: Architecture,
        features: &FxIndexSet<Symbol>,
        target: &CompilerTarget,
    ) -> Numbers {
        let (hidden, frame_pointer) = match architecture {
            Architecture::AArch64 | Architecture::Arm64Ec => (19, 29),
            // `useR7AsFramePointer` in LLVM.
            Architecture::Arm => {
                let is_thumb = features.contains(&Symbol::intern("thumb-mode"));
                let is_r7 = target.is_like_darwin || (!target.is_like_windows && is_thumb);
                let is_thumb1 = is_thumb && !features.contains(&Symbol::intern("thumb2"));
                match (is_r7, is_thumb1) {
                    // The high registers are in no class there, r11 no more than r8.
                    (false, true) => return Numbers { hidden: Some(6), frame_pointer: None },
                    (true, _) => (6, 7),
                    (false, _) => (6, 11),
                }
            }
            Architecture::RiscV32 | Architecture::RiscV64 => (9, 8),
            Architecture::LoongArch32 | Architecture::LoongArch64 => (31, 22),
            _ => return Numbers::default(),
        };
        Numbers { hidden: Some(hidden), frame_pointer: Some(frame_pointer) }
    }
}

fn numbered(architecture: Architecture, number: u8) -> RegisterPart {
    naming::parse(architecture, &naming::name(architecture, Register::General(number).whole()))
        .unwrap_or(Register::General(number).whole())
}

fn frame_pointer_part(
    architecture: Architecture,
    class: &str,
    numbers: Numbers,
) -> Option<RegisterPart> {
    match (class, architecture) {
        ("reg", Architecture::X86 | Architecture::X86_64) => Some(Register::RBP.whole()),
        // Without a REX prefix `bpl` can't be encoded.
        ("reg_byte", Architecture::X86_64) => RegisterPart::parse("bpl"),
        ("reg", _) => numbers.frame_pointer.map(|number| numbered(architecture, number)),
        _ => None,
    }
}

/// Adds the spellings of a register that the compiler has no name for, which are like those of its
/// neighbours.
fn spell(
    table: &mut RegisterTable,
    architecture: Architecture,
    part: RegisterPart,
    modifiers: &[Option<char>],
) {
    for &modifier in modifiers {
        let spelled = match (architecture, modifier) {
            (Architecture::X86 | Architecture::X86_64, modifier) => {
                let bits = match modifier {
                    Some('l') if architecture == Architecture::X86_64 => 8,
                    Some('x') => 16,
                    Some('e') => 32,
                    None if architecture == Architecture::X86 => 32,
                    Some('r') => 64,
                    None => part.bits,
                    _ => continue,
                };
                RegisterPart { bits, ..part }
            }
            (Architecture::AArch64 | Architecture::Arm64Ec, Some('w')) => {
                RegisterPart { bits: 32, ..part }
            }
            _ => part,
        };
        table.spellings.insert((part, modifier), naming::name(architecture, spelled));
    }
}

/// How the compiler writes a register.
fn emit(register: InlineAsmReg, architecture: InlineAsmArch, modifier: Option<char>) -> String {
    let mut text = String::new();
    // Writing to a string can't fail.
    let _ = register.emit(&mut text, architecture, modifier);
    // `X86InlineAsmReg::emit` writes `x8` for `xmm8`. The compiler never does so: it calls it only
    // where no vector register is possible.
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_x86 = matches!(register, InlineAsmReg::X86(_));
    if is_x86 && text.strip_prefix(['x', 'y', 'z']).is_some_and(is_number) {
        text.insert_str(1, "mm");
    }
    text
}

/// The part of a register that its name without a modifier means.
fn part(
    register: InlineAsmReg,
    assembly_architecture: InlineAsmArch,
    architecture: Architecture,
) -> Option<RegisterPart> {
    match register {
        InlineAsmReg::X86(_) => RegisterPart::parse(&emit(register, assembly_architecture, None)),
        _ => naming::parse(architecture, &register.name()),
    }
}

/// What the compiler reserves for a register name: the 8-bit registers of x86 are allocated by
/// themselves; `ax`, `eax` and `rax` are one register to it, as are `xmm0`, `ymm0` and `zmm0`.
pub(in crate::collect) fn reserved(architecture: Architecture, name: &str) -> Option<RegisterPart> {
    Some(whole(architecture, naming::parse(architecture, name)?))
}

/// What the compiler reserves with a part.
pub(super) fn whole(architecture: Architecture, part: RegisterPart) -> RegisterPart {
    let is_byte = matches!(part.register, Register::General(_)) && part.bits == 8;
    match architecture {
        Architecture::X86 | Architecture::X86_64 if is_byte => part,
        Architecture::X86
        | Architecture::X86_64
        | Architecture::AArch64
        | Architecture::Arm64Ec
        | Architecture::RiscV32
        | Architecture::RiscV64 => part.register.whole(),
        // `s0`, `d0` and `q0` of Arm are registers of their own to it, and so elsewhere.
        _ => part,
    }
}
