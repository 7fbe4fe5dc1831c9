//! The arguments of an `asm!` call, as tokens: where options are and where something can be
//! added. The compiler keeps neither in the HIR.

use std::ops::Range;

use rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};
use rustc_span::{InnerSpan, Span};

/// An option by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OptionName {
    /// `pure`
    Pure,
    /// `nomem`
    Nomem,
    /// `readonly`
    Readonly,
    /// `preserves_flags`
    PreservesFlags,
    /// `noreturn`
    Noreturn,
    /// `nostack`
    Nostack,
    /// `may_unwind`
    MayUnwind,
}

impl OptionName {
    /// The option as it is written.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            OptionName::Pure => "pure",
            OptionName::Nomem => "nomem",
            OptionName::Readonly => "readonly",
            OptionName::PreservesFlags => "preserves_flags",
            OptionName::Noreturn => "noreturn",
            OptionName::Nostack => "nostack",
            OptionName::MayUnwind => "may_unwind",
        }
    }
}

/// A replacement in the source.
pub(crate) type Replacement = (Span, String);

/// The text of a macro call, taken apart.
pub(crate) struct Call {
    text: String,
    span: Span,
    arguments: Vec<Argument>,
}

/// One argument of the call.
struct Argument {
    /// From its first token to its last.
    range: Range<usize>,
    kind: ArgumentKind,
}

enum ArgumentKind {
    /// A template string or an operand.
    TemplateOrOperand,
    /// `clobber_abi(…)`.
    ClobberAbi,
    /// `options(…)`, with the options in it.
    Options(Vec<Range<usize>>),
}

/// A token that is not space or comment.
struct Token {
    kind: TokenKind,
    range: Range<usize>,
}

impl Call {
    /// Takes the text at `span` apart; `None` if it is not the call of a macro.
    pub(super) fn read(text: String, span: Span) -> Option<Call> {
        let tokens = tokens(&text);
        let open = tokens.iter().position(|token| token.kind == TokenKind::Bang)? + 1;
        let close = tokens.len().checked_sub(1)?;
        let inner = tokens.get(open + 1..close)?;
        let arguments = split(inner).map(|tokens| argument(&text, tokens)).collect();
        Some(Call { text, span, arguments })
    }

    /// The token of an option.
    pub(super) fn option(&self, option: OptionName) -> Option<Span> {
        let (_, _, range) = self.find(option)?;
        Some(self.to_span(range))
    }

    /// The names in all `clobber_abi(…)`, as they are written.
    pub(crate) fn clobber_abis(&self) -> Vec<String> {
        let is_clobber_abi =
            |argument: &&Argument| matches!(argument.kind, ArgumentKind::ClobberAbi);
        let texts = self
            .arguments
            .iter()
            .filter(is_clobber_abi)
            .filter_map(|argument| self.text.get(argument.range.clone()));
        let names = texts.flat_map(|text| {
            let literals = tokens(text)
                .into_iter()
                .filter(|token| matches!(token.kind, TokenKind::Literal { .. }));
            literals
                .filter_map(|literal| text.get(literal.range).map(str::to_owned))
                .collect::<Vec<_>>()
        });
        names.collect()
    }

    /// Removes options, and each `options(…)` that would then be empty; `None` if one of them is not
    /// there.
    pub(crate) fn remove_options(&self, options: &[OptionName]) -> Option<Vec<Replacement>> {
        let mut places = Vec::new();
        for &option in options {
            let (argument, number, _) = self.find(option)?;
            places.push((argument, number));
        }
        let mut removed = Vec::new();
        for (index, argument) in self.arguments.iter().enumerate() {
            let ArgumentKind::Options(options) = &argument.kind else { continue };
            let goes = |number: &usize| places.contains(&(index, *number));
            let kept: Vec<usize> = (0..options.len()).filter(|number| !goes(number)).collect();
            if kept.len() == options.len() {
                continue;
            }
            if kept.is_empty() {
                let previous = self.arguments.get(index.checked_sub(1)?)?;
                removed.push(previous.range.end..argument.range.end);
                continue;
            }
            // Each run of options goes with the commas up to the next one that stays; a run at
            // the end goes with the comma before it.
            let mut number = 0;
            while number < options.len() {
                let next = kept.iter().copied().find(|kept| *kept >= number);
                match (next, number.checked_sub(1)) {
                    (Some(next), _) if next > number => {
                        removed.push(options[number].start..options[next].start);
                    }
                    (None, Some(last)) => removed.push(options[last].end..options.last()?.end),
                    _ => {}
                }
                number = next.map_or(options.len(), |next| next + 1);
            }
        }
        Some(removed.into_iter().map(|range| (self.to_span(range), String::new())).collect())
    }

