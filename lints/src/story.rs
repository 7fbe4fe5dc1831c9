//! The stories of all blocks: one line of JSON for each block of the crate.
//!
//! Written by [`check`](crate::check) where the environment variable [`VARIABLE`] names a folder: to
//! a file named like what the compiler makes of the crate, `CRATE-HASH.jsonl`, so that the front end
//! finds the stories of a crate that cargo did not compile again. A crate without inline assembly has
//! no file. A line is the [`Story`](asm_analysis::story::Story) of a block, with where the block is:
//!
//! | key | value |
//! |---|---|
//! | `version` | the version of this format, [`VERSION`] |
//! | `crate`, `function` | the crate's name and the path of the item that contains the block |
//! | `file`, `line`, `last_line` | the outermost macro call; lines count from 1 |
//! | `target` | the target's name |
//! | `macro` | `asm`, `naked_asm` or `global_asm` |
//! | `source` | the lines of the file, from `line` to `last_line` |
//!
//! A block that could not be interpreted has `verdict` and `doubts` instead of a story's parts.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::{env, fs};

use asm_analysis::block::{Block, BlockKind, Operand, Place};
use asm_analysis::story::{Doubt, Finding, Index, Material, NOT_FOLLOWED, Names, tell};
use rustc_ast::AsmMacro;
use rustc_middle::ty::TyCtxt;
use rustc_span::def_id::LOCAL_CRATE;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::collect::Origin;
use crate::diagnostics::Message;
use crate::judged::{Judged, Read};
use crate::lints::{self, Doubts, Entry, Group};

/// Names the folder that the stories are written to.
pub(crate) const VARIABLE: &str = "ASM_LINT_STORY";

/// The version of the format: changed whenever a reader of the old one would be misled.
const VERSION: u32 = 1;

/// Whether this is a run that tells stories, and reports nothing.
pub(crate) fn are_wanted() -> bool {
    env::var_os(VARIABLE).is_some()
}

/// What a story has besides where the block is: the keys and values of a JSON object, without its braces.
/// Written where a block is judged, since the text is long and the compiler's thread has enough to do.
pub(crate) struct Content(String);

/// The stories of a crate that is being judged.
pub(crate) struct Stories {
    lines: Option<String>,
}

impl Stories {
    /// An empty list, if the environment requests stories. Removes those of an earlier run.
    pub(crate) fn if_wanted(tcx: TyCtxt<'_>) -> Stories {
        let path = path(tcx);
        if let Some(path) = &path {
            // There may be none.
            let _ = fs::remove_file(path);
        }
        Stories { lines: path.map(|_| String::new()) }
    }

    /// Adds the story of a block: `content` is what [`content`] made of what was proved.
    pub(crate) fn add(&mut self, tcx: TyCtxt<'_>, origin: &Origin<'_>, content: &Content) {
        if let Some(lines) = &mut self.lines {
            let Content(content) = content;
            lines.push_str(&format!("{{{},{content}}}\n", inside(&place(tcx, origin))));
        }
    }

    /// Writes the stories.
    pub(crate) fn write(&self, tcx: TyCtxt<'_>) {
        if let (Some(lines), Some(path)) = (&self.lines, path(tcx))
            && let Err(error) = fs::write(&path, lines)
        {
            let path = path.display();
            tcx.dcx().err(format!("cannot write the stories of blocks to `{path}`: {error}"));
        }
    }
}

/// The crate's file.
fn path(tcx: TyCtxt<'_>) -> Option<PathBuf> {
    let folder = PathBuf::from(env::var_os(VARIABLE)?);
    let name = tcx.crate_name(LOCAL_CRATE);
    Some(folder.join(format!("{name}{}.jsonl", tcx.sess.opts.cg.extra_filename)))
}

/// Where a block is.
fn place(tcx: TyCtxt<'_>, origin: &Origin<'_>) -> Map<String, Value> {
    let mut story = Map::new();
    let span = origin.source.block().span;
    let source_map = tcx.sess.source_map();
    let first = source_map.lookup_char_pos(span.lo());
    let owner = origin.hir_id.owner.def_id;
    story.insert("version".to_owned(), json!(VERSION));
    story.insert("crate".to_owned(), json!(tcx.crate_name(LOCAL_CRATE).as_str()));
    story.insert("function".to_owned(), json!(tcx.def_path_str(owner)));
    let file = first.file.name.prefer_local_unconditionally().to_string();
    story.insert("file".to_owned(), json!(file));
    story.insert("line".to_owned(), json!(first.line));
    story.insert("last_line".to_owned(), json!(source_map.lookup_char_pos(span.hi()).line));
    story.insert("target".to_owned(), json!(tcx.sess.opts.target_triple.tuple()));
    let name = match origin.source.asm_macro() {
        AsmMacro::Asm => "asm",
        AsmMacro::NakedAsm => "naked_asm",
        AsmMacro::GlobalAsm => "global_asm",
    };
    story.insert("macro".to_owned(), json!(name));
    story.insert("source".to_owned(), json!(source_map.span_to_snippet(span).unwrap_or_default()));
    story
}

