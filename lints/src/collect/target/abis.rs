//! How functions are called: what a callee of each ABI may change and needs.

use std::collections::BTreeMap;

use asm_analysis::block::{Abi, Architecture, Target};
use asm_analysis::registers::{Register, RegisterPart};
use rustc_data_structures::fx::FxIndexSet;
use rustc_span::Symbol;
use rustc_target::asm::{InlineAsmArch, InlineAsmClobberAbi};
use rustc_target::spec::{RustcAbi, Target as CompilerTarget};

use super::architecture as architecture_of;
use super::registers::reserved;

/// The ABIs by which a block may call, under the names that `function_abi` resolves to.
pub(super) fn abis(
    assembly_architecture: InlineAsmArch,
    features: &FxIndexSet<Symbol>,
    target: &CompilerTarget,
) -> BTreeMap<String, Abi> {
    let Some(architecture) = architecture_of(assembly_architecture) else {
        return BTreeMap::new();
    };
    // The compiler's tables know no `thiscall`, `vectorcall` and `Rust`; the first two keep what
    // `cdecl` keeps, and the last promises no more than C does.
    let names: &[(&str, &str)] = match architecture {
        Architecture::X86 => &[
            ("cdecl", "cdecl"),
            ("stdcall", "stdcall"),
            ("fastcall", "fastcall"),
            ("thiscall", "cdecl"),
            ("vectorcall", "cdecl"),
            ("Rust", "C"),
        ],
        Architecture::X86_64 => {
            &[("sysv64", "sysv64"), ("win64", "win64"), ("vectorcall", "win64"), ("Rust", "C")]
        }
        Architecture::Arm => &[("C", "C"), ("aapcs", "C"), ("Rust", "C")],
        _ => &[("C", "C"), ("Rust", "C")],
    };
    let stack_alignment = stack_alignment(target);
    // Functions of such a target are compiled without any other register, and can't switch them on.
    let only_general_registers = target.rustc_abi == Some(RustcAbi::Softfloat);
    let abi = |&(name, table): &(&str, &str)| {
        let clobbers = InlineAsmClobberAbi::parse(
            assembly_architecture,
            target,
            features,
            Symbol::intern(table),
        )
        .ok()?;
        let is_win64 = match table {
            "C" => target.is_like_windows && architecture == Architecture::X86_64,
            _ => table == "win64",
        };
        let abi = Abi {
            clobbers: clobbers
                .clobbered_regs()
                .iter()
                .filter_map(|register| reserved(architecture, &register.name()))
                .filter(|part| {
                    !only_general_registers || matches!(part.register, Register::General(_))
                })
                .filter_map(|part| without_kept_half(architecture, is_win64, part))
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

/// What a function may change of a register that the compiler's table calls clobbered: some
/// conventions keep a half of a vector register, which the table can't express. `None` if all of
/// it is kept.
fn without_kept_half(
    architecture: Architecture,
    is_win64: bool,
    part: RegisterPart,
) -> Option<RegisterPart> {
    let kept = match (architecture, part.register) {
        // x64 calling convention, "Caller/callee saved registers": 128 bits of `xmm6` to `xmm15`.
        (Architecture::X86_64, Register::Vector(6..16)) if is_win64 => 128,
        // AAPCS64 6.1.2: the low 64 bits of `v8` to `v15`.
        (Architecture::AArch64 | Architecture::Arm64Ec, Register::Vector(8..16)) => 64,
        _ => 0,
    };
    let bits = part.bits.checked_sub(kept).filter(|bits| *bits > 0)?;
    Some(RegisterPart { low_bit: part.low_bit + kept, bits, ..part })
}

/// The alignment of the stack at calls in bytes: `S` in the target's data layout.
fn stack_alignment(target: &CompilerTarget) -> u32 {
    target
        .data_layout
        .split('-')
        .find_map(|part| part.strip_prefix('S')?.parse::<u32>().ok())
        .map_or(0, |bits| bits / 8)
}

/// The registers that a function of the ABI preserves: general ones, and vector
/// registers of which it keeps a part.
pub(in crate::collect) fn callee_saved(target: &Target, abi: &str) -> Vec<Register> {
    let (general, partial): (Vec<u8>, Vec<Register>) = match target.architecture {
        Architecture::X86 => ((0..8).collect(), Vec::new()),
        // "XMM6:XMM15 … must be preserved": x64 calling convention, "Caller/callee saved
        // registers". The compiler's table lists them as clobbered for their upper parts.
        Architecture::X86_64 if abi == "win64" => {
            ((0..16).collect(), (6..16).map(Register::Vector).collect())
        }
        Architecture::X86_64 => ((0..16).collect(), Vec::new()),
        // AAPCS64 6.1.1 and 6.1.2; x18 is the platform's or anybody's.
        Architecture::AArch64 | Architecture::Arm64Ec => {
            ((19..30).collect(), (8..16).map(Register::Vector).collect())
        }
        // AAPCS32 6.1.1 and 6.1.2.1: `s16` to `s31`.
        Architecture::Arm => ((4..12).collect(), (4..8).map(Register::Vector).collect()),
        // psABI, "Register Convention": `s0` to `s11`, `fs0` to `fs11`.
        Architecture::RiscV32 | Architecture::RiscV64 => {
            let saved = || [8, 9].into_iter().chain(18..28);
            (saved().collect(), saved().map(Register::Float).collect())
        }
        // Not needed there yet.
        _ => return Vec::new(),
    };
    let clobbered = target.abis.get(abi).or_else(|| target.abis.get(&target.c_abi));
    let is_clobbered = |register| {
        clobbered.is_none_or(|abi| abi.clobbers.iter().any(|part| part.register == register))
    };
    let is_kept = |&register: &Register| {
        let is_stack_pointer = target.architecture.is_x86() && register == Register::RSP;
        !is_stack_pointer && !is_clobbered(register)
    };
    general.into_iter().map(Register::General).filter(is_kept).chain(partial).collect()
}