    /// Replaces an option with another one.
    pub(crate) fn replace_option(&self, from: OptionName, to: OptionName) -> Option<Replacement> {
        let (_, _, range) = self.find(from)?;
        Some((self.to_span(range), to.as_str().to_owned()))
    }

    /// Adds options, to the last `options(…)` if there is one.
    pub(crate) fn add_options(&self, options: &[OptionName]) -> Option<Replacement> {
        let names: Vec<_> = options.iter().map(|option| option.as_str()).collect();
        let names = names.join(", ");
        let last = self.arguments.iter().rev().find_map(|argument| match &argument.kind {
            ArgumentKind::Options(options) => options.last(),
            _ => None,
        });
        match last {
            Some(last) => Some((self.to_span(last.end..last.end), format!(", {names}"))),
            None => {
                let last = self.arguments.len().checked_sub(1)?;
                self.add_after(last, format!("options({names})"))
            }
        }
    }

    /// Adds an operand after the last one.
    pub(crate) fn add_operand(&self, operand: &str) -> Option<Replacement> {
        let last = self
            .arguments
            .iter()
            .rposition(|argument| matches!(argument.kind, ArgumentKind::TemplateOrOperand))?;
        self.add_after(last, operand.to_owned())
    }

    fn add_after(&self, argument: usize, text: String) -> Option<Replacement> {
        let end = self.arguments.get(argument)?.range.end;
        Some((self.to_span(end..end), format!(", {text}")))
    }

    /// The argument that contains an option, its number there, and its place.
    fn find(&self, option: OptionName) -> Option<(usize, usize, Range<usize>)> {
        self.arguments.iter().enumerate().find_map(|(index, argument)| {
            let ArgumentKind::Options(options) = &argument.kind else { return None };
            let number = options
                .iter()
                .position(|range| self.text.get(range.clone()) == Some(option.as_str()))?;
            Some((index, number, options.get(number)?.clone()))
        })
    }

    fn to_span(&self, range: Range<usize>) -> Span {
        self.span.from_inner(InnerSpan::new(range.start, range.end))
    }
}

/// The tokens of a text that are not space or comment.
fn tokens(text: &str) -> Vec<Token> {
    let mut start = 0;
    let mut tokens = Vec::new();
    for token in tokenize(text, FrontmatterAllowed::No) {
        let end = start + usize::try_from(token.len).unwrap_or(usize::MAX - start);
        let is_nothing = matches!(
            token.kind,
            TokenKind::Whitespace | TokenKind::LineComment { .. } | TokenKind::BlockComment { .. }
        );
        if !is_nothing {
            tokens.push(Token { kind: token.kind, range: start..end });
        }
        start = end;
    }
    tokens
}

/// Splits at the commas outside brackets; skips empty parts.
fn split(tokens: &[Token]) -> impl Iterator<Item = &[Token]> {
    let mut depth = 0u32;
    tokens
        .split(move |token| {
            match token.kind {
                TokenKind::OpenParen | TokenKind::OpenBrace | TokenKind::OpenBracket => depth += 1,
                TokenKind::CloseParen | TokenKind::CloseBrace | TokenKind::CloseBracket => {
                    depth = depth.saturating_sub(1);
                }
                _ => {}
            }
            depth == 0 && token.kind == TokenKind::Comma
        })
        .filter(|argument| !argument.is_empty())
}

fn argument(text: &str, tokens: &[Token]) -> Argument {
    let word = |token: &Token| text.get(token.range.clone()).unwrap_or_default();
    let kind = match tokens {
        [name, open, inner @ .., _] if open.kind == TokenKind::OpenParen => match word(name) {
            "options" => ArgumentKind::Options(
                inner
                    .iter()
                    .filter(|token| token.kind == TokenKind::Ident)
                    .map(|token| token.range.clone())
                    .collect(),
            ),
            "clobber_abi" => ArgumentKind::ClobberAbi,
            _ => ArgumentKind::TemplateOrOperand,
        },
        _ => ArgumentKind::TemplateOrOperand,
    };
    let start = tokens.first().map_or(0, |token| token.range.start);
    let end = tokens.last().map_or(start, |token| token.range.end);
    Argument { range: start..end, kind }
}

