//! LLVM's assembler as a process: `llc` of the toolchain's `llvm-tools` component.
//!
//! It reads the same text and prints the same messages as the library in this process, at the cost
//! of a process for each module. In return nothing here is linked to LLVM's assembler, and a block on
//! which it crashes, or never ends, does not end the run.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::assembler::{Emitted, Message, Severity, Trouble};
use crate::block::Target;

/// Names the executable, where it is not the one of the toolchain that this was built with.
const LLC: &str = "ASM_LINT_LLC";

/// What a process may use before it is ended.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    time: Duration,
    /// Of memory and of output; memory is only looked at where `/proc` shows it.
    bytes: u64,
}

impl Limits {
    /// For a module of a crate; 5,000 blocks take a fifteenth of a second.
    pub const MODULE: Limits = Limits { time: Duration::from_secs(20), bytes: u64::MAX };

    /// For one block that may be too much.
    pub const TRIAL: Limits = Limits { time: Duration::from_millis(700), bytes: 256 << 20 };
}

/// The assembler for one target and one set of features.
pub(super) struct Assembler {
    program: PathBuf,
    arguments: Vec<OsString>,
    triple: String,
    limits: Limits,
}

impl Assembler {
    pub fn new(target: &Target, features: &str, limits: Limits) -> Assembler {
        let toolchain = || {
            let folder = PathBuf::from(env!("ASM_LINT_TOOLS"));
            folder.join(format!("llc{}", std::env::consts::EXE_SUFFIX))
        };
        let relocation_model = if target.is_position_independent { "pic" } else { "static" };
        let mut arguments: Vec<OsString> =
            ["-filetype=obj", "-O0", "-o", "-"].map(OsString::from).into();
        arguments.push(format!("-relocation-model={relocation_model}").into());
        let features = target.features_with(features);
        let named =
            [("mcpu", &target.llvm_cpu), ("mattr", &features), ("target-abi", &target.llvm_abi)];
        for (flag, value) in named {
            if !value.is_empty() {
                arguments.push(format!("-{flag}={value}").into());
            }
        }
        let program = std::env::var_os(LLC).map_or_else(toolchain, PathBuf::from);
        Assembler { program, arguments, triple: target.llvm_triple.clone(), limits }
    }

    /// As the library's.
    pub fn assemble(&self, text: &[u8], function: Option<&[u8]>) -> Result<Emitted, Trouble> {
        let mut module = format!("target triple = \"{}\"\nmodule asm \"", self.triple);
        escape(&mut module, text, false);
        module.push_str("\"\n");
        if let Some(function) = function {
            module.push_str("define void @asm_lint_function() naked nounwind {\n");
            module.push_str("call void asm sideeffect inteldialect \"");
            escape(&mut module, function, true);
            module.push_str("\", \"\"()\nunreachable\n}\n");
        }
        let failed = |error: io::Error| {
            Trouble::Unavailable(format!("cannot run {}: {error}", self.program.display()))
        };
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(failed)?;
        let Some(answer) = run(child, module.into_bytes(), self.limits).map_err(failed)? else {
            return Err(Trouble::Crash);
        };
        let messages = messages(&String::from_utf8_lossy(&answer.errors));
        let has_errors = messages.iter().any(|message| message.severity == Severity::Error);
        match answer.code {
            Some(0) => Ok(Emitted { object: answer.object, messages }),
            // On an error there is no object, only a message.
            Some(1) if has_errors => Ok(Emitted { object: Vec::new(), messages }),
            _ => Err(Trouble::Crash),
        }
    }
}

/// The result of a process.
struct Answer {
    /// `None` if a signal ended it.
    code: Option<i32>,
    object: Vec<u8>,
    errors: Vec<u8>,
}

/// Feeds a process and waits for it; `None` if it takes too long or too much.
fn run(mut child: Child, input: Vec<u8>, limits: Limits) -> io::Result<Option<Answer>> {
    let reader = |pipe: Option<Box<dyn Read + Send>>| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(pipe) = pipe {
                // What was read before an error is all that there is. A process that can't write
                // on waits for its end.
                let _ = pipe.take(limits.bytes).read_to_end(&mut bytes);
            }
            bytes
        })
    };
    let object = reader(child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>));
    let errors = reader(child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>));
    let stdin = child.stdin.take();
    let writer = thread::spawn(move || {
        if let Some(mut stdin) = stdin {
            // A process that died early is noticed by its status.
            let _ = stdin.write_all(&input);
        }
    });
    let start = Instant::now();
    let mut pause = Duration::from_micros(200);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if start.elapsed() > limits.time || memory(&child) > limits.bytes {
            child.kill()?;
            child.wait()?;
            break None;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(4));
    };
    let _ = writer.join();
    let (object, errors) = (object.join().unwrap_or_default(), errors.join().unwrap_or_default());
    Ok(status.map(|status| Answer { code: status.code(), object, errors }))
}

/// The memory that a process has, in bytes; 0 where that is not shown.
fn memory(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    let resident = status.ok().and_then(|status| {
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.to_owned();
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    });
    resident.unwrap_or(0) << 10
}

/// Writes bytes as the inside of a string of LLVM's assembly language. In a function's text `$` is
/// special.
fn escape(out: &mut String, bytes: &[u8], in_function: bool) {
    for &byte in bytes {
        match byte {
            b'$' if in_function => out.push_str("$$"),
            b'"' | b'\\' | 0..0x20 | 0x7f.. => {
                // Writing to a string can't fail.
                let _ = write!(out, "\\{byte:02X}");
            }
            _ => out.push(char::from(byte)),
        }
    }
}

/// Takes the diagnostics apart that `llc` wrote. Each begins in a line `name:line:column: error:
/// words`, or `error: words` where there is no place.
fn messages(text: &str) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    for line in text.lines() {
        let severities = [
            ("error: ", Severity::Error),
            ("warning: ", Severity::Other),
            ("note: ", Severity::Note),
        ];
        let found = severities.into_iter().find_map(|(word, severity)| {
            let (place, words) = line.split_once(word)?;
            let is_place = place.is_empty()
                || place.starts_with('<') && place.ends_with(": ")
                || place.ends_with("llc: ");
            is_place.then(|| (severity, format!("{}{words}", place.trim_start_matches("llc: "))))
        });
        match (found, messages.last_mut()) {
            (Some((severity, text)), _) => messages.push(Message { severity, text }),
            // The source line and the marker under it.
            (None, Some(last)) => {
                last.text.push('\n');
                last.text.push_str(line);
            }
            (None, None) => {}
        }
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_library() {
        let text = "<inline asm>:1:1: error: invalid instruction mnemonic 'no'\nno\n^~\n\
            <instantiation>:1:2: error: bad\n bad\n ^\n<inline asm>:7:1: note: while in macro\nm\n^\n";
        let messages = messages(text);
        assert_eq!(messages.len(), 3);
        assert_eq!(messages[0].text, "<inline asm>:1:1: invalid instruction mnemonic 'no'\nno\n^~");
        assert!(messages[1].severity == Severity::Error && messages[2].severity == Severity::Note);
    }

    #[test]
    fn strings_are_escaped() {
        let mut text = String::new();
        escape(&mut text, "a\"$\\\nä".as_bytes(), true);
        assert_eq!(text, "a\\22$$\\5C\\0A\\C3\\A4");
    }
}
