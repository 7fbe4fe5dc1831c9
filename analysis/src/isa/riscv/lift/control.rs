//! Jumps, branches and what comes back or does not (Unpriv "Control Transfer Instructions"; Priv
//! "Trap-Return Instructions").

use super::build::Builder;
use crate::effects::{Condition, Expression, Next, Place, Target, Test};
use crate::isa::riscv::registers::{RA, T0};
use crate::isa::riscv::symbols::Field;
use crate::values::Cell;

pub fn lift(builder: &mut Builder<'_>) -> bool {
    let next = match builder.name {
        "jal" => {
            let target = Target::Place(place(builder, builder.word.j_immediate()));
            jump(builder, target)
        }
        "jalr" => indirect(builder),
        "mret" | "sret" | "uret" | "dret" | "mnret" => Next::Leave,
        _ => match branch(builder) {
            Some(condition) => {
                let target = place(builder, builder.word.b_immediate());
                Next::Branch(condition, Target::Place(target))
            }
            None => return false,
        },
    };
    builder.next(next);
    true
}

/// Where a relocation says, or a distance away.
fn place(builder: &Builder<'_>, distance: i64) -> Place {
    match builder.field {
        Some(Field::Target(place)) => place.clone(),
        _ => builder.place_at(distance),
    }
}

/// A jump that puts the address of the next instruction in the destination. `x0` takes none.
fn jump(builder: &Builder<'_>, target: Target) -> Next {
    match builder.word.rd() {
        0 => Next::Jump(target),
        link => {
            Next::Call { target, link: Cell::Register(crate::registers::Register::General(link)) }
        }
    }
}

/// `jalr`. That it clears the lowest bit of the address is left out: code has even addresses.
fn indirect(builder: &Builder<'_>) -> Next {
    if let Some(Field::Target(place)) = builder.field {
        return jump(builder, Target::Place(place.clone()));
    }
    let address = builder.base_plus(builder.word.i_immediate());
    let (rd, rs1) = (builder.word.rd(), builder.word.rs1());
    // The two registers that the manual's hints to return-address predictors name.
    let comes_back = rd == 0 && matches!(rs1, RA | T0) && builder.word.i_immediate() == 0;
    match comes_back && builder.field.is_none() {
        true => Next::Return(address),
        false => jump(builder, Target::Computed(address)),
    }
}

fn branch(builder: &Builder<'_>) -> Option<Condition> {
    let (one, other) = (builder.rs1(), builder.rs2());
    // A comparison with `x0` is one with 0.
    let equal = |one: Expression, other: Expression| match (builder.word.rs1(), builder.word.rs2())
    {
        (_, 0) => Test::IsZero(one),
        (0, _) => Test::IsZero(other),
        _ => Test::Equal(one, other),
    };
    Some(match builder.name {
        "beq" => Condition::holds(equal(one, other)),
        "bne" => Condition::fails(equal(one, other)),
        "blt" => Condition::holds(Test::LessSigned(one, other)),
        "bge" => Condition::fails(Test::LessSigned(one, other)),
        "bltu" => Condition::holds(Test::Less(one, other)),
        "bgeu" => Condition::fails(Test::Less(one, other)),
        _ => return None,
    })
}
