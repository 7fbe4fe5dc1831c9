//! A [`Formula`] as a Rust expression.
//!
//! A value of n bits is written as the smallest unsigned type that holds it, with its upper bits
//! clear; one bit is a `u8` of 0 or 1.

use super::Names;
use crate::block::{Block, Operand};

use super::formula::{Formula, Operator, Shape, Shift};
use super::question::{Question, Sum, Test};

/// The width of the type that holds a value of so many bits; `None` beyond 128.
pub fn type_bits(bits: u16) -> Option<u16> {
    [8, 16, 32, 64, 128].into_iter().find(|width| *width >= bits)
}

/// The type that holds a value of so many bits.
pub fn type_name(bits: u16) -> Option<String> {
    type_bits(bits).map(|width| format!("u{width}"))
}

/// The formula as an expression; `None` where Rust has no plain word for it. Loads are variables
/// that the caller names.
pub fn expression(
    formula: &Formula,
    variables: &Variables,
    loaded: &impl Fn(&Formula) -> Option<String>,
) -> Option<String> {
    let width = type_bits(formula.bits)?;
    let name = format!("u{width}");
    let whole = width == formula.bits;
    let masked = |text: String| match whole {
        true => text,
        false => format!("({text} & {:#x})", (1u128 << formula.bits) - 1),
    };
    let inner = |formula: &Formula| expression(formula, variables, loaded);
    // A narrower value in this type.
    let widened = |part: &Formula| match &part.shape {
        Shape::Answer(asked) => {
            Some(format!("{name}::from({})", question(asked, variables, loaded)?))
        }
        _ if type_bits(part.bits)? == width => inner(part),
        _ => Some(format!("({} as {name})", inner(part)?)),
    };
    Some(match &formula.shape {
        Shape::Number(number) => format!("{}_{name}", number_text(*number)),
        Shape::Input(operand) => variables.value(*operand, width),
        Shape::Loaded { .. } => loaded(formula)?,
        Shape::Binary(operator, one, other) => {
            let (one, other) = (inner(one)?, inner(other)?);
            match operator {
                Operator::Add => masked(format!("{one}.wrapping_add({other})")),
                Operator::Subtract => masked(format!("{one}.wrapping_sub({other})")),
                Operator::Multiply => masked(format!("{one}.wrapping_mul({other})")),
                Operator::And | Operator::Or | Operator::Xor => {
                    format!("({one} {} {other})", operator.sign())
                }
            }
        }
        Shape::Not(of) => masked(format!("(!{})", inner(of)?)),
        Shape::Part(of, low) => {
            if of.bits < low + formula.bits {
                return None;
            }
            let text = inner(of)?;
            let text = if *low == 0 { text } else { format!("({text} >> {low})") };
            let text = match type_bits(of.bits)? == width {
                true => text,
                false => format!("({text} as {name})"),
            };
            masked(text)
        }
        Shape::Join(parts) => {
            let mut terms = Vec::new();
            let mut low = 0;
            for part in parts {
                if part.shape != Shape::Number(0) {
                    let text = widened(part)?;
                    terms.push(match low {
                        0 => text,
                        low => format!("({text} << {low})"),
                    });
                }
                low += part.bits;
            }
            match terms.len() {
                0 => format!("0_{name}"),
                1 => terms.remove(0),
                _ => format!("({})", terms.join(" | ")),
            }
        }
        Shape::Spread(bit) => masked(format!("0_{name}.wrapping_sub({})", widened(bit)?)),
        Shape::Choice(asked, one, other) => {
            let asked = question(asked, variables, loaded)?;
            format!("(if {asked} {{ {} }} else {{ {} }})", inner(one)?, inner(other)?)
        }
        Shape::Answer(asked) => format!("u8::from({})", question(asked, variables, loaded)?),
        Shape::High { is_signed, one, other } => {
            let double = type_bits(2 * formula.bits).filter(|_| whole && width <= 64)?;
            let (one, other) = (inner(one)?, inner(other)?);
            let widen = |text: &str| match is_signed {
                true => format!("({text} as i{width} as i{double})"),
                false => format!("({text} as u{double})"),
            };
            format!("(({} * {} >> {width}) as {name})", widen(&one), widen(&other))
        }
        Shape::Shifted(shift, one, amount) => {
            if !whole {
                return None;
            }
            let (value, by) = (inner(one)?, inner(amount)?);
            // Whether the amount can reach the width.
            let reaches =
                1u128.checked_shl(u32::from(amount.bits)).is_none_or(|end| end > width.into());
            let last = width - 1;
            match (shift, reaches) {
                (Shift::Left, false) => format!("({value} << {by})"),
                (Shift::Right, false) => format!("({value} >> {by})"),
                (Shift::RightSigned, false) => format!("(({value} as i{width} >> {by}) as {name})"),
                (Shift::Left, true) => {
                    format!("(if {by} > {last} {{ 0 }} else {{ {value} << {by} }})")
                }
                (Shift::Right, true) => {
                    format!("(if {by} > {last} {{ 0 }} else {{ {value} >> {by} }})")
                }
                (Shift::RightSigned, true) => {
                    format!("(({value} as i{width} >> {by}.min({last})) as {name})")
                }
                (Shift::Rotated, _) => {
                    format!("{value}.rotate_right(({by} % {width}) as u32)")
                }
            }
        }
        Shape::Applied(function, inputs) => {
            let [input] = &inputs[..] else { return None };
            let method = COUNTS.iter().find(|(known, _)| known == function)?.1;
            if input.bits != formula.bits || !whole {
                return None;
            }
            format!("({}.{method}() as {name})", inner(input)?)
        }
        Shape::Place { .. } | Shape::Unknown => return None,
    })
}