#[cfg(test)]
mod tests {
    use rustc_span::{BytePos, create_default_session_globals_then};

    use super::*;

    /// Applies what `change` returns to the text.
    fn changed(text: &str, change: impl Fn(&Call) -> Option<Vec<Replacement>> + Send) -> String {
        create_default_session_globals_then(|| {
            let length = u32::try_from(text.len()).unwrap();
            let span = Span::with_root_ctxt(BytePos(0), BytePos(length));
            let call = Call::read(text.to_owned(), span).unwrap();
            let mut text = text.to_owned();
            for (span, replacement) in change(&call).unwrap().into_iter().rev() {
                text.replace_range(span.lo().0 as usize..span.hi().0 as usize, &replacement);
            }
            text
        })
    }

    #[test]
    fn options_go_with_their_commas() {
        let remove = |text| changed(text, |call| call.remove_options(&[OptionName::Nomem]));
        assert_eq!(remove(r#"asm!("", options(nomem))"#), r#"asm!("")"#);
        assert_eq!(remove(r#"asm!("", options(nomem),)"#), r#"asm!("",)"#);
        assert_eq!(remove(r#"asm!("", options(nomem, nostack))"#), r#"asm!("", options(nostack))"#);
        assert_eq!(remove(r#"asm!("", options(pure, nomem))"#), r#"asm!("", options(pure))"#);
        assert_eq!(
            remove("core::arch::asm!(\"options(nomem)\", in(reg) f(a, b), options(nomem /* , */))"),
            "core::arch::asm!(\"options(nomem)\", in(reg) f(a, b))"
        );
    }

    #[test]
    fn several_options_go_at_once() {
        let both = [OptionName::Pure, OptionName::Nomem];
        let remove = |text| changed(text, |call| call.remove_options(&both));
        assert_eq!(remove(r#"asm!("", options(pure, nomem))"#), r#"asm!("")"#);
        assert_eq!(remove(r#"asm!("", options(pure), options(nomem))"#), r#"asm!("")"#);
        assert_eq!(
            remove(r#"asm!("", options(pure, nomem, nostack))"#),
            r#"asm!("", options(nostack))"#
        );
        assert_eq!(
            remove(r#"asm!("", options(pure, nostack, nomem))"#),
            r#"asm!("", options(nostack))"#
        );
        assert_eq!(
            remove(r#"asm!("", options(nostack, pure, nomem, preserves_flags))"#),
            r#"asm!("", options(nostack, preserves_flags))"#
        );
        assert_eq!(
            remove(r#"asm!("", options(nostack, nomem, pure))"#),
            r#"asm!("", options(nostack))"#
        );
    }

    #[test]
    fn options_and_operands_are_added_where_they_may_stand() {
        let add =
            |text| changed(text, |call| Some(vec![call.add_options(&[OptionName::Noreturn])?]));
        assert_eq!(add(r#"asm!("hlt")"#), r#"asm!("hlt", options(noreturn))"#);
        assert_eq!(add(r#"asm!("hlt",)"#), r#"asm!("hlt", options(noreturn),)"#);
        assert_eq!(
            add(r#"asm!("hlt", options(nostack))"#),
            r#"asm!("hlt", options(nostack, noreturn))"#
        );
        let add = |text| {
            let options = [OptionName::Pure, OptionName::Nomem];
            changed(text, |call| Some(vec![call.add_options(&options)?]))
        };
        assert_eq!(add(r#"asm!("")"#), r#"asm!("", options(pure, nomem))"#);
        let add = |text| changed(text, |call| Some(vec![call.add_operand("out(\"rcx\") _")?]));
        assert_eq!(
            add(r#"asm!("", in("eax") 1, clobber_abi("C"), options(nomem))"#),
            r#"asm!("", in("eax") 1, out("rcx") _, clobber_abi("C"), options(nomem))"#
        );
    }
}
