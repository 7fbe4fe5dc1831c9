//! The witness: LLVM's disassembler has to give an instruction the same mnemonic, or it is not
//! judged. The decoder is young, and both would have to be wrong in the same way.

/// Pairs of mnemonics that are the same instruction: the decoder's and LLVM's.
const ALIASES: &[(&str, &str)] = &[];

/// Whether LLVM's text of an instruction agrees with the decoder's mnemonic.
pub fn agrees(ours: &str, llvm: &str) -> bool {
    let theirs = llvm.split_whitespace().next().unwrap_or("");
    // LLVM writes the condition of a branch into the mnemonic.
    let stem = theirs.split_once('.').map_or(theirs, |(stem, _)| stem);
    let ours = ours.split_once('.').map_or(ours, |(stem, _)| stem);
    ours == theirs || ours == stem || ALIASES.contains(&(ours, theirs))
}
