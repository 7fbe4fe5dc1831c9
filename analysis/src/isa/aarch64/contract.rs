//! What AArch64 answers to the questions of [`isa`](crate::isa).

use super::{Here, Reference};
use crate::effects::Effects;
use crate::isa::fetch::{Fetch, FieldReference};
use crate::meaning::{Meaning, Table};

pub use super::registers::{cell_name, modifier};
pub use super::{Instruction, TABLES, is_mnemonic, length, mnemonic, named, renamed, text};

/// Decodes the instruction at an address; `None` where there is none that is known, or where LLVM
/// sees another one.
pub fn decode(fetch: &Fetch<'_>) -> Option<Instruction> {
    let word = u32::from_le_bytes(*fetch.bytes.first_chunk()?);
    super::decode_word(word).filter(super::witness::agrees)
}

/// What the instruction does.
pub fn lift(
    instruction: &Instruction,
    fetch: &Fetch<'_>,
    references: &[FieldReference],
) -> Effects {
    let reference = references.first().map(|reference| Reference {
        place: reference.place.clone(),
        low: u16::from(reference.bits.low),
        count: u16::from(reference.bits.count),
    });
    let here = Here { section: fetch.address.section, offset: fetch.address.offset, reference };
    super::effects(instruction, &here)
}

/// What the instruction means to the contract.
pub fn meaning(instruction: &Instruction, table: &Table) -> Meaning {
    let keys = super::keys(instruction);
    let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
    table.of(&keys)
}

/// The mnemonic of the instruction that undoes this one, if it signs a pointer.
pub fn undone_by(instruction: &Instruction) -> Option<String> {
    let mnemonic = mnemonic(instruction);
    let form = mnemonic.strip_prefix("pac")?;
    // `pacga` makes a code, and the program counter is not the same a second time.
    let is_undone = form.starts_with(['i', 'd']) && !form.ends_with("pc");
    is_undone.then(|| format!("aut{form}"))
}

/// Whether EL0 can't execute it, whatever the system allows there (DDI 0487, C5.1.3: the exception
/// level is a part of a register's encoding and name; C5.3 for operations).
pub fn is_privileged(instruction: &Instruction) -> bool {
    const OF_STATE: [&str; 9] =
        ["daif", "daifset", "daifclr", "spsel", "pan", "uao", "allint", "pm", "currentel"];
    super::keys(instruction).iter().any(|key| match key.split_once(':') {
        Some(("msr" | "mrs" | "msrr" | "mrrs", name)) => {
            let level = name.rsplit_once("_el").map(|(_, level)| level);
            // Without a name: `s3_0_c12_c8_0`, in which 3 in second place is EL0's.
            let mut parts = name.split('_');
            let is_encoding =
                parts.next().is_some_and(|first| matches!(first, "s0" | "s1" | "s2" | "s3"));
            match level {
                Some(level) => level != "0",
                None if is_encoding => parts.next() != Some("3"),
                None => OF_STATE.contains(&name),
            }
        }
        Some(("dc", name)) => matches!(
            name,
            "isw"
                | "csw"
                | "cisw"
                | "ivac"
                | "igvac"
                | "igsw"
                | "igdvac"
                | "igdsw"
                | "cgsw"
                | "cigsw"
                | "cgdsw"
                | "cigdsw"
        ),
        Some(("ic", name)) => name != "ivau",
        _ => matches!(
            &**key,
            "at" | "tlbi" | "tlbip" | "eret" | "eretaa" | "eretab" | "drps" | "hvc" | "smc"
        ),
    })
}

/// Whether code ends in `movprfx` (DDI 0487, C6.2 MOVPRFX: what comes next must be the instruction
/// that overwrites its destination).
pub fn ends_in_prefix(bytes: &[u8]) -> bool {
    let last = bytes.last_chunk().map(|word| u32::from_le_bytes(*word));
    let instruction = last.and_then(super::decode_word);
    instruction.is_some_and(|last| last.mnemonic == exarmo_aarch64::Mnemonic::Movprfx)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meaning::{Idle, SideEffect, SystemEffect};

    /// What the tables say of a word.
    fn of(word: u32) -> Meaning {
        let instruction = super::super::decode_word(word).expect("an instruction");
        meaning(&instruction, &Table::read(TABLES))
    }

    #[test]
    fn the_tables_have_no_mistakes_and_know_what_counts() {
        assert_eq!(Table::mistakes(TABLES), []);
        let table = Table::read(TABLES);
        let is_unknown = |key: &&str| !is_mnemonic(key.split(':').next().unwrap_or_default());
        assert_eq!(table.keys().filter(is_unknown).collect::<Vec<_>>(), [""; 0]);
        // dmb ish; isb; prfm pldl1keep, [x0].
        assert!(of(0xd503_3bbf).synchronizes);
        assert!(!of(0xd503_3fdf).synchronizes);
        assert!(of(0xf980_0000).hints);
        // msr daifset, #2; tlbi vmalle1; dc zva, x0; dc civac, x0.
        assert_eq!(of(0xd503_42df).system, Some(SystemEffect::Interrupts));
        assert_eq!(of(0xd508_871f).system, Some(SystemEffect::Translation));
        assert_eq!(of(0xd50b_7420).side_effect, None);
        assert_eq!(of(0xd50b_7e20).side_effect, Some(SideEffect::CacheControl));
        // brk #0; brk #1; hlt #0xf000; wfi; yield.
        assert!(!of(0xd420_0000).ends);
        assert!(of(0xd420_0020).ends);
        assert!(of(0xd45e_0000).requests);
        assert_eq!(of(0xd503_207f).idles, Some(Idle::Halt));
        assert_eq!(of(0xd503_203f).idles, Some(Idle::Spin));
        // sqadd v0.4s, v1.4s, v2.4s and fadd d0, d1, d2 set sticky bits of FPSR, add does not.
        assert!(of(0x4ea2_0c20).raises_float_status);
        assert!(of(0x1e62_2820).raises_float_status);
        assert!(!of(0x4ea2_8420).raises_float_status);
    }
}
