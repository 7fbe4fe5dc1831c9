//! What the harness and its worker in QEMU agree on. Both compile this file.
//!
//! All numbers are little-endian. The worker is first sent four bytes that trap, with which it
//! fills the code region. Then batches: the number of runs, and for each run
//!
//! ```text
//! u32 place of the code in the code region, a multiple of SLOT_BYTES
//! u32 bytes of code          u32 number of patches
//! the code                   the state, WORDS × u64, `pc` first
//! the patches: u32 offset in memory, u8 value
//! ```
//!
//! It answers each run with
//!
//! ```text
//! u32 signal that ended it   u64 address that faulted
//! the state                  u32 number of bytes that follow
//! bytes of memory near which something differs from the pattern: u32 offset, u8 value
//! ```

/// Where code is. There is nothing else that a branch of 128 MiB reaches, and 32 bits hold it.
pub const CODE: u64 = 0x6000_0000;
/// How much of it: what a load relative to `pc` reaches is there.
#[allow(dead_code, reason = "only the worker maps it")]
pub const CODE_BYTES: usize = 0x40_0000;
/// The room for one run's code.
pub const SLOT_BYTES: usize = 128;
/// Where the memory is that the code may access: out of a branch's reach from the code, and where
/// QEMU's 32-bit guests have nothing, while its board for the M-profile has memory.
pub const MEMORY: u64 = 0x6C00_0000;
/// How much of it.
pub const MEMORY_BYTES: usize = 0x2000;

/// What a byte of memory is before a run, patches apart.
pub const fn memory_pattern(offset: usize) -> u8 {
    let mut mixed = (offset as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^= mixed >> 29;
    mixed = mixed.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed >> 40) as u8
}

/// What memory is before a run. It is read-only: what else a worker holds lies where runs may write
/// to, since single bits are among the addresses that they have.
#[allow(dead_code, reason = "only the workers compare with it")]
pub static PATTERN: [u8; MEMORY_BYTES] = {
    let mut pattern = [0; MEMORY_BYTES];
    let mut at = 0;
    while at < MEMORY_BYTES {
        pattern[at] = memory_pattern(at);
        at += 1;
    }
    pattern
};
