//! The target of the crate: registers, ABIs and conventions, from the compiler's own tables.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use asm_analysis::block::{Abi, Architecture, Kernel, Target};
use asm_analysis::registers::{Register, RegisterPart, RegisterTable};
use rustc_data_structures::fx::FxIndexSet;
use rustc_middle::ty::TyCtxt;
use rustc_session::Session;
use rustc_span::Symbol;
use rustc_target::asm::{
    InlineAsmArch, InlineAsmClobberAbi, InlineAsmReg, InlineAsmRegClass, X86InlineAsmReg,
    allocatable_registers,
};
use rustc_target::spec::{FramePointer, Os, RelocModel, RustcAbi, Target as CompilerTarget};

use super::function_abi::abi_name;
use super::operand::reserved;
use crate::configuration::{Configuration, Convention};

/// What all blocks of the crate share, with what the user says of it; `None` for an architecture
/// that is not x86.
pub(crate) fn target(tcx: TyCtxt<'_>, configuration: &Configuration) -> Option<Target> {
    let mut target = of_session(tcx.sess)?;
    if let Some(kernel) = configuration.kernel {
        target.kernel = kernel;
    }
    for (symbol, convention) in &configuration.callees {
        let abi = match convention {
            Convention::Abi(abi) => abi_name(tcx, *abi, &target),
            Convention::Clobbers(parts) => {
                let whole = |part: &RegisterPart| reserved(&part.to_string()).unwrap_or(*part);
                let clobbers = parts.iter().map(whole).collect();
                // No ABI has a space in its name.
                let name = format!("clobbers of {symbol}");
                target
                    .abis
                    .insert(name.clone(), Abi { clobbers, is_nameless: true, ..Abi::default() });
                name
            }
        };
        target.callees.insert(symbol.clone(), abi);
    }
    Some(target)
}

fn of_session(session: &Session) -> Option<Target> {
    let assembly_architecture = session.asm_arch?;
    let architecture = match assembly_architecture {
        InlineAsmArch::X86 => Architecture::X86,
        InlineAsmArch::X86_64 => Architecture::X86_64,
        _ => return None,
    };
    let c_abi = match architecture {
        Architecture::X86 => "cdecl",
        Architecture::X86_64 if session.target.is_like_windows => "win64",
        Architecture::X86_64 => "sysv64",
        _ => "C",
    };
    Some(Target {
        architecture,
        llvm_triple: session.target.llvm_target.to_string(),
        registers: registers(
            assembly_architecture,
            session.relocation_model(),
            &session.internal_target_features,
            &session.target,
            frame_pointer_is_kept(session),
        ),
        abis: abis(assembly_architecture, &session.internal_target_features, &session.target),
        c_abi: c_abi.to_owned(),
        callees: BTreeMap::new(),
        kernel: match session.target.os {
            Os::Linux | Os::Android => Kernel::Linux,
            _ => Kernel::Unknown,
        },
    })
}

/// The tables of classes and spellings.
fn registers(
    architecture: InlineAsmArch,
    relocation_model: RelocModel,
    features: &FxIndexSet<Symbol>,
    target: &CompilerTarget,
    frame_pointer_is_kept: bool,
) -> RegisterTable {
    let mut table = RegisterTable::default();
    let allocatable = allocatable_registers(architecture, relocation_model, features, target);
    // The order of a hash map must not be seen in anything we say.
    #[allow(rustc::potential_query_instability)]
    let classes: BTreeMap<_, _> = allocatable
        .into_iter()
        .map(|(class, registers)| (class.name().to_string(), (class, registers)))
        .collect();
    for (name, (class, registers)) in classes {
        let reserved = reserved_by_llvm(architecture, class);
        let mut parts = Vec::new();
        let mut registers: Vec<_> = registers.into_iter().chain(reserved).collect();
        registers.sort_by(|one, other| one.partial_cmp(other).unwrap_or(Ordering::Equal));
        for register in registers {
            let Some(part) = part(register, architecture) else { continue };
            // The allocator hands out `ah` and its like to nobody; they are in the class only
            // because an operand may name them.
            if part.low_bit != 0 {
                continue;
            }
            let modifiers = class.valid_modifiers(architecture).iter().copied().map(Some);
            for modifier in modifiers.chain([None]) {
                let spelling = emit(register, architecture, modifier);
                table.spellings.insert((part, modifier), spelling);
            }
            parts.push(part);
        }
        if !frame_pointer_is_kept
            && let Some(frame_pointer) = frame_pointer_part(architecture, &name)
        {
            table.unspelled.insert(name.clone(), vec![frame_pointer]);
        }
        table.classes.insert(name, parts);
    }
    table
}

/// The registers that an operand can't name, because LLVM sometimes needs them for itself, and
/// that its allocator hands out for a class all the same.
fn reserved_by_llvm(architecture: InlineAsmArch, class: InlineAsmRegClass) -> Vec<InlineAsmReg> {
    let registers: &[X86InlineAsmReg] = match (architecture, class.name().as_str()) {
        (InlineAsmArch::X86_64, "reg" | "reg_abcd") => &[X86InlineAsmReg::bx],
        (InlineAsmArch::X86_64, "reg_byte") => &[X86InlineAsmReg::bl],
        (InlineAsmArch::X86, "reg") => &[X86InlineAsmReg::si],
        _ => &[],
    };
    registers.iter().copied().map(InlineAsmReg::X86).collect()
}

