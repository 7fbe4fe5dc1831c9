//! How much a text makes, read from the text alone: a directive of a few letters can ask for gigabytes,
//! which LLVM would lay out in memory.
//!
//! The answer is a bound, not the size: a label counts for whatever its address may be in a text of
//! that length, and an alignment for all that it may skip. Where a count depends on an argument of a
//! macro, or a macro calls itself, nothing is known; [`process`](super::process) then tries the text
//! in a process that it can end.

mod expression;

use std::collections::HashMap;

use self::expression::magnitude;
use super::directives;

/// How many bytes a block may make.
const MOST_BYTES: u64 = 16 << 20;

/// How many statements a block may have, each counted as often as it is repeated: just above the longest
/// blocks of the benchmark's table, the slowest of which take two seconds. LLVM alone takes a quarter of a
/// second for plain statements, and more than one for memory operands in Intel syntax.
const MOST_STATEMENTS: u64 = 104_000;

/// No instruction is longer, and no directive that is not looked at makes more of one operand.
const STATEMENT: u64 = 16;

/// How deep macros may call each other, as in LLVM.
const DEEPEST: usize = 20;

/// Whether a text is small enough to be assembled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Extent {
    /// It is.
    Fine,
    /// It is not.
    TooMuch,
    /// That can't be determined from the text.
    Unknown,
}

/// Looks at a text.
pub(super) fn extent(text: &str) -> Extent {
    let is_long = text.len() as u64 > MOST_STATEMENTS;
    if !is_long && !directives::words(text).any(|(_, word)| multiplies(&word)) {
        return Extent::Fine;
    }
    let statements: Vec<Statement<'_>> = text.split(['\n', ';']).map(Statement::new).collect();
    let mut look = Look {
        label: STATEMENT * statements.len() as u64,
        symbols: HashMap::new(),
        macros: HashMap::new(),
        depth: 0,
        takes_space: true,
    };
    match look.all(&statements) {
        None => Extent::Unknown,
        Some(made) if made.bytes > MOST_BYTES || made.statements > MOST_STATEMENTS => {
            Extent::TooMuch
        }
        Some(_) => Extent::Fine,
    }
}

/// Whether a directive may make more than its own length.
fn multiplies(word: &str) -> bool {
    let repeats = matches!(word, "macro" | "rept" | "rep" | "irp" | "irpc" | "include" | "incbin");
    repeats || is_filler(word)
}

fn is_filler(word: &str) -> bool {
    matches!(word, "fill" | "skip" | "space" | "zero" | "org" | "ds" | "dcb" | "nops")
        || word.contains("align")
}

/// What a text makes.
#[derive(Clone, Copy, Default)]
struct Made {
    bytes: u64,
    statements: u64,
}

impl Made {
    fn and(self, other: Made) -> Made {
        Made {
            bytes: self.bytes.saturating_add(other.bytes),
            statements: self.statements.saturating_add(other.statements),
        }
    }

    fn times(self, count: u64) -> Made {
        Made {
            bytes: self.bytes.saturating_mul(count),
            statements: self.statements.saturating_mul(count),
        }
    }
}

/// A line, or a part of one.
#[derive(Clone, Copy)]
struct Statement<'a> {
    /// The directive without its dot, the mnemonic, or the name of a macro.
    word: &'a str,
    is_directive: bool,
    /// What comes after the word.
    rest: &'a str,
    length: u64,
}

impl<'a> Statement<'a> {
    fn new(text: &'a str) -> Statement<'a> {
        let length = text.len() as u64;
        let mut text = text.trim();
        // Labels, as many as there are.
        while let Some((label, rest)) = text.split_once(':')
            && label.chars().all(is_of_name)
        {
            text = rest.trim_start();
        }
        let is_directive = text.starts_with('.');
        let name = text.trim_start_matches('.');
        let end = name.find(|letter| !is_of_name(letter)).unwrap_or(name.len());
        let (word, rest) = name.split_at(end);
        Statement { word, is_directive, rest: rest.trim(), length }
    }

    fn is(&self, names: &[&str]) -> bool {
        self.is_directive && names.iter().any(|name| self.word.eq_ignore_ascii_case(name))
    }
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "._$".contains(letter)
}

/// A walk through a text.
struct Look<'a> {
    /// What the address of a label may be.
    label: u64,
    /// What symbols were set to, as bounds.
    symbols: HashMap<&'a str, u64>,
    macros: HashMap<&'a str, Macro>,
    depth: usize,
    /// Whether what is assembled is in the object file; what is in `.bss` is not.
    takes_space: bool,
}

