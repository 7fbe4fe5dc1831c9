//! Pointer authentication and pointer tags (FEAT_PAuth, FEAT_MTE).
//!
//! A signature depends on the pointer, a modifier and a key that nobody sees; authentication with
//! the same modifier and key undoes it.

use exarmo_aarch64::{Mnemonic, Reg, XRegSp, XRegZr};

use super::super::operands::{LINK, Lifter, STACK_POINTER};
use crate::effects::{Expression, HavocCause, Operation, Part};
use crate::values::Cell;

/// The number that the keys have among system registers.
const KEYS: u16 = 0xC108;

/// Lifts an instruction of this kind; `None` for any other.
pub fn lift(lifter: &mut Lifter<'_>) -> Option<()> {
    use Mnemonic::*;
    let name = lifter.mnemonic().name();
    match lifter.mnemonic() {
        Xpaclri => {
            let stripped = strip(lifter.read(link()));
            lifter.write(link(), stripped);
            Some(())
        }
        Xpaci | Xpacd => {
            let stripped = strip(lifter.value(0, 64)?);
            lifter.set(stripped);
            Some(())
        }
        Pacga => {
            let inputs = vec![lifter.value(1, 64)?, lifter.value(2, 64)?, keys()];
            let code = Expression::computed(Operation::Function("pacga".into()), inputs, 32);
            lifter.set(Expression::Join(vec![Expression::zeros(32), code]));
            Some(())
        }
        Irg => {
            let reg = lifter.register(0)?.reg;
            let kept = lifter.value(1, 64)?;
            lifter.write(reg, kept);
            if let (_, Some(part)) = super::super::operands::part(reg) {
                lifter.havoc(Part { low: 56, bits: 4, ..part }, HavocCause::Varying);
            }
            Some(())
        }
        Chkfeat => {
            let inputs = vec![lifter.read(Reg::X(XRegZr::new(16)))];
            let value = Expression::computed(Operation::Function("chkfeat".into()), inputs, 64);
            lifter.write(Reg::X(XRegZr::new(16)), value);
            Some(())
        }
        _ if name.starts_with("pac") || name.starts_with("aut") => sign(lifter, name),
        _ => None,
    }
}

fn link() -> Reg {
    Reg::X(XRegZr::new(LINK))
}

fn keys() -> Expression {
    Expression::Cell(Part::whole(Cell::System(KEYS)))
}

fn strip(value: Expression) -> Expression {
    // Bit 55 says which half of the address space, and the bits of a signature become copies.
    Expression::computed(Operation::Function("xpac".into()), vec![value], 64)
}

/// The modifier that a form of an instruction has without naming it.
pub fn modifier_of(lifter: &Lifter<'_>, form: &str) -> Expression {
    match form {
        "sp" => lifter.read(Reg::XSp(XRegSp::new(STACK_POINTER))),
        "x16" => lifter.read(Reg::X(XRegZr::new(16))),
        _ => Expression::zeros(64),
    }
}

/// A pointer after its authentication with the key of that signing instruction: what was signed,
/// which holds for canonical addresses, as those of code and data are.
pub fn authenticated(
    _lifter: &Lifter<'_>,
    key: &'static str,
    pointer: Expression,
    modifier: Expression,
) -> Expression {
    Expression::computed(Operation::Undo(key.into()), vec![pointer, modifier, keys()], 64)
}

/// `pac*` and `aut*` in all their forms.
fn sign(lifter: &mut Lifter<'_>, name: &str) -> Option<()> {
    let signs = name.starts_with("pac");
    let key = match name.get(3..5)? {
        "ia" => "pacia",
        "ib" => "pacib",
        "da" => "pacda",
        "db" => "pacdb",
        // Data keys with a zero modifier.
        _ if name.get(3..)? == "dza" => "pacda",
        _ if name.get(3..)? == "dzb" => "pacdb",
        _ if name.get(3..)? == "iza" => "pacia",
        _ if name.get(3..)? == "izb" => "pacib",
        // With the program counter mixed in, and others that are not undone by what is known.
        _ => return unknown_form(lifter),
    };
    let rest = &name[name.len().min(5)..];
    let (reg, modifier) = match (lifter.register(0), rest) {
        (None, "sp") => (link(), modifier_of(lifter, "sp")),
        (None, "z") => (link(), Expression::zeros(64)),
        (None, "1716") => (Reg::X(XRegZr::new(17)), modifier_of(lifter, "x16")),
        (None, _) => return unknown_form(lifter),
        (Some(register), _) => match lifter.register(1) {
            Some(_) => (register.reg, lifter.value(1, 64)?),
            None => (register.reg, Expression::zeros(64)),
        },
    };
    let pointer = lifter.read(reg);
    let value = if signs {
        let inputs = vec![pointer, modifier, keys()];
        Expression::computed(Operation::Function(key.into()), inputs, 64)
    } else {
        authenticated(lifter, key, pointer, modifier)
    };
    lifter.write(reg, value);
    Some(())
}

/// A form with a modifier that is not followed: it changes the link register or `x17`.
fn unknown_form(lifter: &mut Lifter<'_>) -> Option<()> {
    let reg =
        if lifter.mnemonic().name().ends_with("171615") { Reg::X(XRegZr::new(17)) } else { link() };
    let inputs = vec![
        lifter.read(reg),
        modifier_of(lifter, "sp"),
        modifier_of(lifter, "x16"),
        lifter.read(Reg::X(XRegZr::new(15))),
        keys(),
    ];
    let name = lifter.mnemonic().name();
    let value = Expression::computed(Operation::Function(name.into()), inputs, 64);
    lifter.write(reg, value);
    Some(())
}
