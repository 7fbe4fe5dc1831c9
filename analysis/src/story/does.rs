//! What a block does: to memory, registers, flags, stack and floating-point state.

use super::{Does, Material, Needs, needs, text, wording};
use crate::block::{Block, BlockKind, Operand, Output};
use crate::effects::Part;
use crate::facts::{Access, CallTarget, DepartureKind, Exit, ExitKind, StackUseKind, UseKind};
use crate::isa::Flow;
use crate::meaning::{Idle, Meaning, SideEffect, SystemEffect};
use crate::questions::exits::Kept;
use crate::registers::Register;
use crate::values::Cell;

/// What the block does.
pub(super) fn does(material: &Material<'_>, needs: &Needs) -> Does {
    let facts = material.facts;
    let mut does = Does::default();
    does.memory = memory(material, needs);
    let by_system = material.sites_that(|site| {
        let meaning = material.meaning(site);
        matches!(
            meaning.system,
            Some(SystemEffect::Kernel | SystemEffect::Hypervisor | SystemEffect::Enclave)
        ) || meaning.kernel.is_some()
    });
    does.memory
        .extend(by_system.iter().map(|call| format!("whatever {call} lets the system access")));
    if !facts.calls.is_empty() {
        does.memory.push("whatever the called function accesses".to_owned());
    }
    (does.registers, does.undeclared) = registers(material);
    let architecture = material.block.target.architecture;
    does.flags = architecture
        .preserved_flags()
        .iter()
        .filter(|cell| has_cell(material.block, **cell))
        .filter(|cell| facts.kept(**cell, 0, cell.bits()) != Kept::Yes)
        .map(|cell| architecture.cell_name(*cell).trim_matches('`').to_owned())
        .collect();
    does.stack_bytes = stack_bytes(material);
    does.floating_point = floating_point(material);
    let is_fence = |meaning: &Meaning| meaning.side_effect == Some(SideEffect::Fence);
    does.ordering = material.sites_that(|site| {
        let meaning = material.meaning(site);
        meaning.synchronizes || is_fence(&meaning)
    });
    does.nondeterminism =
        material.sites_that(|site| material.meaning(site).nondeterministic.is_some());
    does.side_effects = material.sites_that(|site| {
        let meaning = material.meaning(site);
        let waits =
            meaning.idles.is_some() && meaning.side_effect == Some(SideEffect::MachineState);
        meaning.side_effect.is_some() && !is_fence(&meaning) && !waits
            || meaning.system.is_some()
            || meaning.opaque
            || material.returns_far(site)
    });
    does.stacks = stacks(material);
    does.control = control(material, &does.stacks);
    does
}

/// The accesses to memory: what goes through an operand by operand, runs of bytes in one.
fn memory(material: &Material<'_>, needs: &Needs) -> Vec<String> {
    let mut memory: Vec<String> = Vec::new();
    for pointer in &needs.pointers {
        memory.extend(wording::accesses(pointer));
    }
    let has_operand = |access: &Access| needs::base(material, access).is_some();
    let is_seen =
        |access: &Access| !material.is_on_own_stack(access) && !material.is_return(access);
    // Code of a module has no operands that pointers go by.
    let is_listed = |access: &Access| {
        !needs.pointers.is_empty()
            && (has_operand(access) || material.index.walks().tells(access.site))
    };
    memory.extend(material.accesses(|access| is_seen(access) && !is_listed(access)));
    memory
}

/// Whether the processor that the block is compiled for certainly has a cell of status: that of a vector
/// unit comes with the unit.
fn has_cell(block: &Block, cell: Cell) -> bool {
    !matches!(cell, Cell::Vector(_)) || block.has_feature("zve32x")
}

/// How a register is declared that is not.
const NOT_DECLARED: &str = "not declared";

