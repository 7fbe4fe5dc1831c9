//! LLVM's disassembler as a witness of the decoder: where the two disagree about what an
//! instruction is, nothing is known about it.

use crate::assemble::Disassembler;
use crate::block::Architecture;

use super::Base;
use super::decode::Instruction;

/// The extensions that the decoder knows, in LLVM's names: templates can switch any of them on.
const FEATURES: &str = "+m,+a,+f,+d,+c,+v,+h,+zba,+zbb,+zbc,+zbs,+zbkb,+zbkc,+zbkx,+zknd,+zkne,+zknh,\
    +zksed,+zksh,+zicond,+zawrs,+zicbom,+zicboz,+zicbop,+zihintntl,+zihintpause,+zimop,+zcmop,\
    +zcb,+zfh,+zfa,+zfbfmin,+zvfbfmin,+zvfbfwma,+zvfh,+zvbb,+zvbc,+zvkg,+zvkned,+zvknhb,+zvksed,\
    +zvksh,+zacas,+zabha,+zalasr,+svinval,+smrnmi,+smctr,+zifencei,+zicsr,+sdext,\
    +experimental-zicfiss";

/// What replaces those that others conflict with.
const PUSH_AND_POP: &str = ",-d,-zcd,+zcmp,+zcmt";

/// Asks LLVM.
pub struct Witness {
    plain: Disassembler,
    push_and_pop: Disassembler,
}

impl Witness {
    /// The witness for a base instruction set; `None` where this LLVM has no such back end.
    pub fn new(base: Base) -> Option<Witness> {
        let (architecture, triple) = match base {
            Base::Rv32 => (Architecture::RiscV32, "riscv32"),
            Base::Rv64 => (Architecture::RiscV64, "riscv64"),
        };
        let only = match base {
            Base::Rv32 => ",+zilsd",
            Base::Rv64 => "",
        };
        let new = |features: &str| Disassembler::new(architecture, triple, "", features);
        Some(Witness {
            plain: new(&format!("{FEATURES}{only}"))?,
            push_and_pop: new(&format!("{FEATURES}{PUSH_AND_POP}"))?,
        })
    }

    /// Whether LLVM sees the same instruction.
    pub fn agrees(&self, instruction: &Instruction) -> bool {
        // What traps for certain is defined by the manual, whatever it is called.
        instruction.traps
            || self.name(instruction).is_some_and(|theirs| is_same(instruction, &theirs))
    }

    /// LLVM's mnemonic.
    fn name(&self, instruction: &Instruction) -> Option<String> {
        let bytes = instruction.raw.to_le_bytes();
        let bytes = &bytes[..usize::from(instruction.length)];
        let with = match instruction.encoded.starts_with("cm.") {
            true => &self.push_and_pop,
            false => &self.plain,
        };
        with.instruction(bytes, 0).map(|seen| seen.mnemonic)
    }
}

/// Whether a mnemonic of LLVM names the instruction.
fn is_same(instruction: &Instruction, theirs: &str) -> bool {
    let ours = [instruction.name, instruction.encoded, instruction.mnemonic()];
    // The decoder's names are without the order of atomic accesses, but where they can't be.
    let plain = |name: &str| {
        let name = name.strip_suffix("rl").unwrap_or(name);
        let name = name.strip_suffix(".aq").or(name.strip_suffix("aq")).unwrap_or(name);
        name.trim_end_matches('.').to_owned()
    };
    ours.iter().any(|&ours| ours == theirs || plain(ours) == plain(theirs))
        || ALIASES.iter().any(|&(one, other)| other == theirs && ours.contains(&one))
}

/// Instructions that have another name for LLVM than for the decoder: the decoder's first.
const ALIASES: &[(&str, &str)] = &[
    ("c.add", "c.ntl.p1"),
    ("c.add", "c.ntl.pall"),
    ("c.add", "c.ntl.s1"),
    ("c.add", "c.ntl.all"),
    ("csrrs", "csrr"),
];

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::isa::riscv::Decoder;

    /// Every encoding that differs in the fields that tell instructions apart.
    fn encodings() -> impl Iterator<Item = u32> {
        let words = (0..32u32).flat_map(|opcode| {
            (0..1 << 12).flat_map(move |high| {
                (0..16).map(move |minor| {
                    let registers = if minor & 8 == 0 { 8 << 7 | 16 << 15 } else { 0 };
                    opcode << 2 | 3 | registers | (minor & 7) << 12 | high << 20
                })
            })
        });
        words.chain((0..1 << 16).filter(|parcel| parcel & 3 != 3))
    }

    #[test]
    fn llvm_and_the_decoder_agree() {
        for base in [Base::Rv32, Base::Rv64] {
            let witness = Witness::new(base).unwrap();
            let decoder = Decoder::new(base, []);
            // Some encodings of each are enough, and all take long.
            let mut asked: std::collections::HashMap<_, u32> = std::collections::HashMap::new();
            let mut agreed = std::collections::BTreeSet::new();
            let mut others = std::collections::BTreeMap::new();
            for bits in encodings() {
                let Ok(instruction) = decoder.decode(&bits.to_le_bytes()) else { continue };
                let count = asked.entry(instruction.encoded).or_default();
                *count += 1;
                if *count > 40 && agreed.contains(instruction.encoded) {
                    continue;
                }
                if witness.agrees(&instruction) {
                    agreed.insert(instruction.encoded);
                } else {
                    // LLVM refuses what is reserved: rounding modes, unaligned groups.
                    let theirs = witness.name(&instruction).unwrap_or_default();
                    others.entry(instruction.encoded).or_insert((theirs, bits, instruction.text()));
                }
            }
            // Indices of 64 bits are for RV64 (Unpriv "V", vector indexed loads).
            let refused = |name: &str| base == Base::Rv32 && name.contains("ei64");
            others.retain(|ours, (theirs, ..)| {
                !theirs.is_empty() || !agreed.contains(ours) && !refused(ours)
            });
            assert!(others.is_empty(), "{base:?}: {} agree, but {others:#?}", agreed.len());
        }
    }
}
