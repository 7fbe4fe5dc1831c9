//! Atomic accesses (Unpriv "A", "Zacas", "Zabha", "Zalasr", "Zawrs", "Zicfiss").

use super::build::{Builder, add, and, choose, or, xor};
use super::memory::{pair, set_pair, widened};
use crate::effects::{Access, Expression, Test};

pub fn lift(builder: &mut Builder<'_>) -> bool {
    // Loads and stores that order are named with their order: `lw.aq`, `sw.rl`.
    let name = builder.name;
    let Some((operation, bytes)) = parse(name) else {
        return matches!(name, "wrs.nto" | "wrs.sto");
    };
    let access = Access {
        conditional: matches!(operation, "sc" | "amocas"),
        alignment: u32::try_from(bytes).ok(),
        ..Access::plain(builder.rs1(), bytes)
    };
    match operation {
        "lr" | "load" => {
            let value = builder.load(access);
            let value = widened(builder, value, bytes, true);
            builder.set_rd(value);
        }
        "sc" => {
            let value = builder.rs2().slice(0, (bytes * 8) as u16);
            builder.store(access, Some(value));
            // Whether it succeeds depends on others.
            builder.varies(builder.word.rd());
        }
        "store" => {
            let value = builder.rs2().slice(0, (bytes * 8) as u16);
            builder.store(access, Some(value));
        }
        "amocas" => compare_and_swap(builder, access, bytes),
        operation => modify(builder, operation, access, bytes),
    }
    true
}

/// The operation and the number of bytes.
fn parse(name: &str) -> Option<(&str, u64)> {
    if name.ends_with(".aq") || name.ends_with(".rl") {
        return ordered(name);
    }
    let (operation, size) = name.split_once('.')?;
    let bytes = match size {
        "b" => 1,
        "h" => 2,
        "w" => 4,
        "d" => 8,
        "q" => 16,
        _ => return None,
    };
    let known = operation.starts_with("amo") || matches!(operation, "lr" | "sc" | "ssamoswap");
    known.then_some((operation, bytes))
}

/// Zalasr: `lb.aq` to `ld.aq`, `sb.rl` to `sd.rl`.
fn ordered(name: &str) -> Option<(&'static str, u64)> {
    let bytes = match name.as_bytes().get(1)? {
        b'b' => 1,
        b'h' => 2,
        b'w' => 4,
        b'd' => 8,
        _ => return None,
    };
    match name.as_bytes().first()? {
        b'l' => Some(("load", bytes)),
        b's' => Some(("store", bytes)),
        _ => None,
    }
}

/// Reads, computes, writes; the destination gets the old value, sign-extended.
fn modify(builder: &mut Builder<'_>, operation: &str, access: Access, bytes: u64) {
    let bits = (bytes * 8) as u16;
    let old = builder.load(access.clone()).slice(0, bits);
    let other = builder.rs2().slice(0, bits);
    let smaller = |signed: bool| match signed {
        true => Test::LessSigned(old.clone(), other.clone()),
        false => Test::Less(old.clone(), other.clone()),
    };
    let new = match operation {
        "amoswap" | "ssamoswap" => other,
        "amoadd" => add(old.clone(), other),
        "amoxor" => xor(old.clone(), other),
        "amoand" => and(old.clone(), other),
        "amoor" => or(old.clone(), other),
        "amomin" => choose(smaller(true), old.clone(), other),
        "amomax" => choose(smaller(true), other, old.clone()),
        "amominu" => choose(smaller(false), old.clone(), other),
        _ => choose(smaller(false), other, old.clone()),
    };
    builder.store(access, Some(new));
    let old = widened(builder, old, bytes, true);
    builder.set_rd(old);
}

/// `amocas`: stores the second source where memory holds what the destination held. Twice the
/// width of a register goes in pairs of them.
fn compare_and_swap(builder: &mut Builder<'_>, access: Access, bytes: u64) {
    let bits = (bytes * 8) as u16;
    let (rd, rs2) = (builder.word.rd(), builder.word.rs2());
    let in_pairs = bits > builder.bits();
    let value = |number| match in_pairs {
        true => pair(builder, number),
        false => builder.x(number).slice(0, bits),
    };
    let (expected, new) = (value(rd), value(rs2));
    let load = Access { conditional: false, ..access.clone() };
    let old = builder.load(load).slice(0, bits);
    let stored: Expression = choose(Test::Equal(old.clone(), expected), new, old.clone());
    builder.store(access, Some(stored));
    if in_pairs {
        set_pair(builder, rd, old);
    } else {
        let old = widened(builder, old, bytes, true);
        builder.set_rd(old);
    }
}
