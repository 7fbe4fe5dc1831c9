//! Every flag and subcommand of the front end, as data.
//!
//! One slice drives parsing (`arguments.rs`) and help (`commands/help.rs`); a flag that is not in
//! [`LINT_FLAGS`] belongs to cargo and is passed on unchanged.

use std::ffi::OsString;

use crate::{
    error::{Error, Result},
    request::{Action, Format, Request},
};

/// One flag of this tool.
pub struct Flag {
    /// The long name, without dashes.
    pub name: &'static str,
    /// The one-letter name, if it has one.
    pub short: Option<char>,
    /// The placeholder for the value in the help text; `None` for a switch.
    pub value: Option<&'static str>,
    /// One line for the help text, a clause without a full stop.
    pub help: &'static str,
    /// Notes in the request that the flag was given. The value is empty for a switch.
    pub apply: fn(&mut Request, OsString) -> Result<()>,
}

/// A word that may come first instead of flags.
pub struct Subcommand {
    /// The word.
    pub name: &'static str,
    /// One line for the help text.
    pub help: &'static str,
    /// What it does.
    pub action: Action,
    /// The flags it takes.
    pub flags: &'static [Flag],
    /// Whether it takes those of `cargo check`, too, and a word of its own.
    pub runs_cargo: bool,
}

const HELP: Flag = Flag {
    name: "help",
    short: Some('h'),
    value: None,
    help: "print this text",
    apply: |request, _| {
        request.action = Action::Help { subcommand: None };
        Ok(())
    },
};

const YES: Flag = Flag {
    name: "yes",
    short: Some('y'),
    value: None,
    help: "download and build what is missing without asking",
    apply: |request, _| {
        request.yes = true;
        Ok(())
    },
};

/// The flags of a lint run, in the order of the help text.
pub static LINT_FLAGS: &[Flag] = &[
    Flag {
        name: "fix",
        short: None,
        value: None,
        help: "apply the suggestions that can't break a program; accepts the flags of `cargo fix`",
        apply: |request, _| {
            request.fix = true;
            Ok(())
        },
    },
    Flag {
        name: "deps",
        short: None,
        value: None,
        help: "lint all dependencies, grouped by crate; never fails because of a finding",
        apply: |request, _| {
            request.deps = true;
            Ok(())
        },
    },
    Flag {
        name: "rustc-lints",
        short: None,
        value: None,
        help: "also show the lints of the pinned compiler itself",
        apply: |request, _| {
            request.rustc_lints = true;
            Ok(())
        },
    },
    Flag {
        name: "sarif",
        short: None,
        value: Some("FILE"),
        help: "also write the findings to FILE as SARIF 2.1.0",
        apply: |request, value| {
            request.reports.sarif = Some(value.into());
            Ok(())
        },
    },
    Flag {
        name: "github",
        short: None,
        value: None,
        help: "also print the findings as GitHub workflow annotations",
        apply: |request, _| {
            request.reports.github = true;
            Ok(())
        },
    },
    Flag {
        name: "baseline",
        short: None,
        value: Some("FILE"),
        help: "fail only on findings that are not in FILE; creates FILE if it is missing",
        apply: |request, value| {
            request.reports.baseline = Some(value.into());
            Ok(())
        },
    },
    Flag {
        name: "prune",
        short: None,
        value: None,
        help: "with `--baseline`: remove the accepted findings that no longer occur from FILE",
        apply: |request, _| {
            request.reports.prune = true;
            Ok(())
        },
    },
    Flag {
        name: "explain",
        short: None,
        value: Some("LINT"),
        help: "print the documentation of a lint",
        apply: |request, value| {
            request.action = Action::Explain { lint: utf8("--explain", value)? };
            Ok(())
        },
    },
    Flag {
        name: "list",
        short: None,
        value: None,
        help: "list all lints with their groups and levels",
        apply: |request, _| {
            request.action = Action::List;
            Ok(())
        },
    },
    Flag {
        name: "format",
        short: None,
        value: Some("FORMAT"),
        help: "the format of `--list`: `text` (the default) or `json`",
        apply: |request, value| {
            request.has_format = true;
            request.json = match utf8("--format", value)?.as_str() {
                "json" => true,
                "text" => false,
                other => {
                    return Err(Error::new(format!("unknown format `{other}`"))
                        .with_remedy("the formats are `text` and `json`"));
                }
            };
            Ok(())
        },
    },
    Flag {
        name: "print-config",
        short: None,
        value: None,
        help: "print the configuration for the working directory",
        apply: |request, _| {
            request.action = Action::PrintConfig;
            Ok(())
        },
    },
    Flag {
        name: "version",
        short: Some('V'),
        value: None,
        help: "print the version of this tool and of the compiler it uses",
        apply: |request, _| {
            request.action = Action::Version;
            Ok(())
        },
    },
    YES,
    HELP,
];

