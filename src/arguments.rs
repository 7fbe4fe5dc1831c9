//! The command line: which arguments are ours, which are cargo's, which are the lints'.
//!
//! ```text
//! cargo asm-lint [SUBCOMMAND FLAGS]
//! cargo asm-lint [our flags and any flag of cargo check, in any order] [-- lint flags]
//! ```
//!
//! Cargo's flags are passed on unchanged and unchecked: cargo knows best which flags exist, and which
//! of them take a value.

use std::ffi::OsString;

use lexopt::{Arg, Parser};

use crate::{
    error::{Error, Result},
    flags::{Flag, LINT_FLAGS, SUBCOMMANDS, Subcommand},
    request::{Action, Request},
    similar,
};

/// Reads the arguments, without the name of the program.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Request> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    // Cargo runs `cargo-asm-lint asm-lint …`; a person may leave the name out.
    if arguments.first().is_some_and(|first| first == "asm-lint") {
        arguments.remove(0);
    }
    let first = arguments.first().and_then(|first| first.to_str());
    match SUBCOMMANDS.iter().find(|subcommand| Some(subcommand.name) == first) {
        Some(subcommand) => {
            parse_subcommand(subcommand, Parser::from_args(arguments.into_iter().skip(1)))
        }
        None => match first {
            Some("help") => help_about(arguments.get(1)),
            // No cargo command that we run takes a bare word.
            Some(word) if !word.starts_with('-') => Err(no_subcommand(word, arguments.get(1))),
            _ => parse_lint_run(Parser::from_args(arguments)),
        },
    }
}

fn parse_subcommand(subcommand: &Subcommand, mut parser: Parser) -> Result<Request> {
    let mut request = Request { action: subcommand.action.clone(), ..Request::default() };
    if subcommand.runs_cargo {
        return parse_cargo_run(subcommand, parser, request);
    }
    while let Some(argument) = parser.next()? {
        match subcommand.flags.iter().find(|flag| flag.is(&argument)) {
            Some(flag) => flag.read(&mut parser, &mut request)?,
            None => {
                return Err(Error::from(argument.unexpected()).with_remedy(format!(
                    "`cargo asm-lint {} --help` lists the flags",
                    subcommand.name
                )));
            }
        }
    }
    if let Action::Help { subcommand: about } = &mut request.action {
        *about = Some(subcommand.name.to_owned());
    }
    Ok(request)
}

/// A subcommand that hands flags to cargo, and takes one word of its own.
fn parse_cargo_run(
    subcommand: &Subcommand,
    mut parser: Parser,
    mut request: Request,
) -> Result<Request> {
    let mut may_be_value = false;
    loop {
        let mut rest = parser.raw_args()?;
        let Some(token) = rest.peek().map(ToOwned::to_owned) else { break };
        let text = token.to_str().unwrap_or_default();
        if let Some(flag) = subcommand.flags.iter().find(|flag| flag.matches(text)) {
            parser.next()?;
            flag.read(&mut parser, &mut request)?;
            may_be_value = false;
            continue;
        }
        let _taken = rest.next();
        if text.starts_with('-') {
            may_be_value = !text.contains('=') && !CARGO_SWITCHES.contains(&text);
        } else if !std::mem::take(&mut may_be_value) {
            if request.story.filter.replace(text.to_owned()).is_some() {
                return Err(Error::new(format!("there is more than one filter: `{text}`")));
            }
            continue;
        }
        request.cargo_arguments.push(token);
    }
    if let Action::Help { subcommand: about } = &mut request.action {
        *about = Some(subcommand.name.to_owned());
    }
    Ok(request)
}

/// The flags of `cargo check` that take no value: a word after one of them is not theirs.
const CARGO_SWITCHES: &[&str] = &[
    "--all",
    "--all-features",
    "--all-targets",
    "--benches",
    "--bins",
    "--examples",
    "--frozen",
    "--ignore-rust-version",
    "--keep-going",
    "--lib",
    "--locked",
    "--no-default-features",
    "--offline",
    "--quiet",
    "--release",
    "--tests",
    "--verbose",
    "--workspace",
    "-q",
    "-r",
    "-v",
    "-vv",
];

