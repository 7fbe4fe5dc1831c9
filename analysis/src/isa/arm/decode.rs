//! One instruction from its bytes.

use exarmo_aarch32::{Cond, Instruction, ItState, Mnemonic, Operand, a32, t32};

use super::m_profile::{self, SystemForm};
use super::state::advanced;

/// Which of the two instruction sets the processor reads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum State {
    /// A32: words.
    Arm,
    /// T32: half-words.
    Thumb,
}

/// The profile of the architecture, as far as encodings differ.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Profile {
    /// A or R: modes, coprocessor 15, both instruction sets.
    Application,
    /// M: Thumb alone, exceptions with a hardware frame, system registers after `mrs` and `msr`.
    Microcontroller,
}

impl Profile {
    /// The profile of one of LLVM's targets (`thumbv7em-none-eabihf`, `armv7-…`).
    pub fn of_triple(triple: &str) -> Profile {
        let architecture = triple.split('-').next().unwrap_or("");
        let version = architecture.trim_start_matches("thumb").trim_start_matches("arm");
        let is_m = version.starts_with('v') && version.contains('m');
        if is_m { Profile::Microcontroller } else { Profile::Application }
    }
}

/// What was decoded.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Form {
    /// An instruction as the A and R profiles know it.
    Common(Instruction),
    /// A form of the M-profile that the decoder reads as something else.
    System(SystemForm),
}

/// A decoded instruction.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Decoded {
    /// What it is.
    pub form: Form,
    /// Its bits; a half-word instruction in the low half.
    pub bits: u32,
    /// How many bytes it has.
    pub length: u8,
    /// The instruction set.
    pub state: State,
    /// The IT state that it runs under.
    pub it: ItState,
    /// The profile that it was read for.
    pub profile: Profile,
}

/// Reads the instruction at the start of `bytes`. `None`: there is none, or the manuals leave open
/// what it does (CONSTRAINED UNPREDICTABLE).
pub fn decode(bytes: &[u8], state: State, it: ItState, profile: Profile) -> Option<Decoded> {
    let half = |at: usize| Some(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let (bits, length) = match state {
        State::Arm => (u32::from(half(0)?) | u32::from(half(2)?) << 16, 4),
        State::Thumb if t32::length(half(0)?) == 2 => (u32::from(half(0)?), 2),
        State::Thumb => (u32::from(half(0)?) << 16 | u32::from(half(2)?), 4),
    };
    let decoded = |form| Decoded { form, bits, length, state, it, profile };
    if profile == Profile::Microcontroller {
        let system = m_profile::decode(bits, length, condition_of(it));
        if let Some(form) = system {
            return Some(decoded(Form::System(form)));
        }
    }
    if state == State::Arm
        && let Some(form) = m_profile::swap(bits)
    {
        return Some(decoded(Form::System(form)));
    }
    if length == 4
        && let Some(form) =
            m_profile::coprocessor_of_maker(bits, state == State::Arm, condition_of(it))
    {
        return Some(decoded(Form::System(form)));
    }
    let instruction = match state {
        State::Arm => a32::decode_word(bits),
        State::Thumb if length == 2 => t32::decode_word(bits << 16, it),
        State::Thumb => t32::decode_word(bits, it),
    }
    .ok()?;
    (!instruction.unpredictable()).then(|| decoded(Form::Common(instruction)))
}

/// The condition that an IT state gives an instruction.
fn condition_of(it: ItState) -> Cond {
    match it {
        ItState::Inside { cond, .. } => cond,
        ItState::Outside | ItState::Unknown => Cond::Al,
    }
}

impl Decoded {
    /// The IT state of the instruction after this one, in a straight line.
    pub fn next_it(&self) -> ItState {
        match &self.form {
            Form::Common(instruction) => self.it.after(instruction),
            Form::System(_) => advanced(self.it),
        }
    }

    /// Whether Armv8 no longer has it.
    pub fn is_retired(&self) -> bool {
        let Form::System(form) = &self.form else { return false };
        match form.kind {
            m_profile::SystemKind::Swap { .. } => true,
            // Of the A and R profiles.
            m_profile::SystemKind::Coprocessor(_) => self.profile == Profile::Application,
            _ => false,
        }
    }

    /// Whether it may work on several registers at once, where `fpscr` says so: data processing of
    /// VFP (DDI 0406 A7.5), of the A and R profiles alone.
    pub fn works_on_short_vectors(&self) -> bool {
        self.profile == Profile::Application
            && self.length == 4
            && self.bits >> 24 & 0xf == 0xe
            && matches!(self.bits >> 8 & 0xf, 9..=11)
            && self.bits >> 4 & 1 == 0
    }

    /// How many of the instructions that follow have their condition from this one, if it is an
    /// `it`.
    pub fn it_slots(&self) -> Option<u32> {
        match &self.form {
            Form::Common(instruction) if instruction.mnemonic() == Mnemonic::It => {
                Some(4 - (self.bits & 0xf).trailing_zeros())
            }
            _ => None,
        }
    }

    /// The condition under which it acts; [`Cond::Al`]: always.
    pub fn condition(&self) -> Cond {
        match &self.form {
            // `it eq` carries the condition of others.
            Form::Common(instruction) if instruction.mnemonic() == Mnemonic::It => Cond::Al,
            Form::Common(instruction) => instruction
                .operands()
                .as_slice()
                .iter()
                .find_map(|operand| match operand {
                    Operand::Cond(condition) => Some(*condition),
                    _ => None,
                })
                .unwrap_or(Cond::Al),
            Form::System(form) => form.condition,
        }
    }

    /// The mnemonic without condition and data type: `adds`, `vadd`, `mrs`.
    pub fn mnemonic(&self) -> &'static str {
        match &self.form {
            Form::Common(instruction) => instruction.mnemonic().name(),
            Form::System(form) => form.mnemonic(),
        }
    }

    /// The instruction as text, `offset` being its place in the section.
    pub fn text(&self, offset: u64) -> String {
        match &self.form {
            Form::Common(instruction) => instruction.at(offset).to_string().replace('\t', " "),
            Form::System(form) => form.to_string(),
        }
    }

    /// The condition and the mnemonic as one word, without width and data type: `moveq`, `vadd`.
    pub fn conditional_mnemonic(&self) -> String {
        let condition = match self.condition() {
            Cond::Al => "",
            condition => condition.name(),
        };
        format!("{}{condition}", self.mnemonic())
    }
}
