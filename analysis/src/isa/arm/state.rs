//! In which state the processor reads a place in the code: instruction set and IT block.

use exarmo_aarch32::{ItState, t32};

use super::decode::State;

/// The farthest that an IT block reaches: its `it` and four instructions of four bytes.
const IT_REACH: u64 = 18;

/// The IT state at an offset of a section in T32. `boundaries` are offsets, ascending, at which
/// instructions begin. A block of instructions has one IT state however control comes there:
/// branches into an IT block are UNPREDICTABLE (DDI 0406 A8.8.54).
pub fn it_state(bytes: &[u8], boundaries: &[u64], offset: u64) -> ItState {
    let near = offset.saturating_sub(IT_REACH - 2);
    let after = boundaries.partition_point(|boundary| *boundary <= near);
    let mut at = after.checked_sub(1).and_then(|index| boundaries.get(index)).copied().unwrap_or(0);
    let mut rest = boundaries.get(after..).unwrap_or(&[]).iter().copied().peekable();
    let mut state = ItState::Outside;
    while at < offset {
        let half = usize::try_from(at)
            .ok()
            .and_then(|at| Some([*bytes.get(at)?, *bytes.get(at + 1)?]));
        let Some(half) = half.map(u16::from_le_bytes) else { return ItState::Outside };
        state = if half & 0xff00 == 0xbf00 && half & 0xf != 0 {
            ItState::from_bits(u8::try_from(half & 0xff).unwrap_or(0))
        } else {
            advanced(state)
        };
        at += u64::from(t32::length(half));
        // A boundary inside of what was taken for an instruction: that was data.
        while let Some(boundary) = rest.next_if(|boundary| *boundary <= at) {
            if boundary < at && boundary + 2 <= offset {
                let is_inside = boundary > at - u64::from(t32::length(half));
                if is_inside {
                    (at, state) = (boundary, ItState::Outside);
                }
            }
        }
    }
    if at == offset { state } else { ItState::Outside }
}

/// The IT state after any instruction that is not an `it` (DDI 0406, "ITAdvance").
pub fn advanced(it: ItState) -> ItState {
    let bits = it.bits();
    let rest = if bits & 0b111 == 0 { 0 } else { bits & 0xe0 | bits << 1 & 0x1f };
    ItState::from_bits(rest)
}

/// The instruction set that a target's code is in where nothing says otherwise.
pub fn default_state(triple: &str) -> State {
    if triple.starts_with("thumb") { State::Thumb } else { State::Arm }
}
