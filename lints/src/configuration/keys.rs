//! [`KEYS`]: every key, with its documentation, how it is read and how it is shown.
//!
//! `docs/configuration.md` is made from this table; a test compares them.

use std::collections::BTreeMap;
use std::str::FromStr;

use asm_analysis::block::{Architecture, Kernel};
use asm_analysis::isa::Meanings;
#[cfg(test)]
use asm_analysis::isa::vocabulary::FactKind;
use asm_analysis::isa::vocabulary::{is_mnemonic, mnemonics, vocabulary};
use asm_analysis::isa::x86::kernels::canonical;
use rustc_abi::ExternAbi;
use rustc_lint::Level;
use toml::de::DeValue;
use toml::{Spanned, Table, Value};

use super::Configuration;
use super::reader::Reader;
use crate::collect::{Answer, Convention};
use crate::lints::{Group, LINTS};

/// A key of the configuration.
pub(super) struct Key {
    /// Its name.
    pub(super) name: &'static str,
    /// The form of its value: `a table`, `an array of paths`.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the page and the tests"))]
    pub(super) form: &'static str,
    /// What applies if it is not set.
    pub(super) default: &'static str,
    /// Its documentation, in Markdown.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the page and the tests"))]
    pub(super) documentation: &'static str,
    /// A document that uses it.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the page and the tests"))]
    pub(super) example: &'static str,
    /// Reads its value.
    pub(super) read: fn(&mut Reader<'_>, &Spanned<DeValue<'_>>),
    /// Its value in force, if there is one.
    pub(super) show: fn(&Configuration) -> Option<Value>,
}

