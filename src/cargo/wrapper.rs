//! Keeps a wrapper of the user, such as a compiler cache, out of the run: it does not know the driver
//! and would answer in its place.

use std::{ffi::OsString, process::Command};

use super::files;

/// Removes the wrapper that is set by `key`, which is `rustc-wrapper` or
/// `rustc-workspace-wrapper`.
pub fn leave_out(command: &mut Command, key: &str, cargo_arguments: &[OsString]) {
    let variable = key.replace('-', "_").to_uppercase();
    if may_be_configured(key, cargo_arguments) {
        // The empty variable overrules a configuration.
        command.env(variable, "");
    } else {
        // It also keeps cargo from caching what it knows about the compiler, which then runs several
        // times in each run; so it is set only if it is needed.
        command.env_remove(&variable).env_remove(format!("CARGO_BUILD_{variable}"));
    }
}

/// Whether a configuration may set the key. Yes, if that cannot be determined.
fn may_be_configured(key: &str, cargo_arguments: &[OsString]) -> bool {
    let on_command_line = cargo_arguments.iter().any(|argument| {
        // `--config` in either form, and another folder, which has a different configuration.
        let argument = argument.to_string_lossy();
        argument.starts_with("--config") || argument.starts_with("-C")
    });
    on_command_line || files::texts().any(|text| text.contains(key) || text.contains("include"))
}
