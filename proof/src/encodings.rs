//! Every form of instruction that the decoder knows in 64-bit mode, found by decoding every
//! opcode, and random encodings of each.
//!
//! No encoder is needed, and so no form is missed because an encoder prefers another.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fastrand::Rng;
use iced_x86::{Code, CpuidFeature, Decoder, DecoderOptions, Instruction, OpKind, Register};

use crate::native::CODE;

/// The longest instruction.
const LONGEST: usize = 15;
/// How many starting points of one shape are kept for each form.
const SEEDS_OF_A_SHAPE: usize = 2;

/// A way to encode a form: its bytes, and which of them may be varied.
#[derive(Clone, Copy, Debug)]
struct Seed {
    bytes: [u8; LONGEST],
    /// Where the prefix that carries register bits (REX, VEX, EVEX) is, if there is one.
    prefix: Option<usize>,
    /// Where the byte after the opcode is: ModRM, or an immediate.
    tail: usize,
}

impl Seed {
    /// What makes seeds different enough to keep both: the prefixes, and memory or register.
    fn shape(&self) -> (u8, usize, Option<usize>, bool) {
        (self.bytes[0], self.tail, self.prefix, self.bytes[self.tail] < 0xC0)
    }
}

/// All forms, with ways to encode each.
pub struct Encodings {
    seeds: BTreeMap<u16, (Code, Vec<Seed>)>,
}

impl Encodings {
    /// Decodes every opcode of every map.
    pub fn enumerate() -> Encodings {
        let mut encodings = Encodings { seeds: BTreeMap::new() };
        encodings.add_legacy();
        encodings.add_vex();
        encodings.add_evex();
        encodings
    }

    /// The forms, by the decoder's number.
    pub fn codes(&self) -> impl ExactSizeIterator<Item = Code> + '_ {
        self.seeds.values().map(|(code, _)| *code)
    }

    /// A random encoding of `code`. `None` if there is none, which can't be for one of
    /// [`Encodings::codes`].
    pub fn random(&self, code: Code, rng: &mut Rng) -> Option<(Instruction, Vec<u8>)> {
        let (_, seeds) = self.seeds.get(&(code as u16))?;
        let seed = seeds.get(rng.usize(..seeds.len()))?;
        for attempt in 0..24 {
            let mut bytes = seed.bytes;
            vary(&mut bytes, seed, rng, attempt);
            if let Some((instruction, length)) = decode(&bytes)
                && instruction.code() == code
            {
                return Some((instruction, bytes[..length].to_vec()));
            }
        }
        let (instruction, length) = decode(&seed.bytes)?;
        Some((instruction, seed.bytes[..length].to_vec()))
    }

    /// A random encoding of `code` whose memory operand, if any, is `[rbx + n]` or `[rsp + n]`.
    /// `None` if none was found.
    pub fn random_beside_pointers(
        &self,
        code: Code,
        rng: &mut Rng,
    ) -> Option<(Instruction, Vec<u8>)> {
        let (_, seeds) = self.seeds.get(&(code as u16))?;
        let seed = seeds.get(rng.usize(..seeds.len()))?;
        for attempt in 0..16 {
            let mut bytes = seed.bytes;
            vary(&mut bytes, seed, rng, attempt);
            if bytes[seed.tail] < 0xC0 {
                point(&mut bytes, seed, rng);
            }
            let Some((instruction, length)) = decode(&bytes) else { continue };
            let base = instruction.memory_base();
            let memory = instruction.op_kinds().any(|kind| kind == OpKind::Memory);
            if instruction.code() == code
                && (!memory || matches!(base, Register::RBX | Register::RSP))
            {
                return Some((instruction, bytes[..length].to_vec()));
            }
        }
        None
    }

    fn add_legacy(&mut self) {
        const PREFIXES: [&[u8]; 7] =
            [&[], &[0x66], &[0xF3], &[0xF2], &[0x66, 0xF3], &[0x66, 0xF2], &[0x67]];
        const MAPS: [&[u8]; 4] = [&[], &[0x0F], &[0x0F, 0x38], &[0x0F, 0x3A]];
        for prefix in PREFIXES {
            for rex in [&[][..], &[0x40], &[0x48]] {
                for map in MAPS {
                    for opcode in 0..=255u8 {
                        let start = [prefix, rex, map, &[opcode]].concat();
                        let prefix = (!rex.is_empty()).then_some(prefix.len());
                        self.add_tails(&start, prefix, true);
                    }
                }
            }
        }
        // 3DNow! has its opcode after the operands.
        for opcode in 0..=255u8 {
            for modrm in [0x03, 0xC1] {
                self.add(&[0x0F, 0x0F, modrm, opcode], None, 2);
            }
        }
    }

    fn add_vex(&mut self) {
        // AMD's XOP (8F) has the shape of a three-byte VEX prefix.
        for (first, maps) in [(0xC4u8, 1..=7u8), (0x8F, 8..=10)] {
            for map in maps {
                for last in 0..16u8 {
                    let (wide, length_and_prefix) = (last >> 3, last & 7);
                    for opcode in 0..=255u8 {
                        let third = wide << 7 | 0x78 | length_and_prefix;
                        self.add_tails(&[first, 0xE0 | map, third, opcode], Some(0), false);
                    }
                }
            }
        }
    }

    fn add_evex(&mut self) {
        for map in [1, 2, 3, 5, 6] {
            for second in 0..8u8 {
                for third in 0..8u8 {
                    for opcode in 0..=255u8 {
                        // W, vvvv unused, and the implied 66, F3 or F2.
                        let second = (second & 4) << 5 | 0x7C | second & 3;
                        // Vector length, broadcast or rounding, mask k1.
                        let third = third << 4 | 0x09;
                        self.add_tails(&[0x62, 0xF0 | map, second, third, opcode], Some(0), false);
                    }
                }
            }
        }
    }

    /// Adds what the bytes after an opcode make of it: memory or register, and the extension of
    /// the opcode in ModRM.
    fn add_tails(&mut self, start: &[u8], prefix: Option<usize>, all_registers: bool) {
        let mut bytes = start.to_vec();
        for reg in 0..8u8 {
            for low in std::iter::once(0x03).chain(0xC0..=if all_registers { 0xC7 } else { 0xC1 }) {
                bytes.truncate(start.len());
                bytes.push(low | reg << 3);
                self.add(&bytes, prefix, start.len());
            }
            // With an index, as gathers and tiles need.
            bytes.truncate(start.len());
            bytes.extend([0x04 | reg << 3, 0x0B]);
            self.add(&bytes, prefix, start.len());
        }
    }

    fn add(&mut self, bytes: &[u8], prefix: Option<usize>, tail: usize) {
        let mut seed = Seed { bytes: [0; LONGEST], prefix, tail };
        seed.bytes[..bytes.len()].copy_from_slice(bytes);
        let Some((instruction, _)) = decode(&seed.bytes) else { return };
        let (_, seeds) = self
            .seeds
            .entry(instruction.code() as u16)
            .or_insert_with(|| (instruction.code(), Vec::new()));
        if seeds.iter().filter(|known| known.shape() == seed.shape()).count() < SEEDS_OF_A_SHAPE {
            seeds.push(seed);
        }
    }
}

