//! A [`Formula`] as a person reads it: `a + b`, `u64 at [p + 8]`, `if a < b then a else b`.

use std::borrow::Cow;

use super::Names;
use super::formula::{Formula, Shape, Shift};
use super::question::{Question, Sum, Test};

/// The formula in words and signs.
pub fn formula(formula: &Formula, names: &Names) -> String {
    written(formula, names, false)
}

/// The formula after a sign of equality: an answer is in parentheses there.
pub fn value(formula: &Formula, names: &Names) -> String {
    let is_answer = |formula: &Formula| matches!(formula.shape, Shape::Answer(_));
    let asks = match &formula.shape {
        Shape::Join(parts) => match &parts[..] {
            [first, rest @ ..] => {
                is_answer(first) && rest.iter().all(|part| part.shape == Shape::Number(0))
            }
            [] => false,
        },
        _ => is_answer(formula),
    };
    written(formula, names, asks)
}

/// The formula as it is written in a product.
pub fn factor(formula: &Formula, names: &Names) -> String {
    written(formula, names, true)
}

/// An operand's name as it is written in a sum: it may be an expression that the author passes in.
pub fn name_in_sum(name: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| letter.is_alphanumeric() || "_.:{}()[]*&$".contains(letter);
    match name.chars().all(is_plain) {
        true => Cow::Borrowed(name),
        false => Cow::Owned(format!("({name})")),
    }
}

/// The question in words and signs.
pub fn question(question: &Question, names: &Names) -> String {
    let (sign, one, other, signed) = match (&question.test, question.negated) {
        (Test::Bit(bit), false) => return written(bit, names, true),
        (Test::Bit(bit), true) => return format!("not {}", written(bit, names, true)),
        (Test::Leaves(sum), negated) => return leaves(sum, negated, names),
        (Test::Equal(one, other), false) => ("==", one, other, false),
        (Test::Equal(one, other), true) => ("!=", one, other, false),
        (Test::Less(one, other), false) => ("<", one, other, false),
        (Test::Less(one, other), true) => (">=", one, other, false),
        (Test::AtMost(one, other), false) => ("<=", one, other, false),
        (Test::AtMost(one, other), true) => (">", one, other, false),
        (Test::LessSigned(one, other), false) => ("<", one, other, true),
        (Test::LessSigned(one, other), true) => (">=", one, other, true),
        (Test::AtMostSigned(one, other), false) => ("<=", one, other, true),
        (Test::AtMostSigned(one, other), true) => (">", one, other, true),
    };
    let asked = format!("{} {sign} {}", written(one, names, true), written(other, names, true));
    if signed { format!("{asked} (signed)") } else { asked }
}

/// Whether a sum leaves its width: `a + b carries`.
fn leaves(sum: &Sum, negated: bool, names: &Names) -> String {
    let sign = if sum.subtracts { "-" } else { "+" };
    let terms = sum.values.iter().chain(&sum.carry);
    let terms: Vec<String> = terms.map(|term| written(term, names, true)).collect();
    let verb = match (sum.is_signed, sum.subtracts) {
        (true, _) => "overflow",
        (false, false) => "carry",
        (false, true) => "borrow",
    };
    let verb = match (negated, verb) {
        (true, verb) => format!("does not {verb}"),
        (false, "carry") => "carries".to_owned(),
        (false, verb) => format!("{verb}s"),
    };
    let signed = if sum.is_signed { " (signed)" } else { "" };
    format!("{} {verb}{signed}", terms.join(&format!(" {sign} ")))
}

