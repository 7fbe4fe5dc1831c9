//! Scalar cryptography (Unpriv "Zkn", "Zks"): results are not followed, what they depend on is.

use super::build::Builder;
use crate::effects::{Expression, Operation};

/// Instructions of one source.
const ONE_SOURCE: &[&str] = &[
    "aes64im",
    "aes64ks1i",
    "sm3p0",
    "sm3p1",
    "sha512sum0",
    "sha512sum1",
    "sha512sig0",
    "sha512sig1",
];

/// Instructions of one source that see its low 32 bits.
const ONE_WORD: &[&str] = &["sha256sum0", "sha256sum1", "sha256sig0", "sha256sig1"];

/// Instructions of two sources.
const TWO_SOURCES: &[&str] = &[
    "aes64es",
    "aes64esm",
    "aes64ds",
    "aes64dsm",
    "aes64ks2",
    "sha512sum0r",
    "sha512sum1r",
    "sha512sig0l",
    "sha512sig0h",
    "sha512sig1l",
    "sha512sig1h",
];

/// Instructions that mix one byte of the second source, which the instruction selects, into the
/// first; on RV64 they work on the low 32 bits.
const ONE_BYTE: &[&str] = &["aes32esi", "aes32esmi", "aes32dsi", "aes32dsmi", "sm4ed", "sm4ks"];

pub fn lift(builder: &mut Builder<'_>) -> bool {
    let bits = builder.bits();
    let name = builder.name;
    // Which bits of the sources each one looks at is not followed.
    let mixed = |inputs, bits| {
        // The round of the key schedule is an immediate.
        let named = match name {
            "aes64ks1i" => format!("aes64ks1i {}", builder.word.field(20, 4)).into(),
            name => name.into(),
        };
        Expression::computed(Operation::Mixed(named), inputs, bits)
    };
    let (rs1, rs2) = (builder.rs1(), builder.rs2());
    if ONE_SOURCE.contains(&name) {
        // What `sm3p*` computes has 32 bits, sign-extended.
        match name {
            "sm3p0" | "sm3p1" => {
                let value = mixed(vec![builder.rs1_word()], 32);
                builder.set_rd_word(value);
            }
            _ => {
                let value = mixed(vec![rs1], bits);
                builder.set_rd(value);
            }
        }
    } else if ONE_WORD.contains(&name) {
        let value = mixed(vec![builder.rs1_word()], 32);
        builder.set_rd_word(value);
    } else if TWO_SOURCES.contains(&name) {
        let value = mixed(vec![rs1, rs2], bits);
        builder.set_rd(value);
    } else if ONE_BYTE.contains(&name) {
        let byte = rs2.slice(builder.word.field(30, 2) as u16 * 8, 8);
        let value = mixed(vec![builder.rs1_word(), byte], 32);
        builder.set_rd_word(value);
    } else {
        return false;
    }
    true
}