/// Every key, in the order of the documentation.
pub(super) static KEYS: &[Key] = &[
    Key {
        name: "levels",
        form: "a table: the name of a lint or group, and `allow`, `warn`, `deny` or `forbid`",
        default: "each lint has the level of its group",
        documentation: "The levels of lints, as if given as flags before those of the command \
            line. The more specific name takes precedence, whatever the order: a lint over its \
            group, a group over `all`. `all = \"warn\"` enables what is allowed by default and \
            leaves the `contract` lints at `deny`; to lower those, name their group. Attributes in \
            the source take precedence over all of them, except over `forbid`.",
        example: "[levels]\nhazard = \"deny\"\npromise = \"warn\"\nnomem_memory_access = \"forbid\"\n",
        read: read_levels,
        show: |configuration| {
            let level = |level: Level| Value::from(level.as_str());
            let levels = configuration.levels.iter();
            non_empty(levels.map(|(name, at)| (without_tool(name).to_owned(), level(*at))))
        },
    },
    Key {
        name: "instructions",
        form: "a table: a mnemonic, and an array of facts",
        default: "what the manuals say",
        documentation: "What instructions mean beyond the registers, flags and memory operands \
            that the decoder knows: for hypervisors and processors that give them another meaning, \
            or if a project wants to be more or less strict. A fact with a `-` in front of it \
            removes all facts of that kind. The facts are listed below.",
        example: "[instructions]\nhlt = [\"promise:interrupts\"]    # other code runs in between\n\
            sti = [\"-promise\"]              # nothing is shared with handlers here\n\
            cpuid = [\"-varies\"]             # the same result on all our processors\n",
        read: read_instructions,
        show: |configuration| {
            let rows = configuration.instructions.iter();
            non_empty(rows.map(|(mnemonic, facts)| (mnemonic.clone(), facts.clone().into())))
        },
    },
    Key {
        name: "callees",
        form: "a table: the name of a symbol, and a table with either `abi` or `clobbers`",
        default: "a function that a template names is called as `extern \"C\"`",
        documentation: "How functions are called that only the template names (`call save_state`): \
            the compiler knows nothing about them, whereas it knows those of `sym` operands. `abi` \
            is a name as in `extern \"…\"`. `clobbers` lists the registers that the function \
            changes, if it has its own convention; names that another architecture has are ignored, \
            so one list can be for several.",
        example: "[callees]\nsave_state = { clobbers = [\"rax\", \"rdx\"] }\n\
            firmware_entry = { abi = \"efiapi\" }\n",
        read: read_callees,
        show: |configuration| {
            let callees = configuration.callees.iter();
            non_empty(callees.map(|(name, convention)| (name.clone(), show_convention(convention))))
        },
    },
    Key {
        name: "kernel",
        form: "`linux`, `darwin`, `bsd`, `windows`, `solaris`, `fuchsia`, `xous`, `uefi`, `none` or \
            `unknown`",
        default: "the system of the target, `none` where it has none",
        documentation: "Which kernel handles system calls, and so which registers and flags come back \
            changed. Linux on x86_64, for example, changes `rax`, `rcx` and `r11` in a `syscall` and \
            restores the flags, whereas Darwin and the BSDs report an error in CF. About a kernel \
            that is not known, only what the processor itself changes is certain: `rcx` and `r11`.",
        example: "kernel = \"linux\"\n",
        read: read_kernel,
        show: |configuration| configuration.kernel.map(|kernel| kernel.name().into()),
    },
    Key {
        name: "system_calls",
        form: "a table: `all` or the name of a kernel, and a table: an instruction, and a table with \
            `changes` and `may_change`",
        default: "the tables of the systems, which know `syscall` and `int 0x80`; what a hypervisor, a \
            BIOS or a handler of your own changes is not known",
        documentation: "What comes back changed from an instruction that enters a system, a firmware, \
            a hypervisor or an enclave: `syscall`, `sysenter`, `int 0x21` (any vector), `int` (all \
            others), `vmcall`, `vmmcall`, `tdcall`, `enclu`, `svc`, `hvc`, `smc`, `ecall` and the \
            like. `changes` lists the registers and flags (`CF`) that the caller cannot rely on. \
            `may_change` lists those of which this is not known: rules that hang on them are not \
            judged. All others are preserved. An entry replaces the whole entry of the tables. The \
            kernel's own table takes precedence over `all`.",
        example: "[system_calls.all]\nvmcall = { changes = [\"rax\"] }\n\
            [system_calls.none]\n\"int 0x10\" = { changes = [\"rax\"], may_change = [\"CF\"] }\n",
        read: read_system_calls,
        show: |configuration| {
            let systems = configuration.system_calls.iter();
            non_empty(systems.map(|(system, calls)| (system.clone(), show_system_calls(calls))))
        },
    },
    Key {
        name: "exclude",
        form: "an array of paths",
        default: "nothing is excluded",
        documentation: "Files and folders whose blocks are not checked, such as code that was copied \
            from elsewhere. Paths are relative to the folder of the configuration file, and must \
            exist.",
        example: "exclude = [\"src/vendored\"]\n",
        read: read_exclude,
        show: |configuration| {
            let paths = configuration.exclude.iter().map(|path| path.display().to_string());
            let paths: Vec<String> = paths.collect();
            (!paths.is_empty()).then(|| paths.into())
        },
    },
];

fn non_empty(entries: impl Iterator<Item = (String, Value)>) -> Option<Value> {
    let table: Table = entries.collect();
    (!table.is_empty()).then_some(Value::Table(table))
}

fn without_tool(name: &str) -> &str {
    name.trim_start_matches("asm_lint::")
}

