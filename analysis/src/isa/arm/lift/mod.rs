//! What a decoded instruction does, as [`Effects`].
//!
//! One file for each topic; this one holds what they share and finds the right one by mnemonic.
//! Every lift returns an `Option`: `None` means that the instruction is of a shape which is not
//! known here, and it is then opaque.
//!
//! Sources: DDI 0406 (Armv7-A/R), DDI 0487 part F (AArch32 of Armv8-A), DDI 0403 (Armv7-M) and
//! DDI 0553 (Armv8-M), each instruction's own page. Where a comment names no section, it is that
//! page.

mod bits;
mod control;
mod data;
mod float;
mod memory;
mod multiple;
mod multiply;
mod operands;
mod parallel;
mod saturate;
mod special;
mod system;
mod vector;
mod vector_memory;
mod vector_moves;

use exarmo_aarch32::{Cond, Instruction, Mnemonic, Operand};

use crate::block::Kernel;
use crate::effects::{
    Access, Condition, Effect, Effects, Expression, FlagTest, HavocCause, Next, Operation, Part,
    Place, Target, Test,
};
use crate::values::{Cell, Flag};

use super::decode::{Decoded, Form, State};
use super::registers::{self, PROGRAM_COUNTER};

/// What a relocated field of an instruction refers to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// The address that the field leads to, with every bias of the encoding already taken out:
    /// where a branch goes, what a literal load reads, what a `movw`/`movt` pair holds.
    pub place: Place,
    /// Whether the field holds the distance from some place in the code instead of the address,
    /// and that place (`movw r0, :lower16:(symbol - .)`).
    pub relative_to: Option<Place>,
}

/// What a lift has to know beyond the instruction.
#[derive(Clone, PartialEq, Debug)]
pub struct Surroundings {
    /// The section that the instruction is in.
    pub section: u32,
    /// Its offset there, in bytes.
    pub offset: u64,
    /// What its relocated field refers to, if it has one.
    pub reference: Option<Reference>,
    /// Who takes system calls.
    pub kernel: Kernel,
}

/// LEN and STRIDE of `fpscr`, which AAPCS32 6.1.2.1 wants to be 0 at every public interface. Where they
/// are not, an instruction of VFP works on several registers (DDI 0406, "VFP vectors").
const VECTOR_CONTROL: [Part; 2] = [
    Part { cell: Cell::FloatControl, low: 16, bits: 3 },
    Part { cell: Cell::FloatControl, low: 20, bits: 2 },
];

/// What is lifted.
#[derive(Clone, PartialEq, Debug)]
pub struct Lifting<'a> {
    /// The instruction.
    pub decoded: &'a Decoded,
    /// Where it is.
    pub surroundings: &'a Surroundings,
    /// Its operands, without the condition, see [`lifting_operands`]; perhaps with other registers.
    pub operands: Vec<Operand>,
}

/// The operands of an instruction as a lift wants them: without the condition.
pub fn lifting_operands(decoded: &Decoded) -> Vec<Operand> {
    let operands = match &decoded.form {
        Form::Common(instruction) => instruction.operands().as_slice().to_vec(),
        Form::System(_) => Vec::new(),
    };
    operands.into_iter().filter(|operand| !matches!(operand, Operand::Cond(_))).collect()
}

/// What an instruction does; `None` where that is not known.
pub fn lift(decoded: &Decoded, surroundings: &Surroundings) -> Option<Effects> {
    lift_operands(Lifting { decoded, surroundings, operands: lifting_operands(decoded) })
}

/// What an instruction does with the operands given; `None` where that is not known.
pub fn lift_operands(lifting: Lifting<'_>) -> Option<Effects> {
    let Lifting { decoded, surroundings, operands } = lifting;
    let mut lift = Lift {
        decoded,
        surroundings,
        operands,
        reference_used: false,
        list: Vec::new(),
        loads: 0,
        next: Next::Fall,
    };
    match &decoded.form {
        Form::Common(instruction) => lift.common(instruction)?,
        Form::System(form) => lift.special(form)?,
    }
    // A relocation in a field that is not understood would make any number wrong.
    if surroundings.reference.is_some() && !lift.reference_used {
        return None;
    }
    let condition = condition(decoded.condition());
    let only_while_clear =
        if decoded.works_on_short_vectors() { VECTOR_CONTROL.to_vec() } else { Vec::new() };
    Some(Effects { condition, only_while_clear, list: lift.list, next: lift.next })
}

