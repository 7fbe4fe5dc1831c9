//! [`Next`]: where control goes after an instruction.

use super::code::CodeAddress;
use super::condition::Question;
use super::record::{DepartureKind, DoubtKind, ExitKind};
use super::state::State;

/// Where a jump goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Destination {
    /// A place in the block.
    Code(CodeAddress),
    /// A `label` operand.
    Label(usize),
    /// Somewhere else.
    Outside,
}

/// Where control goes after an instruction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// To the next instruction.
    Fall,
    /// Elsewhere, always.
    Goto(Destination),
    /// To any of several places in the block: the return of a subroutine whose callers are merged.
    Several(Vec<CodeAddress>),
    /// To a subroutine of the block, which comes back to the next instruction.
    Call(CodeAddress),
    /// Elsewhere if the question's answer is yes.
    Branch(Question, Destination),
    /// To the next instruction, or elsewhere in another state.
    Either(Box<State>, Destination),
    /// Away, for good.
    Leave(DepartureKind),
    /// To Rust code.
    Exit(ExitKind),
    /// That cannot be determined.
    Unknown(DoubtKind),
}
