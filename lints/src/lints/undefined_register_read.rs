//! # undefined_register_read
//!
//! An undefined register or flag is used. Group `hazard`, warn by default.
//!
//! ## What it does
//!
//! Follows what reaches memory, an address, a branch, an output or the system back to its source,
//! and reports sources that are a register which is not an input, or a status flag as it was
//! before the block: an `out` that is read before it is written, `adc` without anything that sets
//! the carry flag, `xgetbv`, `rdmsr` or `cpuid` without `ecx`.
//!
//! In `naked_asm!` it reports registers that carry no argument.
//!
//! ## Why is this bad?
//!
//! The register holds whatever the compiler happened to leave in it, and the flag belongs to
//! whatever was last compared before the block. Another version of the compiler, or another line
//! of code before the block, gives another result.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the value is only saved and restored: `push rbx`, `mov {saved}, rbx`, `pushf`, `seto`;
//! - the result does not depend on it: `xor r, r`, `sub r, r`, `pxor`, `pcmpeqd x, x`,
//!   `or r, -1`, `and r, 0`, and `sbb r, r` as far as the register is concerned;
//! - the register is `rsp`, `rbp`, `rip`, or a segment, control or debug register;
//! - an output is never written at all: that is `output_unwritten`.
//!
//! ## On other architectures
//!
//! - AArch64 and Arm: flags are read by conditional instructions, `csel` and its relatives, `ccmp`,
//!   `adc`, `sbc` and `rsc`; Arm's `sel` reads GE. An `it` on flags that the block has not set
//!   counts.
//! - RISC-V has no flags.
//!
//! Independent of their operand are `eor r, r, r`, `sub r, r, r`, `and r, r, xzr`, `xor r, r, r`,
//! `andi r, r, 0` and the like. Reads of the link, platform and stack registers are silent where
//! they only save them.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn add_carry(mut value: u64) -> u64 {
//!     unsafe { asm!("adc {0}, 0", inout(reg) value, options(nomem, nostack)) };
//!     value
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn add_with_carry(mut value: u64, carry: u8) -> u64 {
//!     unsafe {
//!         asm!(
//!             "add {carry}, 255",
//!             "adc {value}, 0",
//!             value = inout(reg) value,
//!             carry = inout(reg_byte) carry => _,
//!             options(pure, nomem, nostack),
//!         )
//!     };
//!     value
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion: only the author knows which value was meant.
//!
//! ## Reference
//!
//! `asm.rules.reg-not-input`, `asm.operand-type.supported-operands.out`

use asm_analysis::block::{Architecture, BlockKind};
use asm_analysis::registers::Register;
use asm_analysis::facts::UndefinedRead;
use asm_analysis::values::{Cell, Site};

use crate::diagnostics::{Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::operands::can_be_operand;
use crate::wording;

declare_lint!(hazard UNDEFINED_REGISTER_READ UndefinedRegisterRead "an undefined register or flag is used");

/// What is read.
pub(crate) struct Finding {
    /// By the instruction that reads, in the order of the code.
    reads: Vec<(Option<Site>, Vec<UndefinedRead>)>,
}

impl Rule for UndefinedRegisterRead {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.code() else { return };
        let mut reads: Vec<(Option<Site>, Vec<UndefinedRead>)> = Vec::new();
        for read in facts.undefined_reads(block).to_vec() {
            if read.given_bits.is_some() {
                continue;
            }
            match reads.iter_mut().find(|(site, _)| *site == read.read) {
                Some((_, group)) => group.push(read),
                None => reads.push((read.read, vec![read])),
            }
        }
        if !reads.is_empty() {
            reads.sort_by_key(|(site, _)| *site);
            findings.push(Finding { reads });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let Some(((site, group), others)) = finding.reads.split_first() else {
            return Message::new("", Place::Block);
        };
        let is_naked =
            judged.code().is_some_and(|(block, _)| matches!(block.kind, BlockKind::Naked(_)));
        let instruction = wording::instruction(judged, *site);
        let place = judged.place(*site);
        let all: Vec<&UndefinedRead> = finding.reads.iter().flat_map(|(_, group)| group).collect();
        let mut message = Message::new(
            format!("{instruction} reads {}", what(judged, group, is_naked)),
            place,
        )
        .label("read here");
        for (site, group) in others {
            message = message
                .also(judged.place(*site), format!("reads {}", names(judged, group)));
        }
        for read in &all {
            if let Some(operand) = read.operand {
                message = message.also(Place::Operand(operand), "undefined on entry");
            }
        }
        let first = &group[0];
        let seen = judged.place(first.seen);
        message = match wording::use_of(first.kind) {
            Some(used) if first.seen.is_some() && seen != place => message.also(seen, used),
            _ => message,
        };
        let who = if is_naked { "the caller" } else { "the compiler" };
        let message = message.note(match first.cell {
            Cell::Flag(_) => {
                "the flags are unspecified on entry: the compiler may have left any values in them".to_owned()
            }
            _ if all.len() > 1 => {
                format!("the registers are unspecified on entry: {who} may have left any values in them")
            }
            _ => format!("the register is unspecified on entry: {who} may have left any value in it"),
        });
        match help(judged, group, is_naked) {
            Some(help) => message.help(help),
            None => message,
        }
    }
}

/// What is read, with what is wrong about it.
fn what(judged: &Judged<'_>, group: &[UndefinedRead], is_naked: bool) -> String {
    let names = names(judged, group);
    let [first, ..] = group else { return names };
    match (first.cell, first.operand) {
        (Cell::Flag(_), _) => format!("{names}, which the block has not set"),
        (_, Some(operand)) if group.len() == 1 => {
            format!("the output {} before it is written", wording::operand(judged, operand))
        }
        _ if group.iter().any(|read| read.operand.is_some()) => {
            format!("{names} before they are written")
        }
        _ if is_naked && group.len() == 1 => format!("{names}, which carries no argument"),
        _ if is_naked => format!("{names}, which carry no arguments"),
        _ if group.len() == 1 => format!("{names}, which is not an operand"),
        _ => format!("{names}, which are not operands"),
    }
}

fn names(judged: &Judged<'_>, group: &[UndefinedRead]) -> String {
    let names: Vec<String> = group
        .iter()
        .map(|read| match read.cell {
            Cell::Register(register) => register_name(judged, read, register),
            cell => wording::cell_name(judged, cell),
        })
        .collect();
    wording::list(&names)
}

/// The register's name; where its parts have names of their own (Arm's `s3`), that of the part.
fn register_name(judged: &Judged<'_>, read: &UndefinedRead, register: Register) -> String {
    let architecture = judged.code().map(|(block, _)| block.target.architecture);
    match (architecture, register, read.part) {
        (Some(Architecture::Arm), Register::Vector(_), Some(part)) => {
            wording::register_name(judged, part)
        }
        _ => wording::declared_name(judged, register.whole()),
    }
}

fn help(judged: &Judged<'_>, group: &[UndefinedRead], is_naked: bool) -> Option<String> {
    let read = group.first()?;
    match (read.cell, read.operand) {
        (Cell::Flag(_), _) => {
            Some("set the flag in the block, or pass the condition as an input".to_owned())
        }
        (Cell::Register(_), Some(_)) => {
            Some("clear the register first, or make it `inout(…) 0 => …`".to_owned())
        }
        (Cell::Register(_), None) if !is_naked => {
            let inputs = group.iter().map(|read| input_for(judged, read));
            let inputs: Vec<String> = inputs.collect::<Option<_>>()?;
            let (what, them) = match inputs.len() {
                1 => ("a value", "it"),
                _ => ("values", "them"),
            };
            Some(format!("pass {what} in {them}: `{}`", inputs.join(", ")))
        }
        _ => None,
    }
}

/// The operand that gives the register a value, where there can be one.
fn input_for(judged: &Judged<'_>, read: &UndefinedRead) -> Option<String> {
    let Cell::Register(register @ (Register::General(_) | Register::Vector(_))) = read.cell else {
        return None;
    };
    let (block, _) = judged.code()?;
    let name = register_name(judged, read, register);
    let is_free = read.operand.is_none() && can_be_operand(block, register);
    is_free.then(|| format!("in(\"{name}\") …"))
}
