//! Images of floating-point and vector state in memory: `fxsave`, `xsave`, `fnsave`, `fnstenv` and
//! their counterparts (SDM vol. 1, 10.5 and chapter 13; vol. 2, FSAVE, FSTENV).
//!
//! What an image holds is known under a base of its own, word for word and apart from the bytes at
//! its address. The control words are known at their places, too, so that code which reads or changes
//! them in memory is followed. After any other change of an image its words are only perhaps what was
//! saved.

use iced_x86::Register as Iced;

use crate::isa::x86::decode::Decoded;
use crate::isa::x86::meaning::FloatingState;
use crate::machine::record::UseKind;
use crate::machine::state::{State, X87};
use crate::machine::{Machine, Step};
use crate::registers::Register;
use crate::values::{Cause, Cell, IMAGE, Operation, Word};

/// The bytes between two words of an image: as many as the longest has.
const STRIDE: i64 = 64;

/// No image has more bytes: that of all components of AVX-512 (SDM vol. 1, 13.4).
const LONGEST: i64 = 2696;

/// What `fxsave` writes; the bytes from there up to its end are the program's (SDM vol. 1, 10.5.1).
const WRITTEN_BY_FXSAVE: i64 = 464;

/// The exceptions that `fnstenv` masks (SDM vol. 2, FSTENV).
const ALL_MASKED: u64 = 0x3f;

/// The components of extended state by their bit in `edx:eax` (SDM vol. 1, 13.1).
mod component {
    pub const X87: u64 = 1;
    pub const SSE: u64 = 1 << 1;
    pub const AVX: u64 = 1 << 2;
    pub const MASKS: u64 = 1 << 5;
    pub const UPPER_HALVES: u64 = 1 << 6;
    pub const UPPER_REGISTERS: u64 = 1 << 7;
}

/// A part of the state that images hold.
#[derive(Clone, Copy)]
struct Part {
    cell: Cell,
    low: u16,
    bits: u16,
    /// The components that it comes with, any of them.
    components: u64,
}

/// Where an instruction always writes a part, or reads it (SDM vol. 1, figures 8-9 to 8-12 and table
/// 10-2). `xsave` and its kin leave out what has its initial value.
fn place_in_image(what: FloatingState, part: Part) -> Option<i64> {
    use FloatingState as F;
    match (what, part.cell) {
        (
            F::SaveX87Environment
            | F::LoadX87Environment
            | F::SaveAndResetX87
            | F::LoadX87
            | F::SaveFxImage
            | F::LoadFxImage,
            Cell::X87Control,
        ) => Some(0),
        (F::SaveFxImage | F::LoadFxImage, Cell::Mxcsr) => Some(24),
        _ => None,
    }
}

/// The parts that an image of a kind holds, each with the number of its word.
fn parts(what: FloatingState, word_bits: u16) -> Vec<(i64, Part)> {
    let whole = |cell: Cell, components| Part { cell, low: 0, bits: cell.bits(), components };
    let mut parts = vec![
        (0, whole(Cell::X87Control, component::X87)),
        (1, whole(Cell::X87Status, component::X87)),
    ];
    if matches!(what, FloatingState::SaveX87Environment | FloatingState::LoadX87Environment) {
        return parts;
    }
    for (index, number) in (0..).zip(0..8) {
        parts.push((8 + index, whole(Cell::Register(Register::X87(number)), component::X87)));
        parts.push((16 + index, whole(Cell::Register(Register::Mmx(number)), component::X87)));
    }
    if matches!(what, FloatingState::SaveAndResetX87 | FloatingState::LoadX87) {
        return parts;
    }
    parts.push((2, whole(Cell::Mxcsr, component::SSE | component::AVX)));
    let extended = matches!(what, FloatingState::SaveXsaveImage | FloatingState::LoadXsaveImage);
    for (index, number) in (0..).zip(0..if word_bits == 64 { 16 } else { 8 }) {
        let cell = Cell::Register(Register::Vector(number));
        let part = |low, bits, components| Part { cell, low, bits, components };
        parts.push((32 + 3 * index, part(0, 128, component::SSE)));
        if extended {
            parts.push((33 + 3 * index, part(128, 128, component::AVX)));
            parts.push((34 + 3 * index, part(256, 256, component::UPPER_HALVES)));
        }
    }
    if extended {
        for (index, number) in (0..).zip(16..if word_bits == 64 { 32 } else { 16 }) {
            let cell = Cell::Register(Register::Vector(number));
            parts.push((96 + index, whole(cell, component::UPPER_REGISTERS)));
        }
        for (index, number) in (0..).zip(0..8) {
            let cell = Cell::Register(Register::Mask(number));
            parts.push((24 + index, whole(cell, component::MASKS)));
        }
    }
    parts
}

/// The number of the word that says how the x87 stack lies.
const LAYOUT: i64 = 3;

/// The number of the word that holds `edx:eax` at the time of saving.
const COMPONENTS: i64 = 4;

/// Whether a part is loaded.
enum Loaded {
    Yes,
    No,
    Perhaps,
}

