//! What relocations say about an instruction's immediate.
//!
//! An address takes two instructions: one brings its upper bits (`lui %hi`, `auipc %pcrel_hi`),
//! another adds the lower ones (`addi`, a load, a store, `jalr`). How the address is divided is the
//! linker's business, so the first is taken to bring all of the address and the second to add what
//! the relocation adds to the symbol, or nothing. Then a table entry (`lui`, `add` an index, `lw
//! %lo`) comes out right as well.

use crate::effects::Place;

/// What an immediate field refers to instead of holding a number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Field {
    /// The upper part of an address: of an absolute one in `lui`, or one relative to the instruction
    /// in `auipc`.
    High(Place),
    /// The lower part of an address whose upper part another instruction brought; the number is
    /// what is added besides.
    Low(i64),
    /// The upper part of an offset in thread-local storage.
    HighOfThread(Place),
    /// Where a branch or jump leads; also the second half of a `call`.
    Target(Place),
}
