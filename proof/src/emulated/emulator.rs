//! [`Emulator`]: builds the worker, starts it in QEMU and talks to it.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::Guest;
use super::protocol::{CODE, SLOT_BYTES};

/// How many runs are sent at once. Their code is written before the first of them runs, because
/// writing to code makes QEMU forget what it translated.
pub const BATCH: usize = 256;

/// One run: code in a state.
#[derive(Clone, Debug)]
pub struct Run {
    /// The code.
    pub code: Vec<u8>,
    /// The state; the first word, `pc`, is where the code is.
    pub state: Vec<u64>,
    /// Bytes of memory that differ from the pattern.
    pub patches: Vec<(u32, u8)>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The signal.
    pub signal: u32,
    /// The state.
    pub state: Vec<u64>,
    /// Bytes of memory; all others are as in the pattern.
    pub memory: Vec<(u32, u8)>,
}

/// A worker in QEMU.
pub struct Emulator {
    child: Child,
    input: BufWriter<ChildStdin>,
    output: BufReader<Impatient>,
    words: usize,
}

/// What a worker writes, for which nobody waits forever: some code never comes back.
struct Impatient(ChildStdout);

/// How long a worker may say nothing, in milliseconds: it does a batch in a fraction of a second.
const PATIENCE: i32 = 30_000;

impl Read for Impatient {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut wanted = libc::pollfd { fd: self.0.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one structure, which lives through the call.
        match unsafe { libc::poll(&raw mut wanted, 1, PATIENCE) } {
            0 => Err(io::ErrorKind::TimedOut.into()),
            ..0 => Err(io::Error::last_os_error()),
            _ => self.0.read(buffer),
        }
    }
}

/// Where the code of a run of a batch is.
pub fn address_of(run: usize) -> u64 {
    CODE + 0x20_0000 + (run * SLOT_BYTES) as u64
}

/// Builds the worker. The error says what is missing.
pub fn build(guest: &Guest) -> io::Result<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(guest.worker);
    let folder = std::env::temp_dir().join(format!("asm-proof-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let program = folder.join(format!("worker-{}", guest.name));
    let own = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    // The pinned nightly has no library for some targets that stable has one for.
    let compilers = [vec![own.as_str()], vec!["rustup", "run", "stable", "rustc"]];
    let mut errors = String::new();
    for compiler in compilers {
        let Some((compiler, arguments)) = compiler.split_first() else { continue };
        let mut command = Command::new(compiler);
        command.args(arguments).args(["--edition", "2024", "-O", "--target", guest.rust_target]);
        if guest.rust_target.contains("-none-") {
            command.args(["-C", "panic=abort"]);
        } else {
            command.args(["-C", "linker=rust-lld", "-C", "linker-flavor=ld.lld"]);
            command.args(["-C", "link-self-contained=yes", "-C", "target-feature=+crt-static"]);
        }
        command.args(guest.linking);
        let folder = env!("CARGO_MANIFEST_DIR");
        let output = command.arg("-o").arg(&program).arg(&source).current_dir(folder).output()?;
        if output.status.success() {
            return Ok(program);
        }
        errors = String::from_utf8_lossy(&output.stderr).into_owned();
    }
    let target = guest.rust_target;
    let help = format!("the worker can't be built (rustup target add {target}?):\n{errors}");
    Err(io::Error::other(help))
}

impl Emulator {
    /// Starts a worker.
    pub fn start(guest: &Guest, program: &Path) -> io::Result<Emulator> {
        let (qemu, arguments) = guest.qemu.split_first().ok_or(io::ErrorKind::NotFound)?;
        let mut child = Command::new(qemu)
            .args(arguments)
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| io::Error::new(error.kind(), format!("{qemu}: {error}")))?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, output) = pipes.ok_or(io::ErrorKind::BrokenPipe)?;
        let mut input = BufWriter::with_capacity(1 << 20, input);
        input.write_all(&guest.trap)?;
        let output = BufReader::with_capacity(1 << 20, Impatient(output));
        Ok(Emulator { child, input, output, words: guest.words })
    }

    /// Runs a batch of at most [`BATCH`] runs, in their order.
    pub fn run(&mut self, runs: &[Run]) -> io::Result<Vec<Ended>> {
        self.input.write_all(&(runs.len() as u32).to_le_bytes())?;
        for run in runs {
            let slot = (run.state[0] - CODE) as u32;
            for number in [slot, run.code.len() as u32, run.patches.len() as u32] {
                self.input.write_all(&number.to_le_bytes())?;
            }
            self.input.write_all(&run.code)?;
            for word in &run.state {
                self.input.write_all(&word.to_le_bytes())?;
            }
            for (at, value) in &run.patches {
                self.input.write_all(&at.to_le_bytes())?;
                self.input.write_all(&[*value])?;
            }
        }
        self.input.flush()?;
        runs.iter().map(|_| self.read()).collect()
    }

    fn read(&mut self) -> io::Result<Ended> {
        let mut small = [0; 4];
        let mut large = [0; 8];
        self.output.read_exact(&mut small)?;
        let signal = u32::from_le_bytes(small);
        // The address that faulted is of use only to who debugs the worker.
        self.output.read_exact(&mut large)?;
        let mut state = Vec::with_capacity(self.words);
        for _ in 0..self.words {
            self.output.read_exact(&mut large)?;
            state.push(u64::from_le_bytes(large));
        }
        self.output.read_exact(&mut small)?;
        let mut memory = Vec::new();
        for _ in 0..u32::from_le_bytes(small) {
            let mut bytes = [0; 5];
            self.output.read_exact(&mut bytes)?;
            let [a, b, c, d, value] = bytes;
            memory.push((u32::from_le_bytes([a, b, c, d]), value));
        }
        Ok(Ended { signal, state, memory })
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
