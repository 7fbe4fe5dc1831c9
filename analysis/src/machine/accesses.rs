//! Memory and stack as the abstract machine knows them: which memory an address means, loads and
//! stores, pushes and pops. Each access is recorded once, here.

use smallvec::SmallVec;

use super::code::Reference;
use super::memory::Overlap;
use super::record::{Access, AccessKind, PlaceOfAccess, StackUse, StackUseKind, UseKind};
use super::state::State;
use super::{Address, Machine, Step};
use crate::values::{
    Cause, Cell, IMAGE, Kind, Operation, Site, Source, ValueId, Visit, Word, arithmetic,
};

/// So many values a search goes through.
const FAR: usize = 64;

/// The values that a search has seen.
type Seen = SmallVec<[ValueId; 16]>;

impl Machine<'_> {
    /// The word as a base and a signed offset, in the form that memory is keyed by.
    pub fn base_and_offset(&mut self, word: &Word) -> (Word, i64) {
        let bits = word.bits();
        if let Some(constant) = word.as_constant() {
            return (Word::zeros(bits), arithmetic::signed(constant, bits));
        }
        if let Some((value, 0)) = word.as_slice() {
            let (kind, offset) = match self.values.get(value).kind {
                Kind::Address { section, offset } => {
                    (Kind::Address { section, offset: 0 }, offset as i64)
                }
                Kind::Symbol { symbol, addend } => (Kind::Symbol { symbol, addend: 0 }, addend),
                _ => {
                    let (base, addend) = self.values.split_offset(word);
                    return (base, arithmetic::signed(addend, bits));
                }
            };
            let base = self.values.intern(kind, 64, None);
            return (Word::slice_of(base, 0, bits), offset);
        }
        (word.clone(), 0)
    }

    /// The range of distances from the entry stack pointer in which the address lies, if it comes from
    /// the entry stack pointer by known steps and alignments.
    pub fn stack_range(&mut self, word: &Word) -> Option<(i64, i64)> {
        let (base, offset) = self.base_and_offset(word);
        self.stack_range_of(&base, offset)
    }

    /// The same for a base and an offset.
    fn stack_range_of(&mut self, base: &Word, offset: i64) -> Option<(i64, i64)> {
        let stack = self.values.entry_value(Cell::Register(self.stack_pointer));
        if base.is_slice(stack, 0) {
            return Some((offset, offset));
        }
        // A predicate of SVE is 2 to 32 bytes long.
        if let Some((rest, count)) = self.split_predicate_lengths(base) {
            let (lowest, highest) = self.stack_range(&rest)?;
            let count = count.cast_signed();
            let (near, far) = (count.saturating_mul(2), count.saturating_mul(32));
            let lowest = lowest.saturating_add(near.min(far)).saturating_add(offset);
            let highest = highest.saturating_add(near.max(far)).saturating_add(offset);
            return Some((lowest, highest));
        }
        // An alignment to 16 bytes leaves a slice with zeros below: at most 15 bytes further down.
        if let [zeros, slice] = base.segments()
            && zeros.source == crate::values::Source::Zeros
            && let crate::values::Source::Slice { value, low } = slice.source
            && low == zeros.bits
            && low < 32
        {
            let unaligned = Word::slice_of(value, 0, base.bits());
            let (lowest, highest) = self.stack_range(&unaligned)?;
            return Some((lowest - (1 << low) + 1 + offset, highest + offset));
        }
        None
    }

    /// Whether the word comes from the entry stack pointer at all.
    pub fn comes_from_stack(&self, word: &Word) -> bool {
        let mut seen = SmallVec::new();
        word.values().any(|value| self.value_comes_from_stack(value, &mut seen))
    }

    /// Whether the word certainly does not come from the entry stack pointer: what it is made of was
    /// looked through to the end.
    pub fn is_surely_elsewhere(&self, word: &Word) -> bool {
        let mut seen = SmallVec::new();
        let found = word.values().any(|value| self.value_comes_from_stack(value, &mut seen));
        !found && seen.len() <= FAR
    }

    fn value_comes_from_stack(&self, value: ValueId, seen: &mut Seen) -> bool {
        if seen.contains(&value) || seen.len() > FAR {
            return false;
        }
        seen.push(value);
        match &self.values.get(value).kind {
            Kind::Entry(cell) => *cell == Cell::Register(self.stack_pointer),
            Kind::Offset { base, .. } => {
                base.values().any(|value| self.value_comes_from_stack(value, seen))
            }
            Kind::Computed {
                operation: Operation::Add | Operation::Subtract | Operation::And | IMAGE,
                inputs,
            } => {
                let mut values = inputs.iter().flat_map(Word::values);
                values.any(|value| self.value_comes_from_stack(value, seen))
            }
            Kind::Joined { .. } => {
                let mut values = self.values.alternatives(value).iter().flat_map(Word::values);
                values.any(|value| self.value_comes_from_stack(value, seen))
            }
            _ => false,
        }
    }

    /// Which memory an access means.
    pub fn place(&mut self, state: &State, address: &Address, bytes: Option<u64>) -> PlaceOfAccess {
        if address.segment.is_some() {
            return PlaceOfAccess::Outside;
        }
        let bytes = i64::try_from(bytes.unwrap_or(1)).unwrap_or(i64::MAX);
        let (base, offset) = self.base_and_offset(&address.word);
        if let Some((lowest, highest)) = self.stack_range_of(&base, offset) {
            return if highest.saturating_add(bytes) <= 0 {
                PlaceOfAccess::OwnStack
            } else if lowest >= 0 || lowest == highest {
                PlaceOfAccess::Frame
            } else {
                PlaceOfAccess::Stack
            };
        }
        for (stack, top) in &state.stacks {
            if *stack == base {
                let own = offset.saturating_add(bytes) <= *top;
                return if own { PlaceOfAccess::OwnStack } else { PlaceOfAccess::Outside };
            }
        }
        if self.comes_from_stack(&address.word) {
            return PlaceOfAccess::Stack;
        }
        // What it held on entry was looked for above.
        if state.is_changed(Cell::Register(self.stack_pointer)) {
            let stack = self.general(state, self.stack_pointer);
            let (current, depth) = self.base_and_offset(&stack);
            if current == base && offset.saturating_add(bytes) <= depth {
                // Below a stack pointer that has been joined from several paths.
                return PlaceOfAccess::OwnStack;
            }
        }
        if self.is_slot(&base) {
            return PlaceOfAccess::Private;
        }
        PlaceOfAccess::Outside
    }

    /// Whether a word is the address of a slot that only the linker writes.
    fn is_slot(&self, base: &Word) -> bool {
        base.as_slice().is_some_and(|(value, _)| match self.values.get(value).kind {
            Kind::Symbol { symbol, .. } => self.code.symbol(symbol).ends_with(Reference::SLOT),
            _ => false,
        })
    }

    /// Records an access and what its address uses.
    pub fn access(
        &mut self,
        state: &State,
        step: Step,
        kind: AccessKind,
        address: &Address,
        bytes: Option<u64>,
        conditional: bool,
    ) -> PlaceOfAccess {
        let place = match self.place(state, address, bytes) {
            PlaceOfAccess::Private if kind.writes() => PlaceOfAccess::Outside,
            place => place,
        };
        let of_writes = self.alignment_of_writes.filter(|_| kind.writes());
        let alignment = of_writes.or(self.alignment);
        self.used(step, UseKind::Address, &address.word);
        self.record.accesses.push(Access {
            site: step.site,
            trace: step.trace,
            kind,
            place,
            address: address.word.clone(),
            segment: address.segment,
            bytes,
            conditional,
            alignment,
            stored: None,
        });
        if kind.writes() && place == PlaceOfAccess::OwnStack {
            self.stack_use(state, step, &address.word, StackUseKind::Write);
        }
        place
    }

    /// Records a use of the stack below the entry stack pointer; none on a stack that the block
    /// switched to.
    pub fn stack_use(&mut self, state: &State, step: Step, word: &Word, kind: StackUseKind) {
        if !state.stacks.is_empty() && self.stack_range(word).is_none() {
            return;
        }
        let Step { site, trace } = step;
        let lowest = self.stack_range(word).map(|(lowest, _)| lowest.min(0).unsigned_abs());
        self.record.stack_uses.push(StackUse { site, trace, kind, depth: lowest });
    }

    /// The key under which memory at an address is known.
    pub fn key(&mut self, address: &Address, site: Site) -> (Word, i64) {
        let (base, offset) = self.base_and_offset(&address.word);
        match address.segment {
            None => (base, offset),
            Some(segment) => {
                let bits = base.bits();
                let operation = Operation::Function(u32::MAX - u32::from(segment));
                (self.values.computed(operation, vec![base], bits, site), offset)
            }
        }
    }

    /// Reads `bits` bits of memory; recorded.
    pub fn load(
        &mut self,
        state: &mut State,
        step: Step,
        address: &Address,
        bits: u16,
        conditional: bool,
    ) -> Word {
        self.access(state, step, AccessKind::Read, address, Some(u64::from(bits / 8)), conditional);
        self.peek(state, step, address, bits)
    }

    /// What memory holds, without a record.
    pub fn peek(&mut self, state: &mut State, step: Step, address: &Address, bits: u16) -> Word {
        let (base, offset) = self.key(address, step.site);
        let mut word = Word::default();
        for run in state.memory.load(&base, offset, bits) {
            let origin = self.origin(state, step, word.bits());
            let part = run.word.map(|held| match run.overlaid && !self.is_saved(&base, &held) {
                // It may have been left alone.
                true => {
                    let inputs = vec![held, address.word.clone()];
                    self.values.fresh(origin, Cause::Opaque, inputs, run.bits)
                }
                false => held,
            });
            let part = part.unwrap_or_else(|| {
                let new = if self.may_be_stack(&address.word) || self.is_merged_stack(&base) {
                    self.values.fresh(origin, Cause::Opaque, Vec::new(), run.bits)
                } else {
                    let inputs = vec![address.word.clone()];
                    self.values.fresh(origin, Cause::Load, inputs, run.bits)
                };
                if self.comes_from_stack(&base) {
                    // Nobody else writes there, so a second look sees the same.
                    state.memory.store(&base, Overlap::Stack, run.offset, new.clone());
                }
                new
            });
            word.append(&part);
        }
        word
    }

    /// Writes memory; recorded.
    pub fn store(
        &mut self,
        state: &mut State,
        step: Step,
        address: &Address,
        word: Word,
        conditional: bool,
    ) {
        let bytes = Some(u64::from(word.bits() / 8));
        let place = self.access(state, step, AccessKind::Write, address, bytes, conditional);
        self.poke(state, step, address, place, word, conditional);
    }

    /// Lets memory hold a word, and records that the word is seen there.
    pub fn poke(
        &mut self,
        state: &mut State,
        step: Step,
        address: &Address,
        place: PlaceOfAccess,
        word: Word,
        conditional: bool,
    ) {
        if matches!(place, PlaceOfAccess::Outside | PlaceOfAccess::Frame) {
            self.used(step, UseKind::Stored, &word);
        }
        let mut recorded = self.record.accesses.iter_mut().rev();
        let recorded = recorded.by_ref().take_while(|access| access.site == step.site);
        let mut written = recorded.filter(|access| access.kind.writes());
        if let Some(access) = written.find(|access| access.address == address.word) {
            access.stored = Some(word.clone());
        }
        let (base, offset) = self.key(address, step.site);
        let bytes = i64::from(word.bits() / 8);
        self.forget_aliases(state, step, &base, offset, bytes);
        let overlap = self.overlap(&base, place);
        state.memory.overlay(&base, overlap);
        state.memory.disturb_images(&base, offset, bytes);
        if conditional {
            state.memory.forget(&base, offset, bytes);
        } else {
            state.memory.store(&base, overlap, offset, word);
        }
    }

    /// What other bases may lead to memory at a base.
    pub fn overlap(&self, base: &Word, place: PlaceOfAccess) -> Overlap {
        let is_symbol = || {
            base.as_slice().is_some_and(|(value, _)| {
                matches!(self.values.get(value).kind, Kind::Symbol { .. } | Kind::Address { .. })
            })
        };
        match place {
            PlaceOfAccess::OwnStack | PlaceOfAccess::Frame | PlaceOfAccess::Stack => Overlap::Stack,
            PlaceOfAccess::Outside | PlaceOfAccess::Private if is_symbol() => Overlap::Symbol,
            PlaceOfAccess::Outside | PlaceOfAccess::Private => Overlap::Any,
        }
    }

    /// Whether a word on the block's own stack is there to be restored: a register on entry that is not an
    /// input, a return address.
    fn is_saved(&self, base: &Word, held: &Word) -> bool {
        let is_input = |cell| match cell {
            Cell::Register(register) => self.input_registers.contains(register),
            _ => false,
        };
        let is_saved = |value| match self.values.get(value).kind {
            Kind::Entry(cell) => !is_input(cell),
            Kind::Address { .. } => true,
            _ => false,
        };
        held.segments().iter().all(|segment| match segment.source {
            Source::Slice { value, .. } => is_saved(value),
            _ => false,
        }) && self.comes_from_stack(base)
    }

    /// Whether the word was an address in the stack before something that can't be known perhaps
    /// changed it: what is read there may be what the block has saved.
    fn may_be_stack(&self, word: &Word) -> bool {
        // Most blocks have nothing of the kind, and the search is long in a chain of loops.
        self.values.has_opaque()
            && self.values.reaches(word, |kind| match kind {
                Kind::Fresh { cause: Cause::Opaque, inputs, .. } => {
                    // What was read from a place that is not known may be anything.
                    let is_from_stack = |before| self.comes_from_stack(before);
                    let may_be = inputs.is_empty() || inputs.iter().any(is_from_stack);
                    if may_be { Visit::Found } else { Visit::Through }
                }
                Kind::Offset { .. } | Kind::Joined { .. } => Visit::Through,
                _ => Visit::Stop,
            })
    }

    /// Whether the word is an address in the stack that differs between paths which were merged: what
    /// each of them stored there is no longer known.
    fn is_merged_stack(&self, word: &Word) -> bool {
        let is_joined = |value| matches!(self.values.get(value).kind, Kind::Joined { .. });
        word.as_slice().is_some_and(|(value, _)| is_joined(value)) && self.comes_from_stack(word)
    }

    /// Whether the word is something that was left there by what can't be known, or lies at a
    /// known distance from it.
    pub fn is_unknown(&mut self, word: &Word) -> bool {
        let (base, _) = self.base_and_offset(word);
        base.as_slice().is_some_and(|(value, _)| self.values.is_opaque(value))
    }

    /// Notes that the stack pointer was loaded with something: where it does not come from the
    /// entry stack pointer, the block stands on another stack from here on.
    pub fn stack_pointer_loaded(&mut self, state: &mut State, step: Step) {
        let stack = self.general(state, self.stack_pointer);
        let range = self.stack_range(&stack);
        if let Some((lowest, _)) = range {
            let reserved = lowest.min(0).unsigned_abs();
            self.record.reserved_stack = self.record.reserved_stack.max(reserved);
        }
        if range.is_none() && !self.comes_from_stack(&stack) {
            self.used(step, UseKind::StackPointer, &stack);
            let top = self.base_and_offset(&stack);
            let known = state.stacks.iter().any(|(base, _)| *base == top.0);
            if !known {
                state.stacks.push(top);
            }
        }
    }
}