/// The condition of a condition field; `None` for "always".
fn condition(field: Cond) -> Option<Condition> {
    let holds = |test| Some(Condition::holds(Test::Flags(test)));
    let fails = |test| Some(Condition::fails(Test::Flags(test)));
    match field {
        Cond::Eq => holds(FlagTest::Set(Flag::Zero)),
        Cond::Ne => fails(FlagTest::Set(Flag::Zero)),
        Cond::Cs => holds(FlagTest::Set(Flag::Carry)),
        Cond::Cc => fails(FlagTest::Set(Flag::Carry)),
        Cond::Mi => holds(FlagTest::Set(Flag::Sign)),
        Cond::Pl => fails(FlagTest::Set(Flag::Sign)),
        Cond::Vs => holds(FlagTest::Set(Flag::Overflow)),
        Cond::Vc => fails(FlagTest::Set(Flag::Overflow)),
        Cond::Hi => holds(FlagTest::Higher),
        Cond::Ls => fails(FlagTest::Higher),
        Cond::Ge => holds(FlagTest::GreaterOrEqual),
        Cond::Lt => fails(FlagTest::GreaterOrEqual),
        Cond::Gt => holds(FlagTest::Greater),
        Cond::Le => fails(FlagTest::Greater),
        Cond::Al => None,
    }
}

/// A lift under way.
struct Lift<'a> {
    decoded: &'a Decoded,
    surroundings: &'a Surroundings,
    /// The operands as the assembly writes them, without the condition.
    operands: Vec<Operand>,
    /// Whether some part of the lift made use of the relocation.
    reference_used: bool,
    list: Vec<Effect>,
    loads: usize,
    next: Next,
}