/// The formula; in parentheses, if it is an operation that `inside` another one needs them.
fn written(formula: &Formula, names: &Names, inside: bool) -> String {
    let text = match &formula.shape {
        Shape::Number(number) if *number < 0x1_0000 => return number.to_string(),
        Shape::Number(number) => return format!("{number:#x}"),
        Shape::Input(operand) => {
            let name = names.input(*operand);
            return if inside { name_in_sum(&name).into_owned() } else { name };
        }
        Shape::Place { operand, name, addend } => {
            let name = operand.map_or_else(|| name.clone(), |operand| names.input(operand));
            match addend {
                0 => return name,
                addend if *addend < 0 => format!("{name} - {}", addend.unsigned_abs()),
                addend => format!("{name} + {addend}"),
            }
        }
        Shape::Loaded { address, .. } => {
            let what = match formula.bits {
                8 | 16 | 32 | 64 | 128 => format!("u{}", formula.bits),
                bits if bits % 8 == 0 => format!("{} bytes", bits / 8),
                bits => format!("{bits} bits"),
            };
            return format!("{what} at [{}]", written(address, names, false));
        }
        Shape::Binary(operator, one, other) => {
            let (one, other) = (written(one, names, true), written(other, names, true));
            format!("{one} {} {other}", operator.sign())
        }
        Shape::High { is_signed, one, other } => {
            let (one, other) = (written(one, names, true), written(other, names, true));
            let signed = if *is_signed { " (signed)" } else { "" };
            format!("high {} bits of {one} * {other}{signed}", formula.bits)
        }
        Shape::Shifted(shift, one, other) => {
            let (one, other) = (written(one, names, true), written(other, names, true));
            match shift {
                Shift::Left => format!("{one} << {other}"),
                Shift::Right => format!("{one} >> {other}"),
                Shift::RightSigned => format!("{one} >> {other} (signed)"),
                Shift::Rotated => format!("{one} rotated right by {other}"),
            }
        }
        Shape::Not(inner) => return format!("!{}", written(inner, names, true)),
        Shape::Part(inner, low) => {
            let inner = written(inner, names, true);
            match (low, formula.bits) {
                (low, 1) => format!("bit {low} of {inner}"),
                (0, bits) => format!("low {bits} bits of {inner}"),
                (low, bits) => format!("bits {low} to {} of {inner}", low + bits - 1),
            }
        }
        Shape::Join(parts) => return joined(parts, names, inside),
        Shape::Spread(bit) => {
            format!("copies of {}", written(bit, names, true))
        }
        Shape::Applied(name, inputs) => {
            let inputs: Vec<String> =
                inputs.iter().map(|input| written(input, names, false)).collect();
            return format!("{name}({})", inputs.join(", "));
        }
        Shape::Choice(asked, one, other) => format!(
            "if {} then {} else {}",
            question(asked, names),
            written(one, names, true),
            written(other, names, true)
        ),
        Shape::Answer(asked) => question(asked, names),
        Shape::Unknown => return "?".to_owned(),
    };
    if inside { format!("({text})") } else { text }
}

/// Values in a row as shifts and sums; a value that only widens is written as it is.
fn joined(parts: &[Formula], names: &Names, inside: bool) -> String {
    let mut low = 0;
    let mut terms = Vec::new();
    for part in parts {
        if !matches!(part.shape, Shape::Number(0)) {
            terms.push((low, part));
        }
        low += part.bits;
    }
    // Copies of the highest bit above a value.
    if let [(0, value), (_, Formula { shape: Shape::Spread(sign), .. })] = &terms[..]
        && **sign == (*value).clone().part(value.bits - 1, 1)
    {
        let text = format!("sign-extended {}", written(value, names, true));
        return if inside { format!("({text})") } else { text };
    }
    let several = terms.len() > 1;
    let texts: Vec<String> = terms
        .iter()
        .map(|(low, part)| match low {
            0 => written(part, names, several || inside),
            low => format!("{} << {low}", written(part, names, true)),
        })
        .collect();
    let shifted = terms.first().is_some_and(|(low, _)| *low > 0);
    match texts.len() {
        0 => "0".to_owned(),
        1 if shifted && inside => format!("({})", texts[0]),
        1 => texts.into_iter().collect(),
        _ => {
            let all: Vec<String> = terms
                .iter()
                .zip(&texts)
                .rev()
                .map(|((low, _), text)| if *low > 0 { format!("({text})") } else { text.clone() })
                .collect();
            let all = all.join(" | ");
            if inside { format!("({all})") } else { all }
        }
    }
}
