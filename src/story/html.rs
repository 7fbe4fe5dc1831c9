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

/// A story as the template wants it.
#[derive(Serialize)]
struct Card<'a> {
    number: usize,
    story: &'a Story,
    path: String,
    /// Words to be searched, in lower case.
    words: String,
    needs: Vec<String>,
    does: Vec<String>,
    lines: &'a [Line],
    options: Vec<&'a str>,
}

/// The page of all stories.
pub fn page(stories: &[Story]) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_filter("ticks", ticks);
    let failed = |error: minijinja::Error| Error::while_doing("write the stories as a page", error);
    let template = environment.template_from_str(TEMPLATE).map_err(failed)?;
    let cards: Vec<Card<'_>> = stories.iter().enumerate().map(card).collect();
    let mut crates: Vec<&str> = stories.iter().map(|story| story.krate.as_str()).collect();
    crates.dedup();
    let count = |verdict: &str| stories.iter().filter(|story| story.verdict == verdict).count();
    template
        .render(context! {
            cards => Serde(&cards),
            crates => Serde(&crates),
            total => stories.len(),
            holds => count("holds"),
            broken => count("broken"),
            open => count("partly judged"),
            version => env!("CARGO_PKG_VERSION"),
        })
        .map_err(failed)
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

fn card((number, story): (usize, &Story)) -> Card<'_> {
    let path = story.path();
    let code: Vec<&str> = story.code.iter().map(|line| line.text.as_str()).collect();
    let words = format!("{path} {} {}", story.file, code.join(" ")).to_lowercase();
    let is_option = |promise: &&super::model::Promise| !promise.promise.contains(' ');
    let declared = |promise: &&super::model::Promise| promise.verdict != "could be promised";
    let options = story.promises.iter().filter(is_option).filter(declared);
    Card {
        number,
        story,
        words,
        needs: needs(story),
        does: does(story),
        lines: &story.code,
        options: options.map(|promise| promise.promise.as_str()).collect(),
        path,
    }
}
