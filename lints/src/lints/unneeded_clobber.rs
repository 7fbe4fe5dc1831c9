//! # unneeded_clobber
//!
//! A clobbered register is never touched. Group `promise`, allow by default.
//!
//! ## What it does
//!
//! Looks for `out("…") _` and `lateout("…") _` of a register that no instruction of the block
//! writes, explicitly or implicitly.
//!
//! ## Why is this bad?
//!
//! The block is correct, but the compiler has to move whatever it keeps in the register.
//!
//! ## Known limits
//!
//! The lint stays silent about:
//!
//! - a template without instructions, whose purpose is its clobbers;
//! - a block that calls a function, enters the kernel, jumps away, or does something that cannot
//!   be determined: the register may be written there;
//! - `clobber_abi`, which is meant for calls;
//! - `st` and `mm` registers if any instruction uses any of them, because they belong together.
//!
//! ## On other architectures
//!
//! The lint works alike on AArch64, Arm and RISC-V.
//!
//! ## Example
//!
//! ```rust
//! #![cfg_attr(asm_lint, warn(asm_lint::unneeded_clobber))]
//! use std::arch::asm;
//!
//! pub fn multiply(left: u64, right: u64) -> u64 {
//!     let product;
//!     unsafe {
//!         asm!(
//!             "mul {right}",
//!             right = in(reg) right,
//!             inout("rax") left => product,
//!             out("rdx") _,
//!             out("rcx") _,
//!             options(pure, nomem, nostack),
//!         )
//!     };
//!     product
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! #![cfg_attr(asm_lint, warn(asm_lint::unneeded_clobber))]
//! use std::arch::asm;
//!
//! pub fn multiply(left: u64, right: u64) -> u64 {
//!     let product;
//!     unsafe {
//!         asm!(
//!             "mul {right}",
//!             right = in(reg) right,
//!             inout("rax") left => product,
//!             out("rdx") _,
//!             options(pure, nomem, nostack),
//!         )
//!     };
//!     product
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion: a clobber may be there for instructions that are still to come.
//!
//! ## Reference
//!
//! The Rust Reference, inline assembly: `asm.operand-type.supported-operands.out`.

use asm_analysis::block::{Block, Operand, Output, Place as OperandPlace, RegisterOperand};
use asm_analysis::facts::Facts;
use asm_analysis::registers::Register;
use asm_analysis::values::{Cell, Site};

use crate::diagnostics::{Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::wording;

declare_lint!(promise UNNEEDED_CLOBBER UnneededClobber "a clobbered register is never touched");

/// The clobbers, with their registers.
pub(crate) struct Finding {
    first: (usize, Register),
    others: Vec<(usize, Register)>,
}

impl Rule for UnneededClobber {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        if facts.instructions.is_empty() || may_be_written_elsewhere(judged, facts) {
            return;
        }
        let unneeded: Vec<_> = clobbers(block)
            .filter(|(_, register)| !is_touched(judged, facts, *register))
            .collect();
        if let [first, others @ ..] = &unneeded[..] {
            findings.push(Finding { first: *first, others: others.to_vec() });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let (operand, register) = finding.first;
        let name = |register: Register| match register {
            Register::General(_) => wording::register_name(judged, register.whole()),
            register => wording::declared_name(judged, register.whole()),
        };
        let headline = format!("`{}` is clobbered, but no instruction touches it", name(register));
        let message = Message::new(headline, Place::Operand(operand)).label("not needed");
        finding
            .others
            .iter()
            .fold(message, |message, (operand, register)| {
                message.also(Place::Operand(*operand), format!("nor is `{}`", name(*register)))
            })
            .note("the compiler keeps nothing in a clobbered register across the block")
    }
}

/// The clobbers that the author wrote.
fn clobbers(block: &Block) -> impl Iterator<Item = (usize, Register)> {
    block.operands.iter().enumerate().filter_map(|(number, operand)| match operand {
        Operand::Register(RegisterOperand {
            place: OperandPlace::Explicit(part),
            input: None,
            output: Output::Discarded,
            from_clobber_abi: false,
            ..
        }) => Some((number, part.register)),
        _ => None,
    })
}

/// Whether there is something in the block that may write registers unseen.
fn may_be_written_elsewhere(judged: &Judged<'_>, facts: &Facts) -> bool {
    let enters = |site: Site| {
        let meaning = judged.meaning(facts, site);
        meaning.kernel.is_some() || meaning.opaque || meaning.side_effect.is_some()
    };
    !facts.is_complete()
        || !facts.calls.is_empty()
        || !facts.departures.is_empty()
        || facts.sites().any(enters)
}

fn is_touched(judged: &Judged<'_>, facts: &Facts, register: Register) -> bool {
    if matches!(register, Register::X87(_) | Register::Mmx(_)) {
        return facts.sites().any(|site| judged.register_stack(facts, site).is_some());
    }
    let cell = Cell::Register(register);
    facts.reads.iter().chain(&facts.writes).any(|(_, touched)| *touched == cell)
}
