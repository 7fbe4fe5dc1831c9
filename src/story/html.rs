//! Stories as one self-contained page: no network, no script but its own few lines.

use minijinja::{AutoEscape, Environment, context, value::Serde};
use serde::Serialize;

use super::{
    model::{Line, Story},
    text::{does, needs},
};
use crate::error::{Error, Result};

/// The page's template. Everything that is put into it is escaped.
const TEMPLATE: &str = include_str!("page.html");

/// What a card shows when it is open.
const BODY: &str = include_str!("body.html");

/// A story as the template wants it.
#[derive(Serialize)]
struct Card<'a> {
    number: usize,
    story: &'a Story,
    path: String,
    needs: Vec<String>,
    does: Vec<String>,
    lines: &'a [Line],
    source: Vec<Piece<'a>>,
    double: Option<String>,
}

/// A part of the macro call.
#[derive(Serialize)]
struct Piece<'a> {
    text: &'a str,
    /// The line of the template that it is, if it is one.
    line: Option<u32>,
}

/// The page of all stories.
///
/// The list of blocks comes first and is all that a browser has to lay out; what is in the blocks is
/// data at the end of the page, and becomes part of the page where a block is opened.
pub fn page(stories: &[Story]) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_filter("ticks", ticks);
    let failed = |error: minijinja::Error| Error::while_doing("write the stories as a page", error);
    let body = environment.template_from_str(BODY).map_err(failed)?;
    let cards: Vec<Card<'_>> = stories.iter().enumerate().map(card).collect();
    let mut contents: Vec<(String, String)> = Vec::new();
    for card in &cards {
        let body = body.render(context! { card => Serde(card) }).map_err(failed)?;
        contents.push((words(card), body));
    }
    let index: Vec<_> = stories
        .iter()
        .map(|story| (&story.krate, &story.file, &story.verdict, options(story)))
        .collect();
    let mut crates: Vec<&str> = stories.iter().map(|story| story.krate.as_str()).collect();
    crates.dedup();
    let count = |verdict: &str| stories.iter().filter(|story| story.verdict == verdict).count();
    let page = environment.template_from_str(TEMPLATE).map_err(failed)?;
    page.render(context! {
        cards => Serde(&cards),
        index => data(&index)?,
        contents => data(&contents)?,
        crates => Serde(&crates),
        total => stories.len(),
        holds => count("holds"),
        broken => count("broken"),
        open => count("partly judged"),
        version => env!("CARGO_PKG_VERSION"),
    })
    .map_err(failed)
}

/// A value as JSON in a `<script>`, which nothing in it ends.
fn data(value: &impl Serialize) -> Result<minijinja::Value> {
    let text = serde_json::to_string(value)
        .map_err(|error| Error::while_doing("write the stories as a page", error))?;
    let text = text.replace("</", "<\\/").replace("<!", "\\u003c!");
    Ok(minijinja::Value::from_safe_string(text))
}

/// What a search looks at, in lower case.
fn words(card: &Card<'_>) -> String {
    let code: Vec<&str> = card.lines.iter().map(|line| line.text.as_str()).collect();
    format!("{} {} {}", card.path, card.story.file, code.join(" ")).to_lowercase()
}

/// The options that the block declares.
fn options(story: &Story) -> Vec<&str> {
    let promises = story.promises.iter();
    let declared = promises
        .filter(|promise| !promise.promise.contains(' ') && promise.verdict != "could be promised");
    declared.map(|promise| promise.promise.as_str()).collect()
}

/// A text as HTML, with what is in backticks as code.
fn ticks(text: String) -> minijinja::Value {
    let mut html = String::new();
    for (number, part) in text.split('`').enumerate() {
        if number > 0 {
            html.push_str(if number % 2 == 1 { "<code>" } else { "</code>" });
        }
        for letter in part.chars() {
            match letter {
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '&' => html.push_str("&amp;"),
                '"' => html.push_str("&quot;"),
                letter => html.push(letter),
            }
        }
    }
    if text.matches('`').count() % 2 == 1 {
        html.push_str("</code>");
    }
    minijinja::Value::from_safe_string(html)
}

/// The macro call, with the lines of the template where they are found in it.
fn source(story: &Story) -> Vec<Piece<'_>> {
    // A call in a file has the indentation of what is around it.
    let text = story.source.as_str();
    let mut pieces = Vec::new();
    let mut at = 0;
    for line in &story.code {
        let written = line.text.trim();
        let Some((from, to)) = (!written.is_empty()).then(|| find(&text[at..], written)).flatten()
        else {
            continue;
        };
        pieces.push(Piece { text: &text[at..at + from], line: None });
        pieces.push(Piece { text: &text[at + from..at + to], line: Some(line.number) });
        at += to;
    }
    pieces.push(Piece { text: &text[at..], line: None });
    pieces
}

/// Where a line of a template is in a text that may call the operands something else: where it starts
/// and where it ends.
fn find(text: &str, line: &str) -> Option<(usize, usize)> {
    // What is between the placeholders.
    let mut literal =
        line.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
    let first = literal.next()?;
    let rest: Vec<&str> = literal.collect();
    // A line that begins with a placeholder begins with a brace.
    let begin = if first.is_empty() { "{" } else { first };
    text.match_indices(begin).map(|(start, _)| start).find_map(|start| {
        let mut at = start + first.len();
        for part in &rest {
            let inside = text[at..].strip_prefix('{')?;
            let end = inside.find('}')?;
            at += end + 2;
            text[at..].starts_with(part).then(|| at += part.len())?;
        }
        Some((start, at))
    })
}

/// The double as a function.
fn double(double: &super::model::Double) -> String {
    let body: String = double.body.lines().map(|line| format!("    {line}\n")).collect();
    format!("unsafe fn double{} {{\n{body}}}", double.signature)
}

fn card((number, story): (usize, &Story)) -> Card<'_> {
    Card {
        number,
        story,
        needs: needs(story),
        does: does(story),
        lines: &story.code,
        source: source(story),
        double: story.double.as_ref().map(double),
        path: story.path(),
    }
}