/// The registers that hold something else at some exit, and those of them that are certainly changed and
/// not declared.
fn registers(material: &Material<'_>) -> (Vec<String>, Vec<String>) {
    let facts = material.facts;
    let mut registers: Vec<Register> = Vec::new();
    for (cell, _) in facts.exits.iter().flat_map(|exit| exit.state.changes()) {
        if let Cell::Register(register) = cell
            && !registers.contains(&register)
            && material.block.may_hold_value(register)
            && facts.kept(cell, 0, cell.bits()) != Kept::Yes
        {
            registers.push(register);
        }
    }
    // Where the end is not known, every write may last.
    let is_lost = facts.exits.is_empty()
        && facts.departures.iter().any(|departure| departure.kind == DepartureKind::Unknown);
    for (_, cell) in facts.writes.iter().filter(|_| is_lost) {
        if let Cell::Register(register) = *cell
            && !registers.contains(&register)
        {
            registers.push(register);
        }
    }
    registers.sort();
    let declaration = |register: Register| {
        let operands = material.block.operands.iter().zip(&facts.registers);
        let of_register = operands.filter_map(|(operand, part)| match operand {
            Operand::Register(operand) if part.is_some_and(|part| part.register == register) => {
                Some(&operand.output)
            }
            _ => None,
        });
        // A register may be an input of one operand and a late output of another.
        let outputs: Vec<&Output> = of_register.collect();
        let changed = outputs.iter().find(|output| ***output != Output::None);
        changed.or(outputs.first()).map(|output| match output {
            Output::None => "declared as an input",
            Output::Discarded => "clobber",
            Output::Used(_) => "output",
        })
    };
    // Code outside of a function declares nothing.
    let is_inline = material.block.kind == BlockKind::Inline;
    let mut named: Vec<(String, &str)> = Vec::new();
    let mut is_guess = false;
    for register in registers {
        let declared = declaration(register);
        // What a callee with its own convention changes is not known.
        let cell = Cell::Register(register);
        let changed = facts.kept(cell, 0, cell.bits()) != Kept::Unknown;
        if declared.is_none() && !changed && facts.calls.iter().any(|call| call.has_own_convention)
        {
            is_guess = true;
            continue;
        }
        let is_x86 = material.block.target.architecture.is_x86();
        let has = |feature| material.block.has_feature(feature);
        let name = material.register(register);
        let name = match register {
            Register::Vector(_) if facts.kept(cell, 0, VECTOR_BITS) == Kept::Yes => {
                format!("{name} above bit {}", VECTOR_BITS - 1)
            }
            // Few processors have them, which is worth a word where nothing else names the feature.
            Register::Tile(_) if is_x86 && !has("amx-tile") => format!("{name} with AMX"),
            Register::Mask(_) if is_x86 && !has("avx512f") => format!("{name} with AVX-512"),
            _ => name,
        };
        let undeclared = match (is_inline, changed) {
            (true, true) => NOT_DECLARED,
            (true, false) => "not declared, and perhaps kept",
            (false, _) => "",
        };
        named.push((name, declared.unwrap_or(undeclared)));
    }
    let mut all = runs(&named);
    named.retain(|(_, remark)| *remark == NOT_DECLARED);
    named.iter_mut().for_each(|(_, remark)| *remark = "");
    if is_lost {
        all.push("whatever the code changes that cannot be followed".to_owned());
    }
    if is_guess {
        all.push("whatever else the called code does not preserve".to_owned());
    }
    (all, runs(&named))
}

/// The bits of a vector register that calling conventions name.
const VECTOR_BITS: u16 = 128;

/// Names with a remark each; three or more in a row with one remark are a run: `xmm0 to xmm15`.
fn runs(named: &[(String, &str)]) -> Vec<String> {
    let number = |name: &str| {
        let (name, above) = name.split_at(name.find(' ').unwrap_or(name.len()));
        let prefix = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
        Some((format!("{prefix}{above}"), name[prefix.len()..].parse::<u32>().ok()?))
    };
    let follows = |(before, one): &(String, &str), (after, other): &(String, &str)| {
        one == other
            && matches!((number(before), number(after)), (Some((kind, low)), Some((same, high)))
                if kind == same && high == low + 1)
    };
    let remarked = |name: String, remark: &str| match remark {
        "" => name,
        remark => format!("{name} ({remark})"),
    };
    named
        .chunk_by(follows)
        .flat_map(|run| match run {
            [(first, remark), .., (last, _)] if run.len() > 2 => {
                let first = first.split(' ').next().unwrap_or(first);
                vec![remarked(format!("{first} to {last}"), remark)]
            }
            few => few.iter().map(|(name, remark)| remarked(name.clone(), remark)).collect(),
        })
        .collect()
}

