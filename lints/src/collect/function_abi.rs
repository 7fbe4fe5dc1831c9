//! How functions are called: the promise of a naked function, and what `sym` and function
//! pointers say about their callees.

mod registers;
mod units;

use asm_analysis::block::{Architecture, Callee, FunctionAbi, OWN_CONVENTION, Target};
use asm_analysis::registers::{Register, RegisterPart};
use rustc_abi::{CanonAbi, ExternAbi, X86Call};
use rustc_hir::def_id::{DefId, LocalDefId};
use rustc_middle::middle::codegen_fn_attrs::CodegenFnAttrFlags;
use rustc_middle::ty::layout::fn_can_unwind;
use rustc_middle::ty::{self, GenericArgs, Instance, PolyFnSig, Ty, TyCtxt, TypeVisitableExt};
use rustc_target::callconv::{FnAbi, IndirectMode, PassMode};
use rustc_target::spec::AbiMap;

use self::registers::{Registers, rows_of_registers};
use self::units::{Unit, in_register, pass_first_integer, pass_first_vectors, units};
use super::BodyContext;
use super::target::callee_saved;

/// How a function is called; `function` is known for `sym`, and unknown for a pointer.
pub(super) fn callee<'tcx>(
    cx: &BodyContext<'tcx>,
    function: Option<DefId>,
    signature: PolyFnSig<'tcx>,
    target: &Target,
) -> Callee {
    let tcx = cx.tcx;
    let abi = signature.abi();
    let name = match function {
        Some(function) if cx.has_own_convention(function) => OWN_CONVENTION.to_owned(),
        _ => abi_name(tcx, abi, target),
    };
    Callee {
        pops: callee_pops(tcx, signature, &name, target),
        abi: name,
        may_unwind: fn_can_unwind(tcx, function, abi),
        diverges: signature.output().skip_binder().is_never(),
        is_bare: signature.inputs().skip_binder().is_empty()
            && signature.output().skip_binder().is_unit(),
        has_body: function.is_some_and(|function| has_compiled_body(tcx, function)),
    }
}

/// Whether a function has a body that the compiler makes, and that keeps its ABI therefore. What
/// is only declared, or written in assembly, may have got its type because it has to have one.
fn has_compiled_body(tcx: TyCtxt<'_>, function: DefId) -> bool {
    !tcx.is_foreign_item(function)
        && !tcx.codegen_fn_attrs(function).flags.contains(CodegenFnAttrFlags::NAKED)
}

/// The bytes that a callee pops off the stack; 0 if that depends on a generic parameter.
fn callee_pops<'tcx>(
    tcx: TyCtxt<'tcx>,
    signature: PolyFnSig<'tcx>,
    name: &str,
    target: &Target,
) -> u32 {
    let signature = tcx.erase_and_anonymize_regions(signature);
    if target.architecture != Architecture::X86 || signature.has_non_region_param() {
        return 0;
    }
    let typing_env = ty::TypingEnv::fully_monomorphized();
    let input = typing_env.as_query_input((signature, ty::List::empty()));
    let abi = tcx.fn_abi_of_fn_ptr(input).ok().filter(|abi| is_modelled(abi));
    abi.map_or(0, |abi| Passed::of(abi, name, target).callee_pops)
}

/// The ABI that a naked function has to follow.
pub(super) fn function_abi(
    cx: &BodyContext<'_>,
    function: LocalDefId,
    target: &Target,
) -> FunctionAbi {
    let tcx = cx.tcx;
    let signature = tcx.fn_sig(function).instantiate_identity().skip_norm_wip();
    if cx.has_own_convention(function.to_def_id()) {
        return FunctionAbi::own_convention(signature.output().skip_binder().is_never());
    }
    let name = abi_name(tcx, signature.abi(), target);
    let saved = match signature.abi() {
        // The caller has to know what is preserved.
        ExternAbi::Custom => Vec::new(),
        // Interrupted code continues with what is in its registers.
        ExternAbi::X86Interrupt => every_register(target),
        _ => callee_saved(target, &name),
    };
    let passed = passed(cx, function).map(|abi| Passed::of(abi, &name, target));
    // What was interrupted left something in every register, and a handler may look at it.
    let interrupts = matches!(
        signature.abi(),
        ExternAbi::X86Interrupt | ExternAbi::RiscvInterruptM | ExternAbi::RiscvInterruptS
    );
    let arguments = match &passed {
        _ if interrupts => None,
        // Apart from x86, firmware and exceptions enter functions that declare no parameters, with
        // something in every register for arguments; and where it is not known how they travel, any
        // may carry one.
        _ if !target.architecture.is_x86() && signature.inputs().skip_binder().is_empty() => {
            Some(all_arguments(target))
        }
        Some(Passed { arguments: Some(arguments), .. }) => Some(arguments.clone()),
        _ => (!target.architecture.is_x86()).then(|| all_arguments(target)),
    };
    FunctionAbi {
        arguments,
        results: passed.as_ref().and_then(|passed| passed.results.clone()),
        callee_saved: saved,
        diverges: signature.output().skip_binder().is_never(),
        callee_pops: match signature.abi() {
            ExternAbi::X86Interrupt => error_code_bytes(signature, target),
            _ => passed.map_or(0, |passed| passed.callee_pops),
        },
        name,
    }
}

