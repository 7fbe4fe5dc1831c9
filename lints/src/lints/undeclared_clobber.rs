//! # undeclared_clobber
//!
//! A block changes a register that is neither an output nor a clobber. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Compares the value of every register when control returns to Rust with its value on entry, and
//! reports registers that the block may leave changed without declaring them. The usual cause is
//! an instruction that changes registers which it does not name: `cpuid`, `mul`, `rdtsc`,
//! `syscall` (`rcx` and `r11`), `vzeroupper` (all vector registers), `call` (everything that the
//! callee's ABI lets it change).
//!
//! In `naked_asm!` it reports registers that the function's ABI requires it to preserve.
//!
//! ## Why is this bad?
//!
//! The compiler keeps values in the registers that a block doesn't mention, and keeps using them
//! after it. Whether it has one in this register depends on the surrounding code and on the
//! compiler's version, so such a block can work for years.
//!
//! ## Known limits
//!
//! The lint stays silent about:
//!
//! - a register that is restored: by `push` and `pop`, through another register, by a second
//!   `xchg`;
//! - instructions that write to a register the value it already holds, such as `xchg rbx, rbx`
//!   (in 64-bit code `mov ebx, ebx` is not one of them: it clears the upper half of `rbx`);
//! - calls to a callee of unknown type that takes a value in a register in which the C ABI passes
//!   none: it has a convention that only the author knows;
//! - the stack pointer, the flags and the x87 and MMX registers, which other lints cover.
//!
//! An 8-bit register name reserves 8 bits only. Any other name reserves the whole register:
//! `xmm0` reserves all of `zmm0`.
//!
//! ## On other architectures
//!
//! Calls clobber the link register besides: `x30`, `lr` or `ra`, also to a label of the block.
//! Linkers may insert code that changes `x16` and `x17`, or `r12`, at any call out. Registers that
//! can't be declared must hold their value on entry again: `x19` and `x29`; `r6` and the frame
//! pointer; `s0` and `s1`.
//!
//! System calls change `x0` or `r0` on Linux, `a0` on RISC-V, with an SBI `a0` and `a1`; `hvc` and
//! `smc` change `x0` to `x3`. `mv gp, {}` and `mv tp, {}`, by which kernels install these
//! registers, are not reported.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn product(a: u64, b: u64) -> u64 {
//!     let low;
//!     unsafe {
//!         asm!(
//!             "mul {b}",
//!             b = in(reg) b,
//!             inlateout("rax") a => low,
//!             options(pure, nomem, nostack),
//!         )
//!     };
//!     low
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn product(a: u64, b: u64) -> u64 {
//!     let low;
//!     unsafe {
//!         asm!(
//!             "mul {b}",
//!             b = in(reg) b,
//!             inlateout("rax") a => low,
//!             out("rdx") _,
//!             options(pure, nomem, nostack),
//!         )
//!     };
//!     low
//! }
//! ```
//!
//! ## Fix safety
//!
//! A clobber only tells the compiler more, so it cannot break a program. `rbx` and `rbp` (on x86
//! `esi` and `ebp`) can't be declared: the block has to save and restore them, which the message
//! only describes.
//!
//! ## Reference
//!
//! `asm.rules.reg-not-output`, `asm.abi-clobbers.intro`

use asm_analysis::block::{Architecture, Block, BlockKind, Operand, Output, Place as RegisterPlace};
use asm_analysis::facts::{Call, CallTarget, Facts};
use asm_analysis::questions::exits::Kept;
use asm_analysis::registers::{Register, RegisterPart};
use asm_analysis::values::Site;
use rustc_errors::Applicability;

use crate::clobbers::{Clobbered, clobbered, is_call, path_of};
use crate::diagnostics::{Edit, Message};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::operands::{can_be_operand, visible};
use crate::wording;

declare_lint!(contract UNDECLARED_CLOBBER UndeclaredClobber "a block changes a register that is neither an output nor a clobber");

/// The registers that are changed.
pub(crate) struct Finding {
    /// By the instruction that changes them, in the order of the code.
    groups: Vec<(Option<Site>, Vec<Clobbered>)>,
}

impl Finding {
    fn registers(&self) -> impl Iterator<Item = &Clobbered> {
        self.groups.iter().flat_map(|(_, registers)| registers)
    }
}

impl Rule for UndeclaredClobber {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let mut groups: Vec<(Option<Site>, Vec<Clobbered>)> = Vec::new();
        for clobbered in clobbered(judged) {
            match groups.iter_mut().find(|(site, _)| *site == clobbered.change.site) {
                Some((_, group)) => group.push(clobbered),
                None => groups.push((clobbered.change.site, vec![clobbered])),
            }
        }
        groups.sort_by_key(|(site, _)| *site);
        if !groups.is_empty() {
            findings.push(Finding { groups });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let names = |group: &[Clobbered]| {
            let names: Vec<String> = group.iter().map(|clobbered| name(judged, clobbered)).collect();
            wording::list(&names)
        };
        let Some(((site, group), others)) = finding.groups.split_first() else {
            return Message::new("", judged.place(None));
        };
        let Some((block, facts)) = judged.code() else {
            return Message::new("", judged.place(None));
        };
        let verb = match site {
            Some(site) if is_call(facts, *site) => "may change",
            _ => "changes",
        };
        let instruction = wording::instruction(judged, *site);
        let what = match &block.kind {
            BlockKind::Naked(abi) => {
                // The name that is in the source, most likely.
                let abi = if abi.name == block.target.c_abi { "C" } else { &abi.name };
                format!("which an `extern \"{abi}\"` function must preserve")
            }
            _ if group.len() == 1 => "which is neither an output nor a clobber".to_owned(),
            _ => "which are neither outputs nor clobbers".to_owned(),
        };
        let changed = match group.len() {
            _ if !are_upper_parts(block, facts, group) => names(group),
            1 => format!("the upper part of {}", names(group)),
            _ => format!("the upper parts of {}", names(group)),
        };
        let headline = format!("{instruction} {verb} {changed}, {what}");
        let mut message =
            Message::new(headline, judged.place(*site)).label("changed here");
        for (site, group) in others {
            message = message.also(judged.place(*site), format!("changes {}", names(group)));
        }
        let count = finding.registers().count();
        let (who, what) = match &block.kind {
            BlockKind::Naked(_) => ("the caller", "call"),
            _ => ("the compiler", "block"),
        };
        message = message.note(match count {
            1 => format!("{who} assumes that {changed} keeps its value across the {what}"),
            _ => format!("{who} assumes that these registers keep their values across the {what}"),
        });
        if let Some(half) = finding.registers().find(|clobbered| loses_upper_half(block, facts, clobbered)) {
            let whole = name(judged, half);
            let low = RegisterPart { low_bit: 0, bits: 32, ..half.part };
            message = message.note(match facts.architecture {
                // A 32-bit load extends what it loads.
                Architecture::RiscV64 => {
                    format!("the low 32 bits are restored, but not the upper half of `{whole}`")
                }
                _ => format!(
                    "the low 32 bits are restored, but writing `{}` clears the upper half of `{whole}`",
                    wording::register_name(judged, low)
                ),
            });
        }
        let path = finding
            .registers()
            .find_map(|clobbered| path_of(judged, clobbered.part, &clobbered.change));
        message = wording::on_path(judged, path, message);
        if let Some(call) = assumed_call(finding, facts) {
            let callee = wording::callee(block, &call.target);
            message = message.note(format!(
                "nothing says how {callee} is called, so `extern \"C\"` is assumed"
            ));
            if let CallTarget::Named(_) = call.target {
                message = message.help(format!(
                    "if {callee} keeps another convention, declare it under `callees` in `asm-lint.toml`"
                ));
            }
        }
        match &block.kind {
            BlockKind::Naked(_) => {
                if let Some(how) = signed(finding, judged, facts) {
                    return message.help(format!("{how}, before the function returns"));
                }
                let (save, restore) = match facts.architecture.link_register() {
                    None => ("push", "pop"),
                    Some(_) => ("save", "restore"),
                };
                message.help(format!(
                    "{save} {} at the start and {restore} it before control leaves the function",
                    if count == 1 { changed } else { "each of them".to_owned() }
                ))
            }
            _ => advise(message, finding, judged, block, facts),
        }
    }
}

/// Whether the registers keep their low halves, as `vzeroupper` has it.
fn are_upper_parts(block: &Block, facts: &Facts, group: &[Clobbered]) -> bool {
    let keeps_lower = |clobbered: &Clobbered| {
        let part = clobbered.part;
        matches!(part.register, Register::Vector(_))
            && (part.low_bit >= 128
                || facts.register_kept(RegisterPart { low_bit: 0, bits: 128, ..part }) == Kept::Yes)
    };
    block.target.architecture.is_x86() && group.iter().all(keeps_lower)
}

/// Whether declaring the register by its name in the message declares no more than what is changed.
fn is_declared_by_name(judged: &Judged<'_>, block: &Block, clobbered: &Clobbered) -> bool {
    let part = clobbered.part;
    match has_named_parts(judged, clobbered) {
        true => block.target.architecture.parse_register(&name(judged, clobbered)) == Some(part),
        false => part == visible(block, part.register.whole()),
    }
}

/// A call that changes registers and whose ABI nothing names.
fn assumed_call<'a>(finding: &Finding, facts: &'a Facts) -> Option<&'a Call> {
    facts.calls.iter().find(|call| {
        call.is_assumed && finding.groups.iter().any(|(site, _)| *site == Some(call.site))
    })
}

