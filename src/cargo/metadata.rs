//! Asks cargo about the workspace, with the arguments that decide what workspace it is.

use std::ffi::OsString;

use cargo_metadata::{Metadata, MetadataCommand, Package};

use crate::{
    arguments::values_of,
    error::{Error, Result},
    toolchain::Toolchain,
};

/// Where the workspace is and where it builds.
pub fn workspace(cargo_arguments: &[OsString], toolchain: &Toolchain) -> Result<Metadata> {
    ask(cargo_arguments, toolchain, MetadataCommand::new().no_deps())
}

/// The packages of the whole dependency tree.
pub fn packages(cargo_arguments: &[OsString], toolchain: &Toolchain) -> Result<Vec<Package>> {
    Ok(ask(cargo_arguments, toolchain, &mut MetadataCommand::new())?.packages)
}

fn ask(
    cargo_arguments: &[OsString],
    toolchain: &Toolchain,
    command: &mut MetadataCommand,
) -> Result<Metadata> {
    command.cargo_path(super::path()).env("RUSTC", toolchain.rustc());
    let mut options = Vec::new();
    for flag in ["--manifest-path", "--config", "-C", "-Z"] {
        for value in values_of(cargo_arguments, flag) {
            options.extend([flag.to_owned(), utf8(flag, value)?]);
        }
    }
    // `-Zname` and `-Cfolder` in one word.
    options.extend(cargo_arguments.iter().filter_map(|argument| {
        let text = argument.to_str()?;
        let attached = text.starts_with("-Z") || text.starts_with("-C");
        (attached && text.len() > 2).then(|| text.to_owned())
    }));
    for switch in ["--offline", "--locked", "--frozen"] {
        if cargo_arguments.iter().any(|argument| argument == switch) {
            options.push(switch.to_owned());
        }
    }
    command.other_options(options);
    command.exec().map_err(|error| match error {
        cargo_metadata::Error::CargoMetadata { stderr } => {
            let reason = stderr.trim_end();
            Error::new(reason.strip_prefix("error: ").unwrap_or(reason))
        }
        error => Error::while_doing("ask cargo about the workspace", error),
    })
}

fn utf8(flag: &str, value: OsString) -> Result<String> {
    value.into_string().map_err(|value| {
        Error::new(format!("the value of {flag}, {}, is not UTF-8", value.to_string_lossy()))
    })
}
