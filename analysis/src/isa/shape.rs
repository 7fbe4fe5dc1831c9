//! What each folder answers about the shape of an instruction.

/// What a repeated string instruction accesses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Repeated {
    /// The bytes of one element.
    pub bytes: u64,
    /// Whether it may end before the last element.
    pub ends_early: bool,
}

/// Where control goes after an instruction, as far as its form tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// To the next instruction.
    Next,
    /// Elsewhere, always.
    Jump,
    /// Elsewhere, or to the next instruction.
    Branch,
    /// To a function or a subroutine, which comes back.
    Call,
    /// Back to a caller, or to whoever was interrupted.
    Return,
    /// To a handler, by an interrupt, a trap or a call of the system.
    Interrupt,
    /// To another place if a transaction is aborted.
    Transaction,
}

/// What an instruction does to the x87 stack, which the MMX registers are part of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RegisterStack {
    /// By how much the number of the top register rises: negative for a push.
    pub increment: i32,
    /// Whether it empties the whole stack.
    pub empties: bool,
    /// Whether it uses the registers as MMX registers, which fills the whole stack.
    pub enters_mmx: bool,
}
