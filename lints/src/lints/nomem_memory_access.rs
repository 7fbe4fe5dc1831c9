//! # nomem_memory_access
//!
//! A block that promises `nomem` accesses memory. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Looks for instructions that read or write memory outside the block's own stack, under
//! `options(nomem)`: loads and stores, string instructions, `call` and `jmp` through memory,
//! loads of descriptor tables and of floating-point state, operands relative to `rip`, `fs` or
//! `gs`, masked and conditional accesses.
//!
//! ## Why is this bad?
//!
//! The compiler assumes that the block neither reads nor writes memory. It may keep a value that
//! the block needs to see in a register instead of storing it first, keep using a value it loaded
//! before the block although the block overwrites it, or remove stores that only the block would
//! read.
//!
//! ## Known limits
//!
//! `lea`, `nop` with a memory operand and prefetches access nothing. The block's own stack (below
//! the stack pointer on entry, or a stack that the block switched to) is not the compiler's
//! memory, so `pushfq` and `pop` are allowed under `nomem`.
//!
//! ## On other architectures
//!
//! - AArch64: loads and stores of every kind, `ldraa`, exclusives, atomics, `dc zva` and its
//!   relatives, which write, the tag stores, `cpy` and `set`. `prfm`, `adr`, and `adrp` with `add`
//!   access nothing.
//! - Arm: also `ldm`, `stm`, `ldrex`, `strex`, `swp`, `vldm`, `vlstm`, and the tables of `tbb` and
//!   `tbh`. `pld` and `adr` access nothing, and a table in the block's own code is part of the
//!   assembly where a mask or a comparison bounds the index.
//! - RISC-V: loads, stores, `lr`, `sc`, `amo*`, `cbo.zero`, the hypervisor's `hlv` and `hsv`,
//!   vector memory, and Zcmp's `cm.push` and `cm.pop` where they leave the block's own stack.
//!   `prefetch.*` accesses nothing.
//!
//! A literal pool (`ldr {x}, =0x12345678`) belongs to the assembly itself, and loading from it is
//! allowed, as is loading an address from the global offset table.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn load(pointer: *const u64) -> u64 {
//!     let value;
//!     unsafe {
//!         asm!(
//!             "mov {value}, [{pointer}]",
//!             pointer = in(reg) pointer,
//!             value = out(reg) value,
//!             options(nomem, nostack, preserves_flags),
//!         )
//!     };
//!     value
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn load(pointer: *const u64) -> u64 {
//!     let value;
//!     unsafe {
//!         asm!(
//!             "mov {value}, [{pointer}]",
//!             pointer = in(reg) pointer,
//!             value = out(reg) value,
//!             options(readonly, nostack, preserves_flags),
//!         )
//!     };
//!     value
//! }
//! ```
//!
//! ## Fix safety
//!
//! Removing an option never breaks a program. Whether the block may then still stay where it is,
//! only its author knows.
//!
//! ## Reference
//!
//! `asm.options.supported-options.nomem`

use asm_analysis::facts::{AccessKind, Facts, PlaceOfAccess};
use asm_analysis::values::Site;
use rustc_errors::Applicability;

use crate::diagnostics::{Edit, Message, OptionName, Place};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::promises::{further, removal, withdraw};

declare_lint!(contract NOMEM_MEMORY_ACCESS NomemMemoryAccess "a block that promises `nomem` accesses memory");

/// The accesses that break the promise.
pub(crate) struct Finding {
    /// Instructions, without repeats, with how each accesses memory.
    accesses: Vec<(Site, AccessKind)>,
    /// Whether any of them writes.
    writes: bool,
    /// The first of them that orders other accesses besides.
    synchronizes: Option<Site>,
}

impl Rule for NomemMemoryAccess {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        if !block.options.nomem {
            return;
        }
        let mut accesses: Vec<(Site, AccessKind)> = Vec::new();
        for access in &facts.accesses {
            let outside = is_outside(access.place);
            match accesses.iter_mut().find(|(site, _)| *site == access.site) {
                _ if !outside => {}
                Some((_, kind)) if *kind != access.kind => *kind = AccessKind::ReadWrite,
                Some(_) => {}
                None => accesses.push((access.site, access.kind)),
            }
        }
        if !accesses.is_empty() {
            let writes = accesses.iter().any(|(_, kind)| kind.writes());
            let synchronizes = accesses.iter().map(|(site, _)| *site).find(|site| {
                judged.meaning(facts, *site).synchronizes
            });
            findings.push(Finding { accesses, writes, synchronizes });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let (first, kind) = finding.accesses[0];
        let shown = judged.shown(first);
        let verb = match kind {
            AccessKind::Read => "reads",
            AccessKind::Write => "writes",
            AccessKind::ReadWrite => "reads and writes",
        };
        let message = Message::new(format!("`{shown}` {verb} memory, but the block promises `nomem`"), judged.place(Some(first)))
            .label("breaks the promise")
            .also(Place::Option(OptionName::Nomem), "promised here");
        let rest: Vec<Site> = finding.accesses[1..].iter().map(|(site, _)| *site).collect();
        let message = further(judged, message, &rest, "so does this");
        let message = match finding.synchronizes {
            Some(site) if site == first => message
                .note("the instruction also orders other memory accesses, which `nomem` does not allow either"),
            Some(site) => message.also(judged.place(Some(site)), "and this orders memory accesses"),
            None => message,
        };
        let message = message.note(if finding.writes {
            "the compiler may keep using values it loaded before the block, although the block overwrites them"
        } else {
            "the compiler may move or drop stores that the block needs to see"
        });
        if finding.writes {
            let edits = judged.inline().map_or_else(Vec::new, |(block, _)| withdraw(block, OptionName::Nomem));
            message.suggest(removal(&edits), edits, Applicability::MaybeIncorrect)
        } else {
            let edits = [Edit::ReplaceOption(OptionName::Nomem, OptionName::Readonly)];
            message.suggest("replace `nomem` with `readonly`", edits, Applicability::MaybeIncorrect)
        }
    }
}

/// Whether an instruction accesses memory that is not the block's own, so that it is reported here
/// under `nomem`, whatever else it does to memory.
pub(super) fn accesses(facts: &Facts, site: Site) -> bool {
    facts.accesses.iter().any(|access| access.site == site && is_outside(access.place))
}

fn is_outside(place: PlaceOfAccess) -> bool {
    matches!(place, PlaceOfAccess::Outside | PlaceOfAccess::Frame)
}
