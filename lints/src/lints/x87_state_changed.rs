//! # x87_state_changed
//!
//! The block leaves the x87 stack other than declared. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Follows the x87 register stack through the block. A block that clobbers it (`out("st(0)") _`
//! to `out("st(7)") _`, or the `mm` registers, which are the same) receives it empty and must
//! leave it empty. Any other block must leave its depth and content unchanged. MMX instructions
//! use the registers of the x87 stack and mark all of them as full, until `emms`.
//!
//! ## Why is this bad?
//!
//! One value too many shifts what the compiler keeps on the stack, and sooner or later the stack
//! overflows: from then on x87 instructions yield NaN, far away from the block. On 32-bit x86,
//! `f32` and `f64` are returned on this stack.
//!
//! ## Known limits
//!
//! The lint stays silent about:
//!
//! - values that are pushed and popped again;
//! - `fninit` and `emms`, if all eight registers are clobbered;
//! - called functions: what they leave on the stack is determined by their ABI.
//!
//! ## On other architectures
//!
//! Only x86 has the x87 stack, so the lint never fires elsewhere.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn pi(target: *mut f64) {
//!     unsafe {
//!         asm!(
//!             "fldpi",
//!             "fst qword ptr [{}]",
//!             in(reg) target,
//!             out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
//!             out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
//!             options(nostack),
//!         )
//!     };
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn pi(target: *mut f64) {
//!     unsafe {
//!         asm!(
//!             "fldpi",
//!             "fstp qword ptr [{}]",
//!             in(reg) target,
//!             out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
//!             out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
//!             options(nostack),
//!         )
//!     };
//! }
//! ```
//!
//! ## Fix safety
//!
//! Clobbers promise less, so adding them breaks nothing. Whether they are all that is missing,
//! only the author knows.
//!
//! ## Reference
//!
//! The Rust Reference, inline assembly: `asm.rules.x86-x87`.

use asm_analysis::questions::exits::Kept;
use asm_analysis::facts::{Exit, Facts};
use asm_analysis::machine::state::X87Slot;
use asm_analysis::registers::Register;
use asm_analysis::values::{Cell, Site};
use rustc_errors::Applicability;

use crate::diagnostics::{Edit, Message};
use crate::judged::Judged;
use crate::lints::Rule;

declare_lint!(contract X87_STATE_CHANGED X87StateChanged "the block leaves the x87 stack other than declared");

/// What is wrong with the stack, and what made it so.
pub(crate) struct Finding {
    trouble: Trouble,
    site: Option<Site>,
    /// Whether the block clobbers the stack.
    clobbered: bool,
    /// Whether it would be correct if it did.
    clobbers_fix: bool,
}

/// What is wrong with the stack.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// An instruction needs a value where there is none.
    Underflow,
    /// MMX instructions were used: without clobbers, or without `emms`.
    Mmx,
    /// So many values are left on it.
    Left(usize),
    /// So many values of the compiler's are gone.
    Lost(usize),
    /// The top is another register.
    Rotated,
    /// A value of the compiler's was overwritten.
    Overwritten,
}

impl Rule for X87StateChanged {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        if judged.returns_against_promise() {
            return;
        }
        let clobbered = block.clobbers_x87();
        let found = (0..).zip(&facts.exits).find_map(|(number, exit)| {
            let (trouble, site) = if clobbered {
                of_empty_stack(exit)?
            } else {
                of_foreign_stack(facts, number, exit)?
            };
            Some((trouble, site, exit))
        });
        if let Some((trouble, site, exit)) = found {
            let site = site.or_else(|| guilty(judged, facts, trouble));
            let clobbers_fix = !clobbered && full(exit) == 0 && !exit.x87.mmx && is_reset(judged, facts);
            findings.push(Finding { trouble, site, clobbered, clobbers_fix });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let values = |count: usize| match count {
            1 => "a value".to_owned(),
            count => format!("{count} values"),
        };
        let (headline, label) = match finding.trouble {
            Trouble::Underflow => (
                "an instruction takes a value from the empty x87 stack".to_owned(),
                "the stack is empty here",
            ),
            Trouble::Mmx if finding.clobbered => (
                "the block leaves the x87 unit in MMX mode".to_owned(),
                "marks all eight registers as full",
            ),
            Trouble::Mmx => (
                "the block overwrites the x87 stack with MMX instructions".to_owned(),
                "marks all eight registers as full",
            ),
            Trouble::Left(count) => {
                (format!("the block leaves {} on the x87 stack", values(count)), "pushed here")
            }
            Trouble::Lost(8) => {
                ("the block empties the x87 stack, which it does not clobber".to_owned(), "emptied here")
            }
            Trouble::Lost(count) => {
                let lost = values(count);
                (format!("the block takes {lost} off the x87 stack, which it does not clobber"), "popped here")
            }
            Trouble::Rotated => {
                ("the block rotates the x87 stack, which it does not clobber".to_owned(), "rotated here")
            }
            Trouble::Overwritten => {
                ("the block overwrites a value on the x87 stack, which it does not clobber".to_owned(), "overwritten here")
            }
        };
        let message = Message::new(headline, judged.place(finding.site)).label(label);
        let message = message.note(match finding.clobbered {
            true => "the compiler assumes that a block that clobbers the x87 stack leaves it empty",
            false => "the compiler assumes that a block without these clobbers leaves the x87 stack unchanged",
        });
        let message = match finding.trouble {
            Trouble::Left(_) => {
                message.help("pop it with `fstp`: `fstp st(0)` discards it")
            }
            Trouble::Mmx if finding.clobbered => message.help("end the block with `emms`"),
            Trouble::Mmx => message.help("declare `st(0)` to `st(7)` as clobbers, and end the block with `emms`"),
            Trouble::Lost(_) | Trouble::Overwritten | Trouble::Rotated if !finding.clobbers_fix => {
                message.help("declare `st(0)` to `st(7)` as clobbers, and leave the stack empty")
            }
            _ => message,
        };
        if finding.clobbers_fix {
            let clobbers: Vec<String> = (0..8).map(|number| format!("out(\"st({number})\") _")).collect();
            let edits = [Edit::AddOperand(clobbers.join(", "))];
            message.suggest("declare `st(0)` to `st(7)` as clobbers", edits, Applicability::MaybeIncorrect)
        } else {
            message
        }
    }
}

