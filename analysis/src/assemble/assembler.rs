//! The one function that turns text into an object file, and the two ways to do it.

use super::{llvm, process};
use crate::block::Target;

/// How text is assembled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Backend {
    /// By the library that the compiler uses, in this process.
    Library,
    /// By a process of its own for each module, which may crash or hang without harm.
    Process,
    /// As a trial of a text that may be too much: by a process that gets little time and memory.
    Trial,
}

impl Backend {
    /// The variable that chooses: `process`, or `library`, which is also meant if it is not set.
    pub const VARIABLE: &str = "ASM_LINT_ASSEMBLER";

    /// What the environment asks for, or in words that it asks for something unknown.
    pub fn from_environment() -> Result<Backend, String> {
        let value = std::env::var_os(Backend::VARIABLE).unwrap_or_default();
        match value.to_str() {
            Some("process") => Ok(Backend::Process),
            Some("library" | "") => Ok(Backend::Library),
            _ => Err(format!(
                "{} is `process` or `library`, not `{}`",
                Backend::VARIABLE,
                value.to_string_lossy()
            )),
        }
    }
}

/// LLVM's assembler for one target and one set of features.
pub(super) enum Assembler {
    Library(llvm::Assembler),
    Process(process::Assembler),
}

/// The result of a run of the assembler.
pub(super) struct Emitted {
    /// The object file. The library writes one even when it rejects the text.
    pub object: Vec<u8>,
    /// What LLVM said, in its order.
    pub messages: Vec<Message>,
}

/// Why a run has no result.
pub(super) enum Trouble {
    /// There is no assembler, or it can't work; in words.
    Unavailable(String),
    /// It crashed or did not end.
    Crash,
}

/// One diagnostic.
pub(super) struct Message {
    /// Its severity.
    pub severity: Severity,
    /// The diagnostic as LLVM would print it: position, message, source line, marker.
    pub text: String,
}

/// The severity of a diagnostic.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    /// The text is rejected.
    Error,
    /// Where an error or a warning before it came from.
    Note,
    /// Anything else.
    Other,
}

impl Assembler {
    /// Makes an assembler for a target and further features, or says in LLVM's words why there is
    /// none.
    pub fn new(backend: Backend, target: &Target, features: &str) -> Result<Assembler, String> {
        match backend {
            Backend::Library => llvm::Assembler::new(target, features).map(Assembler::Library),
            Backend::Process | Backend::Trial => {
                let limits = match backend {
                    Backend::Trial => process::Limits::TRIAL,
                    _ => process::Limits::MODULE,
                };
                Ok(Assembler::Process(process::Assembler::new(target, features, limits)))
            }
        }
    }

    /// Assembles a text outside the functions of a module, in AT&T syntax if there are two, and one
    /// in a function, in Intel syntax. Both may contain any bytes, except a NUL in the second.
    pub fn assemble(&self, text: &[u8], function: Option<&[u8]>) -> Result<Emitted, Trouble> {
        match self {
            Assembler::Library(library) => {
                library.assemble(text, function).map_err(Trouble::Unavailable)
            }
            Assembler::Process(process) => process.assemble(text, function),
        }
    }
}
