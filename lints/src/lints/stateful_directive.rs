//! # stateful_directive
//!
//! The block changes assembler state and does not restore it. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Checks what differs for the assembler after the block: whether the following text would go to
//! another section, be read in the other syntax, or be encoded for another code width, and
//! whether a second copy of the block would conflict with what the first one defined (`.macro`
//! without `.purgem`, `.set` of an address).
//!
//! ## Why is this bad?
//!
//! All the assembly of a compilation unit may go through one assembler, together with the
//! compiler's own output. Whatever the block leaves changed affects everything after it: code
//! ends up among data, or has another meaning. The compiler also makes as many copies of a block
//! as it likes, by inlining, for each instance of a generic function, or by unrolling a loop. A
//! second definition is then an error, or changes the meaning of the first copy.
//!
//! ## Known limits
//!
//! The lint stays silent about:
//!
//! - state that is restored: `.pushsection` with `.popsection`, a change of syntax and back;
//! - `.rept`, and `.set` of a symbol to the same constant each time;
//! - labels that are defined twice: the compiler's own `named_asm_labels` reports them.
//!
//! ## On other architectures
//!
//! Also reported are `.arch`, `.cpu`, `.fpu`, `.syntax`, `.thumb` and `.arm` that are not switched
//! back, and `.option norvc`, `.option arch` and the like outside of `.option push` and `.option
//! pop`. `.arch_extension` is not, because there is no way to restore it. In naked functions and
//! `global_asm!` such a change reaches all later assembly of the compilation unit.
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

declare_lint!(contract STATEFUL_DIRECTIVE StatefulDirective "the block changes assembler state and does not restore it");

/// What is left changed.
pub(crate) struct Finding {
    first: Leak,
    others: Vec<Leak>,
}

impl Rule for StatefulDirective {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((_, code)) = judged.assembled() else { return };
        if let [first, others @ ..] = &code.leaks[..] {
            findings.push(Finding { first: first.clone(), others: others.to_vec() });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let block = judged.assembled().map(|(block, _)| block);
        let syntax = block.map_or(Syntax::Intel, |block| block.syntax);
        let is_global = block.is_some_and(|block| block.kind == BlockKind::Global);
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

/// What a message says about a leak.
struct Words {
    headline: String,
    label: String,
    reason: &'static str,
    remedy: String,
}

fn words(state: &LeakedState, syntax: Syntax, is_global: bool) -> Words {
    let copies = if is_global {
        "all assembly of the crate may share one assembler, where no other block can define it again"
    } else {
        "the compiler copies the block where it inlines a function, and one assembler may read all copies"
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
                reason: "later code of the compiler would be read in the wrong syntax",
                remedy: format!("end the block with `{back}`"),
            }
        }
        LeakedState::Section => Words {
            headline: "the block leaves the assembler in another section".to_owned(),
            label: "not switched back".to_owned(),
            reason: match is_global {
                // LLVM names a section before each function.
                true => "what a later `global_asm!` of the crate emits before it names a section lands there",
                false => "later code of the compiler would land in that section",
            },
            remedy: "enclose what belongs there in `.pushsection` and `.popsection`".to_owned(),
        },
        LeakedState::CodeWidth => Words {
            headline: "the block leaves the assembler in another code width".to_owned(),
            label: "not switched back".to_owned(),
            reason: "later code of the compiler would be encoded for another mode",
            remedy: "end the block with the `.code` directive of the target".to_owned(),
        },
        LeakedState::Selection(directive) => Words {
            headline: format!("the block does not undo `{directive}`"),
            label: "still in force after the block".to_owned(),
            reason: "what the compiler emits after the block may then be assembled for another processor",
            remedy: match directive.starts_with(".option") {
                true => "write `.option push` before it and `.option pop` after what needs it".to_owned(),
                false => "enable what the block needs with `#[target_feature]` or `.arch_extension`".to_owned(),
            },
        },
        LeakedState::Macro(name) => Words {
            headline: format!("the block leaves the macro `{name}` defined"),
            label: format!("`{name}` is never purged"),
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
