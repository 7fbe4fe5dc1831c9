//! Targets and blocks for tests and benchmarks, without a compiler to ask.
//!
//! ```
//! use asm_analysis::testing::{block, options, target_x86_64};
//!
//! let mut block = block(
//!     &target_x86_64(),
//!     "mov {0}, [{pointer}]\nadd {0}, {step}",
//!     &["out(reg) u64", "pointer = in(reg) *const u64", "step = const 8"],
//! );
//! block.options = options("nostack, readonly");
//! ```

#![allow(clippy::panic, clippy::unwrap_used, reason = "a mistake here is a mistake in a test")]

pub mod counting;
pub mod mixed;
mod operand;
pub mod shapes;
mod target;

use std::sync::Arc;

pub use self::operand::operand;
pub use self::target::{
    target_aarch64, target_arm, target_riscv32, target_riscv64, target_thumb, target_x86,
    target_x86_64,
};
use crate::block::{Block, BlockKind, FunctionFeatures, Operand, Options, Piece, Syntax, Target};

/// Makes an `asm!` block in Intel syntax without options.
///
/// The template is written as in `asm!`: `{0}`, `{name:e}`, `{}`, `{{`. Each operand is written as
/// [`operand()`] reads it, with `name =` before it where the template uses a name.
///
/// # Panics
///
/// If the template or an operand can't be read.
pub fn block(target: &Arc<Target>, template: &str, operands: &[&str]) -> Block {
    let mut names = Vec::new();
    let operands: Vec<Operand> = operands
        .iter()
        .map(|text| {
            let (name, text) = match text.split_once(" = ") {
                Some((name, text)) => (Some(name.trim()), text),
                None => (None, *text),
            };
            names.push(name);
            operand(target, text)
        })
        .collect();
    Block {
        kind: BlockKind::Inline,
        syntax: Syntax::Intel,
        template: parse_template(template, &names),
        operands,
        clobber_abis: Vec::new(),
        options: Options::default(),
        features: FunctionFeatures::default(),
        target: Arc::clone(target),
    }
}

/// The options with these names, separated by commas.
///
/// # Panics
///
/// If there is no option of a name.
pub fn options(names: &str) -> Options {
    let mut options = Options::default();
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        *match name {
            "pure" => &mut options.pure,
            "nomem" => &mut options.nomem,
            "readonly" => &mut options.readonly,
            "preserves_flags" => &mut options.preserves_flags,
            "noreturn" => &mut options.noreturn,
            "nostack" => &mut options.nostack,
            "may_unwind" => &mut options.may_unwind,
            _ => panic!("no option `{name}`"),
        } = true;
    }
    options
}

fn parse_template(template: &str, names: &[Option<&str>]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut next = 0;
    let mut letters = template.chars().peekable();
    while let Some(letter) = letters.next() {
        if matches!(letter, '{' | '}') && letters.peek() == Some(&letter) {
            letters.next();
            text.push(letter);
        } else if letter == '{' {
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            let inside: String = letters.by_ref().take_while(|letter| *letter != '}').collect();
            let (name, modifier) = inside.split_once(':').unwrap_or((&inside, ""));
            let operand = if name.is_empty() {
                next += 1;
                next - 1
            } else if let Ok(number) = name.parse() {
                number
            } else {
                let named = names.iter().position(|known| *known == Some(name));
                named.unwrap_or_else(|| panic!("no operand `{name}`"))
            };
            pieces.push(Piece::Placeholder { operand, modifier: modifier.chars().next() });
        } else {
            text.push(letter);
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}
