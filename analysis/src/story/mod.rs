//! [`Story`]: what was proved about a block, as one plain value that a reviewer can read.
//!
//! The input is a `Block` and its `Facts`, the output a `Story`. Nothing here depends on the compiler,
//! or on how a story is shown. Questions that a lint asks, too, are answered by the same
//! functions: [`Facts::kept`](crate::facts::Facts), [`through`](crate::pointers::through). What
//! the lints found comes in as [`Finding`]s, so that a story and a diagnostic never disagree.

mod contract;
mod counted;
mod does;
mod double;
pub mod formula;
mod index;
mod lines;
mod needs;
mod outputs;
mod paths;
mod promises;
pub mod question;
mod rust;
mod safety;
mod text;
mod view;
mod wording;

use serde::Serialize;

pub use self::contract::Clause;
pub use self::index::Index;

use crate::block::{Block, BlockKind};
use crate::facts::Facts;
use crate::isa::Meanings;

/// How operands are called in a story.
#[derive(Clone, Default, Debug)]
pub struct Names {
    /// For each operand what the author calls it: its name in the template, the expression that
    /// goes in, or its register.
    pub operands: Vec<String>,
    /// The same for what comes out, if that is something else than what goes in.
    pub outputs: Vec<Option<String>>,
}

impl Names {
    /// The operand's name.
    pub fn input(&self, operand: usize) -> String {
        self.operands.get(operand).cloned().unwrap_or_else(|| format!("{{{operand}}}"))
    }

    /// The name of what comes out of the operand.
    pub fn output(&self, operand: usize) -> String {
        self.outputs.get(operand).cloned().flatten().unwrap_or_else(|| self.input(operand))
    }

    /// The operand as a placeholder of the template.
    pub(crate) fn placeholder(&self, operand: usize, modifier: &str) -> String {
        let name = self.input(operand);
        let name = name.trim_start_matches('{').trim_end_matches('}');
        format!("{{{name}{modifier}}}")
    }
}

/// What a lint found wrong in the block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The lint's name without the tool.
    pub lint: String,
    /// Whether a promise is broken, or something else is wrong; otherwise the declaration claims more
    /// than the code does.
    pub breaks: bool,
    /// The headline.
    pub headline: String,
    /// The operands that it points at.
    pub operands: Vec<usize>,
}

/// Everything that [`tell`] makes a story from.
pub struct Material<'a> {
    /// The block.
    pub block: &'a Block,
    /// What it does.
    pub facts: &'a Facts,
    /// The facts by instruction.
    pub index: &'a Index,
    /// What instructions mean to the contract.
    pub meanings: &'a Meanings,
    /// What operands are called.
    pub names: Names,
    /// What the lints found.
    pub findings: &'a [Finding],
    /// Which rules could not be decided, and why; empty where the block was judged in full.
    pub doubts: &'a [Doubt],
    /// Options that are proved to hold and are not declared.
    pub could_promise: &'a [&'static str],
}

/// What was proved about a block.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Story {
    /// `holds`, `broken`, or `partly judged`.
    pub verdict: &'static str,
    /// The template line by line.
    pub code: Vec<Line>,
    /// What must be true before the block runs.
    pub needs: Needs,
    /// What it does.
    pub does: Does,
    /// What comes out.
    pub outputs: Vec<OutputValue>,
    /// What is promised, and whether that holds.
    pub promises: Vec<Promise>,
    /// A text for a `# Safety` section.
    pub safety: String,
    /// The names of the operands, by their order.
    pub operands: Vec<String>,
    /// What was proved as lines that can be compared with those of another version.
    pub contract: Vec<Clause>,
    /// A Rust function that does the same, where all is known.
    pub double: Option<Double>,
}

impl Story {
    /// What another story of the same block proves otherwise, by what it is about.
    pub fn differences(&self, other: &Story) -> Vec<String> {
        let pairs = [(self, other), (other, self)];
        let differ = pairs.into_iter().flat_map(|(one, other)| {
            one.contract.iter().filter(|clause| !other.contract.contains(clause))
        });
        let named = differ.map(|clause| {
            self.operands.iter().enumerate().fold(clause.about.clone(), |about, (number, name)| {
                about.replace(&format!("{{{number}}}"), name)
            })
        });
        named.collect()
    }
}

/// A line of the template.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Line {
    /// The line's number in the template, from 0.
    pub number: u32,
    /// Its text, with placeholders.
    pub text: String,
    /// The instructions that came of it.
    pub instructions: Vec<Decoded>,
}

/// An instruction of a line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Decoded {
    /// As decoded.
    pub text: String,
    /// What it does, each in a few words.
    pub effects: Vec<String>,
}

/// What must be true before the block runs.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Needs {
    /// For each operand that memory is accessed through, what must be valid.
    pub pointers: Vec<Pointer>,
    /// Other memory that is accessed: a segment, a symbol, a computed address.
    pub other_memory: Vec<String>,
    /// What must hold on entry besides.
    pub entry: Vec<String>,
    /// What must hold on entry and the compiler guarantees.
    pub guaranteed: Vec<String>,
    /// The target features that the instructions need.
    pub features: Vec<Feature>,
    /// `user` or `kernel`.
    pub privilege: &'static str,
    /// Calls of the operating system or a hypervisor.
    pub system: Vec<String>,
}

/// A target feature that the block's instructions need.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Feature {
    /// The compiler's name.
    pub name: String,
    /// Whether the target or the function enables it.
    pub enabled: bool,
}

