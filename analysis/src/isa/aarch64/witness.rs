//! The witness: LLVM's disassembler has to give an instruction the same mnemonic, or it is not
//! judged. The decoder is young, and both would have to be wrong in the same way.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::Instruction;
use crate::assemble::Disassembler;
use crate::block::Architecture;

/// What LLVM's disassembler is asked with: every extension that it knows.
const FEATURES: &str = "+all";

/// Mnemonics that name the same instruction: the decoder's and LLVM's. The decoder prefers an alias
/// where the manual does, LLVM has some of its own.
const ALIASES: &[(&str, &str)] = &[
    // DDI 0487 C6.2 DSB: these are its encodings with options 0 and 4.
    ("dsb", "ssbb"),
    ("dsb", "pssbb"),
    ("ssbb", "dsb"),
    ("pssbb", "dsb"),
    // `dfb` is `dsb` with option 12 for cores with Armv8-R's extension.
    ("dsb", "dfb"),
    // Names of system operations against the general form.
    ("sys", "tlbi"),
    ("sys", "dc"),
    ("sys", "ic"),
    ("sys", "at"),
    ("sys", "brb"),
    ("sys", "trcit"),
    ("dc", "sys"),
    ("ic", "sys"),
    ("at", "sys"),
    ("tlbi", "sys"),
    ("cfp", "sys"),
    ("cpp", "sys"),
    ("dvp", "sys"),
    ("cosp", "sys"),
    // Both are the same operation on all lanes.
    ("not", "mvn"),
    ("mvn", "not"),
    ("ins", "mov"),
    ("umov", "mov"),
    ("fcpy", "fmov"),
    ("fdup", "fmov"),
    ("cpy", "mov"),
    ("dup", "mov"),
    ("dupm", "mov"),
    // LLVM knows `bfc` with Armv8.2 only.
    ("bfc", "bfi"),
    ("movn", "mov"),
    ("movz", "mov"),
    // DDI 0487 C6.2 CMPP: the manual prefers the alias, LLVM does not have it.
    ("cmpp", "subps"),
];

thread_local! {
    static DISASSEMBLER: Option<Disassembler> =
        Disassembler::new(Architecture::AArch64, "aarch64-unknown-linux-gnu", "", FEATURES);
}

/// How many answers are kept. A crate has hundreds of different words, few have thousands.
const KEPT: usize = 1 << 16;

thread_local! {
    /// The answers so far, by word.
    static ANSWERS: RefCell<FxHashMap<u32, bool>> = RefCell::default();
}

/// Whether LLVM sees the same instruction.
pub fn agrees(instruction: &Instruction) -> bool {
    let word = instruction.word;
    if let Some(known) = ANSWERS.with_borrow(|answers| answers.get(&word).copied()) {
        return known;
    }
    let theirs = llvm_mnemonic(word);
    let agrees = theirs.is_some_and(|theirs| is_same(instruction.mnemonic.name(), &theirs));
    ANSWERS.with_borrow_mut(|answers| {
        if answers.len() < KEPT {
            answers.insert(word, agrees);
        }
    });
    agrees
}

/// LLVM's mnemonic of a word.
pub fn llvm_mnemonic(word: u32) -> Option<String> {
    DISASSEMBLER.with(|disassembler| {
        let seen = disassembler.as_ref()?.instruction(&word.to_le_bytes(), 0)?;
        Some(seen.mnemonic)
    })
}

/// Whether a mnemonic of LLVM's names the decoder's instruction. LLVM writes the condition of a
/// branch, and the half that an instruction takes, into the mnemonic.
fn is_same(ours: &str, theirs: &str) -> bool {
    let stem = theirs.split_once('.').map_or(theirs, |(stem, _)| stem);
    ours == stem
        || ALIASES.contains(&(ours, stem))
        || stem.strip_prefix(ours).is_some_and(|rest| matches!(rest, "b" | "t" | "2"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_and_conditions_are_no_difference() {
        assert!(is_same("b", "b.eq"));
        assert!(is_same("bfmlal", "bfmlalb"));
        assert!(!is_same("ldr", "ldrb2"));
        assert!(!is_same("add", "sub"));
    }

    /// Nearly everything that the decoder knows is the same to LLVM.
    #[test]
    fn llvm_agrees_about_nearly_all_words() {
        let (mut known, mut same) = (0u32, 0u32);
        let mut others = std::collections::BTreeMap::<(String, String), u32>::new();
        let mut state = 1u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
            let word = (state >> 32) as u32;
            let Some(instruction) = crate::isa::aarch64::decode_word(word) else { continue };
            let Some(theirs) = llvm_mnemonic(word) else { continue };
            known += 1;
            if agrees(&instruction) {
                same += 1;
            } else {
                let ours = instruction.mnemonic.name().to_owned();
                *others.entry((ours, theirs)).or_default() += 1;
            }
        }
        assert!(known > 1000, "LLVM knows {known} of the words");
        assert!(same * 1000 > known * 995, "{same} of {known}: {others:?}");
    }
}
