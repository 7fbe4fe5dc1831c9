//! # lateout_written_early
//!
//! A late output is written while an input is still to be read. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Looks for `lateout` and `inlateout` operands (late clobbers and `clobber_abi` too) that the block
//! writes before it has read every input which the compiler may put in the same register.
//!
//! ## Why it is bad
//!
//! `lateout` tells the compiler that all inputs have been read when the register is written, so it may
//! give both the same register, and does as soon as the input isn't needed behind the block. Then the
//! write destroys the input.
//!
//! ## When it stays silent
//!
//! - The two can't share a register: their classes have none in common, or each has one of its own.
//! - The write is the instruction that reads the input for the last time.
//! - `in("rcx") n, lateout("rcx") _` and `inlateout` share a register with themselves; that is their
//!   purpose.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn sum(a: u64, b: u64) -> u64 {
//!     let sum;
//!     unsafe {
//!         asm!(
//!             "mov {sum}, {a}",
//!             "add {sum}, {b}",
//!             a = in(reg) a,
//!             b = in(reg) b,
//!             sum = lateout(reg) sum,
//!             options(pure, nomem, nostack),
//!         )
//!     };
//!     sum
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn sum(a: u64, b: u64) -> u64 {
//!     let sum;
//!     unsafe {
//!         asm!(
//!             "mov {sum}, {a}",
//!             "add {sum}, {b}",
//!             a = in(reg) a,
//!             b = in(reg) b,
//!             sum = out(reg) sum,
//!             options(pure, nomem, nostack),
//!         )
//!     };
//!     sum
//! }
//! ```
//!
//! ## Fix safety
//!
//! `out` in the place of `lateout` only takes a freedom from the compiler; no program breaks by it.
//!
//! ## Reference
//!
//! `asm.operand-type.supported-operands.lateout`, `asm.operand-type.supported-operands.inlateout`

use asm_analysis::facts::{OrderHazard, OrderKind};
use rustc_errors::Applicability;

use crate::diagnostics::{Direction, Edit, Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::operands::{Declared, declared, input_in_same_register};
use crate::wording;

declare_lint!(contract LATEOUT_WRITTEN_EARLY LateoutWrittenEarly "a late output is written while an input is still to be read");

/// The late outputs that are written too early.
pub(crate) struct Finding {
    /// For each late output, the first input that is read too late.
    hazards: Vec<OrderHazard>,
}

impl Rule for LateoutWrittenEarly {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((_, facts)) = judged.inline() else { return };
        if facts.shared_registers {
            // They share one here already, so that nothing can be told of the order.
            return;
        }
        let mut hazards: Vec<OrderHazard> = Vec::new();
        for hazard in &facts.order {
            let is_new = hazards.iter().all(|known| known.written != hazard.written);
            if hazard.kind == OrderKind::LateOutputWritten && is_new {
                hazards.push(*hazard);
            }
        }
        hazards.sort_by_key(|hazard| (hazard.write_site, hazard.written));
        if !hazards.is_empty() {
            findings.push(Finding { hazards });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let [first, others @ ..] = finding.hazards.as_slice() else {
            return Message::new("", Place::Block);
        };
        let instruction = wording::instruction(judged, first.write_site);
        let output = wording::operand(judged, first.written);
        let write = judged.place(first.write_site);
        let read = judged.place(Some(first.read_site));
        let mut message = Message::new(
            format!("{instruction} writes the late output {output} while an input is still to be read"),
            write,
        )
        .label("written here")
        .also(Place::Operand(first.written), "a late output: it may get the register of an input")
        .also(Place::Operand(first.read), "this input may be in the same register");
        message = match read == write {
            true => message.note("the instruction is executed again, and reads the input then"),
            false => message.also(read, "the input is read here"),
        };
        // What `clobber_abi` names stands in one place.
        let by_author = |hazard: &&OrderHazard| {
            let operand = judged.register_operand(hazard.written);
            operand.is_some_and(|(operand, _)| !operand.from_clobber_abi)
        };
        for other in others.iter().filter(by_author) {
            message = message
                .also(judged.place(other.write_site), "another late output is written here")
                .also(Place::Operand(other.written), "a late output, too");
        }
        message = message.note_about_input(
            first.read,
            "where both get one register, the write destroys ",
            "",
        );
        let edits: Option<Vec<Edit>> =
            finding.hazards.iter().map(|hazard| early(judged, hazard.written)).collect();
        match edits {
            Some(edits) => message.suggest(
                "say that the register may be written before the inputs are read",
                edits,
                Applicability::MachineApplicable,
            ),
            None => message.help("give the input a register by name, or write the output last"),
        }
    }
}

/// The change that makes a late output an early one; `None` where there is none.
fn early(judged: &Judged<'_>, operand: usize) -> Option<Edit> {
    let (block, facts) = judged.inline()?;
    let operand: Declared<'_> = declared(block, facts).find(|known| known.index == operand)?;
    let input = input_in_same_register(block, facts, &operand);
    if operand.operand.from_clobber_abi {
        if let Some(input) = input {
            // Nothing else may name the register. `clobber_abi` leaves out what is an output.
            let change = input.is_only_input();
            let (operand, to) = (input.index, Direction::Inout);
            return change.then_some(Edit::ChangeDirection { operand, to, discard: true });
        }
        let name = wording::declared_name(judged, operand.part);
        return Some(Edit::AddOperand(format!("out(\"{name}\") _")));
    }
    if input.is_some() {
        return None;
    }
    let to = if operand.operand.input.is_some() { Direction::Inout } else { Direction::Out };
    Some(Edit::ChangeDirection { operand: operand.index, to, discard: false })
}
