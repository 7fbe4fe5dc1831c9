//! The target of the crate: registers, ABIs and conventions, from the compiler's own tables.

mod abis;
mod features;
mod registers;

use std::collections::BTreeMap;

use asm_analysis::block::{Abi, Architecture, Changes, Kernel, Target};
use rustc_abi::{Endian, ExternAbi};
use rustc_codegen_ssa::back::versioned_llvm_target;
use rustc_middle::ty::TyCtxt;
use rustc_session::Session;
use rustc_span::Symbol;
use rustc_target::asm::InlineAsmArch;
use rustc_target::spec::{FramePointer, Os, RelocModel, RustcAbi};

use self::abis::abis;
pub(super) use self::abis::callee_saved;
pub(super) use self::features::of_function;
pub(super) use self::registers::reserved;
use super::function_abi::abi_name;

/// How a function is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Convention {
    /// As `extern "…"` with that ABI.
    Abi(ExternAbi),
    /// By its own convention: it preserves all registers except these, by names that only an
    /// architecture gives a meaning.
    Clobbers(Vec<String>),
}

/// What comes back changed from an instruction that enters a system, by the names of registers and
/// flags, which only an architecture gives a meaning.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Answer {
    /// What is changed.
    pub(crate) changes: Vec<String>,
    /// What may be changed.
    pub(crate) may_change: Vec<String>,
}

/// What the user says about the world around the crate.
pub(crate) struct Surroundings<'a> {
    /// What `syscall` and `int 0x80` enter, if that is not left to the target.
    pub(crate) kernel: Option<Kernel>,
    /// How functions are called that templates name.
    pub(crate) callees: &'a BTreeMap<String, Convention>,
    /// What comes back changed from a system, by kernel (or `all`) and by instruction.
    pub(crate) system_calls: &'a BTreeMap<String, BTreeMap<String, Answer>>,
}

