//! # operand_register_collision
//!
//! An operand may be given a register that the block uses for something else. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Which register an operand of a class gets is the compiler's choice. For each register that the block
//! uses without declaring it, this lint asks what the block would do if such an operand had it, and
//! reports it if that is something else: between `push rbx` and `pop rbx`, `{0}` may be `rbx` itself.
//!
//! It also reports an input that is changed and put back while another one, which may share its
//! register because both have the same value, is still to be read.
//!
//! ## Why it is bad
//!
//! The block works as long as the compiler happens to choose another register: until the function
//! around it grows, is inlined, or meets another version of the compiler.
//!
//! ## When it stays silent
//!
//! - The register is declared, as an operand or as an early clobber.
//! - The operand's class does not contain it. (`reg` contains `rbx` on x86_64 and `esi` on x86, which
//!   can't be named as operands; and `rbp` where no frame pointer is kept.)
//! - The block does the same in both cases: `mov {t}, rbx; cpuid; xchg {t}, rbx`.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn vendor(name: *mut [u32; 3]) {
//!     unsafe {
//!         asm!(
//!             "push rbx",
//!             "cpuid",
//!             "mov [{name}], ebx",
//!             "mov [{name} + 4], edx",
//!             "mov [{name} + 8], ecx",
//!             "pop rbx",
//!             name = in(reg) name,
//!             inout("eax") 0 => _,
//!             out("ecx") _,
//!             out("edx") _,
//!             options(preserves_flags),
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
//! pub unsafe fn vendor(name: *mut [u32; 3]) {
//!     unsafe {
//!         asm!(
//!             "push rbx",
//!             "cpuid",
//!             "mov [rdi], ebx",
//!             "mov [rdi + 4], edx",
//!             "mov [rdi + 8], ecx",
//!             "pop rbx",
//!             in("rdi") name,
//!             inout("eax") 0 => _,
//!             out("ecx") _,
//!             out("edx") _,
//!             options(preserves_flags),
//!         )
//!     };
//! }
//! ```
//!
//! ## Fix safety
//!
//! A clobber only takes a register from the compiler's choice; no program breaks by it. Registers that
//! can't be declared have no suggestion: then the operand must get a register by name.
//!
//! ## Reference
//!
//! `asm.rules.reg-not-input`, `asm.operand-type.supported-operands.in`

use asm_analysis::questions::collision::{Collision, collisions};
use asm_analysis::facts::{OrderHazard, OrderKind};
use asm_analysis::registers::Register;
use asm_analysis::values::{Cell, Site};
use rustc_errors::Applicability;

use super::in_operand_modified;
use crate::clobbers::clobbered;
use crate::diagnostics::{Edit, Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::operands::can_be_operand;
use crate::wording;

declare_lint!(contract OPERAND_REGISTER_COLLISION OperandRegisterCollision "an operand may be given a register that the block uses for something else");

/// What collides.
pub(crate) struct Finding {
    /// Registers that an operand may be given.
    collisions: Vec<Collision>,
    /// Inputs that are changed while another is to be read.
    changed: Vec<OrderHazard>,
}

impl Rule for OperandRegisterCollision {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let (Some(read), Some((block, facts))) = (judged.read(), judged.inline()) else { return };
        let mut changed: Vec<OrderHazard> = facts
            .order
            .iter()
            .filter(|hazard| hazard.kind == OrderKind::InputChanged && !facts.shared_registers)
            .copied()
            .collect();
        // What is changed for good, as a late clobber of the same register allows, is told by
        // `lateout_written_early`.
        let is_late = |operand: usize| {
            facts.order.iter().any(|late| {
                late.kind == OrderKind::LateOutputWritten
                    && facts.registers.get(late.written) == facts.registers.get(operand)
            })
        };
        changed.retain(|hazard| !is_late(hazard.written));
        if facts.exits.is_empty() {
            // What is changed is not put back, and need not be.
            changed.clear();
        }
        if !changed.is_empty() {
            let modified = in_operand_modified::modified(judged, block, facts);
            changed.retain(|hazard| {
                modified.iter().all(|modified| modified.operand != hazard.written)
            });
        }
        let collisions = collisions(block, read.reading, read.meanings);
        if !collisions.is_empty() || !changed.is_empty() {
            findings.push(Finding { collisions, changed });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        match (finding.collisions.as_slice(), finding.changed.as_slice()) {
            ([first, ..], _) => render_collisions(first, &finding.collisions, judged),
            ([], [first, ..]) => render_changed(first, judged),
            ([], []) => Message::new("", Place::Block),
        }
    }
}

fn render_collisions(first: &Collision, all: &[Collision], judged: &Judged<'_>) -> Message {
    let name = |register: Register| wording::declared_name(judged, register.whole());
    let register = name(first.register);
    let what = match first.write {
        Some(write) => format!("{} changes `{register}`", wording::instruction(judged, Some(write))),
        None => format!("this block uses `{register}`"),
    };
    let place = judged.place(first.write.or_else(|| first_read(judged, first.register)));
    let mut message = Message::new(
        format!("{what}, which the compiler may have given to an operand"),
        place,
    )
    .label(format!("uses `{register}`, which is not declared"));
    for collision in all {
        let register = name(collision.register);
        message = message
            .also(Place::Operand(collision.operand), format!("may be given `{register}`"));
    }
    if let Some(read) = first.read
        && judged.place(Some(read)) != place
    {
        message = message.also(judged.place(Some(read)), "then this is something else");
    }
    let message = message.note(
        "the compiler chooses among all registers that are not declared, and may do so differently each time",
    );
    let mut registers: Vec<Register> = all.iter().map(|collision| collision.register).collect();
    registers.sort();
    registers.dedup();
    let Some((block, _)) = judged.inline() else { return message };
    if registers.iter().any(|register| !can_be_operand(block, *register)) {
        return message.help(format!(
            "`{register}` can't be declared: give the operand a register by name, or make it an output whose register the block exchanges with `{register}`"
        ));
    }
    let told: Vec<Register> =
        clobbered(judged).iter().map(|clobbered| clobbered.part.register).collect();
    if registers.iter().any(|register| told.contains(register)) {
        // `undeclared_clobber` suggests the same.
        return message.help("a declared clobber is given to no operand");
    }
    let operands: Vec<String> =
        registers.iter().map(|register| format!("out(\"{}\") _", name(*register))).collect();
    message.suggest(
        "declare the register, so that no operand is given it",
        [Edit::AddOperand(operands.join(", "))],
        Applicability::MachineApplicable,
    )
}

/// The first instruction that reads a register.
fn first_read(judged: &Judged<'_>, register: Register) -> Option<Site> {
    let (_, facts) = judged.inline()?;
    let is_it = |(_, cell): &&(Site, Cell)| *cell == Cell::Register(register);
    facts.reads.iter().find(is_it).map(|(site, _)| *site)
}

fn render_changed(hazard: &OrderHazard, judged: &Judged<'_>) -> Message {
    let instruction = wording::instruction(judged, Some(hazard.read_site));
    Message::new(
        format!("{instruction} reads an input while another one, which may be in the same register, is changed"),
        judged.place(Some(hazard.read_site)),
    )
    .label("read here")
    .also(Place::Operand(hazard.written), "changed at this moment, and put back later")
    .also(Place::Operand(hazard.read), "may be in the same register")
    .note("the compiler may put two inputs of the same value in one register")
    .help("make the input that is changed an `inout(…) … => _`: then it shares with none")
}
