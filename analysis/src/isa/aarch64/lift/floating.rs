//! What floating-point and saturating instructions leave in FPSR.

use std::collections::HashSet;
use std::sync::LazyLock;

use exarmo_aarch64::{DynRegZr, Operand, Reg};

use super::super::operands::{Lifter, part};
use super::general;
use crate::effects::{Effect, Expression, Operation, Part};
use crate::values::Cell;

/// The mnemonics that may set bits of FPSR, from the table of this folder.
static RAISING: LazyLock<Raising> = LazyLock::new(|| {
    let mut raising = Raising::default();
    let text = super::super::FLOATING.replace("\n ", " ");
    for row in text.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = row.split('|').map(str::trim);
        let (Some(keys), Some(facts)) = (columns.next(), columns.next()) else { continue };
        let facts: Vec<&str> = facts.split_whitespace().collect();
        for key in keys.split_whitespace() {
            let key: &'static str = String::leak(key.to_owned());
            if facts.contains(&"raises") {
                raising.exceptions.insert(key);
            }
            if facts.contains(&"saturates") {
                raising.saturation.insert(key);
            }
        }
    }
    raising
});

#[derive(Default)]
struct Raising {
    exceptions: HashSet<&'static str>,
    saturation: HashSet<&'static str>,
}

/// Adds what the instruction may set of FPSR: bits that were set stay set.
pub fn lift(lifter: &mut Lifter<'_>) {
    let name = lifter.mnemonic().name();
    // IOC, DZC, OFC, UFC, IXC in bits 0 to 4, IDC in bit 7, QC in bit 27 (DDI 0487, C5.2 FPSR).
    if RAISING.exceptions.contains(name) && !is_exact(lifter) {
        raise(lifter, name, &[(0, 5), (7, 1)]);
    }
    if RAISING.saturation.contains(name) && !is_scalable(lifter) {
        raise(lifter, name, &[(27, 1)]);
    }
}

/// Whether an operand is a scalable vector: their saturating instructions leave QC alone.
fn is_scalable(lifter: &Lifter<'_>) -> bool {
    lifter.code.operands.iter().any(|operand| match operand {
        Operand::Reg(register) => super::super::operands::is_scalable(register.reg),
        Operand::List(list) => {
            list.regs().iter().any(|reg| super::super::operands::is_scalable(*reg))
        }
        _ => false,
    })
}

/// Whether the form raises nothing although others of its mnemonic do: a 32-bit integer always fits
/// a double.
fn is_exact(lifter: &Lifter<'_>) -> bool {
    let is_word = |reg| matches!(reg, Reg::W(_) | Reg::WX(DynRegZr::W(_)));
    let converts = matches!(lifter.mnemonic().name(), "scvtf" | "ucvtf");
    let (first, second) = (lifter.register(0), lifter.register(1));
    converts
        && lifter.code.operands.len() == 2
        && first
            .is_some_and(|register| part(register.reg).0 == 64 && register.arrangement.is_none())
        && second.is_some_and(|register| is_word(register.reg))
}

fn raise(lifter: &mut Lifter<'_>, name: &str, ranges: &[(u16, u16)]) {
    let mut inputs = Vec::new();
    let only_written = general::writes_first(lifter) && !general::keeps_destination(lifter);
    for operand in lifter.code.operands.iter().skip(usize::from(only_written)) {
        match operand {
            Operand::Reg(register) => inputs.push(lifter.read(register.reg)),
            Operand::List(list) => {
                inputs.extend(list.regs().iter().map(|reg| lifter.read(*reg)));
            }
            _ => {}
        }
    }
    // A conditional comparison raises only where it is made.
    if lifter.code.operands.iter().any(|operand| matches!(operand, Operand::Cond(_))) {
        inputs.extend(super::super::operands::FLAGS.map(|(flag, _)| lifter.flag(flag)));
    }
    for &(low, bits) in ranges {
        let part = Part { cell: Cell::FloatStatus, low, bits };
        let new = Operation::Function(format!("{name} status {low}").into());
        let new = Expression::computed(new, inputs.clone(), bits);
        let old = Expression::Cell(part);
        let value = Expression::computed(Operation::Or, vec![old, new], bits);
        lifter.effects.list.push(Effect::Set(part, value));
    }
}