fn read_levels(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) {
    const LEVELS: [&str; 4] = ["allow", "warn", "deny", "forbid"];
    let groups = || std::iter::once("all").chain(Group::ALL.map(Group::name));
    let mut levels = Vec::new();
    for (name, level) in reader.table(value).into_iter().flatten() {
        let lints: Vec<String> = LINTS.iter().map(|entry| entry.name()).collect();
        let mut names = groups().chain(lints.iter().map(String::as_str));
        let rank = names.clone().position(|known| known == name.get_ref());
        if rank.is_none() {
            reader.unknown(name, "lint or group", &mut names);
        }
        let Some(word) = reader.string(level) else { continue };
        match Level::from_str(word).filter(|_| LEVELS.contains(&word)) {
            Some(level) => {
                levels.extend(
                    rank.map(|rank| (rank, format!("asm_lint::{}", name.get_ref()), level)),
                );
            }
            None => reader.unknown_word(level.span(), word, "level", LEVELS),
        }
    }
    // `all`, the groups, the lints.
    levels.sort_by_key(|(rank, ..)| *rank);
    let levels = levels.into_iter().map(|(_, name, level)| (name, level));
    reader.configuration.levels.extend(levels);
}

fn read_instructions(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) {
    for (mnemonic, facts) in reader.table(value).into_iter().flatten() {
        let name = mnemonic.get_ref().to_ascii_lowercase();
        if !is_mnemonic(&name) {
            let known = mnemonics();
            reader.unknown(mnemonic, "instruction", known.iter().map(String::as_str));
            continue;
        }
        for (range, fact) in reader.strings(facts) {
            let meanings = reader.configuration.meanings.get_or_insert_with(|| {
                // The user's own copy of the tables.
                Meanings::standard().clone()
            });
            match meanings.change(&name, fact) {
                Ok(()) => {
                    let facts = reader.configuration.instructions.entry(name.clone()).or_default();
                    facts.push(fact.to_owned());
                }
                Err(error) => {
                    let kinds = vocabulary();
                    let retractions = kinds.iter().map(|kind| format!("-{}", kind.name));
                    let words: Vec<_> = kinds
                        .iter()
                        .flat_map(|kind| kind.words.clone())
                        .chain(retractions)
                        .collect();
                    let words = words.iter().map(String::as_str);
                    reader.unknown_word(range, &error.word, "fact", words);
                }
            }
        }
    }
}

fn read_callees(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) {
    for (symbol, convention) in reader.table(value).into_iter().flatten() {
        let Some(table) = reader.table(convention) else { continue };
        let mut found = Vec::new();
        for (key, value) in table {
            match &**key.get_ref() {
                "abi" => found.extend(read_abi(reader, value)),
                "clobbers" => found.push(read_clobbers(reader, value)),
                _ => reader.unknown(key, "key", ["abi", "clobbers"]),
            }
        }
        if table.len() != 1 {
            let message = "a callee has either an `abi` or `clobbers`";
            reader.mistake(convention.span(), message, None);
        }
        if let Some(convention) = found.pop() {
            reader.configuration.callees.insert(symbol.get_ref().to_string(), convention);
        }
    }
}

