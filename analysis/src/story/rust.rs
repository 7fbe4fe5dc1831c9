//! A [`Formula`] as a Rust expression.
//!
//! A value of n bits is written as the smallest unsigned type that holds it, with its upper bits
//! clear; one bit is a `u8` of 0 or 1.

use super::Names;
use super::formula::{Formula, Operator, Shape};
use super::question::{Question, Test};

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
    names: &Names,
    loaded: &impl Fn(&Formula) -> Option<String>,
) -> Option<String> {
    let width = type_bits(formula.bits)?;
    let name = format!("u{width}");
    let whole = width == formula.bits;
    let masked = |text: String| match whole {
        true => text,
        false => format!("({text} & {:#x})", (1u128 << formula.bits) - 1),
    };
    let inner = |formula: &Formula| expression(formula, names, loaded);
    Some(match &formula.shape {
        Shape::Number(number) => format!("{number:#x}_{name}"),
        Shape::Input(operand) => names.variable(*operand),
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
                    let text = inner(part)?;
                    let text = match type_bits(part.bits)? == width {
                        true => text,
                        false => format!("({text} as {name})"),
                    };
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
        Shape::Spread(bit) => masked(format!("(0_{name}).wrapping_sub({} as {name})", inner(bit)?)),
        Shape::Choice(asked, one, other) => {
            let asked = question(asked, names, loaded)?;
            format!("(if {asked} {{ {} }} else {{ {} }})", inner(one)?, inner(other)?)
        }
        Shape::Answer(asked) => format!("({} as u8)", question(asked, names, loaded)?),
        Shape::Place { .. } | Shape::Applied(..) | Shape::Unknown => return None,
    })
}

/// The question as a condition; `None` as for [`expression`].
pub fn question(
    asked: &Question,
    names: &Names,
    loaded: &impl Fn(&Formula) -> Option<String>,
) -> Option<String> {
    let plain = |sign: &str, one: &Formula, other: &Formula| {
        let (one, other) = (expression(one, names, loaded)?, expression(other, names, loaded)?);
        // An `as` before `<` would begin a list of types.
        Some(format!("({one}) {sign} ({other})"))
    };
    let signed = |sign: &str, one: &Formula, other: &Formula| {
        let width = type_bits(one.bits).filter(|width| *width == one.bits)?;
        let (one, other) = (expression(one, names, loaded)?, expression(other, names, loaded)?);
        Some(format!("(({one}) as i{width}) {sign} (({other}) as i{width})"))
    };
    let text = match &asked.test {
        Test::Bit(bit) => format!("({}) != 0", expression(bit, names, loaded)?),
        Test::Equal(one, other) => plain("==", one, other)?,
        Test::Less(one, other) => plain("<", one, other)?,
        Test::AtMost(one, other) => plain("<=", one, other)?,
        Test::LessSigned(one, other) => signed("<", one, other)?,
        Test::AtMostSigned(one, other) => signed("<=", one, other)?,
    };
    Some(if asked.negated { format!("!({text})") } else { format!("({text})") })
}
