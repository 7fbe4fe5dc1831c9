//! Compressed push, pop, moves and table jumps (Unpriv "Zcmp", "Zcmt").

use super::build::Builder;
use crate::effects::{Access, Expression, Next, Part};
use crate::isa::riscv::registers::{A0, RA, S0, S1, SP};
use crate::values::Cell;

/// The jump vector table's base (Unpriv "Zcmt", `jvt`).
const TABLE: u16 = 0x017;

pub fn lift(builder: &mut Builder<'_>) -> bool {
    let saved = [S0, S1, 18, 19, 20, 21, 22, 23];
    let register = |low: u32| saved[(builder.word.field(low, 3)) as usize];
    let (first, second) = (register(7), register(2));
    match builder.name {
        "cm.push" => push(builder),
        "cm.pop" | "cm.popret" | "cm.popretz" => pop(builder),
        "cm.mva01s" => {
            builder.set_x(A0, builder.x(first));
            builder.set_x(A0 + 1, builder.x(second));
        }
        "cm.mvsa01" => {
            builder.set_x(first, builder.x(A0));
            builder.set_x(second, builder.x(A0 + 1));
        }
        "cm.jt" | "cm.jalt" => table_jump(builder),
        _ => return false,
    }
    true
}

/// The registers of the list in the order of their numbers, and by how much the stack moves.
fn list(builder: &Builder<'_>) -> (Vec<u8>, i64) {
    let saved = [S0, S1, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27];
    // From 4, `ra` alone, to 15, which saves s10 and s11 at once.
    let count = match builder.word.field(4, 4) as usize {
        15 => 12,
        list => list.saturating_sub(4),
    };
    let mut registers = vec![RA];
    registers.extend(&saved[..count]);
    let bytes = registers.len() as i64 * i64::from(builder.bits() / 8);
    let rounded = (bytes + 15) / 16 * 16;
    (registers, rounded + i64::from(builder.word.field(2, 2)) * 16)
}

fn push(builder: &mut Builder<'_>) {
    let (registers, adjustment) = list(builder);
    let size = i64::from(builder.bits() / 8);
    let mut offset = 0;
    for &register in registers.iter().rev() {
        offset -= size;
        let address = builder.add_number(builder.x(SP), offset);
        let value = builder.x(register);
        builder.store(Access::plain(address, size as u64), Some(value));
    }
    let stack = builder.add_number(builder.x(SP), -adjustment);
    builder.set_x(SP, stack);
}

fn pop(builder: &mut Builder<'_>) {
    let (registers, adjustment) = list(builder);
    let size = i64::from(builder.bits() / 8);
    let mut offset = adjustment;
    let mut back = None;
    for &register in registers.iter().rev() {
        offset -= size;
        let address = builder.add_number(builder.x(SP), offset);
        let value = builder.load(Access::plain(address, size as u64));
        if register == RA {
            back = Some(value.clone());
        }
        builder.set_x(register, value);
    }
    let stack = builder.add_number(builder.x(SP), adjustment);
    builder.set_x(SP, stack);
    if builder.name == "cm.popretz" {
        builder.set_x(A0, builder.number(0));
    }
    if builder.name != "cm.pop"
        && let Some(back) = back
    {
        builder.next(Next::Return(back));
    }
}

/// A jump to where an entry of a table says; from entry 32 on it puts a return address in `ra`.
fn table_jump(builder: &mut Builder<'_>) {
    let size = u64::from(builder.bits() / 8);
    let base = Expression::Cell(Part { cell: Cell::System(TABLE), low: 0, bits: builder.bits() });
    let address = builder.add_number(base, builder.word.field(2, 8) as i64 * size as i64);
    let target = builder.load(Access::plain(address, size));
    let target = crate::effects::Target::Computed(target);
    builder.next(match builder.name {
        "cm.jt" => Next::Jump(target),
        _ => Next::Call { target, link: Cell::Register(crate::registers::Register::General(RA)) },
    });
}