/// Every register that the compiler keeps values in, but the stack pointer.
fn every_register(target: &Target) -> Vec<Register> {
    let vectors = match target.architecture {
        _ if target.only_general_registers => 0,
        Architecture::X86 => 8,
        _ => 16,
    };
    let general = target.architecture.general_registers();
    general.chain((0..vectors).map(Register::Vector)).collect()
}

/// The bytes of the error code that the processor pushes for some exceptions, and that the handler
/// pops off the stack before it returns: it is the second argument.
fn error_code_bytes(signature: PolyFnSig<'_>, target: &Target) -> u32 {
    let has_error_code = signature.inputs().skip_binder().len() > 1;
    if has_error_code { u32::from(target.architecture.word_bytes()) } else { 0 }
}

/// Every register in which arguments may travel, the address of a result in memory among them.
fn all_arguments(target: &Target) -> Vec<RegisterPart> {
    let architecture = target.architecture;
    let mut registers: Vec<Register> =
        architecture.argument_registers().map(Register::General).collect();
    match architecture {
        // AAPCS64 6.4: `v0` to `v7`.
        Architecture::AArch64 | Architecture::Arm64Ec => {
            registers.extend((0..8).map(Register::Vector));
        }
        // AAPCS32 6.5: `d0` to `d7`.
        Architecture::Arm => registers.extend((0..4).map(Register::Vector)),
        // psABI, "Hardware Floating-point Calling Convention": `fa0` to `fa7`.
        Architecture::RiscV32 | Architecture::RiscV64 => {
            registers.extend((10..18).map(Register::Float));
        }
        _ => {}
    }
    registers.into_iter().map(Register::whole).collect()
}

/// The ABI's name with `C`, `system` and `efiapi` resolved for the target.
pub(super) fn abi_name(tcx: TyCtxt<'_>, abi: ExternAbi, target: &Target) -> String {
    let resolved = AbiMap::from_target(&tcx.sess.target).canonize_abi(abi, false).into_option();
    let name = match resolved {
        Some(CanonAbi::C) => &target.c_abi,
        Some(CanonAbi::X86(call)) => match call {
            X86Call::Fastcall => "fastcall",
            X86Call::Stdcall => "stdcall",
            X86Call::SysV64 => "sysv64",
            X86Call::Thiscall => "thiscall",
            X86Call::Vectorcall => "vectorcall",
            X86Call::Win64 => "win64",
        },
        Some(CanonAbi::Rust) => "Rust",
        _ => abi.as_str(),
    };
    name.to_owned()
}

/// The compiler's own account of how arguments travel; `None` if it depends on a generic
/// parameter or is unspecified (`extern "Rust"`, `extern "custom"`).
fn passed<'tcx>(
    cx: &BodyContext<'tcx>,
    function: LocalDefId,
) -> Option<&'tcx FnAbi<'tcx, Ty<'tcx>>> {
    let tcx = cx.tcx;
    let arguments = tcx.erase_and_anonymize_regions(GenericArgs::identity_for_item(tcx, function));
    if arguments.has_non_region_param() {
        return None;
    }
    let instance = Instance::new_raw(function.to_def_id(), arguments);
    let typing_env = ty::TypingEnv::fully_monomorphized();
    let abi =
        tcx.fn_abi_of_instance(typing_env.as_query_input((instance, ty::List::empty()))).ok()?;
    is_modelled(abi).then_some(abi)
}

/// Whether an ABI is fixed, and known from the types alone.
fn is_modelled(abi: &FnAbi<'_, Ty<'_>>) -> bool {
    let is_stable = matches!(abi.conv, CanonAbi::C | CanonAbi::X86(_) | CanonAbi::Interrupt(_));
    is_stable && !abi.c_variadic
}

/// Where the arguments and results of a function are.
struct Passed {
    arguments: Option<Vec<RegisterPart>>,
    results: Option<Vec<RegisterPart>>,
    callee_pops: u32,
}

