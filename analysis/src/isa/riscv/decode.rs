//! Bytes to [`Instruction`]s.

use disc_v::{Extension, Isa};

use super::Base;
use super::compressed::expand;
use super::fields::Word;

/// A decoded instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Instruction {
    /// How many bytes it has.
    pub length: u8,
    /// Its bits as they are in memory.
    pub raw: u32,
    /// The 32-bit instruction that it is or, compressed, stands for. The same as `raw` where it
    /// stands for none.
    pub word: Word,
    /// The instruction that `word` is, without aliases: `addi` for `mv`, `csrrs` for `rdcycle`.
    pub name: &'static str,
    /// Its own name: `c.mv`.
    pub encoded: &'static str,
    /// Whether it is guaranteed to raise an exception: `unimp`, a write to a read-only register.
    pub traps: bool,
    /// Whether LLVM sees the same instruction, which whoever decodes finds out.
    pub is_witnessed: bool,
    /// As the decoder shows it.
    shown: disc_v::Instruction,
    /// The base instruction set.
    pub base: Base,
}

impl Instruction {
    /// The extension, as the compiler names it, that it has been in since version 2.1 of the base
    /// instruction set (Unpriv "Zicsr" and "Zifencei").
    pub fn former_base_feature(&self) -> Option<&'static str> {
        match (self.word.opcode(), self.word.funct3()) {
            // An access that always traps is there to trap.
            (0b111_0011, 1..=3 | 5..=7) if !self.traps => Some("zicsr"),
            (0b000_1111, 1) => Some("zifencei"),
            _ => None,
        }
    }

    /// Whether its register fields are not those of a 32-bit instruction: a compressed form that
    /// stands for none.
    pub fn has_own_fields(&self) -> bool {
        self.word.0 & 3 != 3
    }

    /// The mnemonic with the aliases that an assembler writes: `mv`, `ret`, `rdcycle`.
    pub fn mnemonic(&self) -> &'static str {
        if self.traps { "unimp" } else { self.shown.mnemonic() }
    }

    /// The mnemonic and the operands, with aliases; addresses are written as distances.
    pub fn text(&self) -> String {
        if self.traps { "unimp".to_owned() } else { self.shown.to_string().replace(',', ", ") }
    }

    /// The instruction whose 32-bit form has other register fields.
    pub fn with_word(&self, word: Word) -> Instruction {
        let isa = isa(self.base);
        let shown = disc_v::decode(isa, 0, u64::from(word.0));
        Instruction { word, raw: word.0, shown, ..*self }
    }
}

fn isa(base: Base) -> Isa {
    match base {
        Base::Rv32 => Isa::Rv32,
        Base::Rv64 => Isa::Rv64,
    }
}

/// Why bytes are no instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Undecoded {
    /// There are too few bytes.
    Cut,
    /// The bits mean nothing with the extensions that are enabled.
    Invalid,
}

/// Decodes for one base instruction set and one choice of conflicting extensions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Decoder {
    base: Base,
    decoder: disc_v::Decoder,
}