impl Machine<'_> {
    /// The base under which the image at the instruction's memory operand is known.
    fn image_base(&mut self, state: &State, step: Step, decoded: &Decoded) -> Word {
        let address = self.memory_operand(state, decoded);
        let (base, offset) = self.base_and_offset(&address.word);
        let segment = Word::constant(address.segment.map_or(0, u64::from), 64);
        let offset = Word::constant(offset.cast_unsigned(), 64);
        self.values.computed(IMAGE, vec![base, offset, segment], 64, step.site)
    }

    /// What selects components: `edx:eax`; all of them for instructions without a selector.
    fn components(&mut self, state: &State, step: Step, what: FloatingState) -> Word {
        match what {
            FloatingState::SaveXsaveImage | FloatingState::LoadXsaveImage => {
                let low = self.read_register(state, Iced::EAX);
                let components = low.then(&self.read_register(state, Iced::EDX));
                self.used(step, UseKind::System, &components);
                components
            }
            _ => Word::ones(64),
        }
    }

    /// Saves an image. That is not a use of what is saved.
    pub fn save_image(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
        what: FloatingState,
    ) {
        self.listed_accesses(state, step, decoded);
        let address = self.memory_operand(state, decoded);
        let place = self.place(state, &address, None);
        let (outside, offset) = self.key(&address, step.site);
        let overlap = self.overlap(&outside, place);
        let bytes = decoded.instruction.memory_size().size();
        let (written, bytes) = match (what, i64::try_from(bytes).unwrap_or(0)) {
            // What it writes depends on the processor.
            (_, 0) => (0, LONGEST),
            (FloatingState::SaveFxImage, bytes) => (WRITTEN_BY_FXSAVE, bytes),
            (_, bytes) => (bytes, bytes),
        };
        state.memory.overlay(&outside, overlap);
        state.memory.disturb_images(&outside, offset, bytes);
        state.memory.forget(&outside, offset, written);
        let rest = offset.saturating_add(written)..offset.saturating_add(bytes);
        self.forget_perhaps(state, step, &outside, rest);
        let base = self.image_base(state, step, decoded);
        state.memory.add_image(&base, &outside, offset, bytes);
        let components = self.components(state, step, what);
        state.memory.store(&base, overlap, COMPONENTS * STRIDE, components);
        for (number, part) in parts(what, self.word_bits()) {
            let word = state.part(part.cell, part.low, part.bits, &mut self.values);
            if let Some(at) = place_in_image(what, part) {
                state.memory.store(&outside, overlap, offset.saturating_add(at), word.clone());
            }
            state.memory.store(&base, overlap, number * STRIDE, word);
        }
        let layout = Word::constant(state.x87.layout(), 64);
        state.memory.store(&base, overlap, LAYOUT * STRIDE, layout);
        if what == FloatingState::SaveX87Environment {
            let control = state.get(Cell::X87Control, &mut self.values);
            let masked = Word::constant(ALL_MASKED, control.bits());
            let control = self.values.bitwise(Operation::Or, &control, &masked, step.site);
            self.set_control(state, step, Cell::X87Control, control);
        }
    }

    /// Loads an image: what was saved there, as far as that is known, else something new.
    pub fn load_image(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
        what: FloatingState,
    ) {
        self.listed_accesses(state, step, decoded);
        let address = self.memory_operand(state, decoded);
        let (outside, offset) = self.key(&address, step.site);
        let base = self.image_base(state, step, decoded);
        let wanted = self.components(state, step, what);
        let saved = word_of_image(state, &base, COMPONENTS, 64).map(|(word, _)| word);
        for (number, part) in parts(what, self.word_bits()) {
            let loaded = match wanted.as_constant() {
                Some(wanted) if wanted & part.components == 0 => Loaded::No,
                Some(_) => Loaded::Yes,
                None => Loaded::Perhaps,
            };
            let word = saved.as_ref().and_then(|saved| {
                let is_saved = match saved.as_constant() {
                    Some(saved) => saved & part.components != 0,
                    None => *saved == wanted,
                };
                let in_place = place_in_image(what, part)
                    .and_then(|at| word_at(state, &outside, offset.saturating_add(at), part.bits));
                in_place
                    .or_else(|| word_of_image(state, &base, number, part.bits))
                    .filter(|_| is_saved)
            });
            let word = word.map(|(word, overlaid)| match overlaid {
                true => self.perhaps_kept(state, step, word),
                false => word,
            });
            let before = state.get(part.cell, &mut self.values);
            let word = match (loaded, word) {
                (Loaded::No, _) => continue,
                (Loaded::Yes, Some(word)) => word,
                (Loaded::Perhaps, Some(word)) if before.slice(part.low, part.bits) == word => word,
                (Loaded::Perhaps, Some(_)) => self.fresh(state, step, Cause::Opaque, part.bits),
                (_, None) => self.fresh(state, step, Cause::Load, part.bits),
            };
            self.set_control(state, step, part.cell, before.with(part.low, &word));
        }
        let layout = word_of_image(state, &base, LAYOUT, 64);
        let layout = layout.and_then(|(word, _)| word.as_constant());
        let loads_x87 = wanted.as_constant().is_none_or(|wanted| wanted & component::X87 != 0);
        if let Some(layout) = layout
            && loads_x87
            && what != FloatingState::LoadX87Environment
        {
            state.x87 = X87::from_layout(layout, state.x87.underflow);
        }
    }
}

/// A word of an image, if the image is known, and whether it may have been changed since.
fn word_of_image(state: &State, base: &Word, number: i64, bits: u16) -> Option<(Word, bool)> {
    word_at(state, base, number * STRIDE, bits)
}

/// What memory is known to hold, and whether part of that may have been changed since.
fn word_at(state: &State, base: &Word, offset: i64, bits: u16) -> Option<(Word, bool)> {
    let runs = state.memory.load(base, offset, bits);
    let overlaid = runs.iter().any(|run| run.overlaid);
    let word = runs.into_iter().try_fold(Word::default(), |word, run| Some(word.then(&run.word?)));
    Some((word?, overlaid))
}
