//! # misaligned_call
//!
//! A call is made with the stack not as its ABI demands. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Follows `rsp` to each `call` that leaves the block, and compares it with what the callee's ABI
//! requires of its caller: in most ABIs `rsp` is a multiple of 16, and `win64` and `efiapi` also
//! require 32 bytes of shadow space between `rsp` and whatever the caller keeps on the stack.
//! Without `nostack`, `rsp` is aligned on entry to the block. In a naked function on x86_64 it is
//! 8 bytes off, because the return address has just been pushed.
//!
//! ## Why is this bad?
//!
//! The callee was compiled for an aligned stack. If it stores a vector there with `movaps`, it
//! faults, and which callees do so changes from one compiler version to the next. A `win64`
//! callee writes its arguments into the shadow space; without one it overwrites the caller's
//! local variables.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the block forces the alignment, as with `and rsp, -16`;
//! - the block promises `nostack`: then the call itself is the mistake, and `nostack_stack_use`
//!   reports it;
//! - `rsp` was loaded with a value of unknown alignment;
//! - the `call` goes to a label of the block, which has no ABI;
//! - the callee is neither an operand nor described in the configuration, and `clobber_abi` names no
//!   ABI: such code may have a convention of its own, as context switches do;
//! - a naked function returns with `iret`: no call entered it.
//!
//! ## On other architectures
//!
//! A call does not push anything on these architectures, so a naked function is entered with an
//! aligned stack pointer.
//!
//! | | the stack pointer must be a multiple of |
//! |---|---|
//! | AArch64 | 16, also at every access through `sp`, where the processor checks it |
//! | Arm, Thumb | 8 |
//! | RISC-V | 16; 4 with the `ilp32e` ABI |
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! extern "C" fn double(value: u64) -> u64 {
//!     2 * value
//! }
//!
//! pub fn call(value: u64) -> u64 {
//!     let result;
//!     unsafe {
//!         asm!(
//!             "push rdi",
//!             "call {double}",
//!             "pop rdi",
//!             double = sym double,
//!             in("rdi") value,
//!             lateout("rax") result,
//!             clobber_abi("C"),
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
//! extern "C" fn double(value: u64) -> u64 {
//!     2 * value
//! }
//!
//! pub fn call(value: u64) -> u64 {
//!     let result;
//!     unsafe {
//!         asm!(
//!             "push rdi",
//!             "sub rsp, 8",
//!             "call {double}",
//!             "add rsp, 8",
//!             "pop rdi",
//!             double = sym double,
//!             in("rdi") value,
//!             lateout("rax") result,
//!             clobber_abi("C"),
//!         )
//!     };
//!     result
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion: only the author knows where the missing bytes belong.
//!
//! ## Reference
//!
//! The Rust Reference, inline assembly: `asm.rules.stack-below-sp`.

use asm_analysis::block::{Block, BlockKind};
use asm_analysis::facts::{Call, CallTarget, Facts};
use asm_analysis::flow::convention::is_entered_by_call;
use asm_analysis::values::{Kind, Site};

use crate::diagnostics::Message;
use crate::judged::Judged;
use crate::lints::Rule;
use crate::wording;

declare_lint!(contract MISALIGNED_CALL MisalignedCall "a call is made with the stack not as its ABI demands");

/// The calls that are made with a wrong stack.
pub(crate) struct Finding {
    /// The first of them.
    first: Trouble,
    /// Whom it calls.
    callee: String,
    /// All of them, without repeats.
    sites: Vec<Site>,
    /// Whether the stack pointer at entry is off by the return address.
    is_naked: bool,
}

/// What is wrong at a call.
#[derive(Clone, Copy)]
enum Trouble {
    /// The stack pointer is so many bytes above a multiple of the alignment.
    Misaligned { by: u32, alignment: u32 },
    /// There are too few bytes between the stack pointer and the frame of the caller.
    NoShadowSpace { room: i64, needed: u32 },
}

impl Rule for MisalignedCall {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.code() else { return };
        if block.options.nostack {
            return;
        }
        let entry_is_known = is_entered_by_call(block, facts);
        let mut broken = facts
            .calls
            .iter()
            // What the block itself has aligned is known without the entry.
            .filter(|call| entry_is_known || !hangs_on_entry(facts, call))
            .filter_map(|call| Some((call, trouble(block, call)?)));
        let Some((call, first)) = broken.next() else { return };
        let callee = wording::callee(block, &call.target);
        let mut sites = vec![call.site];
        for (call, _) in broken {
            if !sites.contains(&call.site) {
                sites.push(call.site);
            }
        }
        let is_naked = block.kind != BlockKind::Inline;
        findings.push(Finding { first, callee, sites, is_naked });
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let callee = &finding.callee;
        let place = judged.place(finding.sites.first().copied());
        let stack_pointer = wording::stack_pointer(judged);
        let message = match finding.first {
            Trouble::Misaligned { by, alignment } => {
                let headline = format!("{callee} is called with a misaligned stack");
                let message = Message::new(headline, place)
                    .label(format!("{stack_pointer} is {by} modulo {alignment} here"))
                    .note("the callee may use instructions on its stack that fault if it is misaligned");
                let pushes = judged.analysed().is_some_and(|(_, facts)| facts.architecture.link_register().is_none());
                message.note(match finding.is_naked {
                    true if pushes => {
                        "on entry to a naked function the return address has just been pushed".to_owned()
                    }
                    true => format!("the caller has aligned {stack_pointer}"),
                    false => format!("{stack_pointer} is aligned on entry, because the block does not promise `nostack`"),
                })
            }
            Trouble::NoShadowSpace { room, needed } => {
                let headline = format!("{callee} is called without its shadow space");
                let label = match room {
                    ..=0 => "no shadow space is reserved".to_owned(),
                    room => format!("only {room} bytes are reserved"),
                };
                Message::new(headline, place)
                    .label(label)
                    .note(format!("the callee may overwrite the {needed} bytes above its return address"))
                    .help(format!("reserve it with `sub {}, {needed}` before the call and release it afterwards", stack_pointer.trim_matches('`')))
            }
        };
        wording::also_at(message, judged, finding.sites.get(1..).unwrap_or_default(), "and here")
    }
}