impl Decoder {
    /// A decoder that knows every extension. Where two use the same encodings, the target's features
    /// (`rustc --print target-features`) decide: Zcmp and Zcmt take those of the compressed
    /// stores of doubles, Zclsd those of single ones.
    pub fn new<'f>(base: Base, features: impl IntoIterator<Item = &'f str>) -> Decoder {
        // Nothing says what Q does, and LLVM does not know it by default.
        let mut decoder = disc_v::Decoder::new(isa(base)).without(Extension::Q);
        for feature in features {
            match feature.trim_start_matches('+') {
                "zcmp" => {
                    decoder = decoder.without(Extension::Zcd).try_with(Extension::Zcmp);
                }
                "zcmt" => {
                    decoder = decoder.without(Extension::Zcd).try_with(Extension::Zcmt);
                }
                "zclsd" => {
                    decoder = decoder.without(Extension::Zcf).try_with(Extension::Zclsd);
                }
                _ => {}
            }
        }
        Decoder { base, decoder }
    }

    /// The names of all instructions of a base instruction set, with aliases and without: found by
    /// decoding every combination of the fields that tell instructions apart.
    pub fn names(base: Base) -> Vec<&'static str> {
        let decoder = Decoder::new(base, []);
        let mut names = vec!["semihosting"];
        let mut look = |bits: u32| {
            if let Ok(instruction) = decoder.decode(&bits.to_le_bytes()) {
                names.extend([instruction.name, instruction.encoded, instruction.mnemonic()]);
            }
        };
        for opcode in (0..32).map(|number| number << 2 | 3) {
            for high in 0..1 << 12 {
                (0..8).for_each(|minor| look(opcode | minor << 12 | high << 20));
            }
        }
        (0..1 << 16).for_each(look);
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Decodes the instruction at the start of `bytes`.
    ///
    /// # Errors
    /// Why there is none.
    pub fn decode(&self, bytes: &[u8]) -> Result<Instruction, Undecoded> {
        let &[low, high, ..] = bytes else { return Err(Undecoded::Cut) };
        let parcel = u16::from_le_bytes([low, high]);
        match disc_v::inst_length(parcel) {
            Some(2) => self.decode_compressed(parcel),
            Some(4) => {
                let &[a, b, c, d, ..] = bytes else { return Err(Undecoded::Cut) };
                self.decode_word(u32::from_le_bytes([a, b, c, d]))
            }
            _ => Err(Undecoded::Invalid),
        }
    }

    fn decode_word(&self, raw: u32) -> Result<Instruction, Undecoded> {
        let word = Word(raw);
        // All ones is defined as illegal (Unpriv "Expanded Instruction-Length Encoding").
        let traps = traps(word);
        let decoded = self.decoder.decode(0, u64::from(raw));
        if decoded.is_illegal() && !traps {
            return Err(Undecoded::Invalid);
        }
        let name = if traps { "unimp" } else { decoded.without_aliases().mnemonic() };
        let name = self.canonical(name);
        let (shown, base) = (decoded, self.base);
        Ok(Instruction {
            length: 4,
            raw,
            word,
            name,
            encoded: name,
            traps,
            is_witnessed: true,
            shown,
            base,
        })
    }

    fn decode_compressed(&self, parcel: u16) -> Result<Instruction, Undecoded> {
        let raw = u32::from(parcel);
        let decoded = self.decoder.decode(0, u64::from(parcel));
        let (shown, base) = (decoded, self.base);
        // Defined as illegal (Unpriv "C": the all-zero instruction).
        if parcel == 0 {
            let (name, word, traps) = ("c.unimp", Word(0), true);
            let encoded = name;
            return Ok(Instruction {
                length: 2,
                raw,
                word,
                name,
                encoded,
                traps,
                is_witnessed: true,
                shown,
                base,
            });
        }
        if decoded.is_illegal() {
            return Err(Undecoded::Invalid);
        }
        let encoded = decoded.without_aliases().mnemonic();
        let instruction = match expand(encoded, parcel, self.base) {
            Some(word) => self.decode_word(word.0)?,
            None => {
                let (word, name, traps) = (Word(raw), encoded, false);
                Instruction {
                    length: 2,
                    raw,
                    word,
                    name,
                    encoded,
                    traps,
                    is_witnessed: true,
                    shown,
                    base,
                }
            }
        };
        Ok(Instruction { length: 2, raw, encoded, shown, ..instruction })
    }

    /// The decoder names some encodings by their use; the instruction is the one of the manual.
    fn canonical(&self, name: &'static str) -> &'static str {
        match name {
            "lpad" => "auipc",
            name => name,
        }
    }
}

/// Whether a 32-bit encoding is one of those that always trap: all ones, and writes to the
/// registers that cannot be written (Priv "CSR Address Mapping Conventions"), of which `unimp` is
/// the usual one.
fn traps(word: Word) -> bool {
    if word.0 == u32::MAX {
        return true;
    }
    let is_csr = word.opcode() == 0x73 && word.funct3() & 3 != 0;
    let only_sets_or_clears = word.funct3() & 2 != 0;
    let writes = !only_sets_or_clears || word.rs1() != 0;
    is_csr && writes && word.csr() >> 10 == 3
}
