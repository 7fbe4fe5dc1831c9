//! [`Story`]: a line of what the driver writes, as far as the formats need it.
//!
//! The schema is `docs/story.schema.json`; a test holds the two together.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What was proved about a block.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// The version of the format.
    pub version: u32,
    /// The crate.
    #[serde(rename = "crate")]
    pub krate: String,
    /// The path of the item that contains the block.
    pub function: String,
    /// The file of the macro call.
    pub file: String,
    /// Its first line.
    pub line: u32,
    /// Its last line.
    pub last_line: u32,
    /// The target.
    pub target: String,
    /// `asm`, `naked_asm` or `global_asm`.
    #[serde(rename = "macro")]
    pub asm_macro: String,
    /// The macro call as it is written.
    pub source: String,
    /// `holds`, `broken` or `partly judged`.
    pub verdict: String,
    /// What could not be determined.
    pub doubts: Vec<String>,
    /// What the lints found.
    pub findings: Vec<Found>,
    /// The template line by line.
    #[serde(default)]
    pub code: Vec<Line>,
    /// What must be true before the block runs.
    #[serde(default)]
    pub needs: Needs,
    /// What it does.
    #[serde(default)]
    pub does: Does,
    /// What comes out.
    #[serde(default)]
    pub outputs: Vec<OutputValue>,
    /// What is promised.
    #[serde(default)]
    pub promises: Vec<Promise>,
    /// A text for a `# Safety` section.
    #[serde(default)]
    pub safety: String,
    /// The names of the operands.
    #[serde(default)]
    pub operands: Vec<String>,
    /// What was proved, line by line.
    #[serde(default)]
    pub contract: Vec<Clause>,
    /// A Rust function that does the same.
    #[serde(default)]
    pub double: Option<Double>,
}

/// What a lint found.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Found {
    /// The lint.
    pub lint: String,
    /// Its headline.
    pub headline: String,
}

/// A line of the template.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Line {
    /// Its number, from 0.
    pub number: u32,
    /// Its text.
    pub text: String,
    /// What it became.
    pub instructions: Vec<Instruction>,
}

/// An instruction.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Instruction {
    /// As decoded.
    pub text: String,
    /// What it does.
    pub effects: Vec<String>,
}

/// What must be true before the block runs.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(default)]
pub struct Needs {
    /// Memory by operand.
    pub pointers: Vec<Pointer>,
    /// Other memory.
    pub other_memory: Vec<String>,
    /// State on entry.
    pub entry: Vec<String>,
    /// State on entry that the compiler guarantees.
    pub guaranteed: Vec<String>,
    /// Target features.
    pub features: Vec<Feature>,
    /// `user` or `kernel`.
    pub privilege: String,
    /// System calls.
    pub system: Vec<String>,
}

/// A target feature.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Feature {
    /// Its name.
    pub name: String,
    /// Whether it is enabled.
    pub enabled: bool,
}

/// Memory relative to an operand.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Pointer {
    /// The operand.
    pub operand: String,
    /// Bytes that are read.
    pub reads: Vec<Range>,
    /// Bytes that are written.
    pub writes: Vec<Range>,
    /// Whether other bytes are read, too.
    pub reads_elsewhere: bool,
    /// Whether other bytes are written, too.
    pub writes_elsewhere: bool,
    /// The alignment that is demanded.
    pub alignment: Option<u64>,
    /// All of it in words.
    pub text: String,
}

/// A run of bytes.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Range {
    /// Where it begins.
    pub offset: i64,
    /// How many bytes, or how many an element has.
    pub bytes: u64,
    /// How many elements, where that is not 1.
    #[serde(default)]
    pub times: Option<String>,
    /// How far apart they are, where they are not next to each other.
    #[serde(default)]
    pub stride: Option<u64>,
    /// Whether it may not be accessed.
    pub conditional: bool,
}

/// What the block does.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(default)]
pub struct Does {
    /// To memory.
    pub memory: Vec<String>,
    /// To registers.
    pub registers: Vec<String>,
    /// To flags.
    pub flags: Vec<String>,
    /// The deepest use of the stack.
    pub stack_bytes: Option<u64>,
    /// To floating-point state.
    pub floating_point: Vec<String>,
    /// What orders memory.
    pub ordering: Vec<String>,
    /// What varies.
    pub nondeterminism: Vec<String>,
    /// Other effects.
    pub side_effects: Vec<String>,
    /// Where control goes.
    pub control: Vec<String>,
}

/// An output.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct OutputValue {
    /// The operand.
    pub operand: String,
    /// Its value, where it is known.
    pub value: Option<String>,
    /// What it depends on, where it is not.
    pub depends_on: Vec<String>,
}

/// A promise.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Promise {
    /// The option, or the operand with its direction.
    pub promise: String,
    /// `holds`, `broken`, `can't tell` or `could be promised`.
    pub verdict: String,
    /// The lint that reports it.
    pub lint: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// A line of the contract.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Clause {
    /// What it is about.
    pub about: String,
    /// What is proved.
    pub proved: String,
}

/// A Rust function that does the same.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Double {
    /// Parameters and result.
    pub signature: String,
    /// The body.
    pub body: String,
    /// The body with the block itself.
    pub original: String,
    /// The parameters.
    pub parameters: Vec<Parameter>,
}

/// A parameter.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// `pointer`, `address`, `offset` or `number`.
    pub role: String,
}

impl Story {
    /// Where the block is, for sorting.
    pub fn place(&self) -> (&str, &str, u32, u32, &str) {
        (&self.krate, &self.file, self.line, self.last_line, &self.function)
    }

    /// The function with its crate.
    pub fn path(&self) -> String {
        match self.function.is_empty() {
            true => self.krate.clone(),
            false => format!("{}::{}", self.krate, self.function),
        }
    }

    /// Whether the crate, the function or the file contains a text.
    pub fn matches(&self, filter: &str) -> bool {
        self.path().contains(filter) || self.file.contains(filter)
    }
}

/// All stories as JSON, one value a block.
pub fn json(stories: &[Story]) -> Result<String> {
    let mut text = serde_json::to_string_pretty(stories)
        .map_err(|error| Error::while_doing("write the stories as JSON", error))?;
    text.push('\n');
    Ok(text)
}
