//! Setup's own work, with a toolchain whose cargo builds a driver that is a shell script: what is
//! tested is the order of things, not the compiler.
#![cfg(unix)]

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use crate::support::{FRONT_END, Project, Run, copy_executable, front_end, script, search_path};

/// The version that the front end builds and wants.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the toolchain says that it runs on.
const HOST: &str = "x86_64-unknown-linux-gnu";

struct Machine {
    project: Project,
}

impl Machine {
    /// `driver_version` is the version that the built driver prints.
    fn new(driver_version: &str) -> Self {
        let machine = Self { project: Project::empty("project") };
        let outside = machine.project.outside();
        let executable = outside.join("bin/cargo-asm-lint");
        copy_executable(Path::new(FRONT_END), &executable);
        script(
            &outside.join("sysroot/bin/rustc"),
            &format!("[ \"$1\" = -vV ] && echo 'host: {HOST}' && exit 0; exit 1"),
        );
        let libraries = outside.join("sysroot/lib/rustlib/some-host/lib");
        fs::create_dir_all(&libraries).expect("it is new");
        fs::write(libraries.join("librustc_driver-0.so"), "").expect("it is new");
        machine.cargo(&format!(
            r#"sleep 0.3
while [ "$1" != --root ]; do shift; done
mkdir -p "$2/bin" "$2/build"
printf '#!/bin/sh\necho "asm-lint-driver {driver_version} (commit date)"\n' > "$2/bin/asm-lint-driver"
chmod +x "$2/bin/asm-lint-driver""#
        ));
        machine
    }

    /// Replaces the toolchain's cargo, which notes each call.
    fn cargo(&self, text: &str) {
        let outside = self.project.outside();
        let log = outside.join("cargo.log");
        let text = format!("echo \"$@\" >> '{}'\n{text}", log.display());
        script(&outside.join("sysroot/bin/cargo"), &text);
    }

    fn command(&self, arguments: &str) -> Command {
        let outside = self.project.outside();
        let mut command = front_end(&outside.join("bin/cargo-asm-lint"));
        command
            .args(arguments.split_whitespace())
            .env("ASM_LINT_SYSROOT", outside.join("sysroot"))
            .env("HOME", outside)
            .env_remove("RUSTUP_HOME")
            .env("XDG_DATA_HOME", outside.join("data"))
            .current_dir(self.project.root());
        command
    }

    fn run(&self, arguments: &str) -> Run {
        Run::of(&mut self.command(arguments))
    }

    fn builds(&self) -> usize {
        let log = fs::read_to_string(self.project.outside().join("cargo.log"));
        log.unwrap_or_default().lines().count()
    }

    fn data(&self) -> PathBuf {
        self.project.outside().join("data/asm-lint")
    }

    /// What setup left in its folder, besides the lock.
    fn left_behind(&self) -> Vec<String> {
        let entries = fs::read_dir(self.data()).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name != "setup.lock")
            .collect()
    }
}

#[test]
fn setup_builds_once_and_says_nothing_on_stdout() {
    let machine = Machine::new(VERSION);
    machine
        .run("setup --yes")
        .expect_status(0)
        .expect_empty_stdout()
        .expect_stderr("(1/3)")
        .expect_stderr("(2/3)")
        .expect_stderr("(3/3)");
    // The path carries version and channel, because cargo's cache knows a wrapper by its path.
    let folder = machine.left_behind().join(" ");
    assert_eq!(folder, format!("{VERSION}-nightly-2026-10-01"));
    machine.run("setup --yes").expect_status(0).expect_stderr("is set up");
    machine.run("setup").expect_status(0).expect_empty_stdout();
    assert_eq!(machine.builds(), 1);
    machine.run("setup --yes --force").expect_status(0);
    assert_eq!(machine.builds(), 2);
}

#[test]
fn two_at_once_build_once() {
    let machine = Machine::new(VERSION);
    thread::scope(|scope| {
        let runs: Vec<_> = (0..3).map(|_| scope.spawn(|| machine.run("setup --yes"))).collect();
        for run in runs {
            run.join().expect("it does not panic").expect_status(0);
        }
    });
    assert_eq!(machine.builds(), 1);
}

