//! What a function may use beyond the target's own features, in the compiler's and in LLVM's names.

use asm_analysis::block::{Architecture, FunctionFeatures, Target};
use rustc_attr_ir::{InlineAttr, InstructionSetAttr};
use rustc_hir::def_id::LocalDefId;
use rustc_middle::ty::TyCtxt;

/// LLVM's feature of AArch64 with which its assembler takes every instruction.
const EVERY_FEATURE: &str = "+all";

/// The features of the function that has a body.
pub(in crate::collect) fn of_function(
    tcx: TyCtxt<'_>,
    body: LocalDefId,
    target: &Target,
) -> FunctionFeatures {
    if !tcx.def_kind(body).has_codegen_attrs() {
        return FunctionFeatures::default();
    }
    let attributes = tcx.codegen_fn_attrs(body);
    let mut features = FunctionFeatures::default();
    let mut llvm: Vec<String> = Vec::new();
    for feature in &attributes.target_features {
        let name = feature.name.to_string();
        let names = llvm_names(target.architecture, &name);
        llvm.extend(names.into_iter().map(|name| format!("+{name}")));
        features.names.insert(name);
    }
    llvm.sort();
    llvm.dedup();
    // Its blocks are assembled in its callers, with their features: none is missing for certain.
    let is_part_of_callers =
        matches!(attributes.inline, InlineAttr::Always | InlineAttr::Force { .. });
    let is_a64 = matches!(target.architecture, Architecture::AArch64 | Architecture::Arm64Ec);
    if is_part_of_callers && is_a64 {
        llvm.push(EVERY_FEATURE.to_owned());
    }
    match attributes.instruction_set {
        Some(InstructionSetAttr::ArmA32) => llvm.push("-thumb-mode".to_owned()),
        Some(InstructionSetAttr::ArmT32) => llvm.push("+thumb-mode".to_owned()),
        None => {}
    }
    features.llvm = llvm.join(",");
    features
}

/// LLVM's names for one of the compiler's (`rustc_codegen_llvm::llvm_util::to_llvm_features`, which
/// is not public).
fn llvm_names(architecture: Architecture, name: &str) -> Vec<&str> {
    let own = match architecture {
        Architecture::AArch64 | Architecture::Arm64Ec => match name {
            "rcpc2" => "rcpc-immo",
            "dpb" => "ccpp",
            "dpb2" => "ccdp",
            "frintts" => "fptoint",
            "fcma" => "complxnum",
            "pmuv3" => "perfmon",
            "paca" | "pacg" => "pauth",
            "flagm2" => "altnzcv",
            "neon" => return vec!["neon", "fp-armv8"],
            "fhm" => "fp16fml",
            "fp16" => "fullfp16",
            "fpmr" | "tme" => return Vec::new(),
            name => name,
        },
        Architecture::Arm => match name {
            "fp16" => "fullfp16",
            name => name,
        },
        Architecture::PowerPc | Architecture::PowerPc64 => match name {
            "power8-crypto" => "crypto",
            name => name,
        },
        Architecture::RiscV32 | Architecture::RiscV64 => match name {
            "zkne_or_zknd" => return Vec::new(),
            name => name,
        },
        Architecture::Sparc | Architecture::Sparc64 => match name {
            "leoncasa" => "hasleoncasa",
            name => name,
        },
        // LLVM's parser accepts every instruction there, so that the features need not split a
        // crate's blocks.
        Architecture::X86 | Architecture::X86_64 => return Vec::new(),
        _ => name,
    };
    vec![own]
}
