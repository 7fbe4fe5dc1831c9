//! Projects to lint, and the front end run on them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::LazyLock,
};

use tempfile::TempDir;

/// The executable under test.
pub const FRONT_END: &str = env!("CARGO_BIN_EXE_cargo-asm-lint");

/// The driver, which is next to the front end. Testing this package alone does not build it, so it is
/// built here; that costs nothing if the whole workspace is tested.
static DRIVER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(FRONT_END).parent().expect("an executable is in a folder");
    let mut build = Command::new(env::var_os("CARGO").expect("cargo runs the tests"));
    build.args(["build", "--package", "asm-lint-driver"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    if folder.ends_with("release") {
        build.arg("--release");
    }
    let target = folder.parent().expect("a profile's folder is in the target folder");
    let status = build.env("CARGO_TARGET_DIR", target).status().expect("cargo runs");
    assert!(status.success(), "the driver can't be built");
    folder.join(format!("asm-lint-driver{}", env::consts::EXE_SUFFIX))
});

/// The driver's executable.
pub fn driver() -> &'static Path {
    &DRIVER
}

/// A cargo project in a folder of its own, removed at the end of the test.
pub struct Project {
    folder: TempDir,
    root: PathBuf,
}

impl Project {
    /// A package called `subject` with this library.
    pub fn library(source: &str) -> Self {
        Self::empty("project").package("subject", "").file("src/lib.rs", source)
    }

    /// A folder with nothing in it.
    pub fn empty(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("there is room for temporary files");
        let root = folder.path().join(name);
        fs::create_dir(&root).expect("the folder is new");
        Self { folder, root }
    }

    /// Adds a manifest at the root; `rest` follows the table `[package]`.
    pub fn package(self, name: &str, rest: &str) -> Self {
        let manifest = manifest(name, rest);
        self.file("Cargo.toml", &manifest)
    }

    /// Adds or replaces a file.
    pub fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// Adds or replaces a file.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("it is below the root")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }

    /// The root of the project.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A folder outside the project that lives as long.
    pub fn outside(&self) -> &Path {
        self.folder.path()
    }

    /// The front end, ready to run in the project.
    pub fn asm_lint(&self) -> Command {
        let mut command = front_end(Path::new(FRONT_END));
        command.current_dir(&self.root);
        LazyLock::force(&DRIVER);
        command
    }

    /// Runs the front end with arguments separated by spaces.
    pub fn lint(&self, arguments: &str) -> Run {
        Run::of(self.asm_lint().args(arguments.split_whitespace()))
    }
}

/// A manifest of edition 2024.
pub fn manifest(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n{rest}\n")
}

/// A copy or the original of the front end as cargo would run it, without the caller's settings.
pub fn front_end(executable: &Path) -> Command {
    let mut command = Command::new(executable);
    scrub(&mut command);
    command.arg("asm-lint").env("CARGO_TERM_COLOR", "never").env("CARGO_NET_OFFLINE", "true");
    command
}

/// Removes the settings of the user who runs the tests from a command's environment.
pub fn scrub(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let is_cargos = text.starts_with("CARGO_") && text != "CARGO_HOME";
        let is_compilers = text.starts_with("RUSTC") || text == "RUSTFLAGS";
        if is_cargos || is_compilers || text.starts_with("ASM_LINT_") {
            command.env_remove(&name);
        }
    }
}

/// The result of a command.
#[derive(Debug)]
pub struct Run {
    /// The exit status.
    pub status: Option<i32>,
    /// What was printed on stdout.
    pub stdout: String,
    /// What was printed on stderr.
    pub stderr: String,
}

impl Run {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command
            .stdin(std::process::Stdio::null())
            .output()
            .expect("the program can be started");
        Self {
            status: status.code(),
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }

    /// Checks the exit status.
    #[track_caller]
    pub fn expect_status(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self}");
        self
    }

    /// Checks that stderr contains a text.
    #[track_caller]
    pub fn expect_stderr(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no `{text}` in {self}");
        self
    }

    /// Checks that stderr does not contain a text.
    #[track_caller]
    pub fn expect_no_stderr(self, text: &str) -> Self {
        assert!(!self.stderr.contains(text), "`{text}` in {self}");
        self
    }

    /// Checks that nothing was printed on stdout.
    #[track_caller]
    pub fn expect_empty_stdout(self) -> Self {
        assert!(self.stdout.is_empty(), "something on stdout in {self}");
        self
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, stdout, stderr } = self;
        write!(formatter, "status {status:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

/// Writes a shell script that can be run.
#[cfg(unix)]
pub fn script(path: &Path, text: &str) {
    let source = path.with_extension("source");
    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
    fs::write(&source, format!("#!/bin/sh\n{text}\n")).expect("it can be written");
    copy_executable(&source, path);
}

/// Copies a file and makes it executable. Another process does it: a file that this one has open
/// for writing stays open for a moment in each child that another test starts meanwhile, and cannot
/// be executed for so long ("text file busy").
#[cfg(unix)]
pub fn copy_executable(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("it is in a folder")).expect("it can be made");
    let status = Command::new("install").args(["-m", "755"]).arg(from).arg(to).status();
    assert!(status.is_ok_and(|status| status.success()), "{} can't be made", to.display());
}

/// The search path with one more folder at its start.
pub fn search_path(first: &Path) -> std::ffi::OsString {
    let before = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(first.to_owned()).chain(env::split_paths(&before));
    env::join_paths(folders).expect("the folder has no separator in its name")
}
