//! # operand_register_collision
//!
//! An operand may be assigned a register that the block uses for something else. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! The compiler chooses the register of an operand that only names a class. For each register
//! that the block uses without declaring it, this lint checks what the block would do if such an
//! operand had this register, and reports it if the result differs: between `push rbx` and
//! `pop rbx`, `{0}` may be `rbx` itself.
//!
//! It also reports an input that is changed and restored while another input still has to be
//! read, if the two may share a register because they have the same value.
//!
//! ## Why is this bad?
//!
//! The block works as long as the compiler happens to choose another register: until the
//! enclosing function grows, is inlined, or is compiled by another version of the compiler.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the register is declared, as an operand or as an early clobber;
//! - the operand's class does not contain it (`reg` contains `rbx` on x86_64 and `esi` on x86,
//!   which can't be named as operands, and `rbp` if there is no frame pointer);
//! - the block does the same in both cases: `mov {t}, rbx; cpuid; xchg {t}, rbx`.
//!
//! ## On other architectures
//!
//! The registers that the class `reg` may contain although they can't be named as operands:
//!
//! | | |
//! |---|---|
//! | AArch64 | `x19`; `x29` where no frame pointer is kept |
//! | Arm | `r6`, and `r7` or `r11`, whichever is not the frame pointer |
//! | RISC-V | `s1`; `s0` where no frame pointer is kept |
//!
//! Any other register that the block uses without declaring it is treated alike, also the link
//! register (`x30`, `lr`, `ra`).
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
//! A clobber only removes a register from the compiler's choice, so it cannot break a program.
//! For registers that can't be declared there is no suggestion: the operand needs an explicit
//! register.
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

declare_lint!(contract OPERAND_REGISTER_COLLISION OperandRegisterCollision "an operand may be assigned a register that the block uses for something else");

/// What collides.
pub(crate) struct Finding {
    /// Registers that an operand may be assigned.
    collisions: Vec<Collision>,
    /// Inputs that are changed while another still has to be read.
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
        // `lateout_written_early` reports what is changed for good, as a late clobber of the same
        // register allows.
        let is_late = |operand: usize| {
            facts.order.iter().any(|late| {
                late.kind == OrderKind::LateOutputWritten
                    && facts.registers.get(late.written) == facts.registers.get(operand)
            })
        };
        changed.retain(|hazard| !is_late(hazard.written));
        if facts.exits.is_empty() {
            // What is changed is not restored, and does not have to be.
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
        format!("{what}, which the compiler may assign to an operand"),
        place,
    )
    .label(format!("`{register}` is not declared"));
    for collision in all {
        let register = name(collision.register);
        message = message
            .also(Place::Operand(collision.operand), format!("may be assigned `{register}`"));
    }
    if let Some(read) = first.read
        && judged.place(Some(read)) != place
    {
        message = message.also(judged.place(Some(read)), "would then read another value");
    }
    let message = message.note(
        "the compiler may choose any undeclared register, and a different one each time",
    );
    let mut registers: Vec<Register> = all.iter().map(|collision| collision.register).collect();
    registers.sort();
    registers.dedup();
    let Some((block, _)) = judged.inline() else { return message };
    if registers.iter().any(|register| !can_be_operand(block, *register)) {
        let explicit = match all.len() {
            1 => "give the operand an explicit register",
            _ => "give the operands explicit registers",
        };
        // Elsewhere no instruction exchanges registers.
        let exchange = match block.target.architecture.is_x86() && all.len() == 1 {
            true => format!(", or exchange it with `{register}`"),
            false => String::new(),
        };
        return message.help(format!("`{register}` can't be declared: {explicit}{exchange}"));
    }
    let reported: Vec<Register> =
        clobbered(judged).iter().map(|clobbered| clobbered.part.register).collect();
    if registers.iter().any(|register| reported.contains(register)) {
        // `undeclared_clobber` suggests the same.
        return message.help("declare the register as a clobber, so that no operand is assigned to it");
    }
    let operands: Vec<String> =
        registers.iter().map(|register| format!("out(\"{}\") _", name(*register))).collect();
    message.suggest(
        match operands.len() {
            1 => "declare the register as a clobber",
            _ => "declare the registers as clobbers",
        },
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
        format!("{instruction} reads an input whose register another input may share and change"),
        judged.place(Some(hazard.read_site)),
    )
    .label("read here")
    .also(Place::Operand(hazard.written), "changed then, restored later")
    .also(Place::Operand(hazard.read), "may be in the same register")
    .note("the compiler may put two inputs with the same value in one register")
    .help("declare the changed input `inout(…) … => _`: then it shares no register")
}