impl Lift<'_> {
    fn common(&mut self, instruction: &Instruction) -> Option<()> {
        let mnemonic = instruction.mnemonic();
        if let Some((operation, sets_flags)) = data::operation(mnemonic) {
            return self.data_processing(operation, sets_flags);
        }
        if let Some((shift, sets_flags)) = data::shift(mnemonic) {
            return self.shift(shift, sets_flags);
        }
        if let Some(shape) = memory::single(mnemonic) {
            return self.single_access(shape);
        }
        if let Some(shape) = multiple::shape(mnemonic) {
            return self.multiple(shape);
        }
        if let Some(shape) = multiply::shape(mnemonic) {
            return self.multiply(shape);
        }
        if let Some(shape) = parallel::shape(mnemonic) {
            return self.parallel(shape);
        }
        self.by_mnemonic(mnemonic, instruction)
    }

    fn by_mnemonic(&mut self, mnemonic: Mnemonic, instruction: &Instruction) -> Option<()> {
        use Mnemonic as M;
        match mnemonic {
            M::Nop | M::Yield | M::Wfe | M::Wfi | M::Sev | M::Sevl | M::Dbg | M::Csdb | M::Esb => {
                Some(())
            }
            M::Dmb | M::Dsb | M::Isb | M::Sb | M::Ssbb | M::Pssbb | M::Tsb | M::Clrbhb => Some(()),
            M::Pld | M::Pldw | M::Pli | M::Clrex | M::It => self.hint(),
            M::Adr => self.address_of_label(),
            M::Movt => self.move_top(),
            M::Bfc | M::Bfi | M::Ubfx | M::Sbfx | M::Clz | M::Rbit | M::Rev | M::Rev16 => {
                self.bit_field(mnemonic)
            }
            M::Revsh | M::Pkhbt | M::Pkhtb => self.bit_field(mnemonic),
            M::Uxtb | M::Uxth | M::Sxtb | M::Sxth | M::Uxtab | M::Uxtah | M::Sxtab | M::Sxtah => {
                self.extend(mnemonic)
            }
            M::Uxtb16 | M::Sxtb16 | M::Uxtab16 | M::Sxtab16 => self.extend(mnemonic),
            M::Qadd | M::Qsub | M::Qdadd | M::Qdsub | M::Ssat | M::Usat | M::Ssat16 | M::Usat16 => {
                self.saturating(mnemonic)
            }
            M::Ldrd | M::Strd | M::Ldrexd | M::Ldaexd => self.pair_access(mnemonic),
            M::Strex
            | M::Strexb
            | M::Strexh
            | M::Strexd
            | M::Stlex
            | M::Stlexb
            | M::Stlexh
            | M::Stlexd => self.store_exclusive(mnemonic),
            M::B | M::Bl | M::Blx | M::Bx | M::Bxj | M::Cbz | M::Cbnz | M::Tbb | M::Tbh => {
                self.branch(mnemonic)
            }
            M::Svc | M::Hvc | M::Smc | M::Bkpt | M::Hlt | M::Udf | M::Eret => {
                self.exception(mnemonic)
            }
            M::Rfe | M::Rfeda | M::Rfedb | M::Rfeib => self.return_from_exception(mnemonic),
            M::Mrs
            | M::Msr
            | M::Cps
            | M::Cpsid
            | M::Cpsie
            | M::Setpan
            | M::Mrc
            | M::Mcr
            | M::Mrrc
            | M::Mcrr
            | M::Vmrs
            | M::Vmsr => self.system(mnemonic),
            _ if instruction.mnemonic().name().starts_with('v')
                || vector::is_cryptographic(mnemonic) =>
            {
                self.vector(mnemonic, instruction)
            }
            // `setend` turns the bytes of every later access round, `srs` stores to the stack of
            // another mode, `ldc` and `stc` depend on the coprocessor.
            _ => None,
        }
    }

    // Effects

    fn set(&mut self, part: Part, value: Expression) {
        self.list.push(Effect::Set(part, value));
    }

    fn set_flag(&mut self, flag: Flag, value: Expression) {
        self.set(registers::flag(flag), value);
    }

    /// Lets a flag that only gathers (Q, QC) be set where `bit` is.
    fn gather(&mut self, part: Part, bits: Expression) {
        let gathered = computed(Operation::Or, vec![Expression::Cell(part), bits], part.bits);
        self.set(part, gathered);
    }

    fn havoc(&mut self, part: Part, cause: HavocCause) {
        self.list.push(Effect::Havoc(part, cause));
    }

    /// Adds a load; returns what it brings.
    fn load(&mut self, access: Access) -> Expression {
        self.list.push(Effect::Load(access));
        self.loads += 1;
        Expression::Loaded(self.loads - 1)
    }

    fn store(&mut self, access: Access, value: Option<Expression>) {
        self.list.push(Effect::Store(access, value));
    }

    /// Writes a general register. A write of the program counter is a jump.
    fn set_general(&mut self, number: u8, value: Expression) {
        if number == PROGRAM_COUNTER {
            self.next = Next::Jump(Target::Computed(value));
        } else {
            self.set(registers::general(number), value);
        }
    }

    // Places

    /// What an instruction reads as the program counter: its address plus 8, in Thumb plus 4
    /// (DDI 0406 A2.3).
    fn program_counter(&self, aligned: bool) -> Place {
        let ahead = if self.decoded.state == State::Arm { 8 } else { 4 };
        let offset = self.surroundings.offset.wrapping_add(ahead);
        let offset = if aligned { offset & !3 } else { offset };
        Place::Own { section: self.surroundings.section, offset }
    }

    /// The place that a label operand names.
    fn label(&mut self, operand: usize) -> Option<Place> {
        if let Some(reference) = &self.surroundings.reference {
            self.reference_used = true;
            return reference.relative_to.is_none().then(|| reference.place.clone());
        }
        let Some(Operand::Label { offset, pc }) = self.operands.get(operand) else { return None };
        let ahead = u64::from(pc.ahead);
        let base = self.surroundings.offset.wrapping_add(ahead);
        let align = u64::from(pc.align).max(1);
        let base = base & !(align - 1);
        let offset = base.wrapping_add_signed(*offset);
        Some(Place::Own { section: self.surroundings.section, offset })
    }
}

// Short ways to write expressions.

/// A place as a value of 32 bits.
fn address(place: Place) -> Expression {
    Expression::Place(place).slice(0, 32)
}

fn computed(operation: Operation, inputs: Vec<Expression>, bits: u16) -> Expression {
    Expression::computed(operation, inputs, bits)
}

fn word(value: u32) -> Expression {
    Expression::constant(u64::from(value), 32)
}

fn bit(value: bool) -> Expression {
    Expression::constant(u64::from(value), 1)
}

fn add(one: Expression, other: Expression) -> Expression {
    computed(Operation::Add, vec![one, other], 32)
}

fn flag(flag: Flag) -> Expression {
    Expression::Cell(Part::whole(Cell::Flag(flag)))
}

fn register(number: u8) -> Expression {
    Expression::Cell(registers::general(number))
}

/// One bit: whether a value is 0.
fn is_zero(value: &Expression, bits: u16) -> Expression {
    computed(Operation::Equal, vec![value.clone(), Expression::zeros(bits)], 1)
}

fn not(value: Expression, bits: u16) -> Expression {
    value.complement(bits)
}

fn choose(condition: Condition, one: Expression, other: Expression) -> Expression {
    Expression::Choose(Box::new(condition), Box::new(one), Box::new(other))
}
