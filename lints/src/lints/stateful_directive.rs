//! # stateful_directive
//!
//! The block leaves the assembler in another state than it found it. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Asks the assembler what is different behind the block: whether the next text would land in another
//! section, be read in the other syntax, or be encoded for another width, and whether the same block once
//! more would clash with what the first one defined (`.macro` without `.purgem`, `.set` of a place).
//!
//! ## Why it is bad
//!
//! All the assembly of a compilation unit may go through one assembler, the compiler's own output
//! included. What the block leaves changed, everything behind it gets: code lands among data, or means
//! something else. And the compiler makes as many copies of a block as it likes: by inlining, for each
//! instance of a generic function, or by unrolling a loop. A second definition is then an error, or
//! changes what the first copy meant.
//!
//! ## When it stays silent
//!
//! - What is put back: `.pushsection` with `.popsection`, a change of syntax and back.
//! - `.rept`, and `.set` of a symbol to the same constant each time.
//! - Labels that are defined twice: the compiler's own `named_asm_labels` speaks.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn five() -> u32 {
//!     let result: u32;
//!     unsafe {
//!         asm!(
//!             ".macro five_into register",
//!             "mov \\register, 5",
//!             ".endm",
//!             "five_into {result:e}",
//!             result = out(reg) result,
//!             options(pure, nomem, nostack, preserves_flags),
//!         )
//!     };
//!     result
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn five() -> u32 {
//!     let result: u32;
//!     unsafe {
//!         asm!(
//!             ".macro five_into register",
//!             "mov \\register, 5",
//!             ".endm",
//!             "five_into {result:e}",
//!             ".purgem five_into",
//!             result = out(reg) result,
//!             options(pure, nomem, nostack, preserves_flags),
//!         )
//!     };
//!     result
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion.
//!
//! ## Reference
//!
//! The Rust Reference, inline assembly: `asm.directives.stateful`.

use asm_analysis::assemble::{Leak, LeakedState};
use asm_analysis::block::{BlockKind, Syntax};

use crate::diagnostics::{Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;

declare_lint!(contract STATEFUL_DIRECTIVE StatefulDirective "the block leaves the assembler in another state than it found it");

/// What is left changed.
pub(crate) struct Finding {
    first: Leak,
    others: Vec<Leak>,
}

impl Rule for StatefulDirective {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some(read) = judged.read() else { return };
        if let [first, others @ ..] = &read.reading.code.leaks[..] {
            findings.push(Finding { first: first.clone(), others: others.to_vec() });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let read = judged.read();
        let syntax = read.map_or(Syntax::Intel, |read| read.block.syntax);
        let is_global = read.is_some_and(|read| read.block.kind == BlockKind::Global);
        let place = |leak: &Leak| leak.line.map_or(Place::Block, Place::Line);
        let words = words(&finding.first.state, syntax, is_global);
        let message = Message::new(words.headline, place(&finding.first)).label(words.label);
        finding
            .others
            .iter()
            .fold(message, |message, leak| message.also(place(leak), self::words(&leak.state, syntax, is_global).label))
            .note(words.reason)
            .help(words.remedy)
    }
}

/// What is said of a leak.
struct Words {
    headline: String,
    label: String,
    reason: &'static str,
    remedy: String,
}

fn words(state: &LeakedState, syntax: Syntax, is_global: bool) -> Words {
    let copies = if is_global {
        "all assembly of the crate may go through one assembler, where another block can't define it again"
    } else {
        "the compiler makes a copy of the block wherever it inlines or instantiates the function, and one assembler may read them all"
    };
    match state {
        LeakedState::Syntax => {
            let (other, back) = match syntax {
                Syntax::Intel => ("AT&T", ".intel_syntax noprefix"),
                Syntax::Att => ("Intel", ".att_syntax"),
            };
            Words {
                headline: format!("the block leaves the assembler in {other} syntax"),
                label: "not switched back".to_owned(),
                reason: "what the compiler emits behind the block is then read in the wrong syntax",
                remedy: format!("end the block with `{back}`"),
            }
        }
        LeakedState::Section => Words {
            headline: "the block leaves the assembler in another section".to_owned(),
            label: "not switched back".to_owned(),
            reason: "what the compiler emits behind the block lands in that section",
            remedy: "write `.pushsection` before and `.popsection` behind what belongs there".to_owned(),
        },
        LeakedState::CodeWidth => Words {
            headline: "the block leaves the assembler in another code width".to_owned(),
            label: "not switched back".to_owned(),
            reason: "the instructions that the compiler emits behind the block are then encoded for another mode",
            remedy: "end the block with the `.code` directive of the target".to_owned(),
        },
        LeakedState::Macro(name) => Words {
            headline: format!("the block leaves the macro `{name}` defined"),
            label: format!("`{name}` is still defined behind the block"),
            reason: copies,
            remedy: format!("end the block with `.purgem {name}`"),
        },
        LeakedState::Symbol(name) => Words {
            headline: format!("a second copy of the block would define `{name}` differently"),
            label: format!("`{name}` is defined here"),
            reason: copies,
            remedy: "use a numeric label, or write the value where it is used".to_owned(),
        },
    }
}
