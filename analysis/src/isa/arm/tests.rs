use std::collections::BTreeSet;

use exarmo_aarch32::ItState;

use super::decode::{Profile, State, decode};
use super::{Surroundings, contract, lift, witness};
use crate::block::Kernel;
use crate::effects::{Effect, Expression, Next, Part};
use crate::meaning::{Meaning, SystemEffect, Table};
use crate::registers::Register;
use crate::values::{Cell, Flag};

/// A generator of numbers that are the same in every run (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as u32
    }
}

fn surroundings() -> Surroundings {
    Surroundings { section: 0, offset: 0x100, reference: None, kernel: Kernel::Linux }
}

fn effects(bytes: &[u8], state: State, it: ItState, profile: Profile) -> crate::effects::Effects {
    let decoded = decode(bytes, state, it, profile).expect("it is an instruction");
    lift(&decoded, &surroundings()).expect("it is known")
}

fn thumb(bytes: &[u8]) -> crate::effects::Effects {
    effects(bytes, State::Thumb, ItState::Outside, Profile::Microcontroller)
}

fn arm(word: u32) -> crate::effects::Effects {
    effects(&word.to_le_bytes(), State::Arm, ItState::Outside, Profile::Application)
}

fn written(effects: &crate::effects::Effects) -> BTreeSet<Cell> {
    effects.writes().into_iter().map(|part| part.cell).collect()
}

fn general(number: u8) -> Cell {
    Cell::Register(Register::General(number))
}

const CONDITION_FLAGS: [Cell; 4] = [
    Cell::Flag(Flag::Sign),
    Cell::Flag(Flag::Zero),
    Cell::Flag(Flag::Carry),
    Cell::Flag(Flag::Overflow),
];

/// LLVM calls nearly everything by the same name; what it does not is opaque.
#[test]
fn decoder_and_witness_agree() {
    let mut numbers = Numbers(0x1234_5678_9abc_def1);
    for (state, profile) in
        [(State::Arm, Profile::Application), (State::Thumb, Profile::Application)]
    {
        let (mut both, mut agreed, mut known) = (0, 0, 0);
        for _ in 0..30_000 {
            let word = numbers.next();
            let bytes = match state {
                State::Arm => (word & 0x0fff_ffff | 0xe000_0000).to_le_bytes(),
                State::Thumb => {
                    let [a, b, c, d] = (word | 0xe800_0000).to_le_bytes();
                    [c, d, a, b]
                }
            };
            let Some(decoded) = decode(&bytes, state, ItState::Outside, profile) else { continue };
            let Some(read) = witness::reads(&bytes, state, profile, ItState::Outside, 0) else {
                continue;
            };
            both += 1;
            if witness::agrees(&decoded, &read) {
                agreed += 1;
                known += u32::from(lift(&decoded, &surroundings()).is_some());
            }
        }
        assert!(both > 5_000, "{state:?}: only {both} instructions");
        assert!(agreed * 1000 >= both * 985, "{state:?}: {agreed} of {both} agree");
        assert!(known * 1000 >= agreed * 995, "{state:?}: {known} of {agreed} are known");
    }
}

#[test]
fn half_words_set_flags_outside_of_it_blocks_alone() {
    // `adds r0, r1, r2`, in an IT block `addeq r0, r1, r2`.
    let code = [0x88, 0x18];
    assert!(written(&thumb(&code)).is_superset(&CONDITION_FLAGS.into()));
    let inside = ItState::from_bits(0x08);
    let inside = effects(&code, State::Thumb, inside, Profile::Microcontroller);
    assert_eq!(written(&inside), [general(0)].into());
    assert!(inside.condition.is_some());
}

#[test]
fn shifter_carry_is_set_only_where_something_is_shifted() {
    // movs r0, r1; movs r0, r1, lsl #3; movs r0, #5; movs r0, #0xff000000.
    let carry = Cell::Flag(Flag::Carry);
    assert!(!written(&arm(0xe1b0_0001)).contains(&carry));
    assert!(written(&arm(0xe1b0_0181)).contains(&carry));
    assert!(!written(&arm(0xe3b0_0005)).contains(&carry));
    assert!(written(&arm(0xe3b0_04ff)).contains(&carry));
    // mul sets N and Z, and keeps C and V.
    assert!(!written(&arm(0xe010_0091)).contains(&carry));
}

