//! What system calls and interrupts leave changed, by system: the table `kernels.txt`.

use std::sync::LazyLock;

use crate::block::Kernel;
use crate::meaning::KernelEntry;
use crate::registers::RegisterPart;
use crate::values::{Cell, Flag};

const TABLE: &str = include_str!("kernels.txt");

/// What one instruction leaves changed.
#[derive(Clone, Default, Debug)]
pub struct Changes {
    /// What is changed.
    pub certain: Vec<Cell>,
    /// What may be changed.
    pub possible: Vec<Cell>,
}

struct Row {
    system: &'static str,
    instruction: &'static str,
    changes: Changes,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let rows = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.filter_map(|row| {
        let mut columns = row.split('|').map(str::trim);
        let (system, instruction) = (columns.next()?, columns.next()?);
        let certain = cells(columns.next()?);
        let possible = cells(columns.next()?);
        Some(Row { system, instruction, changes: Changes { certain, possible } })
    })
    .collect()
});

fn cells(names: &str) -> Vec<Cell> {
    let flag = |name: &str| Flag::ALL.into_iter().find(|flag| flag.name() == name);
    let cell = |name| match flag(name) {
        Some(flag) => Some(Cell::Flag(flag)),
        None => RegisterPart::parse(name).map(|part| Cell::Register(part.register)),
    };
    names.split_whitespace().filter_map(cell).collect()
}

/// What comes back changed where the kernel is entered in this way; `None` where nothing is known
/// about it, as for interrupts of a system that has them for itself.
pub fn changes(kernel: Kernel, entry: KernelEntry) -> Option<&'static Changes> {
    let instruction = match entry {
        KernelEntry::Syscall => "syscall",
        KernelEntry::Interrupt(KernelEntry::LINUX_SYSTEM_CALL) => "int 0x80",
        KernelEntry::Interrupt(_) => "int",
        _ => return None,
    };
    let of = |system: &str| {
        ROWS.iter().find(|row| row.system == system && row.instruction == instruction)
    };
    of(kernel.name()).or_else(|| of("*")).map(|row| &row.changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_can_be_read() {
        let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert_eq!(lines.clone().count(), ROWS.len());
        for (line, row) in lines.zip(ROWS.iter()) {
            let columns: Vec<&str> = line.split('|').map(str::trim).collect();
            assert_eq!(columns.len(), 5, "{line}");
            let count = |names: &str| names.split_whitespace().count();
            assert_eq!(count(columns[2]), row.changes.certain.len(), "{line}");
            assert_eq!(count(columns[3]), row.changes.possible.len(), "{line}");
            let names = Kernel::NAMES.iter().map(|(_, name)| *name);
            assert!(row.system == "*" || names.clone().any(|name| name == row.system), "{line}");
        }
    }

    #[test]
    fn systems_answer_in_their_own_ways() {
        let carry = Cell::Flag(Flag::Carry);
        let of = |kernel| changes(kernel, KernelEntry::Syscall).unwrap();
        assert!(!of(Kernel::Linux).certain.contains(&carry));
        assert!(of(Kernel::Darwin).certain.contains(&carry));
        assert!(of(Kernel::Bsd).certain.contains(&carry));
        assert!(of(Kernel::Unknown).possible.contains(&carry));
        assert!(changes(Kernel::Linux, KernelEntry::Interrupt(3)).is_none());
    }
}