/// `cargo asm-lint help`, for everything or for a subcommand.
fn help_about(word: Option<&OsString>) -> Result<Request> {
    let subcommand = word.map(|word| word.to_string_lossy().into_owned());
    match &subcommand {
        Some(word) if SUBCOMMANDS.iter().all(|subcommand| subcommand.name != *word) => {
            Err(no_subcommand(word, None))
        }
        _ => Ok(Request { action: Action::Help { subcommand }, ..Request::default() }),
    }
}

/// Words that other tools accept or that look plausible, and what to run instead.
const MEANT: &[(&str, &str)] = &[
    ("check", "cargo asm-lint"),
    ("lint", "cargo asm-lint"),
    ("run", "cargo asm-lint"),
    ("install", "cargo asm-lint setup"),
    ("audit", "cargo asm-lint --deps"),
];

fn no_subcommand(word: &str, next: Option<&OsString>) -> Error {
    let next = next.map(|next| format!(" {}", next.to_string_lossy())).unwrap_or_default();
    let flag = LINT_FLAGS.iter().find(|flag| flag.name == word);
    let meant = MEANT.iter().find(|(known, _)| *known == word);
    let nearest = similar::nearest(word, SUBCOMMANDS.iter().map(|subcommand| subcommand.name));
    let remedy = match (flag, meant, nearest) {
        (Some(Flag { name, value: Some(_), .. }), ..) => {
            format!("did you mean `cargo asm-lint --{name}{next}`?")
        }
        (Some(Flag { name, .. }), ..) => format!("did you mean `cargo asm-lint --{name}`?"),
        (_, Some((_, command)), _) => format!("did you mean `{command}`?"),
        (_, _, Some(name)) => format!("did you mean `cargo asm-lint {name}`?"),
        _ => "`cargo asm-lint --help` lists them".to_owned(),
    };
    Error::new(format!("there is no subcommand `{word}`")).with_remedy(remedy)
}

/// A level flag among cargo's arguments, where cargo would not understand it, with its value.
pub fn lint_flag_before_dashes(cargo_arguments: &[OsString]) -> Option<String> {
    let mut arguments = cargo_arguments.iter().map(|argument| argument.to_string_lossy());
    let flag = arguments.find(|argument| {
        let letters = argument.strip_prefix('-').unwrap_or_default();
        letters.starts_with(['W', 'A', 'D'])
            || ["warn", "allow", "deny", "forbid", "cap-lints"].iter().any(|name| {
                letters.strip_prefix('-').is_some_and(|long| long.split('=').next() == Some(name))
            })
    })?;
    let has_value = flag.len() > 2 && !flag.starts_with("--") || flag.contains('=');
    let value = arguments.next().filter(|value| !has_value && !value.starts_with('-'));
    Some(value.map_or_else(|| flag.to_string(), |value| format!("{flag} {value}")))
}

/// Our flag that a word passed to cargo may be a misspelling of.
pub fn misspelt(cargo_arguments: &[OsString]) -> Option<(&str, &'static str)> {
    cargo_arguments.iter().find_map(|argument| {
        let argument = argument.to_str()?;
        let name = argument.strip_prefix("--")?.split('=').next()?;
        Some((argument, similar::nearest(name, LINT_FLAGS.iter().map(|flag| flag.name))?))
    })
}

fn parse_lint_run(mut parser: Parser) -> Result<Request> {
    let mut request = Request::default();
    loop {
        let mut rest = parser.raw_args()?;
        let Some(token) = rest.peek() else { return Ok(request) };
        if token == "--" {
            request.lint_arguments = rest.skip(1).collect();
            return Ok(request);
        }
        match LINT_FLAGS.iter().find(|flag| token.to_str().is_some_and(|text| flag.matches(text))) {
            Some(flag) => {
                // Let the parser see the token again, for the forms `--flag=value` and `--flag value`.
                parser.next()?;
                flag.read(&mut parser, &mut request)?;
            }
            None => request.cargo_arguments.extend(rest.next()),
        }
    }
}

impl Flag {
    fn is(&self, argument: &Arg<'_>) -> bool {
        match argument {
            Arg::Long(name) => *name == self.name,
            Arg::Short(letter) => Some(*letter) == self.short,
            Arg::Value(_) => false,
        }
    }

    /// Whether a word of the command line is this flag, with its value or without.
    fn matches(&self, token: &str) -> bool {
        if let Some(long) = token.strip_prefix("--") {
            return long.split_once('=').map_or(long, |(name, _)| name) == self.name;
        }
        let mut letters = token.strip_prefix('-').unwrap_or_default().chars();
        self.short.is_some() && letters.next() == self.short && letters.next().is_none()
    }