/// How far below the entry stack pointer the block writes.
fn stack_bytes(material: &Material<'_>) -> Option<u64> {
    let mut deepest = material.facts.reserved_stack;
    let architecture = material.block.target.architecture;
    for used in &material.facts.stack_uses {
        // A call is noted before it pushes.
        let pushed = match used.kind {
            StackUseKind::Call if architecture.link_register().is_none() => {
                u64::from(architecture.word_bits() / 8)
            }
            _ => 0,
        };
        deepest = deepest.max(used.depth? + pushed);
    }
    Some(deepest)
}

fn floating_point(material: &Material<'_>) -> Vec<String> {
    let facts = material.facts;
    let architecture = material.block.target.architecture;
    // Where control leaves for good, every write lasts.
    let leaves = facts.exits.is_empty();
    let is_written = |part: &Part| facts.writes.iter().any(|(_, cell)| *cell == part.cell);
    let changed = |part: &&Part| match leaves {
        true => is_written(part),
        false => facts.kept(part.cell, part.low, part.bits) != Kept::Yes,
    };
    let status = architecture.float_status().iter().filter(changed);
    let control = architecture.float_control().iter().filter(changed);
    status
        .map(|part| architecture.status_name(part.cell))
        .chain(control.map(|part| architecture.control_name(part.cell)))
        .collect()
}

/// The stacks that the block switches to: what the stack pointer gets, where that is known.
fn stacks(material: &Material<'_>) -> Vec<Option<String>> {
    let mut stacks = Vec::new();
    for used in material.facts.uses.iter().filter(|used| used.kind == UseKind::StackPointer) {
        let formula = material.formula(&used.word);
        let stack = formula.is_known().then(|| text::formula(&formula, &material.names));
        if !stacks.contains(&stack) {
            stacks.push(stack);
        }
    }
    stacks
}

fn control(material: &Material<'_>, stacks: &[Option<String>]) -> Vec<String> {
    let facts = material.facts;
    if material.block.kind == BlockKind::Global {
        return vec!["is not followed: the code runs when something calls it".to_owned()];
    }
    let mut ways: Vec<String> = Vec::new();
    let mut add = |way: String| {
        if !ways.contains(&way) {
            ways.push(way);
        }
    };
    for stack in stacks {
        add(match stack {
            Some(stack) => format!("continues on the stack at {stack}"),
            None => "may continue on another stack".to_owned(),
        });
    }
    for call in &facts.calls {
        let callee = match &call.target {
            CallTarget::Operand(operand) => format!("`{}`", material.names.input(*operand)),
            CallTarget::Named(name) => format!("`{name}`"),
            CallTarget::Unknown => format!("a computed address (`{}`)", material.shown(call.site)),
        };
        add(match (call.has_own_convention, call.is_assumed) {
            (true, _) => format!("calls {callee}, whose calling convention is not known"),
            (_, true) => {
                format!("calls {callee}, assumed to have the calling convention \"{}\"", call.abi)
            }
            _ => format!("calls {callee} with the calling convention \"{}\"", call.abi),
        });
    }
    let waits = material.sites_that(|site| material.meaning(site).idles == Some(Idle::Halt));
    for waits in waits {
        add(format!("waits for an interrupt or an event ({waits})"));
    }
    let is_return = |exit: &Exit| {
        exit.site.is_some_and(|site| facts.instruction(site).instruction.flow() == Flow::Return)
    };
    for exit in &facts.exits {
        add(match exit.kind {
            ExitKind::End => "falls through".to_owned(),
            ExitKind::Label(operand) => format!("jumps to `{}`", material.names.input(operand)),
            ExitKind::Return { .. } => "returns to the caller".to_owned(),
            ExitKind::TailJump if is_return(exit) => {
                "returns to another address than the caller's".to_owned()
            }
            ExitKind::TailJump => "jumps to another function".to_owned(),
        });
    }
    for departure in &facts.departures {
        add(match departure.kind {
            DepartureKind::Jump => "jumps out for good".to_owned(),
            DepartureKind::Return => "returns out of the block".to_owned(),
            DepartureKind::FrameReturn if material.block.kind == BlockKind::Inline => {
                "returns to an address in the compiler's frame".to_owned()
            }
            DepartureKind::FrameReturn => "returns to the caller".to_owned(),
            DepartureKind::Trap => "traps".to_owned(),
            DepartureKind::DivergingCall => "calls a function that never returns".to_owned(),
            DepartureKind::Unknown => "may continue where it cannot be followed".to_owned(),
        });
    }
    if ways.is_empty() {
        ways.push("loops forever".to_owned());
    }
    ways
}
