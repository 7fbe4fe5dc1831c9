//! Runs the [`Effects`](crate::effects::Effects) of an instruction on the abstract machine: for every
//! architecture but x86, whose transfer functions work on the machine directly.
//!
//! Expressions are evaluated in [`expression`], conditions in [`condition`]; here are the order in
//! which effects happen, memory, the kernel, and where control goes.

mod condition;
mod expression;
mod table;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use smallvec::SmallVec;

use crate::block::{Architecture, Changes, Kernel, Operand};
use crate::effects::{self, Effect, Effects, Expression, HavocCause, Part, Place, Target, UsedAs};
use crate::facts::{
    AccessKind, CallTarget, DepartureKind, DoubtKind, ExitKind, PlaceOfAccess, UseKind,
};
use crate::isa::Lifted;
use crate::machine::code::{CodeAddress, Literal, Reference};
use crate::machine::condition::Question;
use crate::machine::next::{Destination, Next};
use crate::machine::state::State;
use crate::machine::{Address, Machine, Step};
use crate::meaning::KernelEntry;
use crate::registers::Register;
use crate::substitute::operand_of_symbol;
use crate::values::{Cause, Cell, Flag, Kind, Site, Word};

/// What is known while an instruction is executed.
#[derive(Default)]
struct Loaded<'a> {
    /// What its loads brought, in their order.
    words: SmallVec<[Word; 2]>,
    /// The values that it computes more than once.
    repeated: SmallVec<[(&'a Expression, Word); 2]>,
}

impl Loaded<'_> {
    /// What an expression was found to be before.
    fn repeated(&self, expression: &Expression) -> Option<Word> {
        let mut known = self.repeated.iter();
        known.find(|(known, _)| *known == expression).map(|(_, word)| word.clone())
    }
}

