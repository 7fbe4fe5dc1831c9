//! What the name of a mnemonic tells about an instruction: vector mnemonics are systematic.
//!
//! Worked out for a mnemonic when it is first asked for: a name is text, and a crate has few of the
//! two thousand that there are.

use std::sync::OnceLock;

use iced_x86::Mnemonic;

use super::shapes::{self, Shape};

/// What a name tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Traits {
    /// How bits of the operands reach the result.
    pub shape: Shape,
    /// What is done by a condition code, by `setcc` and `cmovcc`.
    pub conditional: Option<Conditional>,
    /// A multiplication with an addition, which reads its destination.
    pub is_fused: bool,
    /// A scalar operation on one source, whose destination's low element is not read.
    pub reads_only_its_source: bool,
    /// It only sets flags.
    pub only_compares: bool,
    /// The width of a scalar conversion's result, where the name tells it.
    pub converted_bits: Option<u16>,
    /// What it leaves where both sources are one register, whatever that holds.
    pub idiom: Option<Idiom>,
    /// It shifts all elements by one count.
    pub shifts_by_one_count: bool,
    /// Its result is wider than what is read.
    pub widening: Option<Widening>,
}

/// What is done by a condition code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conditional {
    /// `setcc`.
    Sets,
    /// `cmovcc`.
    Moves,
}

/// A result that does not depend on the sources where they are one register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Idiom {
    /// All bits are 1; else all are 0.
    pub ones: bool,
    /// The operands are mask registers.
    pub of_masks: bool,
}

/// An instruction that makes more of its source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Widening {
    /// One element of so many bits, again and again.
    Broadcast(u16),
    /// Each element is widened.
    Extended {
        /// With its sign, or with zeros.
        signed: bool,
        /// The bits of an element before.
        from: u16,
        /// And after.
        to: u16,
    },
}

/// No more mnemonics than that.
const MOST: usize = 2048;

static TRAITS: [OnceLock<Traits>; MOST] = [const { OnceLock::new() }; MOST];

/// What the mnemonic's name tells.
pub fn traits(mnemonic: Mnemonic) -> Traits {
    let named = || of_name(&format!("{mnemonic:?}").to_ascii_lowercase());
    TRAITS.get(mnemonic as usize).map_or_else(named, |known| *known.get_or_init(named))
}

fn of_name(name: &str) -> Traits {
    let plain = name.strip_prefix('v').unwrap_or(name);
    let starts = |stems: &[&str], name: &str| stems.iter().any(|stem| name.starts_with(stem));
    let unary = ["sqrt", "rcp", "rsqrt", "round", "rndscale", "reduce", "getexp", "getmant", "cvt"];
    let ones = starts(&["pcmpeq", "kxnor"], plain);
    let zeros = starts(&["psub", "pcmpgt"], plain);
    Traits {
        shape: shapes::of_name(name),
        conditional: match (name.starts_with("set"), name.starts_with("cmov")) {
            (true, _) => Some(Conditional::Sets),
            (_, true) => Some(Conditional::Moves),
            _ => None,
        },
        is_fused: starts(&["vfm", "vfnm", "vfcm"], name),
        reads_only_its_source: starts(&unary, plain),
        only_compares: name.contains("comis"),
        converted_bits: match name.rsplit_once('2') {
            Some((_, "ss")) => Some(32),
            Some((_, "sd")) => Some(64),
            Some((_, "sh")) => Some(16),
            _ => None,
        },
        idiom: (ones || zeros).then(|| Idiom { ones, of_masks: plain.starts_with('k') }),
        shifts_by_one_count: starts(&["psll", "psrl", "psra"], plain)
            && !starts(&["psllv", "psrlv", "psrav"], plain),
        widening: widening(plain),
    }
}

fn widening(plain: &str) -> Option<Widening> {
    let bits = match plain {
        "pbroadcastb" => Some(8),
        "pbroadcastw" => Some(16),
        "pbroadcastd" | "broadcastss" => Some(32),
        "pbroadcastq" | "broadcastsd" => Some(64),
        "broadcastf128" | "broadcasti128" => Some(128),
        _ => None,
    };
    if let Some(bits) = bits {
        return Some(Widening::Broadcast(bits));
    }
    let (signed, widths) = match (plain.strip_prefix("pmovzx"), plain.strip_prefix("pmovsx")) {
        (Some(widths), _) => (false, widths),
        (_, Some(widths)) => (true, widths),
        _ => return None,
    };
    let (from, to) = match widths {
        "bw" => (8, 16),
        "bd" => (8, 32),
        "bq" => (8, 64),
        "wd" => (16, 32),
        "wq" => (16, 64),
        "dq" => (32, 64),
        _ => return None,
    };
    Some(Widening::Extended { signed, from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_all() {
        assert!(Mnemonic::values().count() <= MOST);
    }

    #[test]
    fn names_tell_what_is_done() {
        assert_eq!(traits(Mnemonic::Setg).conditional, Some(Conditional::Sets));
        assert_eq!(traits(Mnemonic::Cmovne).conditional, Some(Conditional::Moves));
        assert_eq!(traits(Mnemonic::Cvtsd2ss).converted_bits, Some(32));
        assert!(traits(Mnemonic::Vfnmadd231sd).is_fused);
        assert!(traits(Mnemonic::Vsqrtss).reads_only_its_source);
        assert!(traits(Mnemonic::Ucomisd).only_compares);
        let idiom = |mnemonic| traits(mnemonic).idiom.map(|idiom| (idiom.ones, idiom.of_masks));
        assert_eq!(idiom(Mnemonic::Vpcmpeqd), Some((true, false)));
        assert_eq!(idiom(Mnemonic::Psubb), Some((false, false)));
        assert_eq!(idiom(Mnemonic::Kxnorw), Some((true, true)));
        assert_eq!(idiom(Mnemonic::Paddb), None);
        assert!(traits(Mnemonic::Psrad).shifts_by_one_count);
        assert!(!traits(Mnemonic::Vpsllvd).shifts_by_one_count);
        let extended = Widening::Extended { signed: true, from: 8, to: 32 };
        assert_eq!(traits(Mnemonic::Vpmovsxbd).widening, Some(extended));
        assert_eq!(traits(Mnemonic::Vbroadcastss).widening, Some(Widening::Broadcast(32)));
    }
}
