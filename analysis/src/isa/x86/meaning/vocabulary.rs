//! Which facts and mnemonics there are, for those who configure and document them.

use iced_x86::Mnemonic;

use super::facts::{FloatingState, OperandAccess};
use crate::meaning::{Nondeterminism, SideEffect, SystemEffect};

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
    let operands: Vec<_> = OperandAccess::ALL.iter().map(|access| access.word()).collect();
    let states: Vec<_> = FloatingState::ALL.iter().map(|state| state.word()).collect();
    vec![
        kind(
            "synchronizes",
            "orders the memory accesses of this processor as others see them",
            &[],
        ),
        kind("opaque", "what it does to registers and memory is not known", &[]),
        kind("ends", "execution never continues after it", &[]),
        kind("effect", "does something that no register, flag or memory operand shows", &effects),
        kind("varies", "its result depends on something that is not an operand", &varies),
        kind(
            "promise",
            "does more to memory, or to when other code may access it, than its operands show",
            &promises,
        ),
        kind("kernel", "enters the kernel", &["syscall", "sysenter", "interrupt"]),
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
        kind("state", "loads, stores or resets floating-point state as a whole", &states),
    ]
}

/// All mnemonics in lower case.
pub fn mnemonics() -> Vec<String> {
    let names = Mnemonic::values().map(|mnemonic| format!("{mnemonic:?}").to_ascii_lowercase());
    names.filter(|name| name != "invalid").collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::x86::meaning::Meanings;

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
            assert_eq!(meanings.change(mnemonic, "opaque"), Ok(()), "{mnemonic}");
        }
    }
}