impl Machine<'_> {
    /// The condition under which the instruction does anything at all, where it has one.
    pub fn acts_if(&mut self, state: &mut State, step: Step, lifted: &Lifted) -> Option<Question> {
        let condition = lifted.effects.condition.as_ref()?;
        let question = self.question(state, step, &Loaded::default(), condition);
        if question.known.is_none() {
            let condition = Rc::clone(&question.condition);
            for word in &condition.words {
                self.used(step, UseKind::Branch, word);
            }
        }
        Some(question)
    }

    /// Executes a lifted instruction whose condition holds; `next_address` is where the next one is.
    pub fn apply(
        &mut self,
        state: &mut State,
        step: Step,
        next_address: CodeAddress,
        lifted: &Lifted,
    ) -> Next {
        self.note_reads(state, step, lifted);
        let meaning = &lifted.meaning;
        if let Some(entry) = meaning.kernel {
            self.call_kernel(state, step, entry, lifted);
        }
        if meaning.opaque {
            self.doubt(DoubtKind::OpaqueInstruction, Some(step.site));
            match meaning.writes_unknown {
                true => self.write_all_outputs(state, step),
                false => self.write_declared_outputs(state, step),
            }
        }
        if !self.is_followed(state, &lifted.effects) {
            self.doubt(DoubtKind::OpaqueInstruction, Some(step.site));
            self.write_all_outputs(state, step);
            return Next::Fall;
        }
        let next = self.run(state, step, next_address, &lifted.effects, &lifted.repeated);
        match next {
            Next::Fall if meaning.ends => Next::Leave(DepartureKind::Trap),
            next => next,
        }
    }

    /// Whether the control registers are such that the instruction does what its effects say: the bits
    /// in question are clear, or what they were on entry, which is the same.
    fn is_followed(&mut self, state: &State, effects: &Effects) -> bool {
        effects.only_while_clear.iter().all(|part| {
            let held = state.part(part.cell, part.low, part.bits, &mut self.values);
            let on_entry = self.values.entry(part.cell).slice(part.low, part.bits);
            held.as_constant() == Some(0) || held == on_entry
        })
    }

    /// Notes what the instruction reads.
    fn note_reads(&mut self, state: &mut State, step: Step, lifted: &Lifted) {
        let first_time = self.begin(step.site);
        for part in lifted.reads.iter() {
            if !matches!(part.cell, Cell::Register(_)) {
                continue;
            }
            if first_time {
                self.record.reads.push((step.site, part.cell));
            }
            self.note_input_read(state, step, part.cell);
        }
    }

    /// Lets everything happen that the instruction does, and says where control goes.
    fn run(
        &mut self,
        state: &mut State,
        step: Step,
        behind: CodeAddress,
        effects: &Effects,
        repeated: &[Expression],
    ) -> Next {
        let mut loaded = Loaded::default();
        let table = self.table_targets(state, step, effects);
        if let Some((_, address)) = &table {
            // Which entry is read decides; the table is the assembly's own, like a literal.
            self.used(step, UseKind::Address, address);
        }
        for effect in &effects.list {
            if let Effect::Load(access) = effect {
                let word = match &table {
                    Some(_) => self.fresh(state, step, Cause::Load, 32),
                    None => self.load_by(state, step, &loaded, access),
                };
                loaded.words.push(word);
            }
        }
        for expression in repeated {
            let word = self.value(state, step, &loaded, expression);
            loaded.repeated.push((expression, word));
        }
        // Everything refers to the machine before the instruction, so nothing is written before all
        // is known.
        let mut stores: SmallVec<[_; 2]> = SmallVec::new();
        let mut sets: SmallVec<[(Part, Word); 6]> = SmallVec::new();
        for effect in &effects.list {
            match effect {
                Effect::Load(_) => {}
                Effect::Store(access, value) => {
                    let address = self.value(state, step, &loaded, &access.address);
                    let value = value.as_ref().map(|value| self.value(state, step, &loaded, value));
                    stores.push((access, address, value));
                }
                Effect::Set(part, value) => {
                    let word = self.value(state, step, &loaded, value);
                    sets.push((*part, word.zero_extend(part.bits)));
                }
                Effect::Havoc(part, cause) => {
                    let word = self.havoc(state, step, *part, *cause);
                    sets.push((*part, word));
                }
                Effect::Use(used_as, value) => {
                    let word = self.value(state, step, &loaded, value);
                    let kind = match used_as {
                        UsedAs::System => UseKind::System,
                        UsedAs::Count => UseKind::Count,
                    };
                    self.used(step, kind, &word);
                }
            }
        }
        let next = match table {
            Some((targets, _)) => Onward::Done(Next::Several(targets)),
            None => self.onward(state, step, &loaded, &effects.next),
        };
        for (access, address, value) in stores {
            self.store_by(state, step, access, address, value);
        }
        for (part, word) in sets {
            self.set_part(state, step, part, &word);
        }
        self.go(state, step, behind, next)
    }

    /// Something that is not followed, for a part of a cell.
    fn havoc(&mut self, state: &mut State, step: Step, part: Part, cause: HavocCause) -> Word {
        let before = match cause {
            HavocCause::Opaque => {
                vec![state.part(part.cell, part.low, part.bits, &mut self.values)]
            }
            HavocCause::Varying | HavocCause::Callee => Vec::new(),
        };
        let cause = match cause {
            HavocCause::Varying => Cause::Instruction,
            HavocCause::Callee => Cause::Callee,
            HavocCause::Opaque => Cause::Opaque,
        };
        let origin = self.origin(state, step, 0);
        self.values.fresh(origin, cause, before, part.bits)
    }

    /// Lets a part of a cell hold a word.
    fn set_part(&mut self, state: &mut State, step: Step, part: Part, word: &Word) {
        let whole = state.with(part.cell, part.low, word.clone(), &mut self.values);
        self.set_status(state, step, part.cell, whole);
        if part.cell == Cell::Register(self.stack_pointer) {
            self.stack_pointer_loaded(state, step);
        }
    }

    // Memory

    /// What a load brings.
    fn load_by(
        &mut self,
        state: &mut State,
        step: Step,
        loaded: &Loaded<'_>,
        access: &effects::Access,
    ) -> Word {
        self.note_stack_alignment(state, step, access);
        let word = self.value(state, step, loaded, &access.address);
        let Some(bytes) = access.bytes else {
            self.alignment = access.alignment;
            let address = Address { word, segment: None };
            let place =
                self.access(state, step, AccessKind::Read, &address, None, access.conditional);
            let bits = access.held.unwrap_or(64);
            return match place {
                PlaceOfAccess::OwnStack if access.held.is_some() => {
                    self.peek(state, step, &address, bits)
                }
                _ => self.fresh(state, step, Cause::Load, bits),
            };
        };
        let bits = u16::try_from(bytes.saturating_mul(8)).unwrap_or(u16::MAX);
        if let Some(literal) = self.literal(&word, bytes) {
            return match literal {
                Literal::Number(number) => expression::constant(number, bits),
                Literal::Place(place) => self.place_word(step.site, &place).zero_extend(bits),
            };
        }
        self.alignment = access.alignment;
        let slot = self.symbol_in_slot(&word).filter(|_| bits == self.word_bits());
        let address = Address { word, segment: None };
        let held = self.load(state, step, &address, bits, access.conditional);
        match slot {
            // The linker filled the slot, and nobody writes it.
            Some(symbol) => self.reference(&Reference::Symbol(symbol, 0), step.site),
            None => held,
        }
    }

    /// What a load from the block's own code brings: a literal, which only the assembler put there.
    fn literal(&mut self, address: &Word, bytes: u64) -> Option<Literal> {
        let (value, 0) = address.as_slice()? else { return None };
        match self.values.get(value).kind {
            Kind::Address { section, offset } => {
                self.code.literal(CodeAddress { section, offset }, bytes)
            }
            _ => None,
        }
    }

    /// The symbol whose address is in the slot at an address.
    fn symbol_in_slot(&mut self, address: &Word) -> Option<u32> {
        let (value, 0) = address.as_slice()? else { return None };
        let Kind::Symbol { symbol, addend: 0 } = self.values.get(value).kind else { return None };
        let name = self.code.symbol(symbol).strip_suffix(Reference::SLOT)?.to_owned();
        Some(self.code.symbol_number(&name))
    }

    fn store_by(
        &mut self,
        state: &mut State,
        step: Step,
        access: &effects::Access,
        word: Word,
        value: Option<Word>,
    ) {
        self.note_stack_alignment(state, step, access);
        self.alignment = access.alignment;
        let address = Address { word, segment: None };
        let Some(bytes) = access.bytes else {
            let place =
                self.access(state, step, AccessKind::Write, &address, None, access.conditional);
            match (access.held, value) {
                // One register's room: another one's has another address.
                (Some(_), Some(value)) if place == PlaceOfAccess::OwnStack => {
                    self.poke(state, step, &address, place, value, access.conditional);
                }
                // How far it reaches is not known.
                _ => state.memory.retain(|_| false),
            }
            return;
        };
        let bits = u16::try_from(bytes.saturating_mul(8)).unwrap_or(u16::MAX);
        let value = match value {
            Some(value) => value.zero_extend(bits),
            None => self.fresh(state, step, Cause::Opaque, bits),
        };
        self.store(state, step, &address, value, access.conditional);
    }

    /// Notes an access through the stack pointer where that is not aligned as the architecture
    /// demands.
    fn note_stack_alignment(&mut self, state: &State, step: Step, access: &effects::Access) {
        let architecture = self.block.target.architecture;
        let Some(demanded) = architecture.stack_access_alignment() else { return };
        let stack_pointer = Cell::Register(self.stack_pointer);
        let mut is_base = false;
        access.address.cells(&mut |part| is_base |= part.cell == stack_pointer);
        if !is_base {
            return;
        }
        let word = state.get(stack_pointer, &mut self.values);
        let Some(low) = self.low_stack_bits(&word) else { return };
        let by = u32::from(low) % demanded;
        let fault = (step.site, by as u8);
        if by != 0 && !self.record.stack_faults.contains(&fault) {
            self.record.stack_faults.push(fault);
        }
    }

    // The kernel

    /// `svc`, `ecall` and the like: whoever answers may write every register that the author declares
    /// as an output; whatever else is known to change, changes.
    fn call_kernel(&mut self, state: &mut State, step: Step, entry: KernelEntry, lifted: &Lifted) {
        self.hand_over(state, step.site);
        self.write_declared_outputs(state, step);
        let target = &self.block.target;
        let architecture = target.architecture;
        let kernel = target.kernel;
        let configured = target.system_calls.get(&*lifted.code.mnemonic());
        if let Some(Changes { certain, possible }) = configured {
            let cells = certain.iter().map(|cell| (*cell, HavocCause::Callee));
            let perhaps = possible.iter().map(|cell| (*cell, HavocCause::Opaque));
            for (cell, cause) in cells.chain(perhaps) {
                let word = self.havoc(state, step, Part::whole(cell), cause);
                self.set_part(state, step, Part::whole(cell), &word);
            }
            if !possible.is_empty() {
                self.doubt(DoubtKind::ForeignAnswer, Some(step.site));
            }
            return;
        }
        let is_sbi = matches!(architecture, Architecture::RiscV32 | Architecture::RiscV64)
            && kernel == Kernel::None;
        let has_one_result = is_sbi && self.has_one_result(state);
        match architecture.changed_by_kernel(entry, kernel) {
            Some(changed) => {
                let count = if has_one_result { 1 } else { changed.len() };
                for register in &changed[..count.min(changed.len())] {
                    self.overwrite(state, step, *register, 0, self.word_bits());
                }
            }
            None => self.doubt(DoubtKind::OpaqueInstruction, Some(step.site)),
        }
        // SBI, "Binary Encoding": all but the results is kept.
        let keeps_flags = is_sbi || entry == KernelEntry::SystemCall && kernel == Kernel::Linux;
        if !keeps_flags {
            for &cell in architecture.preserved_flags() {
                let word = self.havoc(state, step, Part::whole(cell), HavocCause::Opaque);
                self.set_status(state, step, cell, word);
            }
        }
    }

    /// Whether the number in `a7` is known to select a function with its answer in `a0` alone: a
    /// legacy one (SBI, "Legacy Extensions"), or none of SBI's (the least number of a later extension
    /// but the base, 0x10, spells three letters), which another kernel answers.
    fn has_one_result(&mut self, state: &State) -> bool {
        let number = self.general(state, Register::General(17));
        let known = number.as_constant().or_else(|| self.input_constant(&number));
        // Only a legacy call does without a function number in `a6`.
        let has_function = self.block.operands.iter().zip(self.registers).any(|(operand, part)| {
            let is_a6 = part.is_some_and(|part| part.register == Register::General(16));
            is_a6 && matches!(operand, Operand::Register(operand) if operand.input.is_some())
        });
        match known {
            Some(number) => number <= 8 || (0x11..0x41_0000).contains(&number),
            None => !has_function,
        }
    }

    // Where control goes

    /// Where control goes, as far as it is known before anything is written.
    fn onward(
        &mut self,
        state: &mut State,
        step: Step,
        loaded: &Loaded<'_>,
        next: &effects::Next,
    ) -> Onward {
        match next {
            effects::Next::Fall => Onward::Done(Next::Fall),
            effects::Next::Jump(target) => {
                Onward::Jump(self.target_of(state, step, loaded, target))
            }
            effects::Next::Branch(condition, target) => {
                let question = self.question(state, step, loaded, condition);
                if question.known.is_none() {
                    let condition = Rc::clone(&question.condition);
                    for word in &condition.words {
                        self.used(step, UseKind::Branch, word);
                    }
                }
                Onward::Branch(question, self.target_of(state, step, loaded, target))
            }
            effects::Next::Call { target, link } => {
                Onward::Call(self.target_of(state, step, loaded, target), *link)
            }
            effects::Next::Return(value) => Onward::Return(self.value(state, step, loaded, value)),
            effects::Next::Trap => Onward::Done(Next::Leave(DepartureKind::Trap)),
            effects::Next::Leave => Onward::Done(Next::Leave(DepartureKind::Return)),
            effects::Next::Unknown => Onward::Done(Next::Unknown(DoubtKind::OpaqueInstruction)),
        }
    }

    fn target_of(
        &mut self,
        state: &mut State,
        step: Step,
        loaded: &Loaded<'_>,
        target: &Target,
    ) -> Aim {
        match target {
            Target::Place(place) => Aim::Place(place.clone()),
            Target::Computed(value) => Aim::Word(self.value(state, step, loaded, value)),
        }
    }

    /// Goes there, once everything is written.
    fn go(&mut self, state: &mut State, step: Step, behind: CodeAddress, onward: Onward) -> Next {
        match onward {
            Onward::Done(next) => next,
            Onward::Jump(Aim::Word(word)) => {
                if self.is_naked() && self.is_return_address(&word) {
                    return Next::Exit(ExitKind::Return { pops: 0 });
                }
                match self.code_target(&word) {
                    Some(address) => Next::Goto(Destination::Code(address)),
                    None => self.jump_to(state, step, &word),
                }
            }
            Onward::Jump(Aim::Place(place)) => match self.destination_of(&place) {
                Destination::Label(operand) => Next::Exit(ExitKind::Label(operand)),
                Destination::Outside => self.jump_out(state),
                inside => Next::Goto(inside),
            },
            Onward::Branch(question, aim) => {
                let destination = match aim {
                    Aim::Place(place) => self.destination_of(&place),
                    Aim::Word(word) => match self.code_target(&word) {
                        Some(address) => Destination::Code(address),
                        None => {
                            self.used(step, UseKind::Target, &word);
                            Destination::Outside
                        }
                    },
                };
                Next::Branch(question, destination)
            }
            Onward::Call(aim, link) => self.call_by(state, step, behind, &aim, link),
            Onward::Return(word) => self.return_by(step, &word),
        }
    }

    /// Calls a subroutine of the block, or something outside.
    fn call_by(
        &mut self,
        state: &mut State,
        step: Step,
        behind: CodeAddress,
        aim: &Aim,
        link: Cell,
    ) -> Next {
        let inside = match aim {
            Aim::Place(place) => match self.destination_of(place) {
                Destination::Code(address) => Some(address),
                _ => None,
            },
            Aim::Word(word) => self.code_target(word),
        };
        if let Some(address) = inside {
            let back = self.reference(&Reference::Address(behind), step.site);
            let part = Part { cell: link, low: 0, bits: self.word_bits() };
            self.set_part(state, step, part, &back);
            return Next::Call(address);
        }
        let target = match aim {
            Aim::Place(Place::Symbol { symbol, .. } | Place::Slot { symbol }) => {
                let name = self.code.symbol(*symbol).to_owned();
                match operand_of_symbol(&name) {
                    Some(operand) => CallTarget::Operand(operand),
                    None if name.is_empty() => CallTarget::Unknown,
                    None => CallTarget::Named(name),
                }
            }
            Aim::Place(Place::Own { .. }) => CallTarget::Unknown,
            Aim::Word(word) => {
                self.used(step, UseKind::Target, word);
                self.called_through(word)
            }
        };
        let next = self.call_outside(state, step, target);
        let part = Part { cell: link, low: 0, bits: self.word_bits() };
        let word = self.havoc(state, step, part, HavocCause::Callee);
        self.set_part(state, step, part, &word);
        next
    }

    /// Returns by an instruction that is meant for it.
    fn return_by(&mut self, step: Step, word: &Word) -> Next {
        if let Some(address) = self.code_target(word) {
            return Next::Goto(Destination::Code(address));
        }
        if self.is_naked() && (self.is_return_address(word) || !self.is_jump_target(word)) {
            // Elsewhere than to its caller: the exit rules tell.
            return Next::Exit(ExitKind::Return { pops: 0 });
        }
        match self.return_to(step, word) {
            Next::Leave(_) if self.is_naked() => Next::Exit(ExitKind::TailJump),
            next => next,
        }
    }

    /// Where a jump to a place goes.
    fn destination_of(&self, place: &Place) -> Destination {
        match place {
            Place::Own { section, offset } => {
                Destination::Code(CodeAddress { section: *section, offset: *offset })
            }
            // A slot holds no code.
            Place::Slot { .. } => Destination::Outside,
            Place::Symbol { symbol, .. } => {
                let label = operand_of_symbol(self.code.symbol(*symbol)).filter(|&operand| {
                    matches!(self.block.operands.get(operand), Some(Operand::Label { .. }))
                });
                label.map_or(Destination::Outside, Destination::Label)
            }
        }
    }

    /// Whether the word is what the link register held on entry. The lowest bit, which
    /// distinguishes instruction sets, does not matter.
    fn is_return_address(&mut self, word: &Word) -> bool {
        let Some(link) = self.block.target.architecture.link_register() else { return false };
        let bits = self.word_bits();
        let entry = self.values.entry(Cell::Register(link));
        word.slice(1, bits - 1) == entry.slice(1, bits - 1)
    }

    /// The place in the block's own code that a word is the address of. The lowest bit, which
    /// distinguishes instruction sets, does not matter.
    fn code_target(&self, word: &Word) -> Option<CodeAddress> {
        let bits = self.word_bits();
        let (value, 1) = word.slice(1, bits - 1).as_slice()? else { return None };
        match self.values.get(value).kind {
            Kind::Address { section, offset } => Some(CodeAddress { section, offset: offset & !1 }),
            _ => None,
        }
    }

    /// An address that the instruction names, as a word of the machine's width.
    fn place_word(&mut self, site: Site, place: &Place) -> Word {
        let reference = match *place {
            Place::Own { section, offset } => Reference::Address(CodeAddress { section, offset }),
            Place::Symbol { symbol, addend } => Reference::Symbol(symbol, addend),
            Place::Slot { symbol } => Reference::Slot(symbol),
        };
        self.reference(&reference, site)
    }

    /// What a status flag is, as a word of one bit.
    fn flag_word(&mut self, state: &State, flag: Flag) -> Word {
        state.flag(flag, &mut self.values)
    }
}

/// Where control goes, with all that it takes to go there evaluated.
enum Onward {
    Done(Next),
    Jump(Aim),
    Branch(Question, Aim),
    Call(Aim, Cell),
    Return(Word),
}

/// What a jump or call aims at.
enum Aim {
    Place(Place),
    Word(Word),
}
