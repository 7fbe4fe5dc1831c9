use std::collections::BTreeMap;

use exarmo_aarch32::ItState;

use super::decode::{Form, Profile, State, decode};
use super::witness;

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

#[test]
fn sweep() {
    let mut numbers = Numbers(0x1234_5678_9abc_def1);
    for (state, profile) in [
        (State::Arm, Profile::Application),
        (State::Thumb, Profile::Application),
        (State::Thumb, Profile::Microcontroller),
    ] {
        let mut mismatches: BTreeMap<(String, String), (u32, String)> = BTreeMap::new();
        let (mut total, mut agreed, mut foreign, mut unknown) = (0, 0, 0, 0);
        let mut opaque: BTreeMap<String, u32> = BTreeMap::new();
        for _ in 0..400_000 {
            let word = numbers.next();
            let bytes = match state {
                State::Arm if numbers.next() % 4 != 0 => ((word & 0x0fff_ffff) | 0xe000_0000).to_le_bytes(),
                State::Arm => word.to_le_bytes(),
                State::Thumb => {
                    let word = if numbers.next() % 3 == 0 { word } else { word | 0xe000_0000 | 0x0800_0000 };
                    let [a, b, c, d] = word.to_le_bytes();
                    [c, d, a, b]
                }
            };
            let it = if state == State::Thumb && numbers.next() % 4 == 0 { ItState::from_bits(0x18) } else { ItState::Outside };
            let read = witness::reads(&bytes, state, profile, it, 0);
            let Some(decoded) = decode(&bytes, state, it, profile) else {
                if read.is_some() { foreign += 1; }
                continue;
            };
            total += 1;
            let Some(read) = read else { unknown += 1; continue };
            if witness::agrees(&decoded, &read) {
                agreed += 1;
                let around = super::Surroundings { section: 0, offset: 0, reference: None, kernel: crate::block::Kernel::Unknown };
                if super::lift(&decoded, &around).is_none() {
                    *opaque.entry(decoded.mnemonic().to_owned()).or_default() += 1;
                }
            } else {
                let name = match &decoded.form { Form::Common(i) => i.encoding().name(), Form::System(_) => "system" };
                let entry = mismatches.entry((format!("{} {}", decoded.mnemonic(), name), read.mnemonic.clone())).or_insert((0, String::new()));
                entry.0 += 1;
                entry.1 = format!("{bytes:02x?} {} | {}", decoded.text(0), read.text());
            }
        }
        println!("{state:?} {profile:?}: {total} decoded, {agreed} agreed, {unknown} unknown to LLVM, {foreign} only LLVM");
        for (names, (count, example)) in mismatches { println!("  {names:?} {count} {example}"); }
        println!("  opaque {opaque:?}");
    }
}
