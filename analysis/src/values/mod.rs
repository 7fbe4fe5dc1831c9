//! Values: what the abstract interpreter knows about the bits that a block handles.
//!
//! Values are expressions, hash-consed in [`Values`]: equal expressions are one value, so that
//! "the same as on entry" and "the same condition as before" are comparisons of numbers. Each
//! holds at most 512 bits; [`Word`]s are rows of slices of them.
//!
//! Why equal expressions may stand for equal run-time values although a loop computes them anew:
//! where paths with different values meet in a loop's head, the value there is a fresh
//! [`Kind::Joined`] one, and everything that the loop body computes depends on it.

pub mod arithmetic;
mod search;
mod word;

use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

pub use search::Visit;
pub use word::{Number, Segment, Source, Word, low_mask};

use crate::registers::Register;

/// A value of one [`Values`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ValueId(u32);

impl ValueId {
    const fn from_index(index: u32) -> ValueId {
        ValueId(index)
    }

    /// The position in [`Values`]; values only depend on values of smaller index, joins apart.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The instruction that made a value, by its index among the block's decoded instructions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Site(pub u32);

/// A status or system flag. On x86 the number is its bit in `rflags` (Intel SDM vol. 1, 3.4.3); the
/// flags that x86 does not have are numbered where `rflags` is reserved.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
#[allow(missing_docs, reason = "the manual's own names")]
pub enum Flag {
    Carry = 0,
    Parity = 2,
    Adjust = 4,
    Zero = 6,
    Sign = 7,
    Interrupt = 9,
    Direction = 10,
    Overflow = 11,
    AlignmentCheck = 18,
    /// Q of the Arm CPSR.
    Saturation = 27,
    /// GE[0] of the Arm CPSR.
    GreaterOrEqual0 = 28,
    /// GE[1].
    GreaterOrEqual1 = 29,
    /// GE[2].
    GreaterOrEqual2 = 30,
    /// GE[3].
    GreaterOrEqual3 = 31,
}

impl Flag {
    /// The six flags that `preserves_flags` promises (rules.preserved-registers).
    pub const STATUS: [Flag; 6] =
        [Flag::Carry, Flag::Parity, Flag::Adjust, Flag::Zero, Flag::Sign, Flag::Overflow];

    /// Every flag of x86 that is followed one by one.
    pub const ALL: [Flag; 9] = [
        Flag::Carry,
        Flag::Parity,
        Flag::Adjust,
        Flag::Zero,
        Flag::Sign,
        Flag::Interrupt,
        Flag::Direction,
        Flag::Overflow,
        Flag::AlignmentCheck,
    ];

    /// Whether it is one of the six that instructions leave as a status.
    pub fn is_status(self) -> bool {
        Flag::STATUS.contains(&self)
    }

    /// The bit's number in `rflags`.
    pub fn bit(self) -> u16 {
        self as u16
    }

    /// The manual's two-letter name.
    pub fn name(self) -> &'static str {
        match self {
            Flag::Carry => "CF",
            Flag::Parity => "PF",
            Flag::Adjust => "AF",
            Flag::Zero => "ZF",
            Flag::Sign => "SF",
            Flag::Interrupt => "IF",
            Flag::Direction => "DF",
            Flag::Overflow => "OF",
            Flag::AlignmentCheck => "AC",
            Flag::Saturation => "Q",
            Flag::GreaterOrEqual0 => "GE[0]",
            Flag::GreaterOrEqual1 => "GE[1]",
            Flag::GreaterOrEqual2 => "GE[2]",
            Flag::GreaterOrEqual3 => "GE[3]",
        }
    }
}

