//! Asks cargo about the workspace, with the arguments that decide what workspace it is.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use cargo_metadata::{Metadata, MetadataCommand, Package};

use super::memory::Memory;
use crate::{
    arguments::values_of,
    error::{Error, Result},
    toolchain::Toolchain,
};

/// Where the workspace is and where it builds.
pub fn workspace(cargo_arguments: &[OsString], toolchain: &Toolchain) -> Result<Metadata> {
    let options = options(cargo_arguments)?;
    let manifest = values_of(cargo_arguments, "--manifest-path").last().map(PathBuf::from);
    let folder =
        manifest.as_deref().and_then(Path::parent).filter(|folder| *folder != Path::new(""));
    // Another configuration, and with it another target directory, may come with these.
    let is_usual = options
        .iter()
        .all(|option| !["--config", "-C", "-Z"].iter().any(|other| option.starts_with(other)));
    let memory = is_usual
        .then(|| Memory::of(folder.unwrap_or(Path::new(".")), &options, &super::path()))
        .flatten();
    if let Some(metadata) = memory.as_ref().and_then(Memory::recall) {
        return Ok(metadata);
    }
    let metadata = ask(options, toolchain, MetadataCommand::new().no_deps())?;
    if let Some(memory) = memory {
        memory.keep(&metadata);
    }
    Ok(metadata)
}

/// The packages of the whole dependency tree.
pub fn packages(cargo_arguments: &[OsString], toolchain: &Toolchain) -> Result<Vec<Package>> {
    Ok(ask(options(cargo_arguments)?, toolchain, &mut MetadataCommand::new())?.packages)
}

/// Those of the arguments that decide what workspace it is.
fn options(cargo_arguments: &[OsString]) -> Result<Vec<String>> {
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
    Ok(options)
}

fn ask(
    options: Vec<String>,
    toolchain: &Toolchain,
    command: &mut MetadataCommand,
) -> Result<Metadata> {
    command.cargo_path(super::path()).env("RUSTC", toolchain.rustc());
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
