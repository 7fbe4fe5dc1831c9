//! `cargo asm-lint setup`: installs the pinned toolchain, builds the driver, and installs it.
//!
//! Also called before every lint run, in case setup has not been done. Everything happens under one
//! lock and appears at once: a visible driver is complete and has run. Nothing is ever printed on
//! stdout, and no download starts without a person's consent, so that an editor that calls the tool
//! gets an answer instead of a silent wait.

mod build;
mod download;
pub mod installed;
pub mod lock;

use std::{fs, io, path::Path, process::Command, time::Instant};

use self::{installed::InstalledToolchains, lock::Lock};
use crate::{
    driver::{self, Driver, Origin},
    error::{Error, Result},
    hosts,
    request::Request,
    status::Status,
    terminal,
    toolchain::{self, SYSROOT_VARIABLE, Toolchain},
};

/// The `setup` command.
pub fn run(request: &Request) -> Result<Status> {
    let wants_driver = request.force || request.build;
    let missing = if wants_driver { Missing::Driver } else { missing(request)? };
    if missing == Missing::Nothing {
        terminal::status("Ready", format_args!("asm-lint {} is set up", env!("CARGO_PKG_VERSION")));
        return Ok(Status::Clean);
    }
    ask(request, &missing)?;
    set_up(request)?;
    Ok(Status::Clean)
}

/// What setup has to install or to build.
#[derive(PartialEq, Eq)]
enum Missing {
    Nothing,
    /// The standard libraries of these targets; everything else is there.
    Libraries(Vec<String>),
    /// The driver, and perhaps its toolchain.
    Driver,
}

/// The driver and the toolchain for a lint run, set up now if necessary.
pub fn ready(request: &Request) -> Result<(Driver, Toolchain)> {
    if let Some(driver) = Driver::find()? {
        match Toolchain::find() {
            Ok(toolchain) => return Ok((driver, toolchain)),
            // A user who provides the driver also provides its toolchain.
            Err(error) if driver.origin != Origin::SetUp => return Err(error),
            Err(_) => {}
        }
    }
    ask(request, &Missing::Driver)?;
    set_up(request)
}

fn missing(request: &Request) -> Result<Missing> {
    let Ok(toolchain) = Toolchain::find() else { return Ok(Missing::Driver) };
    let Some(driver) = Driver::find()? else { return Ok(Missing::Driver) };
    if driver.version(&toolchain).is_err() {
        return Ok(Missing::Driver);
    }
    let targets = request.targets.iter().map(|target| target.to_string_lossy().into_owned());
    let libraries: Vec<_> = targets.filter(|target| !toolchain.has_target(target)).collect();
    Ok(if libraries.is_empty() { Missing::Nothing } else { Missing::Libraries(libraries) })
}

fn has_targets(toolchain: &Toolchain, request: &Request) -> bool {
    request.targets.iter().all(|target| toolchain.has_target(&target.to_string_lossy()))
}

/// Asks a person for consent to download and build.
fn ask(request: &Request, missing: &Missing) -> Result<()> {
    refuse_host()?;
    if request.yes {
        return Ok(());
    }
    if !terminal::is_interactive() {
        return Err(not_set_up(missing));
    }
    let channel = toolchain::channel();
    match missing {
        Missing::Libraries(targets) => anstream::eprintln!(
            "The toolchain {channel} has no standard library for {}: up to 30 MB to download for \
             each.\nYour own toolchains stay as they are.",
            targets.join(", "),
        ),
        Missing::Driver | Missing::Nothing => anstream::eprintln!(
            "asm-lint needs the toolchain {channel} (about 100 MB to download, if it is missing) \
             and its driver.\nWhere no driver was built for this machine, it is built here: about \
             200 MB more, and a few minutes.\nYour own toolchains stay as they are.",
        ),
    }
    if terminal::confirm("Continue?") { Ok(()) } else { Err(not_set_up(missing)) }
}

/// What is missing, and the command that installs it.
fn not_set_up(missing: &Missing) -> Error {
    match missing {
        Missing::Libraries(targets) => {
            let channel = toolchain::channel();
            let options: String =
                targets.iter().map(|target| format!(" --target {target}")).collect();
            let first = targets.first().map_or("", String::as_str);
            let message = format!("{channel} has no standard library for {}", targets.join(", "));
            Error::new(message).with_remedy(format!(
                "run `cargo asm-lint setup --yes{options}`; {}",
                toolchain::build_library_advice(first)
            ))
        }
        Missing::Driver | Missing::Nothing => {
            let version = env!("CARGO_PKG_VERSION");
            let message =
                format!("asm-lint {version} is not set up: it needs its compiler and driver");
            Error::new(message).with_remedy("run `cargo asm-lint setup --yes` once")
        }
    }
}