/// A place of the machine's state that holds a [`Word`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Cell {
    /// A register that an operand can name. `Register::X87` is a *physical* x87 register,
    /// numbered so that number 0 is `st(0)` at entry.
    Register(Register),
    /// One flag.
    Flag(Flag),
    /// The flags of `rflags` that are not followed one by one, in their own bits: TF, IOPL, NT, ID.
    OtherFlags,
    /// MXCSR: exception flags in bits 0–5, control bits above (Intel SDM vol. 1, 10.2.3).
    Mxcsr,
    /// The x87 control word.
    X87Control,
    /// The x87 status word.
    X87Status,
    /// A segment register, by encoding: es, cs, ss, ds, fs, gs.
    Segment(u8),
    /// Sticky floating-point exception flags apart from x86: FPSR, the status half of the Arm FPSCR
    /// (in its bits), `fflags`.
    FloatStatus,
    /// Floating-point control apart from x86: FPCR, the control half of the Arm FPSCR, `frm`.
    FloatControl,
    /// State of the RISC-V vector unit.
    Vector(VectorState),
    /// A system register that is followed, by a number of the architecture's own.
    System(u16),
}

/// A register of the RISC-V vector unit that is not a vector (Unpriv, "V", vector CSRs).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum VectorState {
    /// `vl`.
    Length,
    /// `vtype`.
    Type,
    /// `vxrm`.
    RoundingMode,
    /// `vxsat`.
    Saturated,
    /// `vstart`.
    Start,
}

impl Cell {
    /// How many bits it holds.
    pub fn bits(self) -> u16 {
        match self {
            Cell::Register(register) => register.bits(),
            Cell::Flag(_) => 1,
            Cell::OtherFlags => 64,
            Cell::Mxcsr => 32,
            Cell::X87Control | Cell::X87Status | Cell::Segment(_) => 16,
            Cell::FloatStatus | Cell::FloatControl => 32,
            Cell::Vector(_) | Cell::System(_) => 64,
        }
    }
}

/// How a computed value depends on its inputs, bit by bit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Operation {
    /// Sum. Bit n depends on bits 0–n of the inputs.
    Add,
    /// Difference. Bit n depends on bits 0–n of the inputs.
    Subtract,
    /// Low half of a product. Bit n depends on bits 0–n of the inputs.
    Multiply,
    /// Bit n depends on bit n of each input.
    And,
    /// Bit n depends on bit n of each input.
    Or,
    /// Bit n depends on bit n of each input.
    Xor,
    /// Bit n depends on bit n of the input.
    Not,
    /// The second or the third input; the first input decides.
    Choose,
    /// Each lane of so many bits depends on the same lane of each input. The number distinguishes
    /// operations.
    Lanes(u16, u32),
    /// Every bit depends on every bit of every input. The number distinguishes functions.
    Function(u32),
    /// Every bit depends on some bits of the inputs, but on which cannot be determined. The number
    /// distinguishes functions.
    Mixed(u32),
}

/// The number of the function that makes an image's base of its address.
pub const IMAGE: Operation = Operation::Function(u32::MAX - 16);

/// Where a value that is not a function of others comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cause {
    /// It was read from memory (the input is the address).
    Load,
    /// The instruction at the site made it from something that is not an operand.
    Instruction,
    /// A function that was called left it, or a system call.
    Callee,
    /// An instruction whose effects can't be known left it, if it touched it at all. The input is
    /// what was there before, as far as that is followed; for memory that a store through another
    /// pointer may have changed, the second input is the address.
    Opaque,
}

/// What a value is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// What the cell held when the block was entered.
    Entry(Cell),
    /// An address in the block's own code or data.
    Address {
        /// The section, by index in the machine code.
        section: u32,
        /// The offset in it.
        offset: u64,
    },
    /// The address of a symbol that the block does not define, plus an addend.
    Symbol {
        /// The symbol, by number in the interpreter's list.
        symbol: u32,
        /// What is added.
        addend: i64,
    },
    /// A word plus a constant that is not 0, modulo the width.
    Offset {
        /// The word.
        base: Word,
        /// The constant.
        addend: u64,
    },
    /// The result of an operation.
    Computed {
        /// Which.
        operation: Operation,
        /// Its inputs.
        inputs: Box<[Word]>,
    },
    /// Something new at each execution.
    Fresh {
        /// The instruction.
        site: Site,
        /// Distinguishes several results of one execution.
        slot: u16,
        /// Distinguishes executions on one path.
        serial: u32,
        /// Where it comes from.
        cause: Cause,
        /// What decided it, as far as known: see the cause.
        inputs: Box<[Word]>,
    },
    /// One of several words, where paths meet. The alternatives are in [`Values::alternatives`].
    Joined {
        /// The address at which the paths meet, as the index of its instruction.
        node: u32,
        /// What differs there: a cell, or a stretch of memory by number.
        slot: JoinSlot,
    },
}

