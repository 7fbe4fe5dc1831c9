//! Instructions as text, with an operand's placeholder where a register was chosen for it.
//!
//! The register that the analysis chose for `in(reg)` means nothing to a reader; `{0}` does. The names
//! of operands are not known here, so a placeholder is `{`, [`OPERAND`] and the operand's number: the
//! code that shows the text inserts the name.

use crate::block::{Block, Operand, Place};
use crate::facts::Facts;
use crate::isa::registers::modifier;
use crate::registers::RegisterPart;
use crate::values::Site;

/// Precedes an operand's number in a placeholder. A character that no instruction contains.
pub const OPERAND: char = '\u{e000}';

/// An operand's placeholder in a template.
pub fn placeholder(operand: usize) -> String {
    format!("{{{OPERAND}{operand}}}")
}

/// An instruction of a block as it would be written in a template.
pub fn instruction(block: &Block, facts: &Facts, site: Site) -> String {
    let name = |part| placeholder_of(block, facts, part);
    facts.instruction(site).instruction.text(block.syntax, &name)
}

/// The placeholder of the operand of a class that has the register.
fn placeholder_of(block: &Block, facts: &Facts, part: RegisterPart) -> Option<String> {
    let mut registers = facts.registers.iter();
    let position =
        registers.position(|known| known.is_some_and(|known| known.register == part.register))?;
    let Operand::Register(operand) = block.operands.get(position)? else { return None };
    let Place::Class(class) = &operand.place else { return None };
    let modifier = modifier(block.target.architecture, class, part);
    Some(format!("{{{OPERAND}{position}{modifier}}}"))
}