/// Whether the low 32 bits of a register are kept and the others are not: it was saved or restored
/// by its 32-bit name.
fn loses_upper_half(block: &Block, facts: &Facts, clobbered: &Clobbered) -> bool {
    let part = clobbered.part;
    matches!(part.register, Register::General(_))
        && block.target.architecture.word_bits() == 64
        && (part.low_bit, part.bits) == (0, 64)
        && facts.register_kept(RegisterPart { bits: 32, ..part }) == Kept::Yes
}

/// The register as a message names it.
fn name(judged: &Judged<'_>, clobbered: &Clobbered) -> String {
    if has_named_parts(judged, clobbered) {
        return wording::register_name(judged, clobbered.part);
    }
    // AAPCS64 6.1.2: a function preserves the low halves of `v8` to `v15`, which `d8` to `d15` name.
    if let (Register::Vector(_), Some((block, facts))) = (clobbered.part.register, judged.code())
        && matches!(facts.architecture, Architecture::AArch64 | Architecture::Arm64Ec)
        && matches!(block.kind, BlockKind::Naked(_))
    {
        let half = RegisterPart { low_bit: 0, bits: 64, ..clobbered.part };
        return wording::register_name(judged, half);
    }
    // What is changed may be the upper part only; it is declared by the name of the whole.
    wording::declared_name(judged, clobbered.part.register.whole())
}

