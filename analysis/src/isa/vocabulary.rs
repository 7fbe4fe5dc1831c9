//! Which facts and mnemonics there are, for those who configure and document them.

use std::collections::BTreeSet;

use super::x86::meaning::{FloatingState, OperandAccess};
use super::{aarch64, arm, riscv, x86};
use crate::meaning::{Idle, Nondeterminism, SideEffect, SystemEffect, Table};

/// A kind of fact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FactKind {
    /// The word before the colon, and the one that `-` retracts.
    pub name: &'static str,
    /// What such a fact says about an instruction, as a sentence without its end.
    pub about: &'static str,
    /// The facts as a row spells them.
    pub words: Vec<String>,
}

/// All kinds of facts.
pub fn vocabulary() -> Vec<FactKind> {
    let kind = |name, about, values: &[&str]| FactKind {
        name,
        about,
        words: match values {
            [] => vec![str::to_owned(name)],
            _ => values.iter().map(|value| format!("{name}:{value}")).collect(),
        },
    };
    let sizes = ["1", "2", "4", "8", "16", "32", "64"];
    let effects: Vec<_> = SideEffect::ALL.iter().map(|effect| effect.word()).collect();
    let varies: Vec<_> = Nondeterminism::ALL.iter().map(|source| source.word()).collect();
    let promises: Vec<_> = SystemEffect::ALL.iter().map(|effect| effect.word()).collect();
    let idles: Vec<_> = Idle::ALL.iter().map(|idle| idle.word()).collect();
    let operands: Vec<_> = OperandAccess::ALL.iter().map(|access| access.word()).collect();
    let states: Vec<_> = FloatingState::ALL.iter().map(|state| state.word()).collect();
    vec![
        kind(
            "synchronizes",
            "orders the memory accesses of this processor as others see them",
            &[],
        ),
        kind("acquires", "is a load that later memory accesses can't overtake", &[]),
        kind("opaque", "what it does to registers and memory is not known", &[]),
        kind("ends", "execution never continues after it", &[]),
        kind("comes", "control returns after it, although what it does is not known", &["back"]),
        kind("effect", "does something that no register, flag or memory operand shows", &effects),
        kind("varies", "its result depends on something that is not an operand", &varies),
        kind(
            "promise",
            "does more to memory, or to when other code may access it, than its operands show",
            &promises,
        ),
        kind(
            "kernel",
            "enters the kernel, a hypervisor, a guest, an enclave or the secure monitor; `system` and \
             `monitor` do not exist on x86, where `syscall`, `sysenter`, `interrupt`, `guest` and \
             `enclave` do",
            &[
                "syscall",
                "sysenter",
                "interrupt",
                "guest",
                "enclave",
                "hypervisor",
                "system",
                "monitor",
            ],
        ),
        kind("idles", "passes the time: for a moment, or until an interrupt or event", &idles),
        kind("hints", "is executed for its hint, such as a prefetch", &[]),
        kind(
            "requests",
            "is a request to an emulator or a debugger, which answers in registers",
            &[],
        ),
        kind("traps", "sets where traps and interrupts go", &[]),
        kind(
            "perhaps",
            "may do nothing at all, if a feature is off or a check fails",
            &["nothing"],
        ),
        kind("flags", "the status flags are preserved", &["kept"]),
        kind("operand", "what happens at the memory operand", &operands),
        kind("hidden", "accesses memory at a place that the operands don't show", &["unknown"]),
        kind("aligned", "faults unless the memory operand is aligned to so many bytes", &sizes),
        kind("raises", "may set these exception flags of MXCSR", &["I", "D", "Z", "O", "U", "P"]),
        kind("saturates", "may set sticky floating-point status, apart from x86", &[]),
        kind("state", "loads, stores or resets floating-point state as a whole", &states),
    ]
}

/// The mnemonics of all architectures in lower case, as far as they are known one by one: for
/// RISC-V and Arm only those that the tables name.
pub fn mnemonics() -> BTreeSet<String> {
    let of_tables = [arm::contract::TABLES, riscv::contract::TABLES].map(Table::read);
    let plain = of_tables.iter().flat_map(Table::keys).filter(|key| !key.contains(':'));
    let of_tables = plain.map(str::to_owned);
    x86::meaning::mnemonics().chain(aarch64::mnemonics()).chain(of_tables).collect()
}

/// Whether some architecture has an instruction of that mnemonic, in lower case.
pub fn is_mnemonic(name: &str) -> bool {
    x86::meaning::is_mnemonic(name)
        || aarch64::contract::is_mnemonic(name)
        || arm::contract::is_mnemonic(name)
        || riscv::contract::is_mnemonic(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::Meanings;

    #[test]
    fn each_word_is_a_fact_and_each_kind_can_be_retracted() {
        let mut meanings = Meanings::standard().clone();
        for kind in vocabulary() {
            let retraction = format!("-{}", kind.name);
            for word in kind.words.iter().chain([&retraction]) {
                assert_eq!(meanings.change("nop", word), Ok(()), "{word}");
            }
        }
    }

    #[test]
    fn each_mnemonic_can_be_changed() {
        let mut meanings = Meanings::standard().clone();
        for mnemonic in mnemonics().iter().step_by(100) {
            assert!(is_mnemonic(mnemonic), "{mnemonic}");
            assert_eq!(meanings.change(mnemonic, "opaque"), Ok(()), "{mnemonic}");
        }
    }
}