/// Instructions that count bits, with Rust's words for them. Of a value that is 0, each gives its width.
const COUNTS: [(&str, &str); 7] = [
    ("popcnt", "count_ones"),
    ("lzcnt", "leading_zeros"),
    ("tzcnt", "trailing_zeros"),
    ("clz", "leading_zeros"),
    ("ctz", "trailing_zeros"),
    ("cpop", "count_ones"),
    ("cnt", "count_ones"),
];

/// Whether a sum leaves its width.
fn leaves(
    sum: &Sum,
    variables: &Variables,
    loaded: &impl Fn(&Formula) -> Option<String>,
) -> Option<String> {
    let [one, other] = &sum.values;
    let width = type_bits(one.bits).filter(|width| *width == one.bits && *width <= 64)?;
    let name = if sum.is_signed { format!("i{width}") } else { format!("u{width}") };
    let value = |formula: &Formula| {
        let text = expression(formula, variables, loaded)?;
        Some(if sum.is_signed { format!("({text} as {name})") } else { text })
    };
    let (one, other) = (value(one)?, value(other)?);
    let method = if sum.subtracts { "overflowing_sub" } else { "overflowing_add" };
    let Some(carry) = &sum.carry else {
        return Some(format!("{one}.{method}({other}).1"));
    };
    // The exact result against the one that fits.
    let double = type_bits(2 * width)?;
    let sign = if sum.subtracts { "-" } else { "+" };
    let wide = |text: String| format!("({text} as i{double})");
    let carry = match &carry.shape {
        Shape::Answer(asked) => format!("i{double}::from({})", question(asked, variables, loaded)?),
        _ => wide(expression(carry, variables, loaded)?),
    };
    let exact = format!("{} {sign} {} {sign} {carry}", wide(one), wide(other));
    Some(format!("{name}::try_from({exact}).is_err()"))
}