/// Whether each half of a register has a name of its own that declares it, as Arm's `d7` is the upper
/// half of `q3`.
fn has_named_parts(judged: &Judged<'_>, clobbered: &Clobbered) -> bool {
    matches!(clobbered.part.register, Register::Vector(_))
        && judged.code().is_some_and(|(_, facts)| facts.architecture == Architecture::Arm)
}

/// How many clobbers are declared one by one.
const LONG_LIST: usize = 8;

/// What to do about it.
fn advise(
    mut message: Message,
    finding: &Finding,
    judged: &Judged<'_>,
    block: &Block,
    facts: &Facts,
) -> Message {
    let mut operands = Vec::new();
    let mut last = None;
    let mut is_complete = true;
    let mut abis = called_abis(finding, facts, block);
    // A long list is better said in one word, where that is allowed.
    let as_by_call = finding.registers().count() > LONG_LIST
        && !has_output_in_class(block)
        && finding.registers().all(|clobbered| is_changed_by_calls(block, clobbered));
    if as_by_call && abis.is_empty() {
        abis.push("C".to_owned());
    }
    if !abis.is_empty() {
        let list = abis.iter().map(|abi| format!("\"{abi}\"")).collect::<Vec<_>>().join(", ");
        let clobber_abi = format!("clobber_abi({list})");
        if has_output_in_class(block) {
            let first = "give every output an explicit register";
            message = message.help(format!("{first} and add `{clobber_abi}`"));
            is_complete = false;
        } else {
            last = Some(clobber_abi);
        }
    }
    for clobbered in finding.registers() {
        let register = clobbered.part.register;
        let mut calls = facts.calls.iter().filter(|call| has_named_abi(block, call));
        let is_covered =
            as_by_call || calls.any(|call| Some(call.site) == clobbered.change.site);
        if let Some(how) = how_to_authenticate(judged, facts, clobbered) {
            message = message
                .help(format!("{how}, before the block ends"))
                .help("the compiler signs and authenticates return addresses itself with `-Z branch-protection=pac-ret`");
            is_complete = false;
            continue;
        }
        if !can_be_operand(block, register) {
            message = message
                .note(format!("`{}` can't be declared as an operand", name(judged, clobbered)))
                .help(how_to_save(judged, block, clobbered));
            is_complete = false;
        } else if !is_declared_by_name(judged, block, clobbered) {
            let whole = name(judged, clobbered);
            let declared = declared_part(block, register)
                .map_or_else(String::new, |part| wording::register_name(judged, part));
            let why = match has_named_parts(judged, clobbered) {
                true => format!("`{declared}` is only a part of it"),
                false => "an 8-bit name reserves only 8 bits".to_owned(),
            };
            message = message.help(format!("declare `{whole}` instead of `{declared}`: {why}"));
            is_complete = false;
        } else if !is_covered {
            operands.push(format!("out(\"{}\") _", name(judged, clobbered)));
        }
    }
    // `clobber_abi` comes after all operands.
    operands.extend(last);
    if operands.is_empty() {
        return message;
    }
    let applicability = match is_complete {
        true => Applicability::MachineApplicable,
        false => Applicability::MaybeIncorrect,
    };
    message.suggest(
        match operands.len() {
            1 => "declare the clobber",
            _ => "declare the clobbers",
        },
        [Edit::AddOperand(operands.join(", "))],
        applicability,
    )
}

