//! Keeps a wrapper of the user's, such as a compiler cache, out of the run: it knows nothing of the
//! driver and would answer for it.

use std::{ffi::OsString, process::Command};

use super::files;

/// Leaves out the wrapper that is set by `key`, which is `rustc-wrapper` or
/// `rustc-workspace-wrapper`.
pub fn leave_out(command: &mut Command, key: &str, cargo_arguments: &[OsString]) {
    let variable = key.replace('-', "_").to_uppercase();
    if may_be_configured(key, cargo_arguments) {
        // The empty variable overrules a configuration.
        command.env(variable, "");
    } else {
        // It also keeps cargo from remembering what it learnt of the compiler, which then is asked
        // again and again in each run; so it is set only where it is needed.
        command.env_remove(&variable).env_remove(format!("CARGO_BUILD_{variable}"));
    }
}

/// Whether a configuration may set the key. Yes, if it can't be told.
fn may_be_configured(key: &str, cargo_arguments: &[OsString]) -> bool {
    let on_command_line = cargo_arguments.iter().any(|argument| {
        // `--config` in either form, and another folder, which has another configuration.
        let argument = argument.to_string_lossy();
        argument.starts_with("--config") || argument.starts_with("-C")
    });
    on_command_line || files::texts().any(|text| text.contains(key) || text.contains("include"))
}
