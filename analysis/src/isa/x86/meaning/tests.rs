#![allow(clippy::unwrap_used)]

use std::collections::{BTreeSet, HashSet};

use iced_x86::{Code, Decoder, DecoderOptions, Instruction, Mnemonic, RflagsBits};

use super::table::{TABLES, join_lines, rows};
use super::*;
use crate::meaning::RowErrorKind;

fn decode(bytes: &[u8]) -> Instruction {
    let instruction = Decoder::new(64, bytes, DecoderOptions::NONE).decode();
    assert_ne!(instruction.code(), Code::INVALID, "{bytes:x?}");
    instruction
}

fn of(bytes: &[u8]) -> Meaning {
    meaning(&decode(bytes))
}

#[test]
fn rows_are_well_formed() {
    let mnemonics: HashSet<String> =
        Mnemonic::values().map(|mnemonic| format!("{mnemonic:?}").to_lowercase()).collect();
    let forms: HashSet<String> = Code::values().map(|code| format!("{code:?}")).collect();
    for (file, text) in TABLES {
        let mut seen = BTreeSet::new();
        let mut previous = String::new();
        let joined = join_lines(text);
        let lines =
            joined.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
        assert_eq!(rows(&joined).count(), lines, "{file}: a row without three columns");
        for row in rows(&joined) {
            let keys: Vec<&str> = row.keys.split_whitespace().collect();
            let first = keys.first().expect("a row has a key").to_lowercase();
            assert!(previous < first, "{file}: {first} comes after {previous}");
            previous = first;
            assert!(keys.iter().all(|key| seen.insert(key.to_string())), "{file}: {keys:?} twice");
            for key in keys {
                let known = mnemonics.contains(key) || forms.contains(key);
                assert!(known, "{file}: {key} is neither a mnemonic nor a form");
            }
            assert!(!row.source.is_empty(), "{file}: {} has no source", row.keys);
            assert!(!row.facts.is_empty(), "{file}: {} has no fact", row.keys);
            for fact in row.facts.split_whitespace() {
                assert!(Meaning::default().apply(fact), "{file}: {}: {fact}", row.keys);
            }
        }
    }
}

#[test]
fn few_distinct_meanings() {
    // Looking up an equal row is linear; that is only quick while there are few.
    let distinct: HashSet<String> = Code::values()
        .map(|code| {
            let mut instruction = Instruction::default();
            instruction.set_code(code);
            format!("{:?}", meaning(&instruction))
        })
        .collect();
    assert!(distinct.len() < 200, "{}", distinct.len());
}

#[test]
fn synchronisation() {
    assert!(of(b"\x0f\xae\xf0").synchronizes); // mfence
    assert!(of(b"\x0f\xae\xf8").synchronizes); // sfence
    assert!(!of(b"\x0f\xae\xe8").synchronizes); // lfence
    assert!(of(b"\xf0\x83\x4c\x24\xf8\x00").synchronizes); // lock or dword ptr [rsp-8], 0
    assert!(of(b"\x87\x03").synchronizes); // xchg [rbx], eax
    assert!(!of(b"\x87\xc3").synchronizes); // xchg ebx, eax
    assert!(!of(b"\x0f\xa2").synchronizes); // cpuid
    assert!(!of(b"\xf3\x90").synchronizes); // pause
}

#[test]
fn forms_of_mov() {
    let to_cr3 = of(b"\x0f\x22\xd8");
    assert_eq!(to_cr3.side_effect, Some(SideEffect::Privileged));
    assert_eq!(to_cr3.system, Some(SystemEffect::Translation));
    assert!(to_cr3.flags_kept);
    assert_eq!(of(b"\x0f\x22\xc0").system, None); // mov cr0, rax
    assert_eq!(of(b"\x0f\x20\xc0").nondeterministic, Some(Nondeterminism::ControlRegister));
    assert_eq!(of(b"\x8c\xd8").nondeterministic, Some(Nondeterminism::SegmentRegister));
    assert_eq!(of(b"\x8e\xd8").system, Some(SystemEffect::Segment)); // mov ds, eax
    assert_eq!(of(b"\x48\x89\xc3"), Meaning::default()); // mov rbx, rax
    assert_eq!(of(b"\x0f\xa1").system, Some(SystemEffect::Segment)); // pop fs
    assert_eq!(of(b"\x0f\xa8").nondeterministic, Some(Nondeterminism::SegmentRegister)); // push gs
}

