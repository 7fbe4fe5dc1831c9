//! Control and status registers, system calls and fences (Unpriv "Zicsr", "Zifencei", "Memory
//! Ordering Instructions"; Priv "Supervisor Instructions", "Svinval").

use super::Environment;
use super::build::{Builder, and, not, or};
use super::floating::{FLOAT_CONTROL, FLOAT_STATUS};
use crate::effects::{Expression, HavocCause, Operation, Part};
use crate::isa::riscv::csr::{Csr, followed};
use crate::isa::riscv::registers::{A0, A7};
use crate::registers::Register;
use crate::values::{Cell, VectorState};

pub fn lift(builder: &mut Builder<'_>) -> bool {
    match builder.name {
        "csrrw" | "csrrs" | "csrrc" | "csrrwi" | "csrrsi" | "csrrci" => registers(builder),
        "ecall" => call(builder),
        // An operation and its block of parameters, which some have none of.
        "semihosting" => {
            builder.uses(builder.x(A0));
            let inputs = vec![builder.x(A0), builder.x(A0 + 1)];
            let answer = Operation::Mixed("semihosting".into());
            let answer = Expression::computed(answer, inputs, builder.bits());
            builder.set_x(A0, answer);
        }
        name if name.starts_with("sfence") || name.starts_with("hfence") => operands(builder),
        name if name.starts_with("sinval") || name.starts_with("hinval") => operands(builder),
        "ebreak" | "fence" | "fence.tso" | "fence.i" | "wfi" | "sctrclr" => {}
        name => return name.starts_with("c.nop") || name.starts_with("c."),
    }
    true
}

/// Addresses and identifiers that a fence is limited to.
fn operands(builder: &mut Builder<'_>) {
    if builder.word.rs1() != 0 {
        builder.uses(builder.rs1());
    }
    if builder.word.rs2() != 0 {
        builder.uses(builder.rs2());
    }
}

fn registers(builder: &mut Builder<'_>) {
    let immediate = builder.name.ends_with('i');
    let source = match immediate {
        true => builder.number(i64::from(builder.word.rs1())),
        false => builder.rs1(),
    };
    let operation = builder.name.trim_end_matches('i');
    // Setting or clearing with `x0` or with the immediate 0 writes nothing.
    let writes = operation == "csrrw" || builder.word.rs1() != 0;
    let number = builder.word.csr();
    let Some(csr) = followed(number) else {
        if writes {
            builder.uses(source);
        }
        builder.varies(builder.word.rd());
        return;
    };
    let old = read(builder, csr);
    if writes {
        let new = match operation {
            "csrrw" => source,
            "csrrs" => or(old.clone(), source),
            _ => and(old.clone(), not(source)),
        };
        write(builder, csr, &new);
    }
    builder.set_rd(old);
}

/// The part of a cell that a register of the vector unit is.
pub fn vector_part(state: VectorState, bits: u16) -> Part {
    Part { cell: Cell::Vector(state), low: 0, bits }
}

/// What a followed register holds, as wide as an integer register.
fn read(builder: &Builder<'_>, csr: Csr) -> Expression {
    let bits = builder.bits();
    let fields = match csr {
        Csr::FloatStatus => vec![FLOAT_STATUS],
        Csr::FloatControl => vec![FLOAT_CONTROL],
        Csr::Float => vec![FLOAT_STATUS, FLOAT_CONTROL],
        Csr::VectorStart => vec![vector_part(VectorState::Start, 16)],
        Csr::VectorSaturated => vec![vector_part(VectorState::Saturated, 1)],
        Csr::VectorRounding => vec![vector_part(VectorState::RoundingMode, 2)],
        Csr::Vector => {
            vec![vector_part(VectorState::Saturated, 1), vector_part(VectorState::RoundingMode, 2)]
        }
        Csr::VectorLength => vec![vector_part(VectorState::Length, bits)],
        Csr::VectorType => vec![vector_part(VectorState::Type, bits)],
        Csr::Scratch(number) => vec![Part { cell: Cell::System(number), low: 0, bits }],
    };
    match fields[..] {
        [field] => Expression::Cell(field).zero_extend(bits),
        _ => Expression::Join(fields.into_iter().map(Expression::Cell).collect()).zero_extend(bits),
    }
}

/// Bits beyond a register's fields are not kept.
fn write(builder: &mut Builder<'_>, csr: Csr, value: &Expression) {
    let bits = builder.bits();
    let field = |low, bits| value.clone().slice(low, bits);
    match csr {
        Csr::FloatStatus => builder.set(FLOAT_STATUS, field(0, 5)),
        Csr::FloatControl => builder.set(FLOAT_CONTROL, field(0, 3)),
        Csr::Float => {
            builder.set(FLOAT_STATUS, field(0, 5));
            builder.set(FLOAT_CONTROL, field(5, 3));
        }
        // It has as many bits as the vector length demands.
        Csr::VectorStart => {
            let kept = super::build::function("vstart", vec![field(0, 16)], 16);
            builder.set(vector_part(VectorState::Start, 16), kept);
        }
        Csr::VectorSaturated => {
            builder.set(vector_part(VectorState::Saturated, 1), field(0, 1));
        }
        Csr::VectorRounding => {
            builder.set(vector_part(VectorState::RoundingMode, 2), field(0, 2));
        }
        Csr::Vector => {
            builder.set(vector_part(VectorState::Saturated, 1), field(0, 1));
            builder.set(vector_part(VectorState::RoundingMode, 2), field(1, 2));
        }
        // They cannot be written, and the attempt traps.
        Csr::VectorLength | Csr::VectorType => {}
        Csr::Scratch(number) => {
            builder.set(Part { cell: Cell::System(number), low: 0, bits }, value.clone());
        }
    }
}

/// `ecall`. Which general registers come back changed, [`Architecture::changed_by_kernel`] says; here
/// is what the call takes in, and what Linux does to vectors.
///
/// [`Architecture::changed_by_kernel`]: crate::block::Architecture::changed_by_kernel
fn call(builder: &mut Builder<'_>) {
    // Linux and SBI take a number in a7; Xous takes it in a0, which it answers in, too.
    if matches!(builder.machine.environment, Environment::Linux | Environment::Firmware) {
        builder.uses(builder.x(A7));
    }
    // Linux, arch/riscv/vector.rst "Vector Register State Across System Calls".
    if builder.machine.environment == Environment::Linux && builder.machine.vectors {
        let cause = HavocCause::Callee;
        for number in 0..32 {
            builder.havoc(Part::whole(Cell::Register(Register::Vector(number))), cause);
        }
        let bits = builder.bits();
        for (state, bits) in [
            (VectorState::Length, bits),
            (VectorState::Type, bits),
            (VectorState::Start, 16),
            (VectorState::RoundingMode, 2),
            (VectorState::Saturated, 1),
        ] {
            builder.havoc(vector_part(state, bits), cause);
        }
    }
}
