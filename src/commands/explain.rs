//! `cargo asm-lint --explain LINT`: the documentation of one lint, as its page has it.

use anstream::println;

use super::setup;
use crate::{
    arguments::Request,
    catalogue::Catalogue,
    error::{Error, Result},
    status::Status,
};

/// Prints the documentation.
pub fn run(request: &Request, name: &str) -> Result<Status> {
    let (driver, toolchain) = setup::ready(request)?;
    let catalogue = Catalogue::read(&driver, &toolchain)?;
    let lint = catalogue.find(name).ok_or_else(|| {
        Error::new(format!("there is no lint `{name}`")).with_remedy(
            match catalogue.nearest(name) {
                Some(lint) => format!("there is one called `{}`", lint.name),
                None => "`cargo asm-lint --list` lists them".to_owned(),
            },
        )
    })?;
    println!("asm_lint::{} ({}, {} by default)\n", lint.name, lint.group, lint.level);
    println!("{}", lint.documentation.trim());
    Ok(Status::Clean)
}
