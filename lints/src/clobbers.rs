//! Registers that a block leaves changed although it does not say so.
//!
//! The rules for clobbers and for inputs both use this module, so that what one instruction does to
//! many registers is reported once.

use asm_analysis::block::{Architecture, Block, BlockKind, FunctionAbi, Kernel};
use asm_analysis::facts::{Exit, ExitKind, Facts};
use asm_analysis::isa::registers::Role;
use asm_analysis::machine::trace::TraceId;
use asm_analysis::questions::exits::{Change, Kept};
use asm_analysis::registers::{Register, RegisterPart};
use asm_analysis::values::{Cause, Cell, Kind, Site, ValueId};

use crate::judged::Judged;
use crate::operands::{undeclared_parts, visible};
use crate::stack_pointer::is_computed_at_run_time;

/// A register that is changed at an exit.
#[derive(Clone, Copy)]
pub(crate) struct Clobbered {
    /// The bits that nobody declares, and of which some are changed.
    pub(crate) part: RegisterPart,
    /// The change.
    pub(crate) change: Change,
}

impl Clobbered {
    /// A part of a register, if it is certainly not kept.
    fn unless(kept: Kept, part: RegisterPart) -> Option<Clobbered> {
        match kept {
            Kept::No(change) => Some(Clobbered { part, change }),
            Kept::Yes | Kept::Unknown => None,
        }
    }
}

/// The registers that an `asm!` block changes although no operand declares them, or that a
/// `naked_asm!` body does not preserve as its ABI requires.
pub(crate) fn clobbered(judged: &Judged<'_>) -> Vec<Clobbered> {
    let Some((block, facts)) = judged.code() else { return Vec::new() };
    match &block.kind {
        _ if judged.returns_against_promise() => Vec::new(),
        BlockKind::Inline => clobbered_inline(block, facts),
        BlockKind::Naked(abi) => clobbered_naked(block, facts, abi),
        BlockKind::Global => Vec::new(),
    }
}

fn clobbered_inline(block: &Block, facts: &Facts) -> Vec<Clobbered> {
    let mut clobbered = Vec::new();
    let is_ours = |register: &Register| {
        !block.target.only_general_registers || matches!(register, Register::General(_))
    };
    let is_changed = |register: &Register| is_ours(register) && !is_installed(facts, *register);
    for register in changed_registers(facts).into_iter().filter(is_changed) {
        let lost = |part| Clobbered::unless(facts.register_kept(part), part);
        let mut changed = undeclared_parts(block, facts, register)
            .into_iter()
            .filter_map(|part| Some(narrowed(facts, lost(part)?, &lost)));
        // Each register once, though several of its parts may be changed, except where each part is
        // declared by a name of its own.
        match block.target.architecture {
            Architecture::Arm => clobbered.extend(changed),
            _ => clobbered.extend(changed.next()),
        }
    }
    clobbered
}

/// Whether a register of the platform is loaded as a whole from an input or a system register,
/// which is how kernels install a thread pointer. One that serves as scratch is not.
fn is_installed(facts: &Facts, register: Register) -> bool {
    let bits = facts.architecture.word_bits();
    let is_whole = |value: ValueId| match facts.values.get(value).kind {
        Kind::Entry(Cell::Register(from)) => {
            from != register && facts.registers.iter().flatten().any(|part| part.register == from)
        }
        Kind::Entry(Cell::System(_)) | Kind::Fresh { cause: Cause::Instruction, .. } => true,
        _ => false,
    };
    facts.architecture.is_platform_register(register)
        && facts.exits.iter().flat_map(|exit| exit.state.changes()).all(|(cell, word)| {
            cell != Cell::Register(register)
                || word
                    .slice(0, bits)
                    .as_slice()
                    .is_some_and(|(value, low)| low == 0 && is_whole(value))
        })
}

