//! # undefined_register_read
//!
//! A value is used that nobody gave. Group `hazard`, warn by default.
//!
//! ## What it does
//!
//! Follows what reaches memory, an address, a branch, an output or the system back to where it comes
//! from, and reports what comes from a register that is no input, or from a status flag as it was
//! before the block: an `out` that is read before it is written, `adc` without anything that sets the
//! carry flag, `xgetbv`, `rdmsr` or `cpuid` without `ecx`.
//!
//! In `naked_asm!` it reports registers that carry no argument.
//!
//! ## Why it is bad
//!
//! The register holds what the compiler happens to have left there, the flag what the last comparison
//! before the block was about. Another version of the compiler, or another line of code before the
//! block, gives another result.
//!
//! ## When it stays silent
//!
//! - The value is only kept and put back: `push rbx`, `mov {saved}, rbx`, `pushf`, `seto`.
//! - The result does not depend on it: `xor r, r`, `sub r, r`, `pxor`, `pcmpeqd x, x`, `or r, -1`,
//!   `and r, 0`, `sbb r, r` as to the register.
//! - `rsp`, `rbp`, `rip`, segment, control and debug registers.
//! - An output that is never written at all: that is `output_unwritten`.
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

use asm_analysis::block::BlockKind;
use asm_analysis::registers::Register;
use asm_analysis::questions::undefined::{UndefinedRead, undefined_reads};
use asm_analysis::values::{Cell, Site};

use crate::diagnostics::{Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::wording;

declare_lint!(hazard UNDEFINED_REGISTER_READ UndefinedRegisterRead "a value is used that nobody gave");

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
        for read in undefined_reads(block, facts) {
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
        .label(format!("reads {}", names(judged, group)));
        for (site, group) in others {
            message = message
                .also(judged.place(*site), format!("reads {}", names(judged, group)));
        }
        for read in &all {
            if let Some(operand) = read.operand {
                message = message.also(Place::Operand(operand), "holds no value before the block");
            }
        }
        let first = &group[0];
        let seen = judged.place(first.seen);
        message = match wording::use_of(first.kind) {
            Some(used) if first.seen.is_some() && seen != place => message.also(seen, used),
            _ => message,
        };
        let message = message.note(match first.cell {
            Cell::Flag(_) => "a flag is whatever the code before the block has left there",
            _ if is_naked => "the register holds whatever the caller has left there",
            _ => "the register holds whatever the compiler has left there",
        });
        match help(judged, first, is_naked) {
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
        _ if is_naked => format!("{names}, which no argument comes in"),
        _ if group.len() == 1 => format!("{names}, which is no operand"),
        _ => format!("{names}, which are no operands"),
    }
}

fn names(judged: &Judged<'_>, group: &[UndefinedRead]) -> String {
    let names: Vec<String> = group
        .iter()
        .map(|read| match read.cell {
            Cell::Flag(flag) => flag.name().to_owned(),
            Cell::Register(register) => wording::declared_name(judged, register.whole()),
            cell => wording::cell_name(judged, cell),
        })
        .collect();
    wording::list(&names)
}

fn help(judged: &Judged<'_>, read: &UndefinedRead, is_naked: bool) -> Option<String> {
    match (read.cell, read.operand) {
        (Cell::Flag(_), _) => {
            Some("set the flag in the block, or take what it stands for as an input".to_owned())
        }
        (Cell::Register(_), Some(_)) => {
            Some("clear the register first, or make it `inout(…) 0 => …`".to_owned())
        }
        (Cell::Register(register @ (Register::General(_) | Register::Vector(_))), None)
            if !is_naked =>
        {
            let (block, _) = judged.code()?;
            let name = wording::declared_name(judged, register.whole());
            crate::operands::can_be_operand(block, register)
                .then(|| format!("give it a value: `in(\"{name}\") …`"))
        }
        _ => None,
    }
}
