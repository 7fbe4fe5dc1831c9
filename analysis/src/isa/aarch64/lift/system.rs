//! System registers and system instructions.
//!
//! What they mean to the contract is in the text tables; here is what they do to cells.

use exarmo_aarch64::{Mnemonic, Operand, SysReg};

use super::super::operands::{FLAGS, Lifter, STACK_POINTER, general, part};
use crate::effects::{Access, Effect, Expression, HavocCause, Operation, Part};
use crate::values::{Cell, Flag};

/// `NZCV`, `FPCR` and `FPSR` by encoding (DDI 0487, C5.2).
const NZCV: u16 = 0xDA10;
const FPCR: u16 = 0xDA20;
const FPSR: u16 = 0xDA21;
/// `RNDR` and `RNDRRS`, which set the flags.
const RNDR: u16 = 0xD920;
const RNDRRS: u16 = 0xD921;
/// `SPSel`, which says what `sp` is.
const SPSEL: u16 = 0xC210;

/// Lifts an instruction of this kind; `None` for any other.
pub fn lift(lifter: &mut Lifter<'_>) -> Option<()> {
    use Mnemonic::*;
    match lifter.mnemonic() {
        Mrs => {
            let Operand::SysReg(register) = lifter.operand(1)? else { return None };
            read(lifter, register)
        }
        Msr => match lifter.operand(0)? {
            Operand::SysReg(register) => write(lifter, register),
            Operand::SysOp(field) => {
                if field.def().name == "spsel" {
                    lifter.havoc(Part::whole(general(STACK_POINTER)), HavocCause::Opaque);
                }
                Some(())
            }
            _ => None,
        },
        Mrrs => {
            for index in [0, 1] {
                havoc_register(lifter, index)?;
            }
            Some(())
        }
        Msrr => {
            for index in [1, 2] {
                let value = lifter.value(index, 64)?;
                lifter.use_in_system(value);
            }
            Some(())
        }
        Dc => cache(lifter),
        At | Ic | Tlbi | Tlbip | Cfp | Cpp | Dvp | Cosp | Sys | Sysp | Gic | Gsb | Brb | Trcit
        | Plbi | Apas => {
            use_registers(lifter);
            Some(())
        }
        Sysl | Gicr => havoc_register(lifter, 0),
        Gcspushm | Gcsss1 | Gcsstr | Gcssttr => {
            use_registers(lifter);
            Some(())
        }
        Gcspopm | Gcsss2 => havoc_register(lifter, 0),
        Wfet | Wfit => {
            use_registers(lifter);
            Some(())
        }
        Svc | Hvc | Smc | Dcps1 | Dcps2 | Dcps3 | Tenter | Texit | Nop | Yield | Wfe | Wfi
        | Sev | Sevl | Dgh | Esb | Psb | Tsb | Gcsb | Csdb | Clrbhb | Bti | Hint | Hinte | Dsb
        | Dmb | Isb | Sb | Ssbb | Pssbb | Gcspopcx | Gcspopx | Gcspushx | Pacm | Stshh | Stcph
        | Shuh => Some(()),
        Smstart | Smstop => {
            streaming(lifter);
            Some(())
        }
        _ => None,
    }
}

/// Entering or leaving streaming mode clears all vectors, predicates and FFR, and sets every sticky bit
/// of FPSR (DDI 0487, "PSTATE.SM"). Compiled Rust code does not run in streaming mode, so entering it
/// is a change; leaving it may be none.
fn streaming(lifter: &mut Lifter<'_>) {
    let only_array = lifter.code.operands.iter().any(|operand| {
        matches!(operand, Operand::Symbol(symbol) if symbol.name == "za")
            || matches!(operand, Operand::SysOp(field) if field.def().name == "svcrza")
    });
    if only_array {
        return;
    }
    let enters = lifter.mnemonic() == Mnemonic::Smstart;
    let vectors = (0..32).map(crate::registers::Register::Vector);
    let predicates = (0..17).map(crate::registers::Register::Mask);
    for register in vectors.chain(predicates) {
        let part = Part::whole(Cell::Register(register));
        match enters {
            true => lifter.effects.list.push(Effect::Set(part, Expression::zeros(part.bits))),
            false => lifter.havoc(part, HavocCause::Opaque),
        }
    }
    lifter.havoc(Part::whole(Cell::FloatStatus), HavocCause::Opaque);
}

/// A register operand gets something that is not an operand.
fn havoc_register(lifter: &mut Lifter<'_>, index: usize) -> Option<()> {
    if let (_, Some(part)) = part(lifter.register(index)?.reg) {
        lifter.havoc(part, HavocCause::Varying);
    }
    Some(())
}

/// All register operands go into the system.
fn use_registers(lifter: &mut Lifter<'_>) {
    for operand in lifter.code.operands.iter() {
        if let Operand::Reg(register) = operand {
            let value = lifter.read(register.reg);
            lifter.use_in_system(value);
        }
    }
}

fn read(lifter: &mut Lifter<'_>, register: SysReg) -> Option<()> {
    let status = |cell| Expression::Cell(Part::whole(cell)).zero_extend(64);
    let value = match register.encoding() {
        NZCV => {
            let mut parts = vec![Expression::zeros(28)];
            parts.extend(FLAGS.iter().rev().map(|(flag, _)| lifter.flag(*flag)));
            parts.push(Expression::zeros(32));
            Expression::Join(parts)
        }
        FPCR => status(Cell::FloatControl),
        FPSR => status(Cell::FloatStatus),
        encoding => {
            if matches!(encoding, RNDR | RNDRRS) {
                for (flag, _) in FLAGS {
                    lifter.set_flag(flag, Expression::zeros(1));
                }
                lifter.havoc(Part::whole(Cell::Flag(Flag::Zero)), HavocCause::Varying);
            }
            return havoc_register(lifter, 0);
        }
    };
    lifter.set(value);
    Some(())
}

fn write(lifter: &mut Lifter<'_>, register: SysReg) -> Option<()> {
    let value = lifter.value(1, 64)?;
    match register.encoding() {
        NZCV => {
            for (flag, bit) in FLAGS {
                lifter.set_flag(flag, value.clone().slice(bit, 1));
            }
        }
        FPCR => set_status(lifter, Cell::FloatControl, value),
        FPSR => set_status(lifter, Cell::FloatStatus, value),
        SPSEL => {
            lifter.use_in_system(value);
            lifter.havoc(Part::whole(general(STACK_POINTER)), HavocCause::Opaque);
        }
        _ => lifter.use_in_system(value),
    }
    Some(())
}

fn set_status(lifter: &mut Lifter<'_>, cell: Cell, value: Expression) {
    lifter.effects.list.push(Effect::Set(Part::whole(cell), value.slice(0, 32)));
}

/// `dc zva` and its kin write memory, a block whose size the processor knows; all others act on
/// the address.
fn cache(lifter: &mut Lifter<'_>) -> Option<()> {
    let Operand::SysOp(operation) = lifter.operand(0)? else { return None };
    let address = lifter.value(1, 64)?;
    if matches!(operation.def().name, "zva" | "gva" | "gzva") {
        let mask = Expression::constant(!63, 64);
        let block = Expression::computed(Operation::And, vec![address, mask], 64);
        lifter.store(Access::of_unknown_length(block), None);
    } else {
        lifter.use_in_system(address);
    }
    Some(())
}
