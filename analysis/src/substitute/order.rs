//! In which order the registers of a class are tried: best first, sorted once for each target, as
//! thousands of operands ask.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::Preference;
use crate::block::{Architecture, Target};
use crate::registers::{Register, RegisterPart, RegisterSet};

/// The registers of a class in order.
pub(super) struct Order {
    /// All parts, best first; among equals in the compiler's order.
    pub best_first: Vec<RegisterPart>,
    /// How many different registers there are.
    pub distinct: usize,
}

impl Order {
    /// Sorts the registers of a class. Those that can't be spelled come last.
    pub fn new(
        spelled: &[RegisterPart],
        unspelled: &[RegisterPart],
        preference: Preference,
        architecture: Architecture,
    ) -> Order {
        let mut best_first: Vec<RegisterPart> = spelled.iter().chain(unspelled).copied().collect();
        let distinct: RegisterSet = best_first.iter().map(|part| part.register).collect();
        best_first.sort_by_cached_key(|part| {
            let is_unspelled = !unspelled.is_empty() && !spelled.contains(part);
            (is_unspelled, rank(*part, preference, architecture))
        });
        Order { best_first, distinct: distinct.len() }
    }
}

/// The orders of one target.
#[derive(Default)]
struct Orders {
    /// Kept, so that no other target has its address.
    target: Option<Arc<Target>>,
    orders: Vec<(String, Preference, Rc<Order>)>,
}

thread_local! {
    /// Those of the target that was asked about last.
    static ORDERS: RefCell<Orders> = RefCell::default();
}

/// The order for a class of a target; `make` makes it where it is not known yet.
pub(super) fn of(
    target: &Arc<Target>,
    class: &str,
    preference: Preference,
    make: impl FnOnce() -> Order,
) -> Rc<Order> {
    ORDERS.with_borrow_mut(|known| {
        if !known.target.as_ref().is_some_and(|last| Arc::ptr_eq(last, target)) {
            *known = Orders { target: Some(Arc::clone(target)), orders: Vec::new() };
        }
        let mut orders = known.orders.iter();
        let same = orders.find(|(name, with, _)| *with == preference && name == class);
        if let Some((.., order)) = same {
            return Rc::clone(order);
        }
        let order = Rc::new(make());
        known.orders.push((class.to_owned(), preference, Rc::clone(&order)));
        order
    })
}

/// The lower, the better.
fn rank(part: RegisterPart, preference: Preference, architecture: Architecture) -> (u8, u8, u16) {
    // A second byte can't be next to a REX prefix.
    let high_byte = u8::from(architecture.is_x86() && part.low_bit == 8);
    let rank = match part.register {
        Register::General(number) => general_rank(number, part.bits, preference, architecture),
        // The upper eight have no implicit use at all; from 16 on a register needs AVX-512; xmm0
        // is an implicit operand of some instructions (`blendvps`, `sha256rnds2`).
        Register::Vector(number) if architecture.is_x86() => match number {
            0 => 63,
            1..8 => match preference {
                Preference::Quiet if architecture == Architecture::X86_64 => 16 + number,
                _ => number,
            },
            8..16 => number,
            number => 32 + number - 16,
        },
        Register::Vector(number)
        | Register::Float(number)
        | Register::Mask(number)
        | Register::Mmx(number)
        | Register::X87(number)
        | Register::Tile(number) => number,
    };
    (high_byte, rank, part.low_bit)
}

/// Stands for a register that is not in an order.
const NO_PLACE: u8 = u8::MAX;

/// The place of each register, by number, in an order of them.
const fn places(order: &[u8]) -> [u8; 32] {
    let mut places = [NO_PLACE; 32];
    let mut place = 0;
    while place < order.len() {
        places[order[place] as usize] = place as u8;
        place += 1;
    }
    places
}

/// Which general registers come first: those that no instruction uses without naming them, and no
/// call.
fn general_rank(number: u8, bits: u16, preference: Preference, architecture: Architecture) -> u8 {
    let place = |places: &[u8; 32]| match places.get(usize::from(number)) {
        Some(&place) if place < NO_PLACE => place,
        _ => 64 + number,
    };
    match architecture {
        Architecture::X86 | Architecture::X86_64 => {
            // String instructions use rsi, rdi and rcx, multiplication and division rdx and rax,
            // `syscall` r11 and rcx, `cpuid` and `cmpxchg16b` rbx too.
            let quiet = match number {
                8..=10 => number - 8,
                12..=15 => number - 9,
                11 => 7,
                6 => 8,
                7 => 9,
                5 => 10,
                3 => 11,
                1 => 12,
                2 => 13,
                _ => 14,
            };
            let needs_rex = number >= 8 || (bits == 8 && (4..8).contains(&number));
            match preference {
                Preference::Legacy if needs_rex => 32 + quiet,
                _ => quiet,
            }
        }
        Architecture::AArch64 | Architecture::Arm64Ec => place(
            const {
                &places(&[
                    9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23, 24, 25, 26, 27, 28, 5, 6, 7, 4, 3,
                    2, 1, 0, 8, 16, 17, 18, 19, 30,
                ])
            },
        ),
        // Short Thumb instructions know the lower eight only.
        Architecture::Arm => {
            place(const { &places(&[4, 5, 7, 3, 2, 1, 0, 8, 9, 10, 11, 6, 12, 14]) })
        }
        // Compressed instructions know x8 to x15 only.
        Architecture::RiscV32 | Architecture::RiscV64 => place(
            const {
                &places(&[
                    13, 14, 15, 12, 11, 5, 6, 7, 28, 29, 30, 31, 18, 19, 20, 21, 22, 23, 24, 25,
                    26, 27, 16, 17, 10, 9, 1,
                ])
            },
        ),
        // As the base of an address, register 0 of some is not a register.
        _ if number == 0 => 64,
        _ => number,
    }
}