impl Kind {
    /// The address that the value was read from, if it was read from memory.
    pub fn loaded_from(&self) -> Option<&Word> {
        match self {
            Kind::Fresh { cause: Cause::Load, inputs, .. } => inputs.first(),
            // What was there before, and where.
            Kind::Fresh { cause: Cause::Opaque, inputs, .. } => inputs.get(1),
            _ => None,
        }
    }
}

/// The part of the state that differs between paths that meet.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum JoinSlot {
    /// A cell.
    Cell(Cell),
    /// Memory at a base and offset.
    Memory(Word, i64),
}

/// A value with what is known about it.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Its width in bits.
    pub bits: u16,
    /// The first instruction that made it, if one did.
    pub site: Option<Site>,
    /// A hash of the expression that does not depend on the order in which values were made,
    /// for comparing two interpretations of one block.
    pub digest: u64,
}

/// All values of one interpretation.
#[derive(Debug)]
pub struct Values {
    values: Vec<Value>,
    /// All of them, found by digest.
    known: HashTable<ValueId>,
    alternatives: FxHashMap<ValueId, Alternatives>,
    /// The entry values made so far; there are few, and they are asked for at every step.
    entries: Vec<(Cell, ValueId)>,
    /// Those of the cells that have a place of their own there, since most questions are about them.
    frequent: Frequent,
    /// Cells that stand for others in digests; see [`Values::rename`].
    renamed: Vec<Renamed>,
    /// Whether one of them was left there by what can't be known.
    has_opaque: bool,
}

/// The entry values of general registers and flags.
#[derive(Debug)]
struct Frequent([Option<ValueId>; 64]);

impl Default for Frequent {
    fn default() -> Frequent {
        Frequent([None; 64])
    }
}

impl Frequent {
    fn place(cell: Cell) -> Option<usize> {
        let number = match cell {
            Cell::Register(Register::General(number)) if number < 32 => number,
            Cell::Flag(flag) => 32 + flag as u8,
            _ => return None,
        };
        (number < 64).then_some(number.into())
    }
}

/// What a joined value may be.
#[derive(Default, Debug)]
struct Alternatives {
    list: Vec<Word>,
    /// All of them, once they are more than a few.
    known: FxHashSet<Word>,
}

impl Alternatives {
    /// So many are looked through one by one.
    const FEW: usize = 8;

    /// Adds a word. Returns whether it is new.
    fn add(&mut self, word: &Word) -> bool {
        if self.list.len() <= Alternatives::FEW {
            if self.list.contains(word) {
                return false;
            }
        } else {
            if self.known.is_empty() {
                self.known.extend(self.list.iter().cloned());
            }
            if !self.known.insert(word.clone()) {
                return false;
            }
        }
        self.list.push(word.clone());
        true
    }
}

/// A cell that stands for another in digests.
#[derive(Clone, Copy, Debug)]
struct Renamed {
    from: Cell,
    to: Cell,
    on_entry: bool,
}

/// As many values as most blocks make at least: so that the tables grow once for most.
const MANY: usize = 112;

impl Default for Values {
    fn default() -> Values {
        Values {
            values: Vec::with_capacity(MANY),
            known: HashTable::with_capacity(MANY),
            alternatives: FxHashMap::default(),
            entries: Vec::new(),
            frequent: Frequent::default(),
            renamed: Vec::new(),
            has_opaque: false,
        }
    }
}

