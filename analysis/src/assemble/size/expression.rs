//! Bounds for the values of assembler expressions.

/// A bound for the distance of an expression's value from zero. `symbol` is asked what a name or a
/// label may be. `None` where it is not an expression of those.
pub(super) fn magnitude(text: &str, symbol: &dyn Fn(&str) -> u64) -> Option<u64> {
    let mut reader = Reader { text, symbol, depth: 0 };
    let value = reader.binary(0)?;
    reader.text.trim_start().is_empty().then_some(value)
}

/// Parentheses may be that deep.
const DEEPEST: usize = 64;

/// Operators with their precedence in LLVM's assembler, two-letter ones first.
const OPERATORS: [(&str, u8); 19] = [
    ("||", 1),
    ("&&", 2),
    ("==", 3),
    ("!=", 3),
    ("<>", 3),
    ("<=", 3),
    (">=", 3),
    ("<<", 6),
    (">>", 6),
    ("<", 3),
    (">", 3),
    ("+", 4),
    ("-", 4),
    ("|", 5),
    ("^", 5),
    ("&", 5),
    ("*", 6),
    ("/", 6),
    ("%", 6),
];

struct Reader<'a> {
    text: &'a str,
    symbol: &'a dyn Fn(&str) -> u64,
    depth: usize,
}

impl Reader<'_> {
    fn binary(&mut self, least: u8) -> Option<u64> {
        let mut left = self.unary()?;
        loop {
            let text = self.text.trim_start();
            let found = OPERATORS.iter().find(|(operator, _)| text.starts_with(operator));
            let Some((operator, precedence)) = found.filter(|(_, known)| *known > least) else {
                return Some(left);
            };
            self.text = &text[operator.len()..];
            let right = self.binary(*precedence)?;
            left = match *operator {
                "+" | "-" | "|" | "^" => left.saturating_add(right),
                "*" => left.saturating_mul(right),
                "<<" => {
                    let by = u32::try_from(right).ok().filter(|by| *by < 64);
                    let shifted = by.map(|by| u128::from(left) << by);
                    shifted.and_then(|value| u64::try_from(value).ok()).unwrap_or(u64::MAX)
                }
                "/" | "%" | ">>" => left,
                "&" => left.min(right),
                _ => 1,
            };
        }
    }

    fn unary(&mut self) -> Option<u64> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        self.text = self.text.trim_start();
        let value = if let Some(rest) = self.text.strip_prefix(['+', '-']) {
            self.text = rest;
            self.unary()?
        } else if let Some(rest) = self.text.strip_prefix(['~', '!']) {
            self.text = rest;
            self.unary()?.saturating_add(1)
        } else if let Some(rest) = self.text.strip_prefix('(') {
            self.text = rest;
            let inner = self.binary(0)?;
            self.text = self.text.trim_start().strip_prefix(')')?;
            inner
        } else {
            self.atom()?
        };
        self.depth -= 1;
        Some(value)
    }

    fn atom(&mut self) -> Option<u64> {
        // Immediates of some syntaxes begin so.
        let text = self.text.trim_start_matches(['$', '#']);
        let end = text
            .find(|letter: char| !letter.is_ascii_alphanumeric() && !"._$@".contains(letter))
            .unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        self.text = rest;
        match word.chars().next()? {
            '0'..='9' => number(word).or_else(|| label(word).then(|| (self.symbol)(word))),
            _ => Some((self.symbol)(word)),
        }
    }
}

fn number(word: &str) -> Option<u64> {
    let lower = word.to_ascii_lowercase();
    let (digits, base) = if let Some(digits) = lower.strip_prefix("0x") {
        (digits, 16)
    } else if let Some(digits) = lower.strip_prefix("0b").filter(|digits| !digits.is_empty()) {
        (digits, 2)
    } else if let Some(digits) = lower.strip_suffix('h') {
        (digits, 16)
    } else if let Some(digits) = lower.strip_prefix('0').filter(|digits| !digits.is_empty()) {
        (digits, 8)
    } else {
        (lower.as_str(), 10)
    };
    let value = u128::from_str_radix(digits, base).ok()?;
    Some(u64::try_from(value).unwrap_or(u64::MAX))
}

/// Whether it is `1b`, `1f`.
fn label(word: &str) -> bool {
    word.strip_suffix(['b', 'f', 'B', 'F'])
        .is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::magnitude;

    #[test]
    fn bounds_are_bounds() {
        let value = |text: &str| magnitude(text, &|_| 100);
        assert_eq!(value("1 + 2 * 3"), Some(7));
        assert_eq!(value("(1 + 2) << 4"), Some(48));
        assert_eq!(value("0x10-1b"), Some(116));
        assert_eq!(value("(2f - 1b) > 0"), Some(1));
        assert_eq!(value("017"), Some(15));
        assert_eq!(value("1 << 99"), Some(u64::MAX));
        assert_eq!(value("\\n"), None);
        assert_eq!(value(""), None);
        assert_eq!(value(&"(".repeat(1000)), None);
    }
}