#[test]
fn register_lists_move_the_base_and_may_return() {
    // push {r4, lr}; pop {r4, pc}; ldm r0, {r0, r2} and ldm r0!, {r1, r2} in half-words.
    let push = thumb(&[0x10, 0xb5]);
    assert_eq!(written(&push), [general(13)].into());
    assert_eq!(push.list.iter().filter(|effect| matches!(effect, Effect::Store(..))).count(), 2);
    let pop = thumb(&[0x10, 0xbd]);
    assert_eq!(written(&pop), [general(4), general(13)].into());
    assert_eq!(pop.next, Next::Return(Expression::Loaded(1)));
    assert_eq!(written(&thumb(&[0x05, 0xc8])), [general(0), general(2)].into());
    assert_eq!(written(&thumb(&[0x06, 0xc8])), [general(0), general(1), general(2)].into());
}

#[test]
fn status_registers_are_written_by_their_fields() {
    let flags_and = |more: &[Cell]| {
        let mut cells: BTreeSet<Cell> = CONDITION_FLAGS.into();
        cells.insert(Cell::Flag(Flag::Saturation));
        cells.extend(more);
        cells
    };
    // msr apsr_nzcvq, r0 in both instruction sets.
    assert_eq!(written(&arm(0xe128_f000)), flags_and(&[]));
    assert_eq!(written(&thumb(&[0x80, 0xf3, 0x00, 0x88])), flags_and(&[]));
    // msr cpsr_c, r0 changes the mode, and so sp and lr, but no flag.
    let control = written(&arm(0xe121_f000));
    assert!(control.is_disjoint(&flags_and(&[])));
    assert!(control.contains(&general(13)));
    // mrs r0, primask depends on the register, not on the flags.
    let mask = thumb(&[0xef, 0xf3, 0x10, 0x80]);
    assert_eq!(mask.reads(), Vec::<Part>::new());
    assert_eq!(written(&mask), [general(0)].into());
}

#[test]
fn the_tables_have_no_mistakes_and_know_what_counts() {
    assert_eq!(Table::mistakes(contract::TABLES), []);
    let table = Table::read(contract::TABLES);
    let meaning = |bytes: &[u8], state, profile| -> Meaning {
        let decoded = decode(bytes, state, ItState::Outside, profile).expect("an instruction");
        let keys = super::meaning::keys(&decoded);
        table.of(&keys.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let of_arm = |word: u32| meaning(&word.to_le_bytes(), State::Arm, Profile::Application);
    let of_thumb = |bytes: &[u8]| meaning(bytes, State::Thumb, Profile::Microcontroller);
    assert!(of_arm(0xf57f_f05f).synchronizes, "dmb");
    assert!(!of_arm(0xf57f_f06f).synchronizes, "isb");
    // mcr p15, 0, r0, c7, c10, 5 is a barrier, c7, c6, 0 cleans caches, c8 drops translations.
    assert!(of_arm(0xee07_0fba).synchronizes);
    assert_eq!(of_arm(0xee07_0fba).system, None);
    assert_eq!(of_arm(0xee07_0f16).system, Some(SystemEffect::Cache));
    assert_eq!(of_arm(0xee08_0f17).system, Some(SystemEffect::Translation));
    assert_eq!(of_thumb(&[0x72, 0xb6]).system, Some(SystemEffect::Interrupts), "cpsid i");
    // msr basepri, r0; bkpt #0xab; bkpt #0.
    assert_eq!(of_thumb(&[0x80, 0xf3, 0x11, 0x88]).system, Some(SystemEffect::Interrupts));
    assert_eq!(of_thumb(&[0xab, 0xbe]).system, Some(SystemEffect::Kernel));
    assert_eq!(of_thumb(&[0x00, 0xbe]).system, None);
}
