//! What the lints say, as plain data: made by [`lints`](crate::lints), shown by [`emit`].
//!
//! A [`Message`] names places by their role in the block ([`Place`]) and changes by their purpose
//! ([`Edit`]). Spans are computed in one place, [`emit`], which is also the only one that passes
//! diagnostics to the compiler.

mod emit;

use rustc_errors::Applicability;

pub(crate) use self::emit::{Explained, emit};
pub(crate) use crate::collect::OptionName;

/// A part of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// The whole macro call.
    Block,
    /// A line of the template, from 0.
    Line(u32),
    /// One of the instructions that a line of the template became.
    Statement {
        /// The line, from 0.
        line: u32,
        /// Which of the instructions, from 0.
        number: usize,
        /// How many there are.
        count: usize,
    },
    /// An option's token.
    Option(OptionName),
    /// An operand.
    Operand(usize),
}

/// What a lint says about a block.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    headline: String,
    primary: Place,
    label: Option<String>,
    others: Vec<(Place, String)>,
    notes: Vec<Note>,
    helps: Vec<String>,
    suggestion: Option<Suggestion>,
    /// Whether the same was explained at another block of the crate.
    is_repeated: bool,
}

/// A sentence below the source.
#[derive(Clone, Debug)]
enum Note {
    /// Words.
    Plain(String),
    /// Words around the expression of an operand's input.
    AboutInput { operand: usize, before: String, after: String },
}

/// A change of the source that fixes what a message reports.
#[derive(Clone, Debug)]
struct Suggestion {
    text: String,
    edits: Vec<Edit>,
    applicability: Applicability,
}

/// A change of the macro call.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(dead_code, reason = "the vocabulary of suggestions, used as the lints come")]
pub(crate) enum Edit {
    /// Remove an option.
    RemoveOption(OptionName),
    /// Replace an option with another one.
    ReplaceOption(OptionName, OptionName),
    /// Add options.
    AddOptions(Vec<OptionName>),
    /// Replace an operand with another one.
    ReplaceOperand(usize, String),
    /// Replace the direction of an operand.
    ChangeDirection {
        /// The operand.
        operand: usize,
        /// The new direction.
        to: Direction,
        /// Whether to add ` => _` after the expression, which discards the output.
        discard: bool,
    },
    /// Convert an operand's input to another integer type.
    ConvertInput(usize, &'static str),
    /// Add an operand, or `clobber_abi(…)`, after the others.
    AddOperand(String),
}

/// The keyword of an operand that is an output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Direction {
    /// `out`
    Out,
    /// `inout`
    Inout,
}

impl Direction {
    /// The keyword.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Direction::Out => "out",
            Direction::Inout => "inout",
        }
    }
}

#[allow(dead_code, reason = "the vocabulary of messages, used as the lints come")]
impl Message {
    /// What is wrong, in one line, and where it shows.
    pub(crate) fn new(headline: impl Into<String>, primary: Place) -> Message {
        Message {
            headline: headline.into(),
            primary,
            label: None,
            others: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
            suggestion: None,
            is_repeated: false,
        }
    }

    /// The operands that it points at.
    pub(crate) fn operands(&self) -> Vec<usize> {
        let places =
            std::iter::once(&self.primary).chain(self.others.iter().map(|(place, _)| place));
        places
            .filter_map(|place| match place {
                Place::Operand(operand) => Some(*operand),
                _ => None,
            })
            .collect()
    }

    /// A label at the primary place.
    pub(crate) fn label(mut self, text: impl Into<String>) -> Message {
        self.label = Some(text.into());
        self
    }

    /// A label at another place: the promise, or where else it is broken.
    pub(crate) fn also(mut self, place: Place, text: impl Into<String>) -> Message {
        self.others.push((place, text.into()));
        self
    }

    /// Why it matters, or how it is known.
    pub(crate) fn note(mut self, text: impl Into<String>) -> Message {
        self.notes.push(Note::Plain(text.into()));
        self
    }

    /// [`note`](Self::note), with the expression of an operand's input in the middle.
    pub(crate) fn note_about_input(
        mut self,
        operand: usize,
        before: impl Into<String>,
        after: impl Into<String>,
    ) -> Message {
        let (before, after) = (before.into(), after.into());
        self.notes.push(Note::AboutInput { operand, before, after });
        self
    }

    /// What to do.
    pub(crate) fn help(mut self, text: impl Into<String>) -> Message {
        self.helps.push(text.into());
        self
    }

    /// What to do, as a change of the source.
    pub(crate) fn suggest(
        mut self,
        text: impl Into<String>,
        edits: impl Into<Vec<Edit>>,
        applicability: Applicability,
    ) -> Message {
        let (text, edits) = (text.into(), edits.into());
        self.suggestion = Some(Suggestion { text, edits, applicability });
        self
    }
}
