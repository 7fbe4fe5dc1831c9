//! Where Arm's registers live among the neutral ones: `r0` to `r15` are general registers, `s`, `d`
//! and `q` registers are parts of the sixteen vector registers (DDI 0406 A2.6.2).

use exarmo_aarch32::Reg;

use crate::effects::Part;
use crate::registers::Register;
use crate::values::{Cell, Flag};

/// The stack pointer, `r13`.
pub const STACK_POINTER: u8 = 13;
/// The link register, `r14`.
pub const LINK: u8 = 14;
/// The program counter, `r15`. It is never a cell: a read of it is a place.
pub const PROGRAM_COUNTER: u8 = 15;

/// The bits of the CPSR or xPSR that are not followed as flags.
pub const OTHER_STATUS: Cell = Cell::System(0);

/// The parts of `FPSCR` that belong to [`Cell::FloatStatus`]: N, Z, C, V, QC and the cumulative
/// exception flags (DDI 0406 A2.6.5).
pub const FLOAT_STATUS_BITS: u32 = 0xf800_009f;

/// A general register, of which Arm has the low 32 bits.
pub fn general(number: u8) -> Part {
    Part { cell: Cell::Register(Register::General(number)), low: 0, bits: 32 }
}

/// The part that a register of any file is; `None` for the program counter.
pub fn part(register: Reg) -> Option<Part> {
    let (file, number) = match register {
        Reg::Core(register) => (0, register.num()),
        Reg::Single(register) => (32, register.num()),
        Reg::Double(register) => (64, register.num()),
        Reg::Quad(register) => (128, register.num()),
    };
    if file == 0 {
        return (number != PROGRAM_COUNTER).then(|| general(number));
    }
    let in_one = 128 / file;
    let vector = u8::try_from(u16::from(number) / in_one).unwrap_or(0);
    let low = u16::from(number) % in_one * file;
    Some(Part { cell: Cell::Register(Register::Vector(vector)), low, bits: file })
}

/// One flag, as a part.
pub fn flag(flag: Flag) -> Part {
    Part::whole(Cell::Flag(flag))
}

/// The four GE flags, the lowest first.
pub const GREATER_OR_EQUAL: [Flag; 4] =
    [Flag::GreaterOrEqual0, Flag::GreaterOrEqual1, Flag::GreaterOrEqual2, Flag::GreaterOrEqual3];