/// What a call breaks of what the ABI demands, as far as that is known.
fn trouble(block: &Block, call: &Call) -> Option<Trouble> {
    // A callee without a type may follow no ABI, unless `clobber_abi` names the one: context switches
    // work like that.
    match &call.target {
        _ if call.has_own_convention => return None,
        CallTarget::Operand(_) => {}
        CallTarget::Named(name) if block.target.callees.contains_key(name) => {}
        CallTarget::Named(_) if !call.is_assumed => {}
        CallTarget::Named(_) | CallTarget::Unknown => return None,
    }
    let target = &block.target;
    let abi = target.abis.get(&call.abi).or_else(|| target.abis.get(&target.c_abi))?;
    let alignment = abi.stack_alignment;
    let by = call.misalignment.and_then(|bytes| u32::from(bytes).checked_rem(alignment));
    if let Some(by @ 1..) = by {
        return Some(Trouble::Misaligned { by, alignment });
    }
    let needed = abi.shadow_space;
    let room = call.room?;
    (room < i64::from(needed)).then_some(Trouble::NoShadowSpace { room, needed })
}

/// Whether the stack pointer at a call is the one on entry, moved by so many bytes.
fn hangs_on_entry(facts: &Facts, call: &Call) -> bool {
    let (base, _) = facts.values.split_offset(&call.stack_pointer);
    base.as_slice().is_some_and(|(value, _)| {
        facts.values.get(value).kind == Kind::Entry(facts.stack_pointer())
    })
}