/// How many registers the block has filled.
fn full(exit: &Exit) -> usize {
    let is_full = |slot: &&X87Slot| matches!(slot, X87Slot::Filled | X87Slot::Refilled);
    exit.x87.slots.iter().filter(is_full).count()
}

/// What is wrong with a stack that was empty on entry.
fn of_empty_stack(exit: &Exit) -> Option<(Trouble, Option<Site>)> {
    if exit.x87.mmx {
        Some((Trouble::Mmx, None))
    } else if exit.x87.underflow.is_some() {
        Some((Trouble::Underflow, exit.x87.underflow))
    } else {
        let full = full(exit);
        (full > 0).then_some((Trouble::Left(full), None))
    }
}

/// What is wrong with a stack that must not change.
fn of_foreign_stack(facts: &Facts, number: usize, exit: &Exit) -> Option<(Trouble, Option<Site>)> {
    let x87 = &exit.x87;
    let count = |wanted| x87.slots.iter().filter(|slot| **slot == wanted).count();
    if x87.mmx || x87.mmx_written {
        return Some((Trouble::Mmx, None));
    }
    if x87.underflow.is_some() {
        return Some((Trouble::Underflow, x87.underflow));
    }
    match (count(X87Slot::Filled), count(X87Slot::Drained)) {
        (0, 0) => {}
        (0, lost) => return Some((Trouble::Lost(lost), None)),
        (left, _) => return Some((Trouble::Left(left), None)),
    }
    if x87.top != 0 {
        return Some((Trouble::Rotated, None));
    }
    (0u8..).zip(&x87.slots).find_map(|(register, slot)| {
        if *slot == X87Slot::Empty {
            return None;
        }
        let cell = Cell::Register(Register::X87(register));
        let mut exits = 0..;
        match facts.kept_at(|_| exits.next() == Some(number), cell, 0, cell.bits()) {
            Kept::No(change) => Some((Trouble::Overwritten, change.site)),
            Kept::Yes | Kept::Unknown => None,
        }
    })
}

/// Whether the block does nothing worse than to empty the stack.
fn is_reset(judged: &Judged<'_>, facts: &Facts) -> bool {
    let mut sites = facts.sites();
    sites.any(|site| empties(judged, facts, site))
}

fn empties(judged: &Judged<'_>, facts: &Facts, site: Site) -> bool {
    judged.register_stack(facts, site).is_some_and(|stack| stack.empties)
}

/// The instruction that the trouble is most likely to come from.
fn guilty(judged: &Judged<'_>, facts: &Facts, trouble: Trouble) -> Option<Site> {
    let increment = |site: Site| {
        judged.register_stack(facts, site).map_or(0, |stack| stack.increment)
    };
    let mut sites = facts.sites();
    match trouble {
        Trouble::Mmx => sites.find(|site| {
            judged.register_stack(facts, *site).is_some_and(|stack| stack.enters_mmx)
        }),
        Trouble::Left(_) => sites.filter(|site| increment(*site) < 0).last(),
        Trouble::Lost(_) => {
            sites.find(|site| increment(*site) > 0 || empties(judged, facts, *site))
        }
        Trouble::Rotated => sites.filter(|site| increment(*site) != 0).last(),
        Trouble::Underflow | Trouble::Overwritten => None,
    }
}