/// Whether `rbp` is out of the allocator's reach in every function.
fn frame_pointer_is_kept(session: &Session) -> bool {
    let mut kept = session.target.frame_pointer;
    kept.ratchet(session.opts.cg.force_frame_pointers);
    // With `NonLeaf` a function that calls nothing has no frame pointer.
    kept == FramePointer::Always
}

fn frame_pointer_part(architecture: InlineAsmArch, class: &str) -> Option<RegisterPart> {
    match (class, architecture) {
        ("reg", _) => Some(Register::RBP.whole()),
        // Without a REX prefix `bpl` can't be encoded.
        ("reg_byte", InlineAsmArch::X86_64) => RegisterPart::parse("bpl"),
        _ => None,
    }
}

/// How the compiler writes a register.
fn emit(register: InlineAsmReg, architecture: InlineAsmArch, modifier: Option<char>) -> String {
    let mut text = String::new();
    // Writing to a string can't fail.
    let _ = register.emit(&mut text, architecture, modifier);
    // `X86InlineAsmReg::emit` writes `x8` for `xmm8`. The compiler never sees it: it only calls it
    // where no vector register can stand.
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if text.strip_prefix(['x', 'y', 'z']).is_some_and(is_number) {
        text.insert_str(1, "mm");
    }
    text
}

/// The part of a register that its name without a modifier means.
fn part(register: InlineAsmReg, architecture: InlineAsmArch) -> Option<RegisterPart> {
    RegisterPart::parse(&emit(register, architecture, None))
}

/// The ABIs by which a block may call, under the names that `function_abi` resolves to.
fn abis(
    architecture: InlineAsmArch,
    features: &FxIndexSet<Symbol>,
    target: &CompilerTarget,
) -> BTreeMap<String, Abi> {
    // The compiler's tables know no `thiscall`, `vectorcall` and `Rust`; the first two keep what
    // `cdecl` keeps, and of the last nothing more is promised than of C.
    let names: &[(&str, &str)] = match architecture {
        InlineAsmArch::X86 => &[
            ("cdecl", "cdecl"),
            ("stdcall", "stdcall"),
            ("fastcall", "fastcall"),
            ("thiscall", "cdecl"),
            ("vectorcall", "cdecl"),
            ("Rust", "C"),
        ],
        _ => &[("sysv64", "sysv64"), ("win64", "win64"), ("vectorcall", "win64"), ("Rust", "C")],
    };
    let stack_alignment = stack_alignment(target);
    // Functions of such a target are compiled without any other register, and can't switch them on.
    let only_general_registers = target.rustc_abi == Some(RustcAbi::Softfloat);
    let abi = |&(name, table): &(&str, &str)| {
        let clobbers =
            InlineAsmClobberAbi::parse(architecture, target, features, Symbol::intern(table))
                .ok()?;
        let is_win64 = match table {
            "C" => target.is_like_windows && architecture == InlineAsmArch::X86_64,
            _ => table == "win64",
        };
        let abi = Abi {
            clobbers: clobbers
                .clobbered_regs()
                .iter()
                .filter_map(|register| reserved(&register.name()))
                .filter(|part| {
                    !only_general_registers || matches!(part.register, Register::General(_))
                })
                .map(|part| if is_win64 { without_kept_half(part) } else { part })
                .collect(),
            stack_alignment,
            // "The caller must always allocate sufficient space to store four register
            // parameters": x64 calling convention, "Stack allocation".
            shadow_space: if is_win64 { 32 } else { 0 },
            is_nameless: false,
        };
        Some((name.to_owned(), abi))
    };
    names.iter().filter_map(abi).collect()
}

/// What a `win64` function may change of a register that the compiler's table calls clobbered: of
/// `xmm6` to `xmm15` it keeps the 128 bits that the ABI was made with.
fn without_kept_half(part: RegisterPart) -> RegisterPart {
    match part.register {
        Register::Vector(6..16) => RegisterPart { low_bit: 128, bits: part.bits - 128, ..part },
        _ => part,
    }
}

/// The alignment of the stack at calls in bytes: `S` in the target's data layout.
fn stack_alignment(target: &CompilerTarget) -> u32 {
    target
        .data_layout
        .split('-')
        .find_map(|part| part.strip_prefix('S')?.parse::<u32>().ok())
        .map_or(0, |bits| bits / 8)
}

/// The general registers that a function of the ABI hands back as it got them, and for `win64`
/// the vector registers whose low halves it keeps.
pub(super) fn callee_saved(target: &Target, abi: &str) -> Vec<Register> {
    let clobbered = target.abis.get(abi).or_else(|| target.abis.get(&target.c_abi));
    let is_clobbered = |register| {
        clobbered.is_none_or(|abi| abi.clobbers.iter().any(|part| part.register == register))
    };
    let count = match target.architecture {
        Architecture::X86 => 8,
        _ => 16,
    };
    let general = (0..count).map(Register::General);
    let mut saved: Vec<_> =
        general.filter(|&register| register != Register::RSP && !is_clobbered(register)).collect();
    if abi == "win64" {
        // "XMM6:XMM15 … must be preserved": x64 calling convention, "Caller/callee saved
        // registers". The compiler's table lists them as clobbered for their upper parts.
        saved.extend((6..16).map(Register::Vector));
    }
    saved
}

#[cfg(test)]
mod tests;
