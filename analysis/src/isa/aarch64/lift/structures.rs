//! `ld1` … `ld4` and `st1` … `st4` of Advanced SIMD: lanes of several registers in turn.

use exarmo_aarch64::{Mnemonic, Operand, Reg, RegList};

use super::super::operands::{Lifter, arranged};
use super::memory::{address, operand, write_back};
use crate::effects::{Access, Expression};

/// Lifts an instruction of this kind; `None` for any other.
pub fn lift(lifter: &mut Lifter<'_>) -> Option<()> {
    use Mnemonic::*;
    let Some(Operand::List(list)) = lifter.operand(0) else { return None };
    match lifter.mnemonic() {
        Ld1 | St1 | Ldap1 | Stl1 => access(lifter, list, 1),
        Ld2 | St2 => access(lifter, list, 2),
        Ld3 | St3 => access(lifter, list, 3),
        Ld4 | St4 => access(lifter, list, 4),
        Ld1r | Ld2r | Ld3r | Ld4r => replicate(lifter, list),
        _ => None,
    }
}

/// Whether the mnemonic is of a load.
fn loads(mnemonic: Mnemonic) -> bool {
    mnemonic.name().starts_with("ld")
}

/// Whole registers, or one lane of each. `interleaved` registers take turns lane by lane; of `ld1`
/// one register follows the other.
fn access(lifter: &mut Lifter<'_>, list: RegList, interleaved: usize) -> Option<()> {
    let arrangement = list.arrangement?;
    let element = arrangement.element_width().bits();
    let regs = list.regs();
    let address = address(lifter, &operand(lifter)?);
    let aligned = matches!(lifter.mnemonic(), Mnemonic::Ldap1 | Mnemonic::Stl1);
    // Where each lane of each register is in memory, in lanes.
    let lanes = match list.index {
        Some(_) => 1,
        None => arranged(arrangement) / element,
    };
    let order = |reg: usize, lane: u16| match interleaved {
        1 => reg as u16 * lanes + lane,
        _ => lane * regs.len() as u16 + reg as u16,
    };
    let bits = lanes * element * regs.len() as u16;
    let bytes = u64::from(bits / 8);
    let alignment = aligned.then_some(u32::from(element / 8));
    let place = Access { alignment, ..Access::plain(address.at.clone(), bytes) };
    if loads(lifter.mnemonic()) {
        let row = lifter.load(place);
        write_back(lifter, address);
        for (number, reg) in regs.iter().enumerate() {
            let lane = |lane| row.clone().slice(order(number, lane) * element, element);
            match list.index {
                Some(index) => lifter.write_lane(*reg, arrangement, index, lane(0)),
                None => {
                    let value = Expression::Join((0..lanes).map(lane).collect());
                    lifter.write(*reg, value);
                }
            }
        }
        return Some(());
    }
    let mut row = Vec::new();
    for position in 0..lanes * regs.len() as u16 {
        for (number, reg) in regs.iter().enumerate() {
            for lane in (0..lanes).filter(|lane| order(number, *lane) == position) {
                let low = list.index.map_or(lane, |index| index as u16) * element;
                row.push(lifter.read(*reg).slice(low, element));
            }
        }
    }
    lifter.store(place, Some(Expression::Join(row)));
    write_back(lifter, address);
    Some(())
}

/// One lane of memory for each register, copied to all its lanes.
fn replicate(lifter: &mut Lifter<'_>, list: RegList) -> Option<()> {
    let arrangement = list.arrangement?;
    let element = arrangement.element_width().bits();
    let regs: Vec<Reg> = list.regs().to_vec();
    let address = address(lifter, &operand(lifter)?);
    let bytes = u64::from(element / 8) * regs.len() as u64;
    let row = lifter.load(Access::plain(address.at.clone(), bytes));
    write_back(lifter, address);
    let lanes = arranged(arrangement) / element;
    for (number, reg) in (0u16..).zip(regs) {
        let lane = row.clone().slice(number * element, element);
        lifter.write(reg, Expression::Join(vec![lane; usize::from(lanes)]));
    }
    Some(())
}