/// What a story says of a block that was judged: what the lints found, and what was proved. `names` is what
/// the author calls the operands.
pub(crate) fn content(
    judged: &[Judged<'_>],
    found: &[(&Entry, Message)],
    doubts: &Doubts,
    names: &Names,
) -> Content {
    let mut story = Map::new();
    let doubts: Vec<Doubt> = doubts
        .iter()
        .map(|(reason, rules)| Doubt {
            reason: reason.clone(),
            rules: rules.iter().cloned().collect(),
        })
        .collect();
    let mut shown: Vec<String> = doubts.iter().map(Doubt::to_string).collect();
    let read = judged.first().and_then(Judged::read);
    let unnamed = Names::default();
    let names = if read.is_some() { names } else { &unnamed };
    let findings: Vec<Finding> =
        found.iter().map(|(entry, message)| finding(entry, message, names)).collect();
    let headlines: Vec<Value> = findings
        .iter()
        .map(|finding| json!({ "lint": finding.lint, "headline": finding.headline }))
        .collect();
    story.insert("findings".to_owned(), json!(headlines));
    let Some(read) = read else {
        let is_broken = findings.iter().any(|finding| finding.breaks);
        let verdict = if is_broken { "broken" } else { "partly judged" };
        story.insert("verdict".to_owned(), json!(verdict));
        story.insert("doubts".to_owned(), json!(shown));
        return Content(inside(&story));
    };
    if read.block.kind == BlockKind::Global {
        shown.push(NOT_FOLLOWED.to_owned());
    }
    let could_promise: Vec<&'static str> = judged.first().map_or_else(Vec::new, |judged| {
        lints::could_promise(judged).into_iter().map(|option| option.as_str()).collect()
    });
    let told = |read: Read<'_>| {
        tell(&Material {
            block: read.block,
            facts: read.facts(),
            index: &Index::of(read.block, read.facts()),
            meanings: read.meanings,
            names: names.clone(),
            findings: &findings,
            doubts: &doubts,
            could_promise: &could_promise,
        })
    };
    let mut proved = told(read);
    let others = judged.iter().skip(1).filter_map(Judged::read).map(told);
    let differing: BTreeSet<String> = others.flat_map(|other| proved.differences(&other)).collect();
    if !differing.is_empty() {
        let differing: Vec<String> = differing.into_iter().collect();
        shown.push(format!(
            "a constant is not known here: this is for one value of it; with others, this differs: {}",
            differing.join(", ")
        ));
        proved.double = None;
    }
    story.insert("doubts".to_owned(), json!(shown));
    Content(format!("{},{}", inside(&story), inside(&proved)))
}

/// What is between the braces of an object.
fn inside(object: &impl Serialize) -> String {
    let mut text = serde_json::to_string(object).unwrap_or_default();
    text.pop();
    text.split_off(text.len().min(1))
}

fn finding(entry: &Entry, message: &Message, names: &Names) -> Finding {
    let name = |operand: usize| {
        let name = names.operands.get(operand)?;
        Some(name.trim_start_matches('{').trim_end_matches('}').to_owned())
    };
    Finding {
        lint: entry.name(),
        breaks: entry.group != Group::Style,
        headline: message.headline_with(name),
        operands: message.operands(),
    }
}

/// What the author calls each operand.
pub(crate) fn names(tcx: TyCtxt<'_>, origin: &Origin<'_>, block: &Block) -> Names {
    let architecture = block.target.architecture;
    let mut names = Names::default();
    for (index, operand) in block.operands.iter().enumerate() {
        let named = origin.source.operand_name(tcx, index);
        let (input, output) = origin.source.expressions(tcx, index);
        let [input, output] = [input, output].map(|text| text.filter(|text| is_short(text)));
        // What goes in says most.
        let either = input.clone().or_else(|| output.clone());
        names.outputs.push(if named.is_none() { output } else { None });
        names.operands.push(named.or(either).unwrap_or_else(|| {
            match operand {
                Operand::Register(register) => match &register.place {
                    Place::Explicit(part) => origin
                        .source
                        .register(index)
                        .unwrap_or_else(|| architecture.register_name(*part)),
                    Place::Class(_) => format!("{{{index}}}"),
                },
                Operand::Symbol(symbol) => symbol.name.clone(),
                Operand::Constant(_) | Operand::Label { .. } => format!("{{{index}}}"),
            }
        }));
    }
    let is_shown = |operand: &Operand| !matches!(operand, Operand::Register(register) if register.from_clobber_abi);
    number_where_equal(&mut names, &block.operands.iter().map(is_shown).collect::<Vec<_>>());
    names
}

/// Calls operands by their number where one name would be that of several; those that are not shown
/// do not count.
fn number_where_equal(names: &mut Names, shown: &[bool]) {
    let all = names.operands.clone();
    for (index, name) in all.iter().enumerate() {
        let same = all.iter().zip(shown).filter(|(other, shown)| *other == name && **shown).count();
        if same > 1 {
            names.operands[index] = format!("{{{index}}}");
        }
    }
}

/// The longest expression that may stand for an operand.
const LONGEST_NAME: usize = 24;

/// Whether an expression is short enough to stand for an operand. A number does not say what it is
/// for.
fn is_short(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_alphabetic() || "_*&".contains(letter))
        && text != "_"
        && text.len() <= LONGEST_NAME
        && !text.contains(['\n', '"', '{'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_that_of_two_operands() {
        let named = ["*dst", "*src", "*dst", "{3}"].map(str::to_owned);
        let mut names = Names { operands: named.to_vec(), outputs: Vec::new() };
        number_where_equal(&mut names, &[true; 4]);
        assert_eq!(names.operands, ["{0}", "*src", "{2}", "{3}"]);
        // A clobber of the calling convention is not shown as an operand.
        let mut names = Names { operands: vec!["rdi".to_owned(); 2], outputs: Vec::new() };
        number_where_equal(&mut names, &[true, false]);
        assert_eq!(names.operands[0], "rdi");
    }
}