#[test]
fn a_killed_setup_is_waited_for_and_gone_on_from() {
    let machine = Machine::new(VERSION);
    let outside = machine.project.outside();
    let (begun, done) = (outside.join("begun"), outside.join("done"));
    machine.cargo(&format!(
        "mkdir -p build; touch build/half '{}'; sleep 2; touch '{}'",
        begun.display(),
        done.display()
    ));
    let mut setup = machine.command("setup --yes").spawn().expect("it can be started");
    while !begun.exists() {
        thread::sleep(std::time::Duration::from_millis(20));
    }
    // The build that it started continues without it.
    setup.kill().expect("it runs");
    setup.wait().expect("it was killed");
    assert_eq!(machine.left_behind(), ["staging"]);
    machine.cargo("test -e build/half && test -e ../../../done && echo 'continues' >&2; exit 1");
    machine
        .run("setup --yes")
        .expect_status(2)
        .expect_stderr("Waiting for another setup")
        .expect_stderr("continues");
}

#[test]
fn a_failed_build_leaves_nothing() {
    let machine = Machine::new(VERSION);
    machine.cargo("echo 'error: no' >&2; exit 101");
    machine.run("setup --yes").expect_status(2).expect_stderr("the driver could not be built");
    assert!(machine.left_behind().is_empty());
}

#[test]
fn a_driver_of_another_version_is_refused() {
    let machine = Machine::new("99.0.0");
    machine
        .run("setup --yes")
        .expect_status(2)
        .expect_stderr("asm-lint-driver 99.0.0")
        .expect_stderr(&format!("instead of `asm-lint-driver {VERSION}`"));
    assert!(machine.left_behind().is_empty());
}

#[test]
fn an_old_driver_stays_until_the_new_one_is_whole() {
    let machine = Machine::new(VERSION);
    machine.run("setup --yes").expect_status(0);
    machine.cargo("exit 101");
    machine.run("setup --yes --force").expect_status(2);
    machine.run("setup").expect_status(0);
}

#[test]
fn settings_for_other_builds_do_not_reach_the_drivers() {
    let machine = Machine::new(VERSION);
    machine.cargo("env | grep -E '^(RUSTFLAGS|RUSTC_WRAPPER|CARGO_TARGET_DIR)=' >&2; exit 101");
    let mut command = machine.command("setup --yes");
    command.env("RUSTFLAGS", "-Cx").env("RUSTC_WRAPPER", "x").env("CARGO_TARGET_DIR", "x");
    Run::of(&mut command).expect_status(2).expect_no_stderr("=x").expect_no_stderr("=-Cx");
}

#[test]
fn a_home_that_cannot_be_written_is_named() {
    let machine = Machine::new(VERSION);
    // A file where the folder should be stops even a superuser, whom permissions don't.
    fs::write(machine.project.outside().join("data"), "").expect("there is room");
    machine
        .run("setup --yes")
        .expect_status(2)
        .expect_stderr("could not create the folder")
        .expect_stderr("XDG_DATA_HOME");
}

#[test]
fn a_toolchain_that_setup_installed_is_cleaned_away_and_no_other() {
    let machine = Machine::new(VERSION);
    let outside = machine.project.outside();
    let (sysroot, away, log) =
        (outside.join("sysroot"), outside.join("not-yet"), outside.join("rustup.log"));
    fs::rename(&sysroot, &away).expect("it is ours");
    // Knows the toolchain once it has "installed" it.
    script(
        &outside.join("bin/rustup"),
        &format!(
            "echo \"$@\" >> '{log}'\ncase \"$1 $2\" in\n\
             'toolchain install') mv '{away}' '{sysroot}';;\n\
             'toolchain uninstall') rm -r '{sysroot}';;\n\
             *) test -e '{sysroot}' && echo '{sysroot}/bin/rustc';;\nesac",
            log = log.display(),
            away = away.display(),
            sysroot = sysroot.display()
        ),
    );
    let run = |arguments: &str| {
        let mut command = machine.command(arguments);
        command.env_remove("ASM_LINT_SYSROOT").env("PATH", search_path(&outside.join("bin")));
        Run::of(&mut command)
    };
    run("setup").expect_status(2);
    run("setup --yes --target x86_64-unknown-none").expect_status(0).expect_empty_stdout();
    run("clean").expect_status(0);
    assert!(!sysroot.exists());
    let asked = fs::read_to_string(log).expect("rustup was asked");
    let asked: Vec<_> = asked.lines().filter(|line| line.starts_with("toolchain")).collect();
    assert_eq!(
        asked,
        [
            "toolchain install nightly-2026-10-01 --profile minimal --no-self-update --component \
             rustc-dev --target x86_64-unknown-none",
            "toolchain uninstall nightly-2026-10-01",
        ]
    );
}

