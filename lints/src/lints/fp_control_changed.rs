//! # fp_control_changed
//!
//! The block changes the floating-point control state. Group `hazard`, warn by default.
//!
//! ## What it does
//!
//! Compares the control bits of MXCSR (rounding mode, flushing of denormals, exception masks) and
//! the x87 control word at the exits of a block with their values on entry.
//!
//! ## Why is this bad?
//!
//! Rust code runs in the default floating-point environment, and the compiler relies on it:
//! whatever it evaluates at compile time, moves or merges is rounded to nearest, no matter what
//! the block has set. The same source then gives different results at different optimization
//! levels, and a library that needs denormals or masked exceptions no longer gets them.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the control bits are restored from where the block saved them;
//! - the block loads what Rust code expects: `0x1f80` into MXCSR, `0x37f` into the x87 control
//!   word;
//! - the only change is `fninit`, which sets what most systems start with.
//!
//! The exception flags of MXCSR are covered by `preserves_flags_fp_status`.
//!
//! ## On other architectures
//!
//! - AArch64: FPCR, written by `msr fpcr, x`.
//! - Arm: the control bits of FPSCR (rounding mode, FZ, DN, the trap enables), written by `vmsr`.
//!   The flags and the cumulative exception bits of the same register belong to
//!   `preserves_flags_modified` and `preserves_flags_fp_status`.
//! - RISC-V: `frm`, written by `fsrm`, `fsrmi`, `fscsr` and by `csr` instructions on `frm` or
//!   `fcsr`.
//!
//! A register that is saved and restored is unchanged there too, also by the swapping form `fsrm
//! {t}, {t}`. A constant (`msr fpcr, xzr`, `fsrmi 0`) is not proved to be the value on entry.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn root(mut value: f32, setting: &u32) -> f32 {
//!     unsafe {
//!         asm!(
//!             "ldmxcsr dword ptr [{setting}]",
//!             "sqrtss {value}, {value}",
//!             setting = in(reg) setting,
//!             value = inout(xmm_reg) value,
//!             options(pure, readonly, nostack),
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
//! pub unsafe fn root(mut value: f32, setting: &u32) -> f32 {
//!     unsafe {
//!         asm!(
//!             "sub rsp, 16",
//!             "stmxcsr dword ptr [rsp]",
//!             "ldmxcsr dword ptr [{setting}]",
//!             "sqrtss {value}, {value}",
//!             "ldmxcsr dword ptr [rsp]",
//!             "add rsp, 16",
//!             setting = in(reg) setting,
//!             value = inout(xmm_reg) value,
//!             options(pure, readonly),
//!         )
//!     };
//!     value
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion. Code that sets up a processor before anything else runs is meant to
//! change this state: allow the lint there, with a reason.
//!
//! ## Reference
//!
//! The documentation of `core::arch::x86_64::_mm_setcsr`; the Rust Reference, `undefined.misc`.

use asm_analysis::effects::Part;
use asm_analysis::questions::exits::Kept;
use asm_analysis::facts::{Exit, Facts};
use asm_analysis::values::{Cell, Site};

use crate::diagnostics::Message;
use crate::judged::Judged;
use crate::lints::Rule;
use crate::wording;

declare_lint!(hazard FP_CONTROL_CHANGED FpControlChanged "the block changes the floating-point control state");

/// The control registers that are changed, each with the instruction that did it.
pub(crate) struct Finding {
    first: (Cell, Option<Site>),
    other: Option<(Cell, Option<Site>)>,
}

impl Rule for FpControlChanged {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        if judged.returns_against_promise() || block.target.only_general_registers {
            return;
        }
        let mut changed = facts.architecture.float_control().iter().filter_map(|&part| {
            let Part { cell, low, bits } = part;
            // A reset of the whole unit (`fninit`) changes it without loading anything.
            let load = load(judged, facts, cell)?;
            match facts.kept_at(|exit| !is_default(facts, exit, part), cell, low, bits) {
                Kept::No(_) => Some((cell, Some(load))),
                Kept::Yes | Kept::Unknown => None,
            }
        });
        if let Some(first) = changed.next() {
            let other = changed.next();
            findings.push(Finding { first, other });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let (cell, site) = finding.first;
        let Some((_, facts)) = judged.analysed() else {
            return Message::new(FP_CONTROL_CHANGED.desc, judged.place(site));
        };
        let what = facts.architecture.control_name(cell);
        let (save, load) = facts.architecture.save_and_restore(cell);
        let headline = format!("the block may leave {what} changed");
        let message = Message::new(headline, judged.place(site)).label("loaded here, never restored");
        let message = match finding.other {
            Some((other, site)) => {
                let label = format!("and {} here", wording::cell_name(judged, other));
                message.also(judged.place(site), label)
            }
            None => message,
        };
        let message = message
            .note("the compiler assumes the default floating-point environment wherever Rust code runs");
        if site.is_some_and(|site| loads_whole_state(judged, site)) {
            return message.help("if the block loads the state of another context on purpose, expect the lint, with a reason");
        }
        message.help(format!("save it with `{save}` at the start and restore it with `{load}` at the end"))
    }
}

/// Whether an instruction loads the state of the floating-point units as a whole, as a switch of
/// contexts does.
fn loads_whole_state(judged: &Judged<'_>, site: Site) -> bool {
    judged.read().is_some_and(|read| {
        let instruction = &read.facts().instruction(site).instruction;
        let loads = |cell| instruction.loads(cell, read.meanings);
        // What loads only settings loads no status besides.
        loads(Cell::X87Control) && (loads(Cell::Mxcsr) || loads(Cell::X87Status))
    })
}

/// Whether the bits are at an exit what they are wherever Rust code runs.
fn is_default(facts: &Facts, exit: &Exit, Part { cell, low, bits }: Part) -> bool {
    let Some(default) = facts.architecture.default_control(cell) else { return false };
    let loaded = facts.at_exit(exit, cell).and_then(|word| word.slice(low, bits).as_constant());
    loaded == Some(default >> low & ((1 << bits) - 1))
}

/// The last instruction that loads a control register.
pub(super) fn load(judged: &Judged<'_>, facts: &Facts, cell: Cell) -> Option<Site> {
    let loads =
        |site: &Site| facts.instruction(*site).instruction.loads(cell, judged.meanings());
    facts.sites().filter(loads).last()
}
