//! [`Meanings`]: the tables of all architectures, together with what a user's configuration changes in
//! them.

use std::sync::LazyLock;

use super::remembered::new_version;
use super::{Instruction, aarch64, arm, riscv, x86};
use crate::meaning::{Meaning, RowError, RowErrorKind, Table};

/// The tables of all architectures, as they come with this package or with a user's changes.
#[derive(Clone, Default, Debug)]
pub struct Meanings {
    x86: Option<x86::meaning::Meanings>,
    aarch64: Option<Table>,
    arm: Option<Table>,
    riscv: Option<Table>,
    /// See [`Meanings::version`].
    version: u64,
}

/// The standard tables, without changes.
static STANDARD: Meanings =
    Meanings { x86: None, aarch64: None, arm: None, riscv: None, version: 0 };

/// The standard tables of each architecture, read when the first instruction asks.
static AARCH64: LazyLock<Table> = LazyLock::new(|| Table::read(aarch64::contract::TABLES));
static ARM: LazyLock<Table> = LazyLock::new(|| Table::read(arm::contract::TABLES));
static RISCV: LazyLock<Table> = LazyLock::new(|| Table::read(riscv::contract::TABLES));

impl Meanings {
    /// The tables that come with this package.
    pub fn standard() -> &'static Meanings {
        &STANDARD
    }

    /// A number that no other tables have which differ from these; that of the standard tables is 0.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// What an instruction means.
    pub fn of(&self, instruction: &Instruction) -> Meaning {
        instruction.meaning(self)
    }

    /// Those of x86.
    pub fn x86(&self) -> &x86::meaning::Meanings {
        self.x86.as_ref().unwrap_or_else(|| x86::meaning::Meanings::standard())
    }

    /// Those of AArch64.
    pub fn aarch64(&self) -> &Table {
        self.aarch64.as_ref().unwrap_or(&AARCH64)
    }

    /// Those of 32-bit Arm.
    pub fn arm(&self) -> &Table {
        self.arm.as_ref().unwrap_or(&ARM)
    }

    /// Those of RISC-V.
    pub fn riscv(&self) -> &Table {
        self.riscv.as_ref().unwrap_or(&RISCV)
    }

    /// Changes what a mnemonic means on every architecture that has it. `facts` are words of the
    /// tables separated by spaces (`promise:interrupts`); a word with a `-` in front (`-promise`)
    /// retracts all facts of that kind. Nothing changes if any word is wrong.
    ///
    /// # Errors
    /// The word that says nothing.
    pub fn change(&mut self, mnemonic: &str, facts: &str) -> Result<(), RowError> {
        let mnemonic = mnemonic.to_ascii_lowercase();
        let mut changed = self.clone();
        // Some facts are about what only one architecture has: one that takes them is enough.
        let mut outcome =
            Err(RowError { word: mnemonic.clone(), kind: RowErrorKind::UnknownMnemonic });
        if x86::meaning::is_mnemonic(&mnemonic) {
            let mut tables = changed.x86().clone();
            outcome = tables.change(&mnemonic, facts);
            changed.x86 = outcome.is_ok().then_some(tables).or(changed.x86);
        }
        let others: [(bool, &Table, fn(&mut Meanings, Table)); 3] = [
            (aarch64::contract::is_mnemonic(&mnemonic), self.aarch64(), |all, one| {
                all.aarch64 = Some(one)
            }),
            (arm::contract::is_mnemonic(&mnemonic), self.arm(), |all, one| all.arm = Some(one)),
            (riscv::contract::is_mnemonic(&mnemonic), self.riscv(), |all, one| {
                all.riscv = Some(one)
            }),
        ];
        for (has, table, put) in others {
            if has {
                let mut table = table.clone();
                let of_this = table.change(&mnemonic, facts);
                if of_this.is_ok() {
                    put(&mut changed, table);
                }
                outcome = outcome.or(of_this);
            }
        }
        outcome?;
        changed.version = new_version();
        *self = changed;
        Ok(())
    }
}