#[test]
fn a_missing_standard_library_is_named_with_the_command_that_installs_it() {
    let machine = Machine::new(VERSION);
    machine.run("setup --yes").expect_status(0);
    let has = "x86_64-unknown-none";
    let library = machine.project.outside().join("sysroot/lib/rustlib").join(has).join("lib");
    fs::create_dir_all(library).expect("it is new");
    machine.run(&format!("setup --target {has}")).expect_status(0).expect_stderr("is set up");
    let lacks = "--target thumbv6m-none-eabi --target riscv32i-unknown-none-elf";
    machine
        .run(&format!("setup --target {has} {lacks}"))
        .expect_status(2)
        .expect_empty_stdout()
        .expect_stderr(
            "nightly-2026-10-01 has no standard library for thumbv6m-none-eabi, \
             riscv32i-unknown-none-elf",
        )
        .expect_stderr(&format!("run `cargo asm-lint setup --yes {lacks}`"))
        .expect_stderr("-Zbuild-std=core")
        .expect_no_stderr("is not set up");
    // The driver is not built again for it.
    assert_eq!(machine.builds(), 1);
}

#[test]
fn clean_removes_what_setup_made() {
    let machine = Machine::new(VERSION);
    machine.run("setup --yes").expect_status(0);
    machine.run("clean").expect_status(0).expect_empty_stdout();
    assert!(!machine.data().exists());
    machine.run("setup").expect_status(2).expect_stderr("is not set up");
}

/// A server on the loopback address that gives out the files of a folder, for as long as the test
/// runs. Gives its address.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback address is there");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let request = lines.next().unwrap_or_default();
            // The rest of the head must be read before the connection may be closed.
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
            let (status, body) = match fs::read(folder.join(path)) {
                Ok(body) => ("200 OK", body),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let mut stream = &stream;
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    format!("http://{address}")
}

/// What a release has: the archives that the release workflow makes, packed by its script.
fn release(machine: &Machine, driver_version: &str) -> PathBuf {
    let outside = machine.project.outside();
    let (build, packed) = (outside.join("release"), outside.join("packed"));
    let line = format!("echo 'asm-lint-driver {driver_version} (commit date)'");
    script(&build.join("asm-lint-driver"), &line);
    script(&build.join("cargo-asm-lint"), "");
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/pack");
    let mut command = Command::new(pack);
    Run::of(command.arg(HOST).arg(&build).arg(&packed)).expect_status(0);
    packed
}

fn set_up_from(machine: &Machine, address: &str, arguments: &str) -> Run {
    let mut command = machine.command(&format!("setup --yes {arguments}"));
    Run::of(command.env("ASM_LINT_DRIVER_URL", address).env("no_proxy", "*"))
}

#[test]
fn a_driver_of_the_release_is_downloaded() {
    let machine = Machine::new(VERSION);
    // What only building takes is not there.
    let libraries = machine.project.outside().join("sysroot/lib/rustlib/some-host/lib");
    fs::remove_file(libraries.join("librustc_driver-0.so")).expect("it is ours");
    let address = serve(release(&machine, VERSION));
    set_up_from(&machine, &address, "").expect_status(0).expect_stderr("Downloading");
    assert_eq!(machine.builds(), 0);
    assert_eq!(machine.left_behind().len(), 1);
    machine.run("setup").expect_status(0).expect_stderr("is set up");
}

#[test]
fn a_download_that_is_not_what_was_published_is_refused() {
    let machine = Machine::new(VERSION);
    let packed = release(&machine, VERSION);
    let archive = fs::read_dir(&packed).expect("it is ours").flatten().map(|entry| entry.path());
    for path in archive.filter(|path| path.extension().is_some_and(|name| name == "sha256")) {
        fs::write(path, format!("{}  file\n", "0".repeat(64))).expect("it is ours");
    }
    let address = serve(packed);
    set_up_from(&machine, &address, "").expect_status(2).expect_stderr("checksum");
    assert!(machine.left_behind().is_empty());
    // So is a driver of another version.
    let machine = Machine::new(VERSION);
    let address = serve(release(&machine, "99.0.0"));
    set_up_from(&machine, &address, "")
        .expect_status(2)
        .expect_stderr("asm-lint-driver 99.0.0")
        .expect_stderr("setup --build");
    assert!(machine.left_behind().is_empty());
}

#[test]
fn where_there_is_no_download_the_driver_is_built() {
    let machine = Machine::new(VERSION);
    let address = serve(machine.project.outside().join("nothing"));
    set_up_from(&machine, &address, "").expect_status(0).expect_stderr("404");
    assert_eq!(machine.builds(), 1);
    let address = serve(release(&machine, VERSION));
    set_up_from(&machine, &address, "--build").expect_status(0).expect_no_stderr("Downloading");
    assert_eq!(machine.builds(), 2);
}
