//! `cargo asm-lint doctor`: what is installed, what would run, what is missing.

use std::{
    env,
    fmt::{Display, Write as _},
    process::Command,
};

use serde_json::json;

use crate::{
    cargo,
    driver::{self, Driver, Origin},
    error::{Error, Result},
    hosts,
    request::Request,
    status::Status,
    terminal,
    toolchain::{self, SYSROOT_VARIABLE, Toolchain},
};

/// What fixes most problems.
const SET_UP: &str = "run `cargo asm-lint setup --yes`";

/// Prints the state of the installation; the status says whether a lint run could start.
pub fn run(request: &Request) -> Result<Status> {
    let mut examination = Examination::default();
    examination.front_end();
    examination.cargo();
    let toolchain = examination.toolchain();
    examination.driver(toolchain.as_ref());

    terminal::print(&if request.json { examination.json() } else { examination.text() })?;
    let is_whole = examination.problems.is_empty();
    Ok(if is_whole { Status::Clean } else { Status::CouldNotRun })
}

#[derive(Default)]
struct Examination {
    /// What was found, by name; a name that is indented tells more of the one before it.
    lines: Vec<(&'static str, String)>,
    problems: Vec<Error>,
}

impl Examination {
    fn line(&mut self, name: &'static str, value: impl Display) {
        self.lines.push((name, value.to_string()));
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.lines {
            let _ = writeln!(text, "{name:<15} {value}");
        }
        for problem in &self.problems {
            let _ = writeln!(text, "\nproblem: {problem}");
        }
        if self.problems.is_empty() {
            text.push_str("\nEverything that a lint run needs is installed.\n");
        }
        text
    }

    /// An object with a key for each thing, whose value is an object again, and `problems`.
    fn json(&self) -> String {
        let mut object = serde_json::Map::new();
        let mut part = "";
        for (name, value) in &self.lines {
            let key = match name.strip_prefix("  ") {
                Some(key) => key,
                None => {
                    part = name;
                    "value"
                }
            };
            object.entry(part).or_insert_with(|| json!({}))[key] = json!(value);
        }
        let problems: Vec<_> = self.problems.iter().map(ToString::to_string).collect();
        object.insert("problems".to_owned(), json!(problems));
        object.insert("format".to_owned(), json!(1));
        format!("{:#}\n", serde_json::Value::Object(object))
    }

    fn front_end(&mut self) {
        self.line("host", hosts::own().unwrap_or("unknown"));
        self.line("cargo-asm-lint", env!("CARGO_PKG_VERSION"));
        match std::env::current_exe() {
            Ok(path) => self.line("  executable", path.display()),
            Err(error) => self.problems.push(Error::while_doing("find this executable", error)),
        }
        match driver::data_directory() {
            Ok(data) => self.line("  set-up folder", driver::version_directory(&data).display()),
            Err(error) => self.problems.push(error),
        }
    }

    fn cargo(&mut self) {
        match Command::new(cargo::path()).arg("--version").output() {
            Ok(output) if output.status.success() => {
                self.line("cargo", String::from_utf8_lossy(&output.stdout).trim());
            }
            Ok(output) => {
                let cause = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
                self.problems.push(Error::while_doing("run cargo", cause));
            }
            Err(error) => self.problems.push(Error::cargo_does_not_run(error)),
        }
        self.line("  executable", cargo::path().to_string_lossy());
    }

    fn toolchain(&mut self) -> Option<Toolchain> {
        self.line("toolchain", toolchain::channel());
        match Toolchain::find() {
            Ok(toolchain) => {
                let is_whole = toolchain.has_compiler_crates();
                self.line("  sysroot", toolchain.sysroot().display());
                match toolchain.version() {
                    Ok(version) => self.line("  version", version),
                    Err(error) => self.problems.push(error),
                }
                self.line("  rustc-dev", if is_whole { "installed" } else { "missing" });
                self.line("  targets", toolchain.targets().join(", "));
                Some(toolchain)
            }
            Err(error) => {
                self.line("  sysroot", "missing");
                // A user who provides a driver or a sysroot also provides the toolchain.
                let is_setups = env::var_os(SYSROOT_VARIABLE).is_none()
                    && !matches!(Driver::find(), Ok(Some(driver)) if driver.origin != Origin::SetUp);
                self.problems.push(if is_setups { error.with_remedy(SET_UP) } else { error });
                None
            }
        }
    }

    fn driver(&mut self, toolchain: Option<&Toolchain>) {
        match Driver::find() {
            Ok(Some(driver)) => {
                self.line("driver", driver.path.display());
                self.line(
                    "  found",
                    match driver.origin {
                        Origin::Variable => "by ASM_LINT_DRIVER",
                        Origin::BesideFrontEnd => "next to this executable",
                        Origin::SetUp => "installed by `cargo asm-lint setup`",
                    },
                );
                match toolchain.map(|toolchain| driver.version(toolchain)) {
                    Some(Ok(version)) => {
                        self.compare(&version, toolchain);
                        self.line("  version", version.lines().collect::<Vec<_>>().join("; "));
                    }
                    Some(Err(error)) => self.problems.push(error),
                    None => {}
                }
            }
            Ok(None) => {
                self.line("driver", "missing");
                let problem = Error::new("the driver is not built").with_remedy(SET_UP);
                self.problems.push(problem);
            }
            Err(error) => self.problems.push(error),
        }
    }

    /// Compares the driver's compiler with the one that compiles dependencies: they read each other's
    /// output.
    fn compare(&mut self, driver_version: &str, toolchain: Option<&Toolchain>) {
        let own = toolchain.and_then(|toolchain| toolchain.version().ok()).unwrap_or_default();
        let built_for = driver_version.lines().find(|line| line.starts_with("rustc "));
        if let Some(built_for) = built_for.filter(|built_for| *built_for != own) {
            self.problems.push(Error::new(format!(
                "the driver is built for `{built_for}`, but the toolchain is `{own}`"
            )));
        }
    }
}
