//! LLVM's disassembler as a witness: it has to call an instruction by the same name.

use std::cell::RefCell;
use std::collections::HashMap;

use exarmo_aarch32::{Cond, ItState};

use super::decode::{Decoded, Profile, State};
use crate::assemble::{Disassembled, Disassembler};
use crate::block::Architecture;

/// The witness of one instruction set: it knows whatever some processor has.
const WITNESSES: [(State, Profile, &str, &str); 3] = [
    (State::Arm, Profile::Application, "armv8.6a-none-eabi", EVERYTHING),
    (State::Thumb, Profile::Application, "thumbv8.6a-none-eabi", EVERYTHING),
    (
        State::Thumb,
        Profile::Microcontroller,
        "thumbv8.1m.main-none-eabi",
        "+8msecext,+dsp,+fp-armv8,+fullfp16,+mve.fp,+lob,+pacbti",
    ),
];

const EVERYTHING: &str = "+crypto,+aes,+sha2,+crc,+neon,+fp-armv8,+fullfp16,+fp16fml,+dotprod,\
    +i8mm,+bf16,+trustzone,+virtualization,+mp,+sb,+ras";

/// Names that mean the same, the decoder's first.
const ALIASES: [(&str, &str); 27] = [
    ("vmov", "vorr"),
    ("pop", "ldr"),
    ("push", "str"),
    ("pop", "ldm"),
    ("push", "stmdb"),
    ("vldm", "vldmia"),
    ("vstm", "vstmia"),
    ("vpop", "vldmia"),
    ("vpush", "vstmdb"),
    ("rfe", "rfeia"),
    ("srs", "srsia"),
    ("adr", "add"),
    ("adr", "sub"),
    ("adr", "addw"),
    ("adr", "subw"),
    ("udf", "trap"),
    ("udf", "__brkdiv0"),
    ("vfma", "vfmab"),
    ("vfma", "vfmat"),
    ("ldm", "ldmda"),
    ("ldm", "ldmdb"),
    ("ldm", "ldmib"),
    ("stm", "stmda"),
    ("stm", "stmdb"),
    ("stm", "stmib"),
    ("eret", "subs"),
    ("csdb", "hint"),
];

thread_local! {
    static DISASSEMBLERS: RefCell<HashMap<(State, Profile), Option<Disassembler>>> =
        RefCell::new(HashMap::new());
}

/// What LLVM reads at the start of `bytes`, the IT state being `it`.
pub fn reads(
    bytes: &[u8],
    state: State,
    profile: Profile,
    it: ItState,
    offset: u64,
) -> Option<Disassembled> {
    DISASSEMBLERS.with_borrow_mut(|known| {
        let disassembler = known.entry((state, profile)).or_insert_with(|| {
            let (.., triple, features) = WITNESSES
                .into_iter()
                .find(|(of, with, ..)| *of == state && (*with == profile || state == State::Arm))?;
            Disassembler::new(Architecture::Arm, triple, "", features)
        });
        let disassembler = disassembler.as_ref()?;
        if let ItState::Inside { cond, .. } = it {
            // LLVM remembers an `it` for the instructions that it reads next: one for one.
            let condition = u8::try_from(cond.bits()).ok()?;
            disassembler.instruction(&[condition << 4 | 0x8, 0xbf], 0)?;
            let read = disassembler.instruction(bytes, offset);
            if read.is_none() {
                // Nothing took the condition: a `nop` does.
                disassembler.instruction(&[0x00, 0xbf], 0);
            }
            return read;
        }
        disassembler.instruction(bytes, offset)
    })
}

/// Whether LLVM calls the instruction by the same name and sees it as long.
pub fn agrees(decoded: &Decoded, read: &Disassembled) -> bool {
    if read.length != usize::from(decoded.length) {
        return false;
    }
    let said = read.mnemonic.split('.').next().unwrap_or("");
    let own = decoded.mnemonic();
    if own == "it" {
        return said.starts_with("it");
    }
    let names = ALIASES.iter().filter(|(name, _)| *name == own).map(|(_, alias)| *alias);
    names.chain([own]).any(|name| said == name || is_with_condition(said, name, decoded))
}

/// Whether `said` is the name with the instruction's condition at its end.
fn is_with_condition(said: &str, name: &str, decoded: &Decoded) -> bool {
    let condition = match decoded.condition() {
        Cond::Al => return false,
        Cond::Cs => "hs",
        Cond::Cc => "lo",
        condition => condition.name(),
    };
    said.strip_prefix(name).is_some_and(|rest| rest == condition)
}
