//! What the neutral questions about an [`Instruction`](crate::isa::Instruction) are answered with
//! on x86.

use iced_x86::{FlowControl, Instruction, Mnemonic, OpKind, Register as Iced, RflagsBits};

use super::information;
use super::meaning::FloatingState;
use super::operands::cell_of;
use super::transfer::writes;
use crate::effects::Part;
use crate::isa::Meanings;
use crate::isa::shape::{Flow, RegisterStack, Repeated};
use crate::registers::Register;
use crate::values::{Cell, Flag};

/// The mnemonic in lower case.
pub fn mnemonic(instruction: &Instruction) -> String {
    format!("{:?}", instruction.mnemonic()).to_ascii_lowercase()
}

/// Where control goes, by what the decoder says.
pub fn flow(instruction: &Instruction) -> Flow {
    match instruction.flow_control() {
        FlowControl::Next => Flow::Next,
        FlowControl::UnconditionalBranch | FlowControl::IndirectBranch => Flow::Jump,
        FlowControl::ConditionalBranch => Flow::Branch,
        FlowControl::Call if instruction.mnemonic() != Mnemonic::Call => Flow::Interrupt,
        FlowControl::Call | FlowControl::IndirectCall => Flow::Call,
        FlowControl::Return => Flow::Return,
        FlowControl::Interrupt | FlowControl::Exception => Flow::Interrupt,
        FlowControl::XbeginXabortXend => Flow::Transaction,
    }
}

/// The registers that are operands, the base or the index.
pub(super) fn explicit(instruction: &Instruction) -> impl Iterator<Item = Iced> {
    (0..instruction.op_count())
        .filter(|operand| instruction.op_kind(*operand) == OpKind::Register)
        .map(|operand| instruction.op_register(operand))
}

/// The cells that the operands name, bases and indices not among them.
pub fn named_registers(instruction: &Instruction) -> Vec<Cell> {
    explicit(instruction).filter_map(|register| Some(cell_of(register)?.0)).collect()
}

/// The greatest width by which the operands name a register.
pub fn named_bits(instruction: &Instruction, register: Register) -> Option<u16> {
    let named = explicit(instruction).filter_map(cell_of);
    named.filter(|(cell, ..)| *cell == Cell::Register(register)).map(|(.., bits)| bits).max()
}

/// The parts of registers that it writes, or may write, as the decoder lists them.
pub fn written_parts(instruction: &Instruction) -> Vec<Part> {
    information::of(instruction, |information| {
        let used = information.used_registers().iter();
        used.filter(|used| writes(used.access()))
            .filter_map(|used| cell_of(used.register()))
            .map(|(cell, low, bits)| Part { cell, low, bits })
            .collect()
    })
}

/// What a string instruction with a repeat prefix accesses.
pub fn repeated(instruction: &Instruction) -> Option<Repeated> {
    let repeats = instruction.has_rep_prefix() || instruction.has_repne_prefix();
    let is_compared = matches!(
        instruction.mnemonic(),
        Mnemonic::Cmpsb
            | Mnemonic::Cmpsw
            | Mnemonic::Cmpsd
            | Mnemonic::Cmpsq
            | Mnemonic::Scasb
            | Mnemonic::Scasw
            | Mnemonic::Scasd
            | Mnemonic::Scasq
    );
    (repeats && instruction.is_string_instruction()).then(|| Repeated {
        bytes: u64::try_from(instruction.memory_size().size()).unwrap_or(0),
        ends_early: is_compared,
    })
}

/// Whether only privileged code may execute it, or code that the system lets use ports and the
/// interrupt flag.
pub fn is_privileged(instruction: &Instruction) -> bool {
    let by_port = matches!(
        instruction.mnemonic(),
        Mnemonic::In
            | Mnemonic::Out
            | Mnemonic::Insb
            | Mnemonic::Insw
            | Mnemonic::Insd
            | Mnemonic::Outsb
            | Mnemonic::Outsw
            | Mnemonic::Outsd
            | Mnemonic::Cli
            | Mnemonic::Sti
    );
    by_port || instruction.is_privileged()
}

/// Whether it is a division of integers, which faults where it has no result.
pub fn divides(instruction: &Instruction) -> bool {
    matches!(instruction.mnemonic(), Mnemonic::Div | Mnemonic::Idiv)
}

/// By how many bytes a push, a pop, a call or a return moves the stack pointer.
pub fn pushed_bytes(instruction: &Instruction) -> Option<i64> {
    // A frame is taken down by arithmetic.
    let is_frame = matches!(instruction.mnemonic(), Mnemonic::Enter | Mnemonic::Leave);
    let names_it = instruction.op0_register().full_register() == Iced::RSP;
    let increment = i64::from(instruction.stack_pointer_increment());
    (increment != 0 && !is_frame && !(names_it && increment > 0)).then_some(increment)
}

