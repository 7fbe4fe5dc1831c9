//! In which state the processor reads a place in the code: instruction set and IT block.

use exarmo_aarch32::{ItState, t32};

use crate::assemble::Line;

/// The farthest that an IT block reaches: its `it` and four instructions of four bytes.
const IT_REACH: u64 = 18;

/// The IT state at an offset of a section in T32. Instructions begin where lines do. A place has one
/// IT state however control comes there: branches into an IT block are UNPREDICTABLE (DDI 0406
/// A8.8.54).
pub fn it_state(bytes: &[u8], lines: &[Line], offset: u64) -> ItState {
    it_block(bytes, lines, offset).map_or(ItState::Outside, |(_, state)| state)
}

/// The IT block that a place is in: the offset of its `it`, and the state.
pub fn it_block(bytes: &[u8], lines: &[Line], offset: u64) -> Option<(u64, ItState)> {
    // From farther back no IT block reaches so far.
    let near = offset.saturating_sub(IT_REACH - 2);
    let after = lines.partition_point(|line| line.offset <= near);
    let mut at =
        after.checked_sub(1).and_then(|index| lines.get(index)).map_or(0, |line| line.offset);
    let mut rest = lines.get(after..).unwrap_or(&[]).iter().map(|line| line.offset).peekable();
    let (mut state, mut first) = (ItState::Outside, 0);
    while at < offset {
        let half =
            usize::try_from(at).ok().and_then(|at| Some([*bytes.get(at)?, *bytes.get(at + 1)?]));
        let half = half.map(u16::from_le_bytes)?;
        state = if half & 0xff00 == 0xbf00 && half & 0xf != 0 {
            first = at;
            ItState::from_bits(u8::try_from(half & 0xff).unwrap_or(0))
        } else {
            advanced(state)
        };
        let start = at;
        at += u64::from(t32::length(half));
        // A line that begins inside of what was taken for an instruction: that was data.
        while let Some(line) = rest.next_if(|line| *line <= at) {
            if start < line && line < at {
                (at, state) = (line, ItState::Outside);
            }
        }
    }
    (at == offset && matches!(state, ItState::Inside { .. })).then_some((first, state))
}

/// The IT state after any instruction that is not an `it` (DDI 0406, "ITAdvance").
pub fn advanced(it: ItState) -> ItState {
    let bits = it.bits();
    let rest = if bits & 0b111 == 0 { 0 } else { bits & 0xe0 | bits << 1 & 0x1f };
    ItState::from_bits(rest)
}