/// The subcommands, in the order of the help text.
pub static SUBCOMMANDS: &[Subcommand] = &[
    Subcommand {
        name: "story",
        help: "print what was proved about every block whose crate, function or file contains FILTER",
        action: Action::Story,
        flags: &[
            Flag {
                name: "format",
                short: None,
                value: Some("FORMAT"),
                help: "`text` (the default), `json`, `html`, or `rust`: functions that do the same",
                apply: |request, value| {
                    let name = utf8("--format", value)?;
                    let format = Format::ALL.into_iter().find(|(known, _)| *known == name);
                    let Some((_, format)) = format else {
                        return Err(Error::new(format!("unknown format `{name}`"))
                            .with_remedy("the formats are `text`, `json`, `html` and `rust`"));
                    };
                    request.story.format = format;
                    Ok(())
                },
            },
            Flag {
                name: "deps",
                short: None,
                value: None,
                help: "show all dependencies, too",
                apply: |request, _| {
                    request.deps = true;
                    Ok(())
                },
            },
            Flag {
                name: "lock",
                short: None,
                value: Some("FILE"),
                help: "fail if what is proved differs from FILE; writes FILE if it is missing",
                apply: |request, value| {
                    request.story.lock = Some(value.into());
                    Ok(())
                },
            },
            Flag {
                name: "update",
                short: None,
                value: None,
                help: "write what is proved to the file of `--lock`",
                apply: |request, _| {
                    request.story.update = true;
                    Ok(())
                },
            },
            YES,
            HELP,
        ],
        runs_cargo: true,
    },
    Subcommand {
        name: "setup",
        help: "install the pinned toolchain and the driver",
        action: Action::Setup,
        flags: &[
            YES,
            Flag {
                name: "target",
                short: None,
                value: Some("TRIPLE"),
                help: "also install the standard library for TRIPLE (may be repeated)",
                apply: |request, value| {
                    request.targets.push(value);
                    Ok(())
                },
            },
            Flag {
                name: "build",
                short: None,
                value: None,
                help: "build the driver here instead of downloading it",
                apply: |request, _| {
                    request.build = true;
                    Ok(())
                },
            },
            Flag {
                name: "force",
                short: None,
                value: None,
                help: "install the driver again even if there is one",
                apply: |request, _| {
                    request.force = true;
                    Ok(())
                },
            },
            HELP,
        ],
        runs_cargo: false,
    },
    Subcommand {
        name: "doctor",
        help: "show versions, paths, what would run and what is missing",
        action: Action::Doctor,
        flags: &[
            Flag {
                name: "json",
                short: None,
                value: None,
                help: "print it as JSON, for a bug report",
                apply: |request, _| {
                    request.json = true;
                    Ok(())
                },
            },
            HELP,
        ],
        runs_cargo: false,
    },
    Subcommand {
        name: "clean",
        help: "remove what `setup` installed",
        action: Action::Clean,
        flags: &[HELP],
        runs_cargo: false,
    },
    Subcommand {
        name: "completions",
        help: "print completions for `--shell SHELL`: bash, zsh, fish or powershell",
        action: Action::Completions { shell: String::new() },
        flags: &[
            Flag {
                name: "shell",
                short: None,
                value: Some("SHELL"),
                help: "the shell that the completions are for",
                apply: |request, value| {
                    request.action = Action::Completions { shell: utf8("--shell", value)? };
                    Ok(())
                },
            },
            HELP,
        ],
        runs_cargo: false,
    },
    Subcommand {
        name: "man",
        help: "print the man page",
        action: Action::Man,
        flags: &[HELP],
        runs_cargo: false,
    },
];

fn utf8(flag: &str, value: OsString) -> Result<String> {
    value.into_string().map_err(|value| {
        Error::new(format!("the value of {flag}, {}, is not UTF-8", value.to_string_lossy()))
    })
}