#[test]
fn kernel_entries() {
    assert_eq!(of(b"\x0f\x05").kernel, Some(KernelEntry::Syscall));
    let system_call = of(b"\xcd\x80");
    assert_eq!(system_call.kernel, Some(KernelEntry::Interrupt(0x80)));
    assert!(!system_call.opaque && system_call.flags_kept);
    assert_eq!(of(b"\xcd\x2e").kernel, Some(KernelEntry::Interrupt(0x2E)));
    assert!(of(b"\x0f\x0b").ends); // ud2
    assert!(!of(b"\xcc").ends && !of(b"\xf4").ends); // int3, hlt
}

#[test]
fn memory_operands() {
    assert_eq!(of(b"\x0f\x18\x0b").operand_access, OperandAccess::Hint); // prefetcht0 [rbx]
    assert_eq!(of(b"\x0f\x1f\x03").operand_access, OperandAccess::Hint); // nop dword ptr [rbx]
    assert_eq!(of(b"\x0f\xae\x3b").operand_access, OperandAccess::Address); // clflush [rbx]
    assert_eq!(of(b"\x0f\xb1\x0b").operand_access, OperandAccess::ReadWrite); // cmpxchg [rbx], ecx
    assert_eq!(of(b"\x0f\xb1\xcb").operand_access, OperandAccess::AsDecoded); // cmpxchg ebx, ecx
    assert_eq!(of(b"\x0f\xab\x0b").operand_access, OperandAccess::BitString); // bts [rbx], ecx
    assert_eq!(of(b"\x0f\xba\x2b\x03").operand_access, OperandAccess::AsDecoded); // bts [rbx], 3
    let clzero = of(b"\x0f\x01\xfc");
    assert_eq!(clzero.hidden_access, Some(HiddenAccess::WriteAtAccumulator(64)));
}

#[test]
fn alignment() {
    assert_eq!(of(b"\x0f\x28\x03").alignment, Some(16)); // movaps xmm0, [rbx]
    assert_eq!(of(b"\x0f\x28\xc3").alignment, None); // movaps xmm0, xmm3
    assert_eq!(of(b"\x0f\x10\x03").alignment, None); // movups xmm0, [rbx]
    assert_eq!(of(b"\x0f\x58\x03").alignment, Some(16)); // addps xmm0, [rbx]
    assert_eq!(of(b"\xf3\x0f\x58\x03").alignment, None); // addss xmm0, [rbx]
    assert_eq!(of(b"\xc5\xf8\x58\x03").alignment, None); // vaddps xmm0, xmm0, [rbx]
    assert_eq!(of(b"\xc5\xfc\x28\x03").alignment, Some(32)); // vmovaps ymm0, [rbx]
    assert_eq!(of(b"\x62\xf1\x7c\x48\x28\x03").alignment, Some(64)); // vmovaps zmm0, [rbx]
    assert_eq!(of(b"\x48\x0f\xc7\x0b").alignment, Some(16)); // cmpxchg16b [rbx]
    assert_eq!(of(b"\x0f\xae\x03").alignment, Some(16)); // fxsave [rbx]
    assert_eq!(of(b"\x0f\xae\x23").alignment, Some(64)); // xsave [rbx]
    assert_eq!(of(b"\x66\x0f\x38\xf8\x03").target_alignment, Some(64)); // movdir64b rax, [rbx]
    assert_eq!(of(b"\x66\x0f\x3a\x63\x03\x00").alignment, None); // pcmpistri xmm0, [rbx], 0
}

