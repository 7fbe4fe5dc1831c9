//! The user-visible state of the processor as a row of 64-bit words, so that "which bits changed"
//! and "which bits may change" are the same shape.
//!
//! x87 registers have their physical numbers, not their places on the stack, so a change of the top
//! moves nothing.

use std::arch::x86_64::__cpuid_count;
use std::fmt;
use std::ops::{Index, IndexMut};

use crate::native::{IMAGE_BYTES, Raw};

/// Where the parts of a [`State`] are among its words.
pub mod word {
    /// `rax` … `r15` by encoding number.
    pub const GENERAL: usize = 0;
    /// `rflags`.
    pub const FLAGS: usize = 16;
    /// MXCSR.
    pub const MXCSR: usize = 17;
    /// The x87 control word.
    pub const X87_CONTROL: usize = 18;
    /// The x87 status word.
    pub const X87_STATUS: usize = 19;
    /// One bit for each physical x87 register: not empty.
    pub const X87_TAGS: usize = 20;
    /// `k0` … `k7`.
    pub const MASK: usize = 21;
    /// The physical x87 registers, two words each: 64 bits of fraction (the MMX register), then
    /// sign and exponent.
    pub const X87: usize = 29;
    /// `zmm0` … `zmm31`, eight words each.
    pub const VECTOR: usize = 45;
    /// How many words there are.
    pub const COUNT: usize = VECTOR + 32 * 8;
}

/// A value, or a set of bits, for each word of state.
#[derive(Clone, PartialEq, Eq)]
pub struct State {
    words: Box<[u64; word::COUNT]>,
}

impl State {
    /// All zero: no bit, or the null state.
    pub fn zero() -> State {
        State { words: Box::new([0; word::COUNT]) }
    }

    /// The words.
    pub fn words(&self) -> &[u64] {
        &self.words[..]
    }

    /// The words, to change.
    pub fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words[..]
    }

    /// The top of the x87 stack: which physical register is `st(0)`.
    pub fn x87_top(&self) -> usize {
        (self[word::X87_STATUS] >> 11 & 7) as usize
    }
}

impl Index<usize> for State {
    type Output = u64;

    fn index(&self, word: usize) -> &u64 {
        &self.words[word]
    }
}

impl IndexMut<usize> for State {
    fn index_mut(&mut self, word: usize) -> &mut u64 {
        &mut self.words[word]
    }
}

/// All that can be seen before and after a run.
#[derive(Clone)]
pub struct Snapshot {
    /// The registers.
    pub state: State,
    /// The data.
    pub data: Vec<u8>,
    /// The stack.
    pub stack: Vec<u8>,
}

