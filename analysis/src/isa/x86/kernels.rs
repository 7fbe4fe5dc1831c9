//! What entering a system, a firmware, a hypervisor or an enclave leaves changed: the table
//! `kernels.txt`, and what a user's configuration adds to it.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::block::{Architecture, Changes, Kernel, Target};
use crate::values::Cell;

const TABLE: &str = include_str!("kernels.txt");

/// The instruction that a vector belongs to.
const INTERRUPT: &str = "int";

struct Row {
    system: &'static str,
    instructions: Vec<Cow<'static, str>>,
    changes: Changes,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let rows = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.filter_map(|row| {
        let mut columns = row.split('|').map(str::trim);
        let (system, names) = (columns.next()?, columns.next()?);
        let certain = cells(columns.next()?);
        let possible = cells(columns.next()?);
        let instructions = instructions(names).map(Cow::Borrowed).collect();
        Some(Row { system, instructions, changes: Changes { certain, possible } })
    })
    .collect()
});

/// The instructions that a row is about: several mnemonics, or one with what selects.
fn instructions(names: &'static str) -> impl Iterator<Item = &'static str> {
    let is_one = names.chars().any(|letter| letter.is_ascii_digit());
    let (one, several) = if is_one { (Some(names), "") } else { (None, names) };
    one.into_iter().chain(several.split_whitespace())
}

fn cells(names: &str) -> Vec<Cell> {
    names.split_whitespace().filter_map(|name| Architecture::X86_64.cell(name)).collect()
}

/// What comes back changed where an instruction enters something else; `None` where nothing is known
/// about it. `selector` is what selects the function, if that is known: the vector of an interrupt,
/// the leaf of `enclu`.
pub fn changes<'a>(
    target: &'a Target,
    mnemonic: &str,
    selector: Option<u64>,
) -> Option<&'a Changes> {
    let selected = selector.map(|selector| match mnemonic {
        INTERRUPT => format!("{mnemonic} {selector:#04x}"),
        _ => format!("{mnemonic} {selector}"),
    });
    // A row about one function takes precedence over a row about all of them, and the user's over ours.
    let names = || selected.as_deref().into_iter().chain([mnemonic]);
    names()
        .find_map(|name| target.system_calls.get(name))
        .or_else(|| names().find_map(|name| of_system(target.kernel, name)))
}

fn of_system(kernel: Kernel, instruction: &str) -> Option<&'static Changes> {
    let of = |system: &str| {
        let is_it = |row: &&Row| {
            row.system == system && row.instructions.iter().any(|name| name == instruction)
        };
        ROWS.iter().find(is_it).map(|row| &row.changes)
    };
    of(kernel.name()).or_else(|| of("*"))
}

/// The name of an instruction that enters something else, as the table and a configuration file spell
/// it (`int 0x80`, `vmcall`, `enclu 5`); `None` for every other word.
pub fn canonical(name: &str) -> Option<String> {
    const ENTERING: [&str; 20] = [
        "syscall", "sysenter", "vmcall", "vmmcall", "tdcall", "seamcall", "vmgexit", "vmfunc",
        "vmlaunch", "vmresume", "vmrun", "encls", "enclv", "enclu", "pconfig", "pbndkb", "svc",
        "hvc", "smc", "ecall",
    ];
    let name = name.trim().to_ascii_lowercase();
    let (mnemonic, selector) = match name.split_once(char::is_whitespace) {
        Some((mnemonic, selector)) => (mnemonic, Some(selector.trim())),
        None => (name.as_str(), None),
    };
    let number = |text: &str| match text.strip_prefix("0x") {
        Some(digits) => u8::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    match (mnemonic, selector) {
        (INTERRUPT, Some(vector)) => Some(format!("int {:#04x}", number(vector)?)),
        ("enclu", Some(leaf)) => Some(format!("enclu {}", number(leaf)?)),
        (_, Some(_)) => None,
        (mnemonic, None) if mnemonic == INTERRUPT || ENTERING.contains(&mnemonic) => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registers::Register;
    use crate::testing;
    use crate::values::Flag;

    #[test]
    fn each_row_can_be_read() {
        let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert_eq!(lines.clone().count(), ROWS.len());
        for (line, row) in lines.zip(ROWS.iter()) {
            let columns: Vec<&str> = line.split('|').map(str::trim).collect();
            assert_eq!(columns.len(), 5, "{line}");
            assert!(!columns[4].is_empty(), "{line}");
            let count = |names: &str| names.split_whitespace().count();
            assert_eq!(count(columns[2]), row.changes.certain.len(), "{line}");
            assert_eq!(count(columns[3]), row.changes.possible.len(), "{line}");
            for name in &row.instructions {
                assert_eq!(canonical(name).as_deref(), Some(&**name), "{line}");
            }
            let names = Kernel::NAMES.iter().map(|(_, name)| *name);
            assert!(row.system == "*" || names.clone().any(|name| name == row.system), "{line}");
        }
    }

    fn of(kernel: Kernel, mnemonic: &str, selector: Option<u64>) -> Changes {
        let target = Target { kernel, ..(*testing::target_x86_64()).clone() };
        changes(&target, mnemonic, selector).unwrap().clone()
    }

    #[test]
    fn systems_answer_in_their_own_ways() {
        let carry = Cell::Flag(Flag::Carry);
        let answers = |kernel| of(kernel, "syscall", None);
        assert!(!answers(Kernel::Linux).certain.contains(&carry));
        assert!(answers(Kernel::Darwin).certain.contains(&carry));
        assert!(answers(Kernel::Bsd).certain.contains(&carry));
        assert!(answers(Kernel::Unknown).possible.contains(&carry));
        assert!(of(Kernel::Linux, "int", Some(0x80)).possible.is_empty());
        assert!(of(Kernel::Linux, "int", Some(0x10)).possible.contains(&carry));
    }

    #[test]
    fn a_leaf_says_more_than_its_instruction() {
        let carry = Cell::Flag(Flag::Carry);
        assert!(of(Kernel::Linux, "enclu", Some(5)).certain.contains(&carry));
        assert!(of(Kernel::Linux, "enclu", Some(2)).possible.contains(&carry));
        assert_eq!(of(Kernel::Linux, "enclu", Some(6)), Changes::default());
        // A guest or an enclave leaves its own vectors, of which the table says nothing certain.
        let vector = Cell::Register(Register::Vector(7));
        for entered in ["vmrun", "enclu"] {
            assert!(of(Kernel::Linux, entered, None).possible.contains(&vector));
        }
    }

    #[test]
    fn the_users_word_counts_first() {
        let rax = Architecture::X86_64.cell("rax").unwrap();
        let changes_rax = Changes { certain: vec![rax], possible: Vec::new() };
        let system_calls = [("vmcall".to_owned(), changes_rax.clone())].into();
        let target = Target { system_calls, ..(*testing::target_x86_64()).clone() };
        assert_eq!(changes(&target, "vmcall", None), Some(&changes_rax));
        assert!(changes(&target, "vmmcall", None).unwrap().certain.is_empty());
    }

    #[test]
    fn instructions_have_one_spelling() {
        for (written, canonical_name) in [
            ("INT 0x21", Some("int 0x21")),
            ("int 33", Some("int 0x21")),
            ("int", Some("int")),
            ("Syscall", Some("syscall")),
            ("enclu 0x5", Some("enclu 5")),
            ("syscall 5", None),
            ("int 0x100", None),
            ("mov", None),
        ] {
            assert_eq!(canonical(written).as_deref(), canonical_name, "{written}");
        }
    }
}
