//! Where control goes.

use exarmo_aarch64::{Mnemonic, Reg, XRegZr};

use super::super::operands::{LINK, Lifter, general};
use super::pointers::{authenticated, modifier_of};
use crate::effects::{Condition, Effect, Expression, Next, Operation, Part, Target, Test};
use crate::registers::Register;
use crate::values::Cell;

/// Lifts an instruction of this kind; `None` for any other.
pub fn lift(lifter: &mut Lifter<'_>) -> Option<()> {
    use Mnemonic::*;
    let link = general(LINK);
    lifter.effects.next = match lifter.mnemonic() {
        B | Bc => {
            let target = Target::Place(lifter.label()?);
            match lifter.code.operands.first() {
                Some(exarmo_aarch64::Operand::Cond(code)) => {
                    match super::super::operands::condition(*code) {
                        Some(condition) => Next::Branch(condition, target),
                        None => Next::Jump(target),
                    }
                }
                _ => Next::Jump(target),
            }
        }
        Bl => Next::Call { target: Target::Place(lifter.label()?), link },
        Br => Next::Jump(Target::Computed(lifter.value(0, 64)?)),
        Blr => Next::Call { target: Target::Computed(lifter.value(0, 64)?), link },
        Ret => Next::Return(lifter.value(0, 64)?),
        Retaa | Retab | Retaasppc | Retabsppc | Retaasppcr | Retabsppcr => {
            let key = if lifter.mnemonic().name().starts_with("retaa") { "pacia" } else { "pacib" };
            let address = lifter.read(Reg::X(XRegZr::new(LINK)));
            Next::Return(authenticated(lifter, key, address, modifier_of(lifter, "sp")))
        }
        Braa | Braaz | Brab | Brabz | Blraa | Blraaz | Blrab | Blrabz => {
            let name = lifter.mnemonic().name();
            let key = if name.contains("raa") { "pacia" } else { "pacib" };
            let with = match name.ends_with('z') {
                true => Expression::zeros(64),
                false => lifter.value(1, 64)?,
            };
            let address = lifter.value(0, 64)?;
            let target = Target::Computed(authenticated(lifter, key, address, with));
            match name.starts_with("bl") {
                true => Next::Call { target, link },
                false => Next::Jump(target),
            }
        }
        Cbz | Cbnz => {
            let bits = lifter.width(0)?;
            let test = Test::IsZero(lifter.value(0, bits)?);
            let negated = lifter.mnemonic() == Cbnz;
            Next::Branch(Condition { test, negated }, Target::Place(lifter.label()?))
        }
        Tbz | Tbnz => {
            let bits = lifter.width(0)?;
            let number = lifter.immediate(1)? as u16;
            let test = Test::IsSet(lifter.value(0, bits)?.slice(number, 1));
            let negated = lifter.mnemonic() == Tbz;
            Next::Branch(Condition { test, negated }, Target::Place(lifter.label()?))
        }
        Eret | Eretaa | Eretab | Drps => Next::Leave,
        Udf => Next::Trap,
        // LLVM's own trap; every other number is a debugger's, who lets the program continue.
        Brk if lifter.immediate(0) == Some(1) => Next::Trap,
        Hlt if lifter.immediate(0) == Some(SEMIHOSTING) => {
            semihosting(lifter);
            Next::Fall
        }
        Brk | Hlt => Next::Fall,
        _ => compare_and_branch(lifter)?,
    };
    Some(())
}

/// The number of a request to a debugger ("Semihosting for AArch32 and AArch64", 3.1).
const SEMIHOSTING: i64 = 0xf000;

/// An operation in `w0`, and in `x1` its parameter, which some have none of; the answer is in `x0`.
fn semihosting(lifter: &mut Lifter<'_>) {
    let register = |number| Part::whole(Cell::Register(Register::General(number)));
    lifter.use_in_system(Expression::Cell(Part { bits: 32, ..register(0) }));
    let inputs = vec![Expression::Cell(register(0)), Expression::Cell(register(1))];
    let answer = Expression::computed(Operation::Mixed("semihosting".into()), inputs, 64);
    lifter.effects.list.push(Effect::Set(register(0), answer));
}

/// `cb<cond>`: compare two registers, or a register and a number, and branch (FEAT_CMPBR).
fn compare_and_branch(lifter: &Lifter<'_>) -> Option<Next> {
    let name = lifter.mnemonic().name();
    let stem = name.strip_prefix("cb")?;
    let (stem, bits) = match (stem.len(), stem.as_bytes().first()) {
        (3, Some(b'b')) => (&stem[1..], 8),
        (3, Some(b'h')) => (&stem[1..], 16),
        (2, _) => (stem, lifter.width(0)?),
        _ => return None,
    };
    let width = lifter.width(0)?;
    let one = lifter.value(0, width)?.slice(0, bits);
    let other = lifter.value(1, width)?.slice(0, bits);
    let condition = match stem {
        "eq" => Condition::holds(Test::Equal(one, other)),
        "ne" => Condition::fails(Test::Equal(one, other)),
        "gt" => Condition::holds(Test::LessSigned(other, one)),
        "ge" => Condition::fails(Test::LessSigned(one, other)),
        "lt" => Condition::holds(Test::LessSigned(one, other)),
        "hi" => Condition::holds(Test::Less(other, one)),
        "hs" => Condition::fails(Test::Less(one, other)),
        "lo" => Condition::holds(Test::Less(one, other)),
        _ => return None,
    };
    Some(Next::Branch(condition, Target::Place(lifter.label()?)))
}