/// The name of a word of state, for reports.
pub fn name(place: usize) -> String {
    const GENERAL: [&str; 16] = [
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
        "r13", "r14", "r15",
    ];
    match place {
        0..16 => GENERAL[place].to_owned(),
        word::FLAGS => "rflags".to_owned(),
        word::MXCSR => "mxcsr".to_owned(),
        word::X87_CONTROL => "x87 control".to_owned(),
        word::X87_STATUS => "x87 status".to_owned(),
        word::X87_TAGS => "x87 tags".to_owned(),
        word::MASK..word::X87 => format!("k{}", place - word::MASK),
        word::X87..word::VECTOR => {
            let part = ["fraction", "exponent"][(place - word::X87) % 2];
            format!("x87 register {} ({part})", (place - word::X87) / 2)
        }
        _ => {
            let place = place - word::VECTOR;
            format!("zmm{} bits {}..", place / 8, place % 8 * 64)
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.words.iter().enumerate().filter(|(_, word)| **word != 0);
        formatter.debug_map().entries(set.map(|(place, word)| (name(place), word))).finish()
    }
}

/// Where the components of extended state are in an image of `xsave`, and which there are.
#[derive(Clone, Debug)]
pub struct ImageLayout {
    /// The components, as bits of XCR0.
    pub features: u64,
    upper_ymm: usize,
    masks: usize,
    upper_zmm: usize,
    high_zmm: usize,
}

impl ImageLayout {
    const YMM: u64 = 1 << 2;
    const MASKS: u64 = 1 << 5;
    const UPPER_ZMM: u64 = 1 << 6;
    const HIGH_ZMM: u64 = 1 << 7;

    /// What this processor has of x87, SSE, AVX and AVX-512. `None` without `xsave`.
    pub fn of_this_processor() -> Option<ImageLayout> {
        if __cpuid_count(1, 0).ecx >> 27 & 1 == 0 {
            return None;
        }
        let features = crate::native::enabled_features()
            & (3 | Self::YMM | Self::MASKS | Self::UPPER_ZMM | Self::HIGH_ZMM);
        let offset = |component| {
            let present = features >> component & 1 == 1;
            if present { __cpuid_count(0xD, component).ebx as usize } else { 0 }
        };
        let layout = ImageLayout {
            features,
            upper_ymm: offset(2),
            masks: offset(5),
            upper_zmm: offset(6),
            high_zmm: offset(7),
        };
        let fits =
            layout.high_zmm.max(layout.upper_zmm).max(layout.upper_ymm) + 1024 <= IMAGE_BYTES;
        fits.then_some(layout)
    }

    /// The bits that exist on this processor and that a test may choose freely.
    pub fn free_bits(&self) -> State {
        let mut free = State::zero();
        free.words_mut()[..16].fill(u64::MAX);
        free[word::FLAGS] = 0x8D5;
        // Exceptions stay masked, the reserved bits clear.
        free[word::MXCSR] = 0x3F;
        // C0 to C3 and the top of stack; no pending exception.
        free[word::X87_STATUS] = 0x7F00;
        free[word::X87_TAGS] = 0xFF;
        for register in 0..8 {
            free[word::X87 + 2 * register] = u64::MAX;
            free[word::X87 + 2 * register + 1] = 0xFFFF;
            if self.features & Self::MASKS != 0 {
                free[word::MASK + register] = u64::MAX;
            }
        }
        for register in 0..32 {
            let words = match register {
                16.. if self.features & Self::HIGH_ZMM == 0 => 0,
                _ if self.features & Self::UPPER_ZMM != 0 => 8,
                _ if self.features & Self::YMM != 0 => 4,
                _ => 2,
            };
            free.words_mut()[word::VECTOR + 8 * register..][..words].fill(u64::MAX);
        }
        free
    }

    /// Writes `state` as the processor must find it.
    pub fn write(&self, state: &State, raw: &mut Raw) {
        raw.general.copy_from_slice(&state.words()[..16]);
        raw.flags = state[word::FLAGS] | 0x202;
        let image = &mut raw.extended[..];
        put(image, 0, state[word::X87_CONTROL], 2);
        put(image, 2, state[word::X87_STATUS], 2);
        put(image, 4, state[word::X87_TAGS], 1);
        put(image, 24, state[word::MXCSR], 4);
        put(image, 512, self.features, 8);
        for place in 0..8 {
            let register = (state.x87_top() + place) & 7;
            put(image, 32 + 16 * place, state[word::X87 + 2 * register], 8);
            put(image, 40 + 16 * place, state[word::X87 + 2 * register + 1], 2);
            if self.features & Self::MASKS != 0 {
                put(image, self.masks + 8 * place, state[word::MASK + place], 8);
            }
        }
        self.for_each_vector_word(|at, place| put(image, at, state[place], 8));
    }

    /// Reads what the processor left.
    pub fn read(&self, raw: &Raw) -> State {
        let mut state = State::zero();
        state.words_mut()[..16].copy_from_slice(&raw.general);
        state[word::FLAGS] = raw.flags & !0x202;
        let image = &raw.extended[..];
        state[word::X87_CONTROL] = get(image, 0, 2);
        state[word::X87_STATUS] = get(image, 2, 2);
        state[word::X87_TAGS] = get(image, 4, 1);
        state[word::MXCSR] = get(image, 24, 4);
        for place in 0..8 {
            let register = (state.x87_top() + place) & 7;
            state[word::X87 + 2 * register] = get(image, 32 + 16 * place, 8);
            state[word::X87 + 2 * register + 1] = get(image, 40 + 16 * place, 2);
            if self.features & Self::MASKS != 0 {
                state[word::MASK + place] = get(image, self.masks + 8 * place, 8);
            }
        }
        self.for_each_vector_word(|at, place| state[place] = get(image, at, 8));
        state
    }

    /// Calls `visit` with the offset in the image and the place in the state of each word of the
    /// vector registers.
    fn for_each_vector_word(&self, mut visit: impl FnMut(usize, usize)) {
        for register in 0..16 {
            let place = word::VECTOR + 8 * register;
            for part in 0..2 {
                visit(160 + 16 * register + 8 * part, place + part);
                if self.features & Self::YMM != 0 {
                    visit(self.upper_ymm + 16 * register + 8 * part, place + 2 + part);
                }
            }
            if self.features & Self::UPPER_ZMM != 0 {
                for part in 0..4 {
                    visit(self.upper_zmm + 32 * register + 8 * part, place + 4 + part);
                }
            }
            if self.features & Self::HIGH_ZMM != 0 {
                for part in 0..8 {
                    visit(self.high_zmm + 64 * register + 8 * part, place + 128 + part);
                }
            }
        }
    }
}

fn put(image: &mut [u8], at: usize, value: u64, bytes: usize) {
    image[at..at + bytes].copy_from_slice(&value.to_le_bytes()[..bytes]);
}

fn get(image: &[u8], at: usize, bytes: usize) -> u64 {
    let mut value = [0; 8];
    value[..bytes].copy_from_slice(&image[at..at + bytes]);
    u64::from_le_bytes(value)
}
