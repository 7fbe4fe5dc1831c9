//! # lateout_written_early
//!
//! A late output is written before all inputs have been read. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Looks for `lateout` and `inlateout` operands (also late clobbers and `clobber_abi`) that the
//! block writes before it has read every input that may share the register.
//!
//! ## Why is this bad?
//!
//! `lateout` tells the compiler that all inputs have been read by the time the register is
//! written. The compiler may therefore assign the output and an input to the same register, and
//! does so as soon as the input is not needed after the block. The write then destroys the input.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the two operands can't share a register: their classes have no register in common, or one of
//!   them has an explicit register of its own;
//! - the instruction that writes the output is the one that reads the input for the last time;
//! - an operand shares the register with itself on purpose: `inlateout`, or
//!   `in("rcx") n, lateout("rcx") _`.
//!
//! ## On other architectures
//!
//! The lint works alike everywhere. `ldp`, `ldrd` and `ldm` write all their registers at once, so
//! their base may be among them; two loads from one base, one after the other, may not write to a
//! `lateout` first. The status register of `stxr`, `strex` or `sc` in a loop is written before the
//! inputs are read for the last time.
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
//! `out` instead of `lateout` only removes a freedom from the compiler, so it cannot break a
//! program.
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

declare_lint!(contract LATEOUT_WRITTEN_EARLY LateoutWrittenEarly "a late output is written before all inputs have been read");

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
            // They share one here already, so the order cannot be determined.
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
            format!("{instruction} writes the late output {output} before all inputs have been read"),
            write,
        )
        .label("written here")
        .also(Place::Operand(first.written), "may share an input's register")
        .also(Place::Operand(first.read), "may be in the same register");
        message = match read == write {
            true => message.note("the instruction is executed again and then reads the input"),
            false => message.also(read, "reads the input later"),
        };
        // What `clobber_abi` names is in one place.
        let by_author = |hazard: &&OrderHazard| {
            let operand = judged.register_operand(hazard.written);
            operand.is_some_and(|(operand, _)| !operand.from_clobber_abi)
        };
        for other in others.iter().filter(by_author) {
            message = message
                .also(judged.place(other.write_site), "another late output is written here")
                .also(Place::Operand(other.written), "may also share an input's register");
        }
        message = message.note_about_input(
            first.read,
            "if the compiler assigns both to one register, the write destroys ",
            "",
        );
        let edits: Option<Vec<Edit>> =
            finding.hazards.iter().map(|hazard| early(judged, hazard.written)).collect();
        match edits {
            Some(edits) => message.suggest(
                "declare that the register may be written before all inputs have been read",
                edits,
                Applicability::MachineApplicable,
            ),
            None => message.help("give the input an explicit register, or write the output last"),
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
