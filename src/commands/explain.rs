//! `cargo asm-lint --explain LINT`: the documentation of one lint, as on its page.

use crate::{
    catalogue,
    error::{Error, Result},
    status::Status,
    terminal,
};

/// Prints the documentation.
pub fn run(name: &str) -> Result<Status> {
    let lint = catalogue::find(name).ok_or_else(|| {
        Error::new(format!("there is no lint `{name}`")).with_remedy(
            match catalogue::nearest(name) {
                _ if catalogue::has_group(name) => {
                    "it is a group; `cargo asm-lint --list` shows its lints".to_owned()
                }
                Some(lint) => format!("did you mean `{}`?", lint.name),
                None => "`cargo asm-lint --list` lists them".to_owned(),
            },
        )
    })?;
    terminal::print(&format!("{}\n", lint.documentation().trim()))?;
    Ok(Status::Clean)
}
