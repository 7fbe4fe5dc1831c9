//! What happens to an input: used by the lints about superfluous operands.

use asm_analysis::block::{Block, Operand};
use asm_analysis::facts::{DepartureKind, ExitKind, Facts};
use asm_analysis::values::{Cell, Site};

use crate::judged::Judged;

/// Whether an input has an effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reach {
    /// Something may use it.
    Something,
    /// Nothing does.
    Nothing,
}

/// Whether the entry value of a register is used by anything that can be seen.
pub(crate) fn input_reach(judged: &Judged<'_>, block: &Block, facts: &Facts, cell: Cell) -> Reach {
    if facts.instructions.is_empty() || facts.exits.is_empty() || is_read_elsewhere(judged, facts) {
        return Reach::Something;
    }
    // A pointer to the register's own save slot, or an image of all registers, is not followed.
    let label = block.operands.iter().any(|operand| matches!(operand, Operand::Label { .. }));
    let demand = facts.demand_of_all();
    let used = demand.entries(&facts.values).any(|(entry, _)| entry == cell);
    // A register that an instruction may leave unchanged counts as read by it.
    let perhaps_left = facts
        .writes
        .iter()
        .any(|&(site, written)| written == cell && may_leave(judged, facts, site));
    if used || label || perhaps_left { Reach::Something } else { Reach::Nothing }
}

/// Whether control or state goes to code that may read registers which no instruction here names:
/// a block that never returns may leave values for a debugger.
pub(crate) fn is_read_elsewhere(judged: &Judged<'_>, facts: &Facts) -> bool {
    let departs = facts.departures.iter().any(|departure| {
        matches!(
            departure.kind,
            DepartureKind::Jump
                | DepartureKind::Return
                | DepartureKind::FrameReturn
                | DepartureKind::Trap
                | DepartureKind::DivergingCall
                | DepartureKind::Unknown
        )
    });
    let jumps_out = facts.exits.iter().any(|exit| exit.kind == ExitKind::TailJump);
    let enters = (0u32..).zip(&facts.instructions).any(|(index, _)| {
        let meaning = judged.meaning(facts, Site(index));
        meaning.kernel.is_some()
            || meaning.opaque
            || meaning.side_effect == Some(asm_analysis::meaning::SideEffect::Trap)
    });
    departs
        || jumps_out
        || enters
        || facts.exits.is_empty()
        || is_sign(judged, facts)
        || !facts.calls.is_empty()
        || !facts.is_complete()
}

/// Whether the block has an instruction that does nothing on a processor, but that emulators treat
/// as a request to them, which they answer in registers.
pub(crate) fn is_sign(judged: &Judged<'_>, facts: &Facts) -> bool {
    facts.sites().any(|site| judged.meaning(facts, site).requests)
}

/// Whether the instruction may leave its destination unchanged.
fn may_leave(judged: &Judged<'_>, facts: &Facts, site: Site) -> bool {
    judged.meaning(facts, site).perhaps_nothing
}