/// By how much an addition, a subtraction or `lea` changes a register.
pub fn adds_to(instruction: &Instruction, register: Register) -> Option<i64> {
    // A narrower sum is not one of the register.
    let is_it = |named: Iced| {
        cell_of(named).is_some_and(|(cell, ..)| cell == Cell::Register(register))
            && named.size() >= 4
    };
    if instruction.op0_kind() != OpKind::Register || !is_it(instruction.op0_register()) {
        return None;
    }
    let number = || {
        let is_number = instruction.op1_kind() != OpKind::Register
            && instruction.op1_kind() != OpKind::Memory
            && instruction.op_count() == 2;
        is_number.then(|| instruction.immediate(1).cast_signed())
    };
    match instruction.mnemonic() {
        Mnemonic::Add => number(),
        Mnemonic::Sub => number()?.checked_neg(),
        Mnemonic::Inc => Some(1),
        Mnemonic::Dec => Some(-1),
        Mnemonic::Lea
            if is_it(instruction.memory_base()) && instruction.memory_index() == Iced::None =>
        {
            Some(instruction.memory_displacement64().cast_signed())
        }
        _ => None,
    }
}

/// Whether a jump may lead backwards.
pub fn may_go_back(instruction: &Instruction) -> bool {
    match instruction.flow_control() {
        FlowControl::ConditionalBranch | FlowControl::UnconditionalBranch => {
            instruction.near_branch_target() <= instruction.ip()
        }
        FlowControl::Next => false,
        _ => true,
    }
}

/// Whether it clears a flag by itself.
pub fn clears(instruction: &Instruction, flag: Flag) -> bool {
    match flag {
        Flag::Direction => instruction.mnemonic() == Mnemonic::Cld,
        Flag::Carry => instruction.mnemonic() == Mnemonic::Clc,
        _ => false,
    }
}

/// Whether it loads a control or status register as a whole.
pub fn loads(instruction: &Instruction, cell: Cell, meanings: &Meanings) -> bool {
    match meanings.x86().of(instruction).floating_state {
        Some(FloatingState::LoadFxImage | FloatingState::LoadXsaveImage) => true,
        Some(FloatingState::LoadMxcsr) => cell == Cell::Mxcsr,
        Some(FloatingState::LoadX87Control) => cell == Cell::X87Control,
        Some(FloatingState::LoadX87Environment | FloatingState::LoadX87) => {
            matches!(cell, Cell::X87Control | Cell::X87Status)
        }
        _ => false,
    }
}

/// Whether it may set something in a register of sticky floating-point status.
pub fn may_raise(instruction: &Instruction, cell: Cell, meanings: &Meanings) -> bool {
    let meaning = meanings.x86().of(instruction);
    match cell {
        Cell::Mxcsr => meaning.raises_sse_flags(),
        _ => meaning.changes_x87_status,
    }
}

/// What it does to the x87 stack.
pub fn register_stack(instruction: &Instruction, meanings: &Meanings) -> Option<RegisterStack> {
    let meaning = meanings.x86().of(instruction);
    let increment = instruction.fpu_stack_increment_info();
    let touches = meaning.changes_x87_status
        || meaning.enters_mmx
        || meaning.floating_state.is_some()
        || increment.writes_top();
    touches.then(|| RegisterStack {
        increment: increment.increment(),
        empties: matches!(
            meaning.floating_state,
            Some(
                FloatingState::ResetX87 | FloatingState::EmptyX87 | FloatingState::SaveAndResetX87
            )
        ),
        enters_mmx: meaning.enters_mmx,
    })
}

/// Whether it puts all flags at once where they can be looked at.
fn saves_flags(instruction: &Instruction) -> bool {
    matches!(
        instruction.mnemonic(),
        // `syscall` keeps them in r11.
        Mnemonic::Pushf | Mnemonic::Pushfd | Mnemonic::Pushfq | Mnemonic::Lahf | Mnemonic::Syscall
    )
}

/// Whether it asks for the flag by itself, not for all flags at once as `pushf` and `lahf` do.
pub fn asks_for(instruction: &Instruction, flag: Flag) -> bool {
    let bit = match flag {
        Flag::Carry => RflagsBits::CF,
        Flag::Parity => RflagsBits::PF,
        Flag::Adjust => RflagsBits::AF,
        Flag::Zero => RflagsBits::ZF,
        Flag::Sign => RflagsBits::SF,
        Flag::Overflow => RflagsBits::OF,
        _ => RflagsBits::NONE,
    };
    instruction.rflags_read() & bit != 0 && !saves_flags(instruction)
}

/// Whether it puts a cell of status where it can be looked at.
pub fn saves(instruction: &Instruction, cell: Cell) -> bool {
    match cell {
        Cell::Flag(_) | Cell::OtherFlags => saves_flags(instruction),
        Cell::Mxcsr => matches!(instruction.mnemonic(), Mnemonic::Stmxcsr | Mnemonic::Vstmxcsr),
        Cell::X87Status => matches!(instruction.mnemonic(), Mnemonic::Fnstsw | Mnemonic::Fstsw),
        _ => false,
    }
}

/// Whether the function of this number is all that the instruction makes of its inputs, flags aside.
pub fn has_one_result(instruction: &Instruction, number: u32) -> bool {
    super::comparison::is_only_result(number, instruction.mnemonic())
}
