//! Random registers and memory, chosen so that instructions have interesting results: small
//! and large integers, floating-point numbers of every format and every odd kind.

use fastrand::Rng;

use crate::state::{ImageLayout, State, word};

/// Registers as a trial finds them: mostly ordinary values, with every rare kind now and then.
pub fn random_state(layout: &ImageLayout, rng: &mut Rng) -> State {
    let mut state = layout.free_bits();
    for (place, value) in state.words_mut().iter_mut().enumerate() {
        *value &= if place < word::FLAGS { random_integer(rng) } else { random_word(rng) };
    }
    if rng.u8(..8) == 0 {
        state[word::FLAGS] |= 0x400;
    }
    if rng.u8(..4) != 0 {
        // A flag that is set already hides that it is raised.
        state[word::MXCSR] = 0;
    }
    state[word::MXCSR] |= 0x1F80;
    state[word::X87_CONTROL] = 0x037F;
    for register in 0..8 {
        // Most values are ordinary: infinities and NaNs hide what arithmetic does.
        if rng.u8(..4) != 0 {
            state[word::X87 + 2 * register] |= 1 << 63;
            state[word::X87 + 2 * register + 1] = rng.u64(0x3FF0..0x4010) | rng.u64(..2) << 15;
        }
    }
    // A stack that is half full or, half of the time, full: what reads an empty register or
    // overflows does little else.
    let depth = rng.u64(..9);
    let top = state.x87_top() as u64;
    state[word::X87_TAGS] = (0..depth).map(|place| 1 << ((top + place) & 7)).sum();
    state
}

/// A general register: small, near a power of two, or any.
fn random_integer(rng: &mut Rng) -> u64 {
    match rng.u8(..4) {
        0 => rng.u64(..256),
        1 => (1u64 << rng.u32(..64)).wrapping_add(rng.u64(..3)).wrapping_sub(1),
        _ => rng.u64(..),
    }
}

/// A word of a vector: any bits, or floating-point numbers of some format, now and then such as
/// raise exceptions.
fn random_word(rng: &mut Rng) -> u64 {
    match rng.u8(..7) {
        0 => rng.u64(..),
        1 => (rng.f64() * 1e6 - 5e5).to_bits(),
        2 => {
            let single = |rng: &mut Rng| u64::from((rng.f32() * 1e4 - 5e3).to_bits());
            single(rng) << 32 | single(rng)
        }
        3 => rng.u64(..) & 0x83FF_83FF_83FF_83FF | 0x3C00_3C00_3C00_3C00,
        4 => special(rng, 52, 1023),
        5 => special(rng, 23, 127) << 32 | special(rng, 23, 127),
        _ => (0..4).fold(0, |word, _| word << 16 | special(rng, 10, 15)),
    }
}

/// A floating-point number of a format with so many bits of fraction and that bias of its
/// exponent: zero, denormal, infinite, not a number, tiny, huge.
fn special(rng: &mut Rng, fraction_bits: u32, bias: u64) -> u64 {
    let fraction = rng.u64(..1 << fraction_bits);
    let quiet = 1 << (fraction_bits - 1);
    let (exponent, fraction) = match rng.u8(..8) {
        0 => (0, 0),
        1 => (0, fraction),
        2 => (2 * bias + 1, 0),
        3 => (2 * bias + 1, fraction | quiet),
        4 => (2 * bias + 1, fraction & !quiet | 1),
        5 => (1 + rng.u64(..3), fraction),
        6 => (2 * bias - rng.u64(..3), fraction),
        _ => (bias, fraction),
    };
    let sign = rng.u64(..2) * (2 * bias + 2);
    (sign | exponent) << fraction_bits | fraction
}

/// Memory in which every word is of some kind: the same kinds as [`random_word`]'s, drawn once for
/// a whole line, since most of it is never looked at.
pub fn random_memory(bytes: usize, rng: &mut Rng) -> Vec<u8> {
    let words: [u64; 64] = std::array::from_fn(|_| random_word(rng));
    let line = words.map(u64::to_le_bytes).concat();
    line.iter().copied().cycle().skip(rng.usize(..64) * 8).take(bytes).collect()
}