/// The ABIs of the calls that change registers, as `clobber_abi` names them.
fn called_abis(finding: &Finding, facts: &Facts, block: &Block) -> Vec<String> {
    let mut abis = Vec::new();
    for call in facts.calls.iter().filter(|call| has_named_abi(block, call)) {
        let is_reported = finding.groups.iter().any(|(site, _)| *site == Some(call.site));
        let name = match call.abi.as_str() {
            abi if abi == block.target.c_abi => "C",
            abi @ ("sysv64" | "win64" | "cdecl" | "stdcall" | "fastcall") => abi,
            _ => "C",
        };
        if is_reported && abis.iter().all(|known| known != name) {
            abis.push(name.to_owned());
        }
    }
    abis
}

/// Whether `clobber_abi` has a word for how the function is called.
fn has_named_abi(block: &Block, call: &Call) -> bool {
    block.target.abis.get(&call.abi).is_none_or(|abi| !abi.is_nameless)
}

/// Whether `clobber_abi("C")` declares the register.
fn is_changed_by_calls(block: &Block, clobbered: &Clobbered) -> bool {
    let abi = block.target.abis.get(&block.target.c_abi);
    abi.is_some_and(|abi| {
        abi.clobbers.iter().any(|part| part.register == clobbered.part.register)
    })
}

/// Whether an output has no register of its own, which `clobber_abi` does not allow.
fn has_output_in_class(block: &Block) -> bool {
    block.operands.iter().any(|operand| {
        matches!(operand, Operand::Register(operand)
            if operand.output != Output::None && matches!(operand.place, RegisterPlace::Class(_)))
    })
}

/// The part of a register that an operand names.
fn declared_part(block: &Block, register: Register) -> Option<RegisterPart> {
    block.operands.iter().find_map(|operand| match operand {
        Operand::Register(operand) => match operand.place {
            RegisterPlace::Explicit(part) if part.register == register => Some(part),
            _ => None,
        },
        _ => None,
    })
}

/// What to do about a signature, if that is all that is wrong.
fn signed(finding: &Finding, judged: &Judged<'_>, facts: &Facts) -> Option<String> {
    let mut registers = finding.registers();
    let only = registers.next().filter(|_| registers.next().is_none())?;
    how_to_authenticate(judged, facts, only)
}

/// For a return address that is signed and stays so. To declare it would only hide the mistake.
fn how_to_authenticate(
    judged: &Judged<'_>,
    facts: &Facts,
    clobbered: &Clobbered,
) -> Option<String> {
    let site = clobbered.change.site?;
    let is_link = Some(clobbered.part.register) == facts.architecture.link_register();
    let by = facts.instruction(site).instruction.undone_by().filter(|_| is_link)?;
    let name = name(judged, clobbered);
    // The stack pointer is part of the signature.
    let while_same = if by.ends_with("sp") { " while `sp` is the same" } else { "" };
    Some(format!("authenticate `{name}` with `{by}`{while_same}"))
}

/// For a register that can't be declared.
fn how_to_save(judged: &Judged<'_>, block: &Block, clobbered: &Clobbered) -> String {
    let name = name(judged, clobbered);
    let is_half = judged
        .code()
        .is_some_and(|(block, facts)| loses_upper_half(block, facts, clobbered));
    // Written out, the width can't be mistaken.
    let saved = if is_half { "{saved:r}" } else { "{saved}" };
    let (save, restore) = block.target.architecture.save_in(block.syntax, &name, saved);
    let width = if is_half { format!("save all of `{name}`") } else { "save it".to_owned() };
    format!("{width} in `saved = out(reg) _`: `{save}` before, `{restore}` after")
}