impl Passed {
    fn of<'tcx>(abi: &FnAbi<'tcx, Ty<'tcx>>, name: &str, target: &Target) -> Passed {
        if !target.architecture.is_x86() {
            return Passed::in_order(abi, target);
        }
        let word = target.architecture.word_bits();
        // `win64` passes integers of two words differently on different systems.
        let splits_wide = name == "sysv64";
        let hidden_pointer = match abi.ret.mode {
            PassMode::Indirect { attrs, .. } => Some(Unit::integer(word, in_register(&attrs))),
            _ => None,
        };
        let explicit = abi.args.iter().map(|argument| units(argument, word, splits_wide));
        let mut explicit = explicit.collect::<Option<Vec<_>>>().map(|units| units.concat());
        if let Some(units) = &mut explicit {
            match name {
                "thiscall" => pass_first_integer(units),
                "vectorcall" => pass_first_vectors(units),
                _ => {}
            }
        }
        let arguments = explicit
            .map(|explicit| hidden_pointer.iter().copied().chain(explicit).collect::<Vec<Unit>>());
        // The callee returns the hidden pointer.
        let results = match hidden_pointer {
            Some(pointer) => Some(vec![pointer]),
            None => units(&abi.ret, word, splits_wide),
        };
        let registers = Registers::of(name, target);
        Passed {
            callee_pops: match (name, &arguments) {
                ("stdcall" | "fastcall" | "thiscall" | "vectorcall", Some(units))
                    if target.architecture == Architecture::X86 =>
                {
                    on_stack(abi, units)
                }
                // System V ABI for i386, "Function returning structures": the callee removes the
                // hidden pointer. On Windows it stays where it is.
                ("cdecl", _)
                    if hidden_pointer.is_some_and(|unit| !unit.in_register)
                        && !target.llvm_triple.contains("-windows-") =>
                {
                    4
                }
                _ => 0,
            },
            arguments: arguments.map(|units| registers.arguments(&units)),
            results: results.and_then(|units| registers.results(&units)),
        }
    }

    /// The same apart from x86: integers and floating-point values each have a row of registers.
    fn in_order<'tcx>(abi: &FnAbi<'tcx, Ty<'tcx>>, target: &Target) -> Passed {
        let word = target.architecture.word_bits();
        let explicit = abi.args.iter().map(|argument| units(argument, word, false));
        let explicit = explicit.collect::<Option<Vec<_>>>().map(|units| units.concat());
        let is_indirect = matches!(abi.ret.mode, PassMode::Indirect { .. });
        // The address of a result: in a register of its own on AArch64 (AAPCS64 6.9), else it is
        // the first argument.
        let is_apart = matches!(target.architecture, Architecture::AArch64 | Architecture::Arm64Ec);
        let pointer = Unit::integer(word, false);
        let hidden = (is_indirect && !is_apart).then_some(pointer);
        let arguments = explicit.and_then(|explicit| {
            let units: Vec<Unit> = hidden.into_iter().chain(explicit).collect();
            // Whether the caller has extended a narrow one depends on the system.
            let parts = rows_of_registers(&units, target)?;
            let mut parts: Vec<_> = parts.iter().map(|part| part.register.whole()).collect();
            if is_indirect && is_apart {
                parts.push(Register::General(8).whole());
            }
            Some(parts)
        });
        // The callee need not return the hidden pointer. A floating-point result of Arm is in one of
        // several registers.
        let is_known = |units: &Vec<Unit>| {
            target.architecture != Architecture::Arm || units.iter().all(|unit| !unit.is_vector)
        };
        let results = match is_indirect {
            true => Some(Vec::new()),
            false => units(&abi.ret, word, false)
                .filter(is_known)
                .and_then(|units| rows_of_registers(&units, target)),
        };
        Passed { arguments, results, callee_pops: 0 }
    }
}

/// The bytes of stack arguments that a `stdcall` function and its relatives pop.
fn on_stack<'tcx>(abi: &FnAbi<'tcx, Ty<'tcx>>, units: &[Unit]) -> u32 {
    let slots = |bits: u64| bits.div_ceil(32) * 4;
    let scalars: u64 =
        units.iter().filter(|unit| !unit.in_register).map(|unit| slots(u64::from(unit.bits))).sum();
    let copies: u64 = abi
        .args
        .iter()
        .filter(|argument| {
            matches!(argument.mode, PassMode::Indirect { mode: IndirectMode::OnStack, .. })
        })
        .map(|argument| slots(argument.layout.size.bits()))
        .sum();
    u32::try_from(scalars + copies).unwrap_or(u32::MAX)
}
