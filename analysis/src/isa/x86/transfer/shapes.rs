//! How far the bits of a vector instruction's operands mix, by the instruction's name.
//!
//! Vector mnemonics are systematic: `ss`, `sd` work on the lowest element only, `ps`, `pd` and
//! the integer arithmetic element by element (SDM vol. 1, 5.5 to 5.22). All others
//! mix.

use iced_x86::Mnemonic;

use super::names::traits;

/// How bits of the operands reach the result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Only the lowest element of so many bits is computed.
    Scalar(u16),
    /// Each lane of so many bits on its own.
    Lanes(u16),
    /// In some other way.
    Mixed,
}

/// The shape of a vector instruction.
pub fn shape(mnemonic: Mnemonic) -> Shape {
    traits(mnemonic).shape
}

/// Whether the instruction computes one complex number: a pair of halves (SDM vol. 2, VFMULCSH).
pub fn is_complex(mnemonic: Mnemonic) -> bool {
    matches!(
        mnemonic,
        Mnemonic::Vfmulcsh | Mnemonic::Vfcmulcsh | Mnemonic::Vfmaddcsh | Mnemonic::Vfcmaddcsh
    )
}

/// [`is_complex`], of packed ones too, by the name without its `v`.
fn complex(plain: &str) -> bool {
    ["fmulc", "fcmulc", "fmaddc", "fcmaddc"].iter().any(|stem| plain.starts_with(stem))
}

/// Parts of names of instructions that move bits across lanes.
const CROSSING: [&str; 27] = [
    "shuf",
    "unpck",
    "hadd",
    "hsub",
    "dpp",
    "perm",
    "insert",
    "extract",
    "broadcast",
    "cvt",
    "movmsk",
    "movh",
    "movl",
    "compress",
    "expand",
    "gather",
    "scatter",
    "align",
    "pack",
    "mov",
    "dpb",
    "dpw",
    "conflict",
    "lookup",
    "bcst",
    "test",
    "multishift",
];

/// Stems of the integer instructions that work lane by lane.
const INTEGER: [&str; 18] = [
    "padd", "psub", "pmin", "pmax", "pabs", "pavg", "pcmpeq", "pcmpgt", "pmullw", "pmulld",
    "pmullq", "pmulh", "psign", "psll", "psrl", "psra", "prol", "pror",
];

/// The shape of a vector instruction, by its name in lower case.
pub fn of_name(name: &str) -> Shape {
    let plain = name.strip_prefix('v').unwrap_or(name);
    let scalar = [("ss", 32), ("sd", 64), ("sh", 16)];
    if plain.starts_with("cvt") {
        // A scalar conversion names its source first: cvtsd2si, cvttss2usi.
        let source = scalar.iter().find(|(suffix, _)| plain.contains(&format!("{suffix}2")));
        // From a general register: cvtsi2sd, cvtusi2ss.
        let target = scalar.iter().find(|(suffix, _)| plain.ends_with(&format!("si2{suffix}")));
        let scalar = source.or(target);
        return scalar.map_or(Shape::Mixed, |(_, bits)| Shape::Scalar(*bits));
    }
    if complex(plain) {
        return if plain.ends_with("sh") { Shape::Scalar(32) } else { Shape::Lanes(32) };
    }
    // Integer instructions begin with `p` and end in the element's letter: `pabsd`, `pmaxsd`.
    let integer = plain.starts_with('p');
    if let Some((_, bits)) = scalar.iter().find(|(suffix, _)| !integer && plain.ends_with(suffix)) {
        let crossing = ["mov", "insert", "broadcast", "gather", "dp"];
        if !crossing.iter().any(|part| plain.contains(part)) {
            return Shape::Scalar(*bits);
        }
    }
    if INTEGER.iter().any(|stem| plain.starts_with(stem)) {
        return match plain.as_bytes().last() {
            Some(b'b') => Shape::Lanes(8),
            Some(b'w') => Shape::Lanes(16),
            Some(b'd') => Shape::Lanes(32),
            // These two shift the whole register by bytes.
            Some(b'q') if !matches!(plain, "pslldq" | "psrldq") => Shape::Lanes(64),
            _ => Shape::Mixed,
        };
    }
    if CROSSING.iter().any(|part| plain.contains(part)) {
        return Shape::Mixed;
    }
    let lanes = [("ps", 32), ("pd", 64), ("ph", 16)];
    lanes
        .iter()
        .find(|(suffix, _)| plain.ends_with(suffix))
        .map_or(Shape::Mixed, |(_, bits)| Shape::Lanes(*bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_lanes() {
        assert_eq!(shape(Mnemonic::Addss), Shape::Scalar(32));
        assert_eq!(shape(Mnemonic::Vfmadd213sd), Shape::Scalar(64));
        assert_eq!(shape(Mnemonic::Ucomiss), Shape::Scalar(32));
        assert_eq!(shape(Mnemonic::Cvttsd2si), Shape::Scalar(64));
        assert_eq!(shape(Mnemonic::Vcvtusi2ss), Shape::Scalar(32));
        assert_eq!(shape(Mnemonic::Mulps), Shape::Lanes(32));
        assert_eq!(shape(Mnemonic::Vpaddq), Shape::Lanes(64));
        assert_eq!(shape(Mnemonic::Pslldq), Shape::Mixed);
        assert_eq!(shape(Mnemonic::Shufps), Shape::Mixed);
        assert_eq!(shape(Mnemonic::Pmuludq), Shape::Mixed);
        assert_eq!(shape(Mnemonic::Vfcmaddcsh), Shape::Scalar(32));
        assert_eq!(shape(Mnemonic::Vfmulcph), Shape::Lanes(32));
        assert_eq!(shape(Mnemonic::Vfmaddcph), Shape::Lanes(32));
        assert_eq!(shape(Mnemonic::Pmaxsd), Shape::Lanes(32));
        assert_eq!(shape(Mnemonic::Vpcompressd), Shape::Mixed);
    }
}