impl Values {
    /// Lets what is in `from` have the digest of what is in `to`, so that an interpretation in
    /// which an operand got another register can be compared with the plain one. Whether that
    /// holds for what is there on entry, `on_entry` says.
    pub fn rename(&mut self, from: Cell, to: Cell, on_entry: bool) {
        self.renamed.push(Renamed { from, to, on_entry });
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none yet.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// About how many bytes they take: each value, its entry in the table, and its inputs, of which
    /// most have two.
    pub fn bytes(&self) -> usize {
        self.values.len() * (size_of::<Value>() + 2 * size_of::<ValueId>() + 2 * size_of::<Word>())
    }

    /// The value.
    #[inline]
    pub fn get(&self, id: ValueId) -> &Value {
        &self.values[id.index()]
    }

    /// All of them, in the order in which they were made.
    pub fn ids(&self) -> impl Iterator<Item = ValueId> + use<> {
        (0..u32::try_from(self.values.len()).unwrap_or(u32::MAX)).map(ValueId::from_index)
    }

    /// Whether a value was left there by what can't be known.
    pub fn is_opaque(&self, id: ValueId) -> bool {
        matches!(self.get(id).kind, Kind::Fresh { cause: Cause::Opaque, .. })
    }

    /// Whether any value was left there by what can't be known.
    pub fn has_opaque(&self) -> bool {
        self.has_opaque
    }

    /// What a joined value may be; empty for every other value.
    pub fn alternatives(&self, id: ValueId) -> &[Word] {
        self.alternatives.get(&id).map_or(&[], |known| &known.list)
    }

    /// Makes or finds a value.
    pub fn intern(&mut self, kind: Kind, bits: u16, site: Option<Site>) -> ValueId {
        let digest = self.digest_of_kind(&kind, bits);
        let values = &self.values;
        let same = |id: &ValueId| {
            let value: &Value = &values[id.index()];
            value.digest == digest && value.bits == bits && value.kind == kind
        };
        if let Some(&id) = self.known.find(digest, same) {
            return id;
        }
        let id = ValueId::from_index(u32::try_from(self.values.len()).unwrap_or(u32::MAX));
        self.has_opaque |= matches!(kind, Kind::Fresh { cause: Cause::Opaque, .. });
        self.values.push(Value { kind, bits, site, digest });
        let values = &self.values;
        self.known.insert_unique(digest, id, |id| values[id.index()].digest);
        id
    }

    /// The word that a cell holds on entry.
    pub fn entry(&mut self, cell: Cell) -> Word {
        Word::slice_of(self.entry_value(cell), 0, cell.bits())
    }

    /// The value that a cell holds on entry.
    pub fn entry_value(&mut self, cell: Cell) -> ValueId {
        self.known_entry(cell).unwrap_or_else(|| {
            let id = self.intern(Kind::Entry(cell), cell.bits(), None);
            match Frequent::place(cell) {
                Some(place) => self.frequent.0[place] = Some(id),
                None => self.entries.push((cell, id)),
            }
            id
        })
    }

    /// Whether a word is what the cell holds on entry.
    pub fn is_entry(&self, cell: Cell, word: &Word) -> bool {
        let Some((value, 0)) = word.as_slice() else { return false };
        word.bits() == cell.bits() && matches!(self.get(value).kind, Kind::Entry(of) if of == cell)
    }

    /// [`entry`](Self::entry), if somebody asked for it before.
    pub fn entry_if_known(&self, cell: Cell) -> Option<Word> {
        Some(Word::slice_of(self.known_entry(cell)?, 0, cell.bits()))
    }

    fn known_entry(&self, cell: Cell) -> Option<ValueId> {
        match Frequent::place(cell) {
            Some(place) => self.frequent.0[place],
            None => self.entries.iter().find(|(known, _)| *known == cell).map(|(_, id)| *id),
        }
    }

    /// The result of an operation, as a word of `bits` bits.
    pub fn computed(
        &mut self,
        operation: Operation,
        inputs: Vec<Word>,
        bits: u16,
        site: Site,
    ) -> Word {
        let kind = Kind::Computed { operation, inputs: inputs.into() };
        let id = self.intern(kind, bits, Some(site));
        Word::slice_of(id, 0, bits)
    }

    /// Something new, as a word of `bits` bits.
    pub fn fresh(&mut self, origin: Origin, cause: Cause, inputs: Vec<Word>, bits: u16) -> Word {
        let Origin { site, slot, serial } = origin;
        let kind = Kind::Fresh { site, slot, serial, cause, inputs: inputs.into() };
        let id = self.intern(kind, bits, Some(site));
        Word::slice_of(id, 0, bits)
    }

    /// The value that stands for whatever arrives at `node` in `slot`; adds `word` to what it
    /// may be. Returns it, and whether the alternative is new.
    pub fn join(&mut self, node: u32, slot: JoinSlot, words: [&Word; 2]) -> (Word, bool) {
        let bits = words[0].bits();
        let id = self.intern(Kind::Joined { node, slot }, bits, None);
        let joined = Word::slice_of(id, 0, bits);
        let alternatives = self.alternatives.entry(id).or_default();
        let mut new = false;
        for word in words {
            new |= *word != joined && alternatives.add(word);
        }
        (joined, new)
    }

    /// Whether each value, by index, may depend on what a cell held on entry.
    pub fn depending_on(&self, cell: Cell) -> Vec<bool> {
        let mut depends = vec![false; self.values.len()];
        let any = |depends: &[bool], words: &[Word]| {
            words.iter().flat_map(Word::values).any(|value| depends[value.index()])
        };
        loop {
            let mut changed = false;
            for index in 0..self.values.len() {
                let id = ValueId::from_index(u32::try_from(index).unwrap_or(u32::MAX));
                let now = match &self.values[index].kind {
                    Kind::Entry(known) => *known == cell,
                    Kind::Address { .. } | Kind::Symbol { .. } => false,
                    Kind::Offset { base, .. } => any(&depends, std::slice::from_ref(base)),
                    Kind::Computed { inputs, .. } | Kind::Fresh { inputs, .. } => {
                        any(&depends, inputs)
                    }
                    Kind::Joined { .. } => any(&depends, self.alternatives(id)),
                };
                changed |= now && !depends[index];
                depends[index] |= now;
            }
            if !changed {
                return depends;
            }
        }
    }

    /// The digest of a word; see [`Value::digest`].
    pub fn digest(&self, word: &Word) -> u64 {
        let mut hasher = FxHasher::default();
        for segment in word.segments() {
            segment.bits.hash(&mut hasher);
            match segment.source {
                Source::Slice { value, low } => (self.get(value).digest, low).hash(&mut hasher),
                other => other.hash(&mut hasher),
            }
        }
        hasher.finish()
    }

    fn digest_of_kind(&self, kind: &Kind, bits: u16) -> u64 {
        let mut hasher = FxHasher::default();
        (std::mem::discriminant(kind), bits).hash(&mut hasher);
        match kind {
            Kind::Entry(cell) => self.canonical(*cell, true).hash(&mut hasher),
            Kind::Address { section, offset } => (section, offset).hash(&mut hasher),
            Kind::Symbol { symbol, addend } => (symbol, addend).hash(&mut hasher),
            Kind::Offset { base, addend } => (self.digest(base), addend).hash(&mut hasher),
            Kind::Computed { operation, inputs } => {
                operation.hash(&mut hasher);
                inputs.iter().for_each(|input| self.digest(input).hash(&mut hasher));
            }
            Kind::Fresh { site, slot, serial, .. } => (site, slot, serial).hash(&mut hasher),
            Kind::Joined { node, slot: JoinSlot::Cell(cell) } => {
                (node, self.canonical(*cell, false)).hash(&mut hasher);
            }
            Kind::Joined { node, slot: JoinSlot::Memory(base, offset) } => {
                (node, self.digest(base), offset).hash(&mut hasher);
            }
        }
        hasher.finish()
    }

    /// The cell that a cell stands for, on entry or later on.
    fn canonical(&self, cell: Cell, on_entry: bool) -> Cell {
        let mut renamed = self.renamed.iter();
        let renamed = renamed.find(|known| known.from == cell && (known.on_entry || !on_entry));
        renamed.map_or(cell, |renamed| renamed.to)
    }
}

/// Which execution of which instruction makes a fresh value.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The instruction.
    pub site: Site,
    /// Distinguishes several results of one execution.
    pub slot: u16,
    /// Distinguishes executions on one path.
    pub serial: u32,
}