/// How this processor reads what vendors read differently: a 66 prefix makes the distance of a near
/// branch 16 bits wide for AMD and means nothing to Intel.
pub fn options() -> u32 {
    static OPTIONS: LazyLock<u32> = LazyLock::new(|| {
        let vendor = std::arch::x86_64::__cpuid(0);
        let amd = [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes).concat();
        let amd = amd == b"AuthenticAMD" || amd == b"HygonGenuine";
        if amd { DecoderOptions::AMD } else { DecoderOptions::NONE }
    });
    *OPTIONS
}

/// Decodes the first instruction where tests are placed, as this processor reads it.
pub fn decode(bytes: &[u8]) -> Option<(Instruction, usize)> {
    let mut decoder = Decoder::with_ip(64, bytes, CODE, options());
    let instruction = decoder.decode();
    let is_read_otherwise =
        !*HAS_USER_INTERRUPTS && instruction.cpuid_features().contains(&CpuidFeature::UINTR);
    (instruction.code() != Code::INVALID && !is_read_otherwise)
        .then_some((instruction, decoder.position()))
}

/// Whether this processor has user interrupts (Intel SDM, CPUID leaf 7, EDX bit 5). One that has not
/// ignores the F3 prefix of their instructions, and runs `clui` as `rdpkru`.
static HAS_USER_INTERRUPTS: LazyLock<bool> =
    LazyLock::new(|| std::arch::x86_64::__cpuid_count(7, 0).edx >> 5 & 1 == 1);

/// Makes the memory operand `[rbx + n]` or `[rsp + n]` with a small n.
fn point(bytes: &mut [u8; LONGEST], seed: &Seed, rng: &mut Rng) {
    let register = bytes[seed.tail] & 0x38;
    let small = (rng.i8(-8..8) * if rng.bool() { 8 } else { 1 }) as u8;
    let immediates: [u8; 4] = std::array::from_fn(|_| rng.u8(..));
    let tail = &mut bytes[seed.tail..];
    let operand: &[u8] =
        if rng.bool() { &[0x43 | register, small] } else { &[0x44 | register, 0x24, small] };
    for (place, byte) in tail.iter_mut().zip(operand.iter().chain(&immediates)) {
        *place = *byte;
    }
    // The base's and the index's fourth bit.
    let Some(prefix) = seed.prefix else { return };
    match bytes[prefix] {
        0x62 | 0xC4 | 0x8F => bytes[prefix + 1] |= 0x60,
        _ => bytes[prefix] &= !0x03,
    }
}

/// Changes registers, addressing, displacement and immediates at random. Later attempts keep more
/// of the seed.
fn vary(bytes: &mut [u8; LONGEST], seed: &Seed, rng: &mut Rng, attempt: u32) {
    for byte in &mut bytes[seed.tail + 1..] {
        *byte = rng.u8(..);
    }
    let modrm = seed.bytes[seed.tail];
    let memory = modrm < 0xC0;
    // What the opcode is may depend on any part of ModRM: change less and less.
    bytes[seed.tail] = match attempt {
        0..8 if memory => rng.u8(..0xC0),
        0..8 => rng.u8(0xC0..),
        8..16 => modrm & 0x38 | if memory { rng.u8(..3) << 6 } else { 0xC0 } | rng.u8(..8),
        _ => modrm,
    };
    if attempt >= 12 {
        bytes[seed.tail + 1..].copy_from_slice(&seed.bytes[seed.tail + 1..]);
    }
    let Some(prefix) = seed.prefix else { return };
    match bytes[prefix] {
        0x62 => {
            bytes[prefix + 1] ^= rng.u8(..) & 0xF0;
            if attempt < 16 {
                bytes[prefix + 2] ^= rng.u8(..) & 0x78;
                bytes[prefix + 3] ^= rng.u8(..) & 0x8F;
            }
        }
        0xC4 | 0x8F => {
            bytes[prefix + 1] ^= rng.u8(..) & 0xE0;
            if attempt < 16 {
                bytes[prefix + 2] ^= rng.u8(..) & 0x78;
            }
        }
        _ => bytes[prefix] ^= rng.u8(..) & 0x07,
    }
}
