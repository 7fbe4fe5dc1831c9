//! What assembler state a block leaves behind, found by asking the assembler.

use super::batch::Batch;
use super::{Leak, Section};

/// Finds what a block leaks.
pub(super) fn find(_: &Batch<'_>, _: usize, _: bool, _: Option<&Section>) -> Vec<Leak> {
    Vec::new()
}