fn clobbered_naked(block: &Block, facts: &Facts, abi: &FunctionAbi) -> Vec<Clobbered> {
    if abi.diverges {
        return Vec::new();
    }
    let kept = |part: RegisterPart| {
        facts.kept_at(
            |exit| {
                // On another stack other registers are restored (a context switch), and what is on
                // a stack whose address is computed cannot be determined.
                let goes_back = matches!(exit.kind, ExitKind::Return { .. } | ExitKind::TailJump);
                goes_back && exit.state.stacks.is_empty() && !is_computed_at_run_time(facts, exit)
            },
            Cell::Register(part.register),
            part.low_bit,
            part.bits,
        )
    };
    // `ret` goes where the link register says.
    let link = block.target.architecture.link_register().map(|register| register.whole());
    let lost_way = link.and_then(|part| {
        let returns_by_it = |exit: &Exit| {
            let instruction = exit.site.map(|site| &facts.instruction(site).instruction);
            let cell = Cell::Register(part.register);
            matches!(exit.kind, ExitKind::Return { .. })
                && exit.state.stacks.is_empty()
                && !is_computed_at_run_time(facts, exit)
                && instruction.is_some_and(|by| by.named_registers().contains(&cell))
        };
        let part = visible(block, part);
        let cell = Cell::Register(part.register);
        Clobbered::unless(facts.kept_at(returns_by_it, cell, 0, part.bits), part)
    });
    let lost = |part| Clobbered::unless(kept(part), part);
    let kept_registers = abi
        .callee_saved
        .iter()
        .map(|register| match register {
            // No ABI preserves more than the low half of a vector register.
            Register::Vector(_) => {
                let bits = facts.architecture.preserved_vector_bits();
                RegisterPart { bits, ..register.whole() }
            }
            _ => visible(block, register.whole()),
        })
        .filter_map(|part| Some(narrowed(facts, lost(part)?, &lost)));
    let of_platform = reserved_by_platform(block)
        .filter(|register| !is_installed(facts, *register))
        .and_then(|register| lost(visible(block, register.whole())));
    kept_registers.chain(of_platform).chain(lost_way).collect()
}

/// The platform register that no function may use on this system (Apple, "Writing ARM64 code for
/// Apple platforms"; Microsoft, "Overview of ARM64 ABI conventions").
fn reserved_by_platform(block: &Block) -> Option<Register> {
    let is_arm64 =
        matches!(block.target.architecture, Architecture::AArch64 | Architecture::Arm64Ec);
    let reserves = matches!(block.target.kernel, Kernel::Darwin | Kernel::Windows);
    (is_arm64 && reserves).then_some(Register::General(18))
}

/// The half or quarter of an Arm vector register that is lost, where the others are kept: `d8` or
/// `s16` instead of `q4`.
fn narrowed(
    facts: &Facts,
    clobbered: Clobbered,
    lost: &impl Fn(RegisterPart) -> Option<Clobbered>,
) -> Clobbered {
    let RegisterPart { low_bit, bits, .. } = clobbered.part;
    let is_vector = matches!(clobbered.part.register, Register::Vector(_));
    if facts.architecture != Architecture::Arm || !is_vector || bits <= 32 {
        return clobbered;
    }
    let halves = [low_bit, low_bit + bits / 2]
        .map(|low_bit| lost(RegisterPart { low_bit, bits: bits / 2, ..clobbered.part }));
    match halves {
        [Some(half), None] | [None, Some(half)] => narrowed(facts, half, lost),
        _ => clobbered,
    }
}

/// The registers that hold something else at some exit, as far as they are this rule's: the stack
/// pointer and the x87 stack, which MMX registers are a part of, have rules of their own.
fn changed_registers(facts: &Facts) -> Vec<Register> {
    let mut registers: Vec<Register> = facts
        .exits
        .iter()
        .flat_map(|exit| exit.state.changes())
        .filter_map(|(cell, _)| match cell {
            Cell::Register(register) => {
                let role = facts.architecture.role(cell);
                (!matches!(role, Role::StackPointer | Role::Stack)).then_some(register)
            }
            _ => None,
        })
        .collect();
    registers.sort();
    registers.dedup();
    registers
}

/// Whether it is a called function that changes the register.
pub(crate) fn is_by_call(facts: &Facts, change: &Change) -> bool {
    change.site.is_some_and(|site| is_call(facts, site))
}

/// Whether the instruction calls a function outside of the block.
pub(crate) fn is_call(facts: &Facts, site: Site) -> bool {
    facts.calls.iter().any(|call| call.site == site)
}

/// Whether `undeclared_clobber` reports what called functions change.
pub(crate) fn call_is_reported(judged: &Judged<'_>) -> bool {
    let Some((_, facts)) = judged.inline() else { return false };
    clobbered(judged).iter().any(|clobbered| is_by_call(facts, &clobbered.change))
}

/// The path on which a register is changed, if it is kept on others.
pub(crate) fn path_of(judged: &Judged<'_>, part: RegisterPart, change: &Change) -> Option<TraceId> {
    let (_, facts) = judged.code()?;
    let RegisterPart { register, low_bit, bits } = part;
    let is_kept_elsewhere = (0..facts.exits.len()).any(|number| {
        let mut exits = 0..;
        let is_it = |_: &_| exits.next() == Some(number);
        facts.kept_at(is_it, Cell::Register(register), low_bit, bits) == Kept::Yes
    });
    is_kept_elsewhere.then_some(change.trace)
}