fn set_up(request: &Request) -> Result<(Driver, Toolchain)> {
    let start = Instant::now();
    let data = driver::data_directory()?;
    fs::create_dir_all(&data).map_err(|error| {
        Error::while_doing(format!("create the folder {}", data.display()), error).with_remedy(
            "give this account a writable data folder (XDG_DATA_HOME on Linux), or point \
             ASM_LINT_DRIVER at a driver",
        )
    })?;
    let lock = lock::acquire(&data)?;

    terminal::status("Preparing", format_args!("asm-lint {}", env!("CARGO_PKG_VERSION")));
    let builds = request.build || !build::may_download();
    let mut toolchain = install_toolchain(request, &data, &lock, builds)?;
    // Another process may have done it while this one waited for the lock.
    let installed = Driver { path: driver::installed_path(&data), origin: Origin::SetUp };
    let is_missing = request.force || request.build || installed.version(&toolchain).is_err();
    if is_missing && (builds || !build::download_driver(&data, &toolchain)?) {
        if !builds {
            toolchain = install_toolchain(request, &data, &lock, true)?;
        }
        build::build_driver(&data, &toolchain, &lock)?;
    }
    terminal::status("Finished", format_args!("setup in {} s", start.elapsed().as_secs()));
    Ok((installed, toolchain))
}

/// Refuses a host on which the tool is known not to work, before anything is downloaded for it.
fn refuse_host() -> Result<()> {
    let Some(host) = hosts::own() else { return Ok(()) };
    match hosts::refusal(host) {
        Some(reason) => Err(Error::new(format!("asm-lint does not work on {host}: {reason}"))
            .with_remedy("the README has a table of hosts")),
        None => Ok(()),
    }
}

/// Makes sure that the toolchain is installed with all necessary components: more, if the driver is to
/// be built.
fn install_toolchain(
    request: &Request,
    data: &Path,
    lock: &Lock,
    builds: bool,
) -> Result<Toolchain> {
    let present = Toolchain::find();
    let is_whole = |toolchain: &Toolchain| {
        (!builds || toolchain.has_compiler_crates()) && has_targets(toolchain, request)
    };
    match present {
        Ok(toolchain) if is_whole(&toolchain) => {
            terminal::status("Found", format_args!("toolchain {} (1/3)", toolchain::channel()));
            return Ok(toolchain);
        }
        Ok(toolchain) if std::env::var_os(SYSROOT_VARIABLE).is_some() => {
            return Err(Error::new(format!(
                "{}, named by {SYSROOT_VARIABLE}, lacks a component or a target",
                toolchain.sysroot().display()
            )));
        }
        _ => {}
    }
    terminal::status(
        "Installing",
        format_args!("toolchain {} by rustup (1/3)", toolchain::channel()),
    );
    // Noted before it starts: an interrupted installation must be removed by `clean`, too.
    let mut installed = InstalledToolchains::read(data);
    let is_noted = present.is_err() && installed.add(toolchain::channel())?;
    let status = Command::new("rustup")
        .args(toolchain::install_arguments(&request.targets, builds))
        .stdin(lock.as_input()?)
        .stdout(io::stderr())
        .status()
        .map_err(|error| {
            Error::while_doing("run rustup", error).with_remedy("install it from https://rustup.rs")
        });
    match status {
        Ok(status) if status.success() => Toolchain::find(),
        failed => {
            if is_noted {
                installed.remove(toolchain::channel())?;
            }
            failed?;
            Err(not_installed(request))
        }
    }
}

/// rustup ran and failed: for want of a network, of a toolchain of that day, or of a target.
fn not_installed(request: &Request) -> Error {
    let channel = toolchain::channel();
    let names: Vec<_> = request.targets.iter().map(|target| target.to_string_lossy()).collect();
    match names.first() {
        None => Error::new(format!("rustup could not install {channel}"))
            .with_remedy(format!("try `{}` by itself", toolchain::install_command())),
        Some(first) => {
            let names = names.join(", ");
            Error::new(format!("rustup could not install {channel} with libraries for {names}"))
                .with_remedy(format!(
                    "run `cargo asm-lint setup` without `--target` first; {}",
                    toolchain::build_library_advice(first)
                ))
        }
    }
}