fn read_abi(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Option<Convention> {
    let name = reader.string(value)?;
    let abi = ExternAbi::from_str(name).ok();
    if abi.is_none() {
        reader.unknown_word(value.span(), name, "ABI", rustc_abi::all_names());
    }
    abi.map(Convention::Abi)
}

fn read_clobbers(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Convention {
    let is_register =
        |architecture: Architecture, name: &str| architecture.parse_register(name).is_some();
    Convention::Clobbers(read_names(reader, value, "register", is_register))
}

fn show_convention(convention: &Convention) -> Value {
    let (key, value) = match convention {
        Convention::Abi(abi) => ("abi", abi.as_str().into()),
        Convention::Clobbers(names) => ("clobbers", names.clone().into()),
    };
    Value::Table([(key.to_owned(), value)].into_iter().collect::<Table>())
}

fn read_kernel(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) {
    let Some(name) = reader.string(value) else { return };
    match Kernel::NAMES.iter().find(|(_, known)| *known == name) {
        Some((kernel, _)) => reader.configuration.kernel = Some(*kernel),
        None => {
            let names = Kernel::NAMES.map(|(_, known)| known);
            reader.unknown_word(value.span(), name, "kernel", names);
        }
    }
}

fn read_system_calls(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) {
    for (system, calls) in reader.table(value).into_iter().flatten() {
        let name = system.get_ref().to_string();
        let names = || std::iter::once("all").chain(Kernel::NAMES.map(|(_, known)| known));
        if names().all(|known| known != name) {
            reader.unknown(system, "kernel", names());
            continue;
        }
        for (instruction, answer) in reader.table(calls).into_iter().flatten() {
            let Some(instruction_name) = canonical(instruction.get_ref()) else {
                let message = format!("`{}` does not enter a system", instruction.get_ref());
                reader.mistake(instruction.span(), message, None);
                continue;
            };
            let mut answered = Answer::default();
            for (key, cells) in reader.table(answer).into_iter().flatten() {
                match &**key.get_ref() {
                    "changes" => answered.changes = read_cells(reader, cells),
                    "may_change" => answered.may_change = read_cells(reader, cells),
                    _ => reader.unknown(key, "key", ["changes", "may_change"]),
                }
            }
            let calls = reader.configuration.system_calls.entry(name.clone()).or_default();
            calls.insert(instruction_name, answered);
        }
    }
}

/// Names of registers and flags of any architecture.
fn read_cells(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Vec<String> {
    let is_cell = |architecture: Architecture, name: &str| architecture.cell(name).is_some();
    read_names(reader, value, "register or flag", is_cell)
}

/// Names that some architecture knows: one file is for the crates of all targets, and each takes the
/// names that it has.
fn read_names(
    reader: &mut Reader<'_>,
    value: &Spanned<DeValue<'_>>,
    what: &str,
    knows: impl Fn(Architecture, &str) -> bool,
) -> Vec<String> {
    let mut names = Vec::new();
    for (range, name) in reader.strings(value) {
        match ARCHITECTURES.iter().any(|architecture| knows(*architecture, name)) {
            true => names.push(name.to_owned()),
            false => reader.mistake(range, format!("there is no {what} `{name}`"), None),
        }
    }
    names
}

/// The architectures whose registers and flags a file may name.
const ARCHITECTURES: [Architecture; 4] =
    [Architecture::X86_64, Architecture::AArch64, Architecture::Arm, Architecture::RiscV64];

fn show_system_calls(calls: &BTreeMap<String, Answer>) -> Value {
    let show = |answer: &Answer| {
        let lists = [("changes", &answer.changes), ("may_change", &answer.may_change)];
        let lists = lists.into_iter().filter(|(_, names)| !names.is_empty());
        let lists = lists.map(|(key, names)| (key.to_owned(), Value::from(names.clone())));
        Value::Table(lists.collect())
    };
    let rows = calls.iter().map(|(instruction, answer)| (instruction.clone(), show(answer)));
    Value::Table(rows.collect())
}

fn read_exclude(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) {
    for (range, path) in reader.strings(value) {
        match reader.directory().join(path).canonicalize() {
            Ok(path) => reader.configuration.exclude.push(path),
            Err(_) => {
                let directory = reader.directory().display();
                let message = format!("there is no `{path}` in {directory}");
                reader.mistake(range, message, None);
            }
        }
    }
}

/// The text of `docs/configuration.md`.
#[cfg(test)]
pub(super) fn documentation() -> String {
    let mut text = include_str!("introduction.md").to_owned();
    for key in KEYS {
        let Key { name, form, default, documentation, example, .. } = key;
        text.push_str(&format!(
            "\n## `{name}`\n\n{documentation}\n\n- Value: {form}\n- Default: {default}\n\n```toml\n{example}```\n"
        ));
    }
    text.push_str(
        "\n## Facts about instructions\n\n| fact | what it says about an instruction |\n|---|---|\n",
    );
    for FactKind { words, about, .. } in vocabulary() {
        let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
        text.push_str(&format!("| {} | {about} |\n", words.join(", ")));
    }
    text
}