/// What must be valid relative to an operand.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Pointer {
    /// The operand.
    pub operand: String,
    /// The runs of bytes that are read.
    pub reads: Vec<Range>,
    /// The runs of bytes that are written.
    pub writes: Vec<Range>,
    /// Whether it is also read at distances that are computed.
    pub reads_elsewhere: bool,
    /// Whether it is also written at distances that are computed.
    pub writes_elsewhere: bool,
    /// The alignment in bytes that the instructions demand.
    pub alignment: Option<u64>,
    /// All of it in words: `valid for reads of 16 bytes at +0, aligned to 16`.
    pub text: String,
}

/// A run of bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Range {
    /// The distance of the first byte from where the operand points.
    pub offset: i64,
    /// How many bytes, or how many bytes an element has if there are `times` of them.
    pub bytes: u64,
    /// The number of elements, as an expression of the inputs, if it is not one.
    pub times: Option<String>,
    /// How far apart the elements are in bytes, if they are not next to each other.
    pub stride: Option<u64>,
    /// Whether the access may not happen, or may end earlier.
    pub conditional: bool,
}

/// What the block does.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Does {
    /// To memory, by operand.
    pub memory: Vec<String>,
    /// Registers that hold something else afterwards, with how each is declared.
    pub registers: Vec<String>,
    /// Those of the registers that are certainly changed and not declared.
    #[serde(skip)]
    undeclared: Vec<String>,
    /// The stacks that the block switches to; `None` for one whose address is not known.
    #[serde(skip)]
    stacks: Vec<Option<String>>,
    /// Status flags that may be changed.
    pub flags: Vec<String>,
    /// The deepest use of the stack below the entry stack pointer, in bytes. `None`: unknown.
    pub stack_bytes: Option<u64>,
    /// Floating-point state that may be changed.
    pub floating_point: Vec<String>,
    /// What orders memory accesses.
    pub ordering: Vec<String>,
    /// Instructions whose results differ between executions.
    pub nondeterminism: Vec<String>,
    /// Effects that no operand shows.
    pub side_effects: Vec<String>,
    /// Where control goes.
    pub control: Vec<String>,
}

/// What comes out of an operand.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OutputValue {
    /// The operand.
    pub operand: String,
    /// The value as an expression of the inputs, where it is known.
    pub value: Option<String>,
    /// What it depends on, where it is not.
    pub depends_on: Vec<String>,
}

/// A promise and whether it holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Promise {
    /// The option, or the operand with its direction.
    pub promise: String,
    /// `holds`, `broken`, `can't tell` or `could be promised`.
    pub verdict: &'static str,
    /// The lint that reports it, where it is broken, or holds and claims more than the code does.
    pub lint: Option<String>,
    /// Why, where there is something to say.
    pub reason: Option<String>,
}

/// A block and a Rust function that does the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Double {
    /// The parameters and the result, as between a function's name and its body.
    pub signature: String,
    /// The body in plain Rust.
    pub body: String,
    /// The body with the block itself, written anew from what the compiler saw.
    pub original: String,
    /// What the function takes, in order.
    pub parameters: Vec<Parameter>,
}

/// A parameter of a [`Double`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// `pointer`, `address` (a number that memory is accessed at), `offset` (a number that is added
    /// to a pointer or to an address) or `number`.
    pub role: &'static str,
}

/// Why some rules could not be decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Doubt {
    /// The reason, as a clause.
    pub reason: String,
    /// The names of the rules; empty for all of them.
    pub rules: Vec<String>,
}

impl Doubt {
    /// Whether any of the rules may be broken.
    fn is_about(&self, rules: &[&str]) -> bool {
        self.rules.is_empty() || self.rules.iter().any(|rule| rules.contains(&rule.as_str()))
    }
}

impl std::fmt::Display for Doubt {
    /// The reason and the rules that hang on it.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Doubt { reason, rules } = self;
        let rules: Vec<String> = rules.iter().map(|rule| format!("`{rule}`")).collect();
        match rules.is_empty() {
            true => write!(formatter, "{reason}"),
            false => write!(formatter, "{}: {reason}", rules.join(", ")),
        }
    }
}

/// What is not known of code that is not in a function.
pub const NOT_FOLLOWED: &str =
    "the code of `global_asm!` is not followed, so what it needs is not known";

/// Tells the story of a block.
pub fn tell(material: &Material<'_>) -> Story {
    let Parts { needs, does, outputs, promises } = Parts::of(material);
    let verdict = if material.findings.iter().any(|finding| finding.breaks) {
        "broken"
    } else if material.doubts.is_empty() && material.block.kind != BlockKind::Global {
        "holds"
    } else {
        "partly judged"
    };
    let numbers = (0..material.block.operands.len()).map(|number| format!("{{{number}}}"));
    let names = Names { operands: numbers.collect(), outputs: Vec::new() };
    let unnamed = Parts::of(&Material { names, ..*material });
    Story {
        verdict,
        code: lines::lines(material),
        safety: safety::safety(material, &needs, &does, &promises),
        contract: contract::contract(
            &unnamed.needs,
            &unnamed.does,
            &unnamed.outputs,
            &unnamed.promises,
        ),
        // A function changes no register.
        double: double::double(material).filter(|_| does.undeclared.is_empty()),
        operands: material.names.operands.clone(),
        needs,
        does,
        outputs,
        promises,
    }
}

/// The parts that name operands.
struct Parts {
    needs: Needs,
    does: Does,
    outputs: Vec<OutputValue>,
    promises: Vec<Promise>,
}

impl Parts {
    fn of(material: &Material<'_>) -> Parts {
        let needs = needs::needs(material);
        Parts {
            does: does::does(material, &needs),
            needs,
            outputs: outputs::outputs(material),
            promises: promises::promises(material),
        }
    }
}

#[cfg(test)]
mod tests;
