//! What a function may use beyond the target's own features, in the compiler's and in LLVM's names.

use asm_analysis::block::{Architecture, FunctionFeatures, Target};
use asm_analysis::isa::features;
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
    let mut function = FunctionFeatures::default();
    let mut llvm: Vec<String> = Vec::new();
    for feature in &attributes.target_features {
        let name = feature.name.to_string();
        let names = llvm_names(target.architecture, &name);
        llvm.extend(names.into_iter().map(|name| format!("+{name}")));
        function.names.insert(name);
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
    function.llvm = llvm.join(",");
    function
}

/// LLVM's names for one of the compiler's (`rustc_codegen_llvm::llvm_util::to_llvm_features`, which
/// is not public).
fn llvm_names(architecture: Architecture, name: &str) -> Vec<&str> {
    match architecture {
        // LLVM's parser accepts every instruction there, so that the features need not split a
        // crate's blocks.
        Architecture::X86 | Architecture::X86_64 => return Vec::new(),
        Architecture::AArch64 | Architecture::Arm64Ec => match name {
            "pacg" => return vec!["pauth"],
            "neon" => return vec!["neon", "fp-armv8"],
            "fpmr" | "tme" => return Vec::new(),
            _ => {}
        },
        Architecture::PowerPc | Architecture::PowerPc64 if name == "power8-crypto" => {
            return vec!["crypto"];
        }
        Architecture::RiscV32 | Architecture::RiscV64 if name == "zkne_or_zknd" => {
            return Vec::new();
        }
        Architecture::Sparc | Architecture::Sparc64 if name == "leoncasa" => {
            return vec!["hasleoncasa"];
        }
        _ => {}
    }
    let row = features::table(architecture).iter().find(|(compilers, _)| *compilers == name);
    vec![row.map_or(name, |(_, llvm)| llvm)]
}