/// The question as a condition; `None` as for [`expression`]. Every expression is one term: a name, a
/// call of a method, or in parentheses.
pub fn question(
    asked: &Question,
    variables: &Variables,
    loaded: &impl Fn(&Formula) -> Option<String>,
) -> Option<String> {
    let term = |formula: &Formula| expression(formula, variables, loaded);
    let plain = |signs: [&str; 2], one: &Formula, other: &Formula| {
        let sign = signs[usize::from(asked.negated)];
        Some(format!("{} {sign} {}", term(one)?, term(other)?))
    };
    let signed = |signs: [&str; 2], one: &Formula, other: &Formula| {
        let width = type_bits(one.bits).filter(|width| *width == one.bits)?;
        let sign = signs[usize::from(asked.negated)];
        Some(format!("({} as i{width}) {sign} ({} as i{width})", term(one)?, term(other)?))
    };
    Some(match &asked.test {
        Test::Leaves(sum) => {
            let text = leaves(sum, variables, loaded)?;
            if asked.negated { format!("!{text}") } else { text }
        }
        Test::Bit(bit) => {
            let sign = if asked.negated { "==" } else { "!=" };
            format!("{} {sign} 0", term(bit)?)
        }
        Test::Equal(one, other) => plain(["==", "!="], one, other)?,
        Test::Less(one, other) => plain(["<", ">="], one, other)?,
        Test::AtMost(one, other) => plain(["<=", ">"], one, other)?,
        Test::LessSigned(one, other) => signed(["<", ">="], one, other)?,
        Test::AtMostSigned(one, other) => signed(["<=", ">"], one, other)?,
    })
}

/// A number as a reader of code expects it: small ones in decimal.
pub fn number_text(number: u128) -> String {
    if number < 0x1_0000 { number.to_string() } else { format!("{number:#x}") }
}

/// What the inputs are called in a Rust function.
pub struct Variables {
    names: Vec<String>,
    pointers: Vec<bool>,
}

impl Variables {
    /// The author's own names, where they are Rust's, too.
    pub fn new(block: &Block, names: &Names) -> Variables {
        let all: Vec<String> = (0..block.operands.len()).map(|index| names.input(index)).collect();
        let is_unique = |name: &String| all.iter().filter(|other| *other == name).count() == 1;
        let name = |(index, name): (usize, &String)| match is_name(name) && is_unique(name) {
            true => name.clone(),
            false => format!("in{index}"),
        };
        let points = |operand: &Operand| {
            matches!(operand, Operand::Register(operand)
                if operand.input.as_ref().is_some_and(|input| input.pointee.is_some()))
        };
        Variables {
            names: all.iter().enumerate().map(name).collect(),
            pointers: block.operands.iter().map(points).collect(),
        }
    }

    /// The parameter of an operand.
    pub fn name(&self, operand: usize) -> String {
        self.names.get(operand).cloned().unwrap_or_else(|| format!("in{operand}"))
    }

    /// Whether it is a pointer.
    pub fn is_pointer(&self, operand: usize) -> bool {
        self.pointers.get(operand).copied().unwrap_or(false)
    }

    /// Its value as a number.
    fn value(&self, operand: usize, bits: u16) -> String {
        match self.is_pointer(operand) {
            true => format!("({} as usize as u{bits})", self.name(operand)),
            false => self.name(operand),
        }
    }
}

/// Whether a parameter can have this name: an identifier that nothing else in the function has.
fn is_name(name: &str) -> bool {
    let is_letter = |letter: char| letter == '_' || letter.is_ascii_lowercase();
    let numbered = |prefix: &str| {
        let digits = name.strip_prefix(prefix);
        digits.is_some_and(|digits| digits.chars().all(|letter| letter.is_ascii_digit()))
    };
    name.starts_with(is_letter)
        && name.chars().all(|letter| is_letter(letter) || letter.is_ascii_digit())
        && name != "_"
        && !["in", "out", "loaded"].into_iter().any(numbered)
        && !KEYWORDS.contains(&name)
}

/// The keywords of Rust 2024, those that are reserved among them (Reference, "Keywords").
const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];