/// What all blocks of the crate share, with what the user says; `None` for an architecture that
/// nothing can be assembled for.
pub(crate) fn target(tcx: TyCtxt<'_>, surroundings: &Surroundings<'_>) -> Option<Target> {
    let Surroundings { kernel, callees, system_calls } = surroundings;
    let mut target = of_session(tcx)?;
    let architecture = target.architecture;
    if let Some(kernel) = *kernel {
        target.kernel = kernel;
    }
    for system in ["all", target.kernel.name()] {
        for (instruction, answer) in system_calls.get(system).into_iter().flatten() {
            let cells = |names: &[String]| {
                names.iter().filter_map(|name| architecture.cell(name)).collect()
            };
            let changes =
                Changes { certain: cells(&answer.changes), possible: cells(&answer.may_change) };
            target.system_calls.insert(instruction.clone(), changes);
        }
    }
    for (symbol, convention) in *callees {
        let abi = match convention {
            Convention::Abi(abi) => abi_name(tcx, *abi, &target),
            Convention::Clobbers(names) => {
                let parts = names.iter().filter_map(|name| architecture.parse_register(name));
                let clobbers = parts.map(|part| registers::whole(architecture, part)).collect();
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

fn of_session(tcx: TyCtxt<'_>) -> Option<Target> {
    let session = tcx.sess;
    let assembly_architecture = session.asm_arch?;
    let architecture = architecture(assembly_architecture)?;
    let c_abi = match architecture {
        Architecture::X86 => "cdecl",
        Architecture::X86_64 if session.target.is_like_windows => "win64",
        Architecture::X86_64 => "sysv64",
        _ => "C",
    };
    Some(Target {
        architecture,
        is_big_endian: session.target.endian == Endian::Big,
        llvm_triple: versioned_llvm_target(session).into_owned(),
        llvm_cpu: cpu(session).to_owned(),
        llvm_features: session.global_backend_features.join(","),
        llvm_abi: session.target.llvm_abiname.desc().to_owned(),
        is_position_independent: matches!(
            session.relocation_model(),
            RelocModel::Pic | RelocModel::Pie
        ),
        features: session.internal_target_features.iter().map(Symbol::to_string).collect(),
        registers: registers::table(
            assembly_architecture,
            session.relocation_model(),
            &session.internal_target_features,
            &session.target,
            frame_pointer_is_kept(session),
        ),
        abis: abis(assembly_architecture, &session.internal_target_features, &session.target),
        // Functions of such a target can't switch the other registers on either.
        only_general_registers: session.target.rustc_abi == Some(RustcAbi::Softfloat),
        c_abi: c_abi.to_owned(),
        callees: BTreeMap::new(),
        kernel: kernel(&session.target.os),
        system_calls: BTreeMap::new(),
    })
}

/// The architecture in our terms; `None` for those that LLVM can't assemble text for.
fn architecture(architecture: InlineAsmArch) -> Option<Architecture> {
    Some(match architecture {
        InlineAsmArch::X86 => Architecture::X86,
        InlineAsmArch::X86_64 => Architecture::X86_64,
        InlineAsmArch::Arm => Architecture::Arm,
        InlineAsmArch::AArch64 => Architecture::AArch64,
        InlineAsmArch::Arm64EC => Architecture::Arm64Ec,
        InlineAsmArch::RiscV32 => Architecture::RiscV32,
        InlineAsmArch::RiscV64 => Architecture::RiscV64,
        InlineAsmArch::LoongArch32 => Architecture::LoongArch32,
        InlineAsmArch::LoongArch64 => Architecture::LoongArch64,
        InlineAsmArch::S390x => Architecture::S390x,
        InlineAsmArch::PowerPC => Architecture::PowerPc,
        InlineAsmArch::PowerPC64 => Architecture::PowerPc64,
        InlineAsmArch::Mips => Architecture::Mips,
        InlineAsmArch::Mips64 => Architecture::Mips64,
        InlineAsmArch::Sparc => Architecture::Sparc,
        InlineAsmArch::Sparc64 => Architecture::Sparc64,
        InlineAsmArch::Bpf => Architecture::Bpf,
        InlineAsmArch::Avr => Architecture::Avr,
        InlineAsmArch::Msp430 => Architecture::Msp430,
        InlineAsmArch::Hexagon => Architecture::Hexagon,
        InlineAsmArch::M68k => Architecture::M68k,
        InlineAsmArch::CSKY => Architecture::CSky,
        InlineAsmArch::Xtensa => Architecture::Xtensa,
        InlineAsmArch::Amdgpu => Architecture::AmdGpu,
        // LLVM has no parser for PTX and none of our object formats for SPIR-V; WebAssembly's
        // operands are locals, which only a whole function has.
        InlineAsmArch::Nvptx64
        | InlineAsmArch::SpirV
        | InlineAsmArch::Wasm32
        | InlineAsmArch::Wasm64 => return None,
    })
}

/// Which kernel handles system calls.
fn kernel(os: &Os) -> Kernel {
    match os {
        Os::Linux | Os::Android => Kernel::Linux,
        Os::MacOs | Os::IOs | Os::TvOs | Os::WatchOs | Os::VisionOs => Kernel::Darwin,
        Os::FreeBsd | Os::NetBsd | Os::OpenBsd | Os::Dragonfly => Kernel::Bsd,
        Os::Windows | Os::Cygwin => Kernel::Windows,
        Os::Solaris | Os::Illumos => Kernel::Solaris,
        Os::Fuchsia => Kernel::Fuchsia,
        Os::Xous => Kernel::Xous,
        Os::Uefi => Kernel::Uefi,
        Os::None => Kernel::None,
        _ => Kernel::Unknown,
    }
}

/// LLVM's name of the processor. If code is for this machine, the list of features says all
/// that its name would.
fn cpu(session: &Session) -> &str {
    match session.opts.cg.target_cpu.as_deref() {
        Some("native") => "generic",
        Some(name) => name,
        None => &session.target.cpu,
    }
}

/// Whether the frame pointer is not available to the allocator in any function.
fn frame_pointer_is_kept(session: &Session) -> bool {
    let mut kept = session.target.frame_pointer;
    kept.ratchet(session.opts.cg.force_frame_pointers);
    match session.asm_arch {
        // With `NonLeaf` a function that calls nothing has no frame pointer.
        Some(InlineAsmArch::X86 | InlineAsmArch::X86_64) | None => kept == FramePointer::Always,
        // There LLVM keeps the register free of other things even then (`isFPReserved`); Apple's
        // ABI asks for that everywhere.
        Some(_) => kept != FramePointer::MayOmit || session.target.is_like_darwin,
    }
}

#[cfg(test)]
mod tests;