#[test]
fn exception_flags_of_mxcsr() {
    assert!(of(b"\x0f\x58\xc1").raises_sse_flags()); // addps xmm0, xmm1
    assert!(!of(b"\x0f\x57\xc1").raises_sse_flags()); // xorps xmm0, xmm1
    assert!(!of(b"\x0f\x53\xc1").raises_sse_flags()); // rcpps xmm0, xmm1
    assert!(!of(b"\xf2\x0f\x2a\xc0").raises_sse_flags()); // cvtsi2sd xmm0, eax
    assert!(of(b"\xf2\x48\x0f\x2a\xc0").raises_sse_flags()); // cvtsi2sd xmm0, rax
    assert!(!of(b"\xf3\x0f\xe6\xc1").raises_sse_flags()); // cvtdq2pd xmm0, xmm1
    assert!(of(b"\xf2\x0f\xc2\xc1\x00").raises_sse_flags()); // cmpsd xmm0, xmm1, 0
    assert!(!of(b"\xa7").raises_sse_flags()); // cmpsd (string)
    assert!(of(b"\x62\xf1\x74\x48\x58\xc2").raises_sse_flags()); // vaddps zmm0, zmm1, zmm2
    assert!(!of(b"\x62\xf1\x74\x18\x58\xc2").raises_sse_flags()); // … {rn-sae}
}

#[test]
fn x87_and_mmx_status() {
    assert!(of(b"\xd9\xe8").changes_x87_status); // fld1
    assert!(of(b"\xdb\xe3").changes_x87_status); // fninit
    for kept in [b"\xd9\x3b", b"\xdd\x3b", b"\xd9\x33", b"\xd9\x2b"] {
        assert!(!of(kept).changes_x87_status, "{kept:x?}"); // fnstcw fnstsw fnstenv fldcw
    }
    assert!(of(b"\x0f\x77").changes_x87_status); // emms sets the top of stack
    let paddb = of(b"\x0f\xfc\xc1");
    assert!(paddb.changes_x87_status && paddb.enters_mmx);
    assert!(!of(b"\x66\x0f\xfc\xc1").changes_x87_status); // paddb xmm0, xmm1
}

#[test]
fn rotations_through_carry() {
    assert_eq!(of(b"\xc0\xd2\x1b").undefined_flags, RflagsBits::OF); // rcl dl, 27
    assert_eq!(of(b"\x66\xc1\xd0\x11").undefined_flags, RflagsBits::OF); // rcl ax, 17
    assert_eq!(of(b"\xc0\xd2\x20").undefined_flags, 0); // rcl dl, 32
    assert_eq!(of(b"\xc1\xd0\x11").undefined_flags, 0); // rcl eax, 17
}

#[test]
fn pushes_onto_the_x87_stack() {
    assert!(of(b"\xd9\xe8").pushes_x87); // fld1
    assert!(!of(b"\xd9\xf6").pushes_x87); // fdecstp
    assert!(!of(b"\xde\xc1").pushes_x87); // faddp
}

#[test]
fn configuration_changes_rows() {
    let mut meanings = Meanings::standard().clone();
    meanings.change("hlt", "promise:interrupts").unwrap();
    meanings.change("INVLPG", "-promise -effect").unwrap();
    assert_eq!(meanings.of(&decode(b"\xf4")).system, Some(SystemEffect::Interrupts));
    assert_eq!(meanings.of(&decode(b"\x0f\x01\x3b")).system, None);
    assert_eq!(meaning(&decode(b"\xf4")).system, None);
    let before = format!("{:?}", meanings.of(&decode(b"\xf4")));
    let error = meanings.change("hlt", "opaque promise:nothing").unwrap_err();
    assert_eq!(error.kind, RowErrorKind::UnknownFact);
    assert_eq!(error.word, "promise:nothing");
    assert_eq!(format!("{:?}", meanings.of(&decode(b"\xf4"))), before);
    let error = meanings.change("halt", "opaque").unwrap_err();
    assert_eq!(error.kind, RowErrorKind::UnknownMnemonic);
}

#[test]
fn leaves_of_cpuid() {
    for leaf in [4, 7, 0xB, 0xD, 0x14, 0x8000_001D, 0x8000_0026, 0x7777_7777] {
        assert!(leaf_has_subleaves(leaf), "{leaf:x}");
    }
    for leaf in [0, 1, 2, 6, 0x15, 0x16, 0x8000_0000, 0x8000_0002, 0x8000_0008] {
        assert!(!leaf_has_subleaves(leaf), "{leaf:x}");
    }
}