    fn read(&self, parser: &mut Parser, request: &mut Request) -> Result<()> {
        let value = match self.value {
            Some(_) => parser.value()?,
            None => OsString::new(),
        };
        (self.apply)(request, value)
    }
}

/// All values that the cargo arguments give to `flag` (with its dashes), in either form.
pub fn values_of<'a>(
    arguments: &'a [OsString],
    flag: &'a str,
) -> impl Iterator<Item = OsString> + 'a {
    arguments.iter().enumerate().filter_map(move |(index, argument)| {
        if argument == flag {
            return arguments.get(index + 1).cloned();
        }
        let attached = argument.to_str()?.strip_prefix(flag)?.strip_prefix('=')?;
        Some(attached.into())
    })
}

/// Removes `flag` and its value from the cargo arguments; the last one takes precedence, as for cargo.
pub fn take_value(arguments: &mut Vec<OsString>, flag: &str) -> Result<Option<OsString>> {
    let mut taken = None;
    let mut rest = std::mem::take(arguments).into_iter();
    while let Some(argument) = rest.next() {
        if argument == flag {
            let value = rest.next();
            taken = Some(value.ok_or_else(|| Error::new(format!("{flag} needs a value")))?);
            continue;
        }
        let text = argument.to_str().and_then(|text| text.strip_prefix(flag));
        match text.and_then(|text| text.strip_prefix('=')) {
            Some(value) => taken = Some(value.into()),
            None => arguments.push(argument),
        }
    }
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(line: &str) -> Request {
        parse(line.split_whitespace().map(OsString::from)).expect("a good command line")
    }

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn unknown_flags_are_cargos_in_any_order() {
        let line = "asm-lint -p one --features a,b --rustc-lints -j4 --target=t --weird value";
        let request = request(line);
        assert!(request.rustc_lints);
        let cargo = words("-p one --features a,b -j4 --target=t --weird value");
        assert_eq!(request.cargo_arguments, cargo);
    }

    #[test]
    fn our_values_come_attached_or_apart() {
        for line in ["--sarif=out.sarif -v", "-v --sarif out.sarif"] {
            let request = request(line);
            assert_eq!(request.reports.sarif, Some("out.sarif".into()), "{line}");
            assert_eq!(request.cargo_arguments, words("-v"), "{line}");
        }
        assert!(parse(["--sarif".into()]).is_err());
        assert!(parse(["--fix=yes".into()]).is_err());
    }

    #[test]
    fn what_follows_two_dashes_is_for_the_lints() {
        let request = request("--lib -- -D asm_lint::all --fix -- -A x");
        assert_eq!(request.cargo_arguments, words("--lib"));
        assert_eq!(request.lint_arguments, words("-D asm_lint::all --fix -- -A x"));
        assert!(!request.fix);
    }

    #[test]
    fn a_subcommand_comes_first_and_takes_its_own_flags_only() {
        let request =
            request("setup --yes --target i686-unknown-linux-gnu --target=x86_64-unknown-none");
        assert_eq!(request.action, Action::Setup);
        assert!(request.yes);
        assert_eq!(request.targets, words("i686-unknown-linux-gnu x86_64-unknown-none"));
        assert!(parse(["doctor".into(), "--yes".into()]).is_err());
        for words in [words("doctr"), words("help setp"), words("+nightly")] {
            assert!(super::parse(words).is_err());
        }
        for line in ["setup --help", "help setup", "setup -h --yes"] {
            let subcommand = Some("setup".to_owned());
            assert_eq!(super::tests::request(line).action, Action::Help { subcommand }, "{line}");
        }
        // A package may be called like a subcommand.
        assert_eq!(
            super::parse(words("-p setup")).map(|request| request.action).ok(),
            Some(Action::Lint)
        );
    }

    #[test]
    fn values_are_found_and_taken_in_both_forms() {
        let mut arguments = words("--target one --target=two --target-dir three -v");
        assert_eq!(values_of(&arguments, "--target").collect::<Vec<_>>(), words("one two"));
        let taken = take_value(&mut arguments, "--target-dir").expect("it has a value");
        assert_eq!(taken, Some("three".into()));
        assert_eq!(arguments, words("--target one --target=two -v"));
        assert!(take_value(&mut words("--target-dir"), "--target-dir").is_err());
    }
}
