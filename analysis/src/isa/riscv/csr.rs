//! The control and status registers (Unpriv "Zicsr"; Priv "CSR Listing"): their names, and which of
//! them are followed exactly.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A register whose value is followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Csr {
    /// `fflags`.
    FloatStatus,
    /// `frm`.
    FloatControl,
    /// `fcsr`: `fflags` in bits 4 to 0, `frm` in bits 7 to 5.
    Float,
    /// `vstart`.
    VectorStart,
    /// `vxsat`.
    VectorSaturated,
    /// `vxrm`.
    VectorRounding,
    /// `vcsr`: `vxsat` in bit 0, `vxrm` in bits 2 and 1.
    Vector,
    /// `vl`, which only vector instructions write.
    VectorLength,
    /// `vtype`, which only vector instructions write.
    VectorType,
    /// A register that holds a word for the software alone: `sscratch`, `mscratch`. The number is
    /// its own.
    Scratch(u16),
}

/// The followed register of a number.
pub fn followed(number: u16) -> Option<Csr> {
    Some(match number {
        0x001 => Csr::FloatStatus,
        0x002 => Csr::FloatControl,
        0x003 => Csr::Float,
        0x008 => Csr::VectorStart,
        0x009 => Csr::VectorSaturated,
        0x00a => Csr::VectorRounding,
        0x00f => Csr::Vector,
        0xc20 => Csr::VectorLength,
        0xc21 => Csr::VectorType,
        // sscratch, vsscratch, mscratch, mnscratch, dscratch0 and dscratch1.
        0x140 | 0x240 | 0x340 | 0x740 | 0x7b2 | 0x7b3 => Csr::Scratch(number),
        _ => return None,
    })
}

/// The table of names.
const TEXT: &str = include_str!("csr.txt");

/// The keys of each register by number.
struct Keys {
    read: String,
    write: String,
}

static KEYS: LazyLock<HashMap<u16, Keys>> = LazyLock::new(|| {
    let mut keys = HashMap::new();
    for (first, count, name) in rows(TEXT) {
        for number in first..first + count {
            keys.insert(
                number,
                Keys { read: format!("csrr:{name}"), write: format!("csrw:{name}") },
            );
        }
    }
    keys
});

/// The rows of the table: the first number, how many, the name.
fn rows(text: &str) -> impl Iterator<Item = (u16, u16, &str)> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).filter_map(|line| {
        let (numbers, name) = line.split('|').next()?.trim().split_once(' ')?;
        let (first, count) = numbers.split_once('+').unwrap_or((numbers, "1"));
        let first = u16::from_str_radix(first.strip_prefix("0x")?, 16).ok()?;
        Some((first, count.parse().ok()?, name.trim()))
    })
}

/// The key in the table of meanings for a read of the register.
pub fn read_key(number: u16) -> Option<&'static str> {
    KEYS.get(&number).map(|keys| keys.read.as_str())
}

/// The key in the table of meanings for a write of the register.
pub fn write_key(number: u16) -> Option<&'static str> {
    KEYS.get(&number).map(|keys| keys.write.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_has_a_source() {
        let lines = TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let lines: Vec<_> = lines.collect();
        assert_eq!(rows(TEXT).count(), lines.len());
        for line in lines {
            assert!(line.split_once('|').is_some_and(|(_, source)| source.len() > 3), "{line}");
        }
        assert_eq!(write_key(0x3af), Some("csrw:pmpcfg"));
        assert_eq!(write_key(0x3ef), Some("csrw:pmpaddr"));
        assert_eq!(read_key(0xc1f), Some("csrr:hpmcounter"));
        assert_eq!(read_key(0x7c0), None);
    }

    /// The names are the decoder's, too.
    #[test]
    fn names_are_those_of_the_assembler() {
        for (first, count, name) in rows(TEXT).filter(|(_, count, _)| *count == 1) {
            let raw = 0x0000_2573 | u64::from(first) << 20;
            let text = disc_v::decode(disc_v::Isa::Rv64, 0, raw).without_aliases().to_string();
            // The decoder knows no number as another one's name.
            assert!(count == 1 && (text.contains(name) || text.contains("0x")), "{name}: {text}");
        }
    }
}