/// A macro: its body as a range of the statements, and what it makes once that is known.
#[derive(Clone, Copy)]
struct Macro {
    from: usize,
    to: usize,
    made: Option<Made>,
}

impl<'a> Look<'a> {
    /// What the statements make; `None` if that is not known.
    fn all(&mut self, statements: &[Statement<'a>]) -> Option<Made> {
        self.range(statements, 0, statements.len())
    }

    fn range(&mut self, all: &[Statement<'a>], from: usize, to: usize) -> Option<Made> {
        let mut made = Made::default();
        let mut at = from;
        while at < to {
            let statement = all[at];
            at += 1;
            let repeated = ["rept", "rep", "irp", "irpc"];
            if statement.is(&["macro"]) {
                let end = end_of(all, at, to, &["macro"], &["endm", "endmacro"]);
                let name = statement.rest.split(|letter| !is_of_name(letter)).next()?;
                let body = Macro { from: at, to: end, made: None };
                if self.macros.insert(name, body).is_some() {
                    return None;
                }
                at = end + 1;
            } else if statement.is(&repeated) {
                let end = end_of(all, at, to, &repeated, &["endr"]);
                let count = self.repetitions(&statement)?;
                made = made.and(self.range(all, at, end)?.times(count));
                at = end + 1;
            } else if !statement.is_directive && self.macros.contains_key(statement.word) {
                made = made.and(self.call(all, statement.word)?);
            } else {
                made = made.and(self.single(&statement)?);
            }
        }
        Some(made)
    }

    fn repetitions(&self, statement: &Statement<'a>) -> Option<u64> {
        if statement.is(&["irp"]) {
            return Some(1 + statement.rest.matches([',', ' ', '\t']).count() as u64);
        }
        if statement.is(&["irpc"]) {
            return Some(statement.length);
        }
        self.value(statement.rest)
    }

    /// What a call of a macro makes, whatever its arguments.
    fn call(&mut self, all: &[Statement<'a>], name: &str) -> Option<Made> {
        let body = *self.macros.get(name)?;
        if let Some(made) = body.made {
            return Some(made);
        }
        if self.depth == DEEPEST {
            return None;
        }
        self.depth += 1;
        let made = self.range(all, body.from, body.to)?;
        self.depth -= 1;
        if let Some(body) = self.macros.get_mut(name) {
            body.made = Some(made);
        }
        Some(made)
    }

    fn single(&mut self, statement: &Statement<'a>) -> Option<Made> {
        self.follow_section(statement);
        if let Some((name, value)) = assignment(statement) {
            // What is not a number is a label, or depends on one.
            let value = self.value(value).unwrap_or(self.label);
            let known = self.symbols.entry(name).or_default();
            *known = value.max(*known);
            return Some(Made { bytes: 0, statements: 1 });
        }
        if statement.is(&["include", "incbin"]) {
            return None;
        }
        let bytes = if statement.is_directive && is_filler(&statement.word.to_ascii_lowercase()) {
            self.filled(statement)?
        } else if statement.is_directive {
            // Two letters are an operand of `.octa`.
            STATEMENT + 8 * statement.length
        } else {
            STATEMENT
        };
        Some(Made { bytes: if self.takes_space { bytes } else { 0 }, statements: 1 })
    }

    fn filled(&self, statement: &Statement<'a>) -> Option<u64> {
        let mut arguments = statement.rest.split(',').map(str::trim);
        let first = arguments.next().unwrap_or_default();
        let word = statement.word.to_ascii_lowercase();
        // `.align` and its kin without an argument align as usual.
        if word.contains("align") && first.is_empty() {
            return Some(STATEMENT);
        }
        let count = self.value(first)?;
        if word.contains("align") {
            // Some count bytes, some a power of two.
            let power = 1u64.checked_shl(u32::try_from(count).ok()?);
            let bytes = match word.starts_with('p') {
                true => power?,
                false => power.filter(|_| count < 32).unwrap_or(count).max(count),
            };
            let most = arguments.nth(1).and_then(|most| self.value(most));
            return Some(most.unwrap_or(bytes).min(bytes));
        }
        let size = match word.as_str() {
            "fill" => arguments.next().and_then(|size| self.value(size)).unwrap_or(1).min(8),
            "ds" | "dcb" => STATEMENT,
            _ => 1,
        };
        Some(count.saturating_mul(size))
    }

    fn follow_section(&mut self, statement: &Statement<'a>) {
        if statement.is(&["bss"]) {
            self.takes_space = false;
        } else if statement.is(&["section", "pushsection"]) {
            let is_empty = statement.rest.starts_with(".bss") || statement.rest.contains("nobits");
            self.takes_space = !is_empty;
        } else if statement.is(&["text", "data", "popsection", "previous"]) {
            self.takes_space = true;
        }
    }

    /// A bound for the value of an expression.
    fn value(&self, text: &str) -> Option<u64> {
        magnitude(text, &|name| self.symbols.get(name).copied().unwrap_or(self.label))
    }
}

/// `name = value`, or the same as a directive.
fn assignment<'a>(statement: &Statement<'a>) -> Option<(&'a str, &'a str)> {
    if statement.is(&["set", "equ", "equiv"]) {
        let (name, value) = statement.rest.split_once(',')?;
        return Some((name.trim(), value));
    }
    let value = statement.rest.strip_prefix('=')?;
    Some((statement.word, value))
}

/// Where what begins before `at` ends: the position of the directive that ends it.
fn end_of(
    all: &[Statement<'_>],
    at: usize,
    to: usize,
    opening: &[&str],
    closing: &[&str],
) -> usize {
    let mut open = 1;
    for (position, statement) in all.iter().enumerate().take(to).skip(at) {
        if statement.is(opening) {
            open += 1;
        } else if statement.is(closing) {
            open -= 1;
        }
        if open == 0 {
            return position;
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_gigabytes_is_seen() {
        for text in [
            ".skip 0x7fffffff",
            "nop\n.fill 100000000",
            "nop; .zero 1 << 30",
            "x = 4096\n.space x * x * 2",
            ".rept 4096\n.rept 4096\n.quad 0\n.endr\n.endr",
            ".rept 300000\nnop\n.endr",
            ".org 0x40000000",
            ".p2align 30",
            ".macro fill\n.skip 0x10000\n.endm\n.rept 1000\nfill\n.endr",
        ] {
            assert_eq!(extent(text), Extent::TooMuch, "{text}");
        }
    }

    #[test]
    fn what_real_code_does_is_fine() {
        for text in [
            "nop",
            ".org 0x10000",
            ".balign 64\n.p2align 4,,15\n.align 4096",
            ".skip -(((144f-143f)-(141b-140b)) > 0) * ((144f-143f)-(141b-140b)),0x90",
            ".org . - (664b-663b) + (662b-661b)",
            ".rept 100\nnop\n.endr",
            ".irp n, 1, 2, 3\npush \\n\n.endr",
            ".macro save r\npush \\r\n.endm\nsave rax\nsave rbx",
            ".section .bss.heap,\"aw\",@nobits\nheap: .skip 0x4000000\n.text\nnop",
        ] {
            assert_eq!(extent(text), Extent::Fine, "{text}");
        }
    }

    #[test]
    fn what_depends_on_arguments_is_not_known() {
        for text in [
            ".macro fill n\n.skip \\n\n.endm\nfill 0x7fffffff",
            ".macro down n\n.if \\n\ndown \\n-1\ndown \\n-1\n.endif\n.endm\ndown 30",
            ".incbin \"file\"",
        ] {
            assert_eq!(extent(text), Extent::Unknown, "{text}");
        }
    }
}
