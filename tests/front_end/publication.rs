//! A publication without a registry: the front end is packed, put with everything that it depends on
//! into a folder that stands for the registry, and then installed, set up and used by a person who
//! has nothing but that folder and the archives of a release. `.ci/rehearse-publication` does the
//! same for a driver that is built from its package, which takes as long as a release build.
#![cfg(unix)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use sha2::{Digest, Sha256};

use crate::support::{FRONT_END, Project, Run, driver, scrub, search_path};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const NAME: &str = concat!(env!("CARGO_PKG_NAME"), "-", env!("CARGO_PKG_VERSION"));

/// The folder of somebody who has only what was published.
struct Publication {
    project: Project,
}

impl Publication {
    fn path(&self, name: &str) -> PathBuf {
        self.project.outside().join(name)
    }

    /// A command with a home of its own and without a network.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        scrub(&mut command);
        let rustups = std::env::var_os("RUSTUP_HOME").map_or_else(
            || std::env::home_dir().expect("there is a home").join(".rustup"),
            PathBuf::from,
        );
        command
            .env("RUSTUP_HOME", rustups)
            .env("CARGO_HOME", self.path("home"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("CARGO_TARGET_DIR", self.path("target"))
            .env("ASM_LINT_DRIVER_URL", format!("file://{}", self.path("release").display()))
            .current_dir(self.project.root());
        command
    }

    /// Packs the front end and makes the folder that stands for the registry. `None` if the sources
    /// of all dependencies, those for other hosts included, can't be had.
    fn publish() -> Option<Publication> {
        let publication = Publication { project: Project::library(WRONG) };
        let mut pack = Command::new("cargo");
        scrub(&mut pack);
        pack.args(["package", "--no-verify", "--allow-dirty", "--offline", "-p", "cargo-asm-lint"])
            .arg("--target-dir")
            .arg(publication.path("packing"))
            .current_dir(ROOT);
        Run::of(&mut pack).expect_status(0);
        let archive = publication.path("packing/package").join(format!("{NAME}.crate"));
        fs::create_dir(publication.path("registry")).expect("it is new");
        let mut unpack = Command::new("tar");
        unpack.arg("-xzf").arg(&archive).arg("-C").arg(publication.path("registry"));
        Run::of(&mut unpack).expect_status(0);

        let package = publication.path("registry").join(NAME);
        let mut vendor = Command::new("cargo");
        scrub(&mut vendor);
        vendor.args(["vendor", "--locked", "--versioned-dirs"]).arg(publication.path("vendored"));
        let vendored = Run::of(vendor.current_dir(&package));
        if vendored.status != Some(0) {
            println!("skipped: dependencies can't be fetched:\n{}", vendored.stderr);
            return None;
        }
        for dependency in fs::read_dir(publication.path("vendored")).expect("it was made").flatten()
        {
            let place = publication.path("registry").join(dependency.file_name());
            fs::rename(dependency.path(), place).expect("both are in one folder");
        }
        let archive = fs::read(archive).expect("it was made");
        let sum: String =
            Sha256::digest(archive).iter().map(|byte| format!("{byte:02x}")).collect();
        let checksum = format!("{{\"files\":{{}},\"package\":\"{sum}\"}}");
        fs::write(package.join(".cargo-checksum.json"), checksum).expect("it can be written");
        let registry = publication.path("registry");
        let config = format!(
            "[source.crates-io]\nreplace-with = \"published\"\n\
             [source.published]\ndirectory = \"{}\"\n[net]\noffline = true\n",
            registry.display()
        );
        fs::create_dir(publication.path("home")).expect("it is new");
        fs::write(publication.path("home/config.toml"), config).expect("it can be written");
        publication.release();
        Some(publication)
    }

    /// Packs the archives of a release, with the driver under test.
    fn release(&self) {
        let build = driver().parent().expect("an executable is in a folder");
        assert_eq!(Some(build), Path::new(FRONT_END).parent());
        let mut pack = Command::new(Path::new(ROOT).join(".github/pack"));
        Run::of(pack.arg(host()).arg(build).arg(self.path("release"))).expect_status(0);
    }
}

/// The host, as the compiler names it.
fn host() -> String {
    let mut command = Command::new("rustc");
    let versions = Run::of(command.arg("-vV").current_dir(ROOT)).expect_status(0).stdout;
    let line = versions.lines().find_map(|line| line.strip_prefix("host: "));
    line.expect("the compiler says it").to_owned()
}

/// A library with one finding.
const WRONG: &str =
    "pub fn f() { unsafe { std::arch::asm!(\"push rax\", \"pop rax\", options(nostack)) } }";

#[test]
fn what_is_published_can_be_installed_and_used() {
    let Some(publication) = Publication::publish() else { return };
    let mut install = publication.command(Path::new("cargo"));
    install.args(["install", "--debug", "--locked", "cargo-asm-lint"]);
    // The toolchain that surely is there; any from `rust-version` on would do.
    install.env("RUSTUP_TOOLCHAIN", channel());
    Run::of(&mut install).expect_status(0);

    let cargo = |arguments: &str| {
        let mut command = publication.command(Path::new("cargo"));
        command.args(arguments.split(' ')).env("RUSTUP_TOOLCHAIN", channel());
        command.env("PATH", search_path(&publication.path("home/bin")));
        Run::of(&mut command)
    };
    // Reading comes before setup.
    cargo("asm-lint --explain nostack_stack_use").expect_status(0);
    cargo("asm-lint").expect_status(2).expect_stderr("cargo asm-lint setup --yes");
    cargo("asm-lint setup --yes").expect_status(0).expect_stderr("Downloading");
    cargo("asm-lint").expect_status(101).expect_stderr("but the block promises `nostack`");
    cargo("asm-lint --fix --allow-no-vcs").expect_status(0);
    cargo("asm-lint").expect_status(0).expect_stderr("Checked 1 block");
}

/// The pinned toolchain.
fn channel() -> String {
    let text =
        fs::read_to_string(Path::new(ROOT).join("rust-toolchain.toml")).expect("it is there");
    let line = text.lines().find_map(|line| line.strip_prefix("channel = \""));
    line.expect("it names a channel").trim_end_matches('"').to_owned()
}
