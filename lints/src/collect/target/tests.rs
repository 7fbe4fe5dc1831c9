//! The tables that the analysis tests itself with are the compiler's own.

use std::collections::BTreeSet;

use asm_analysis::registers::Register;
use asm_analysis::testing;
use rustc_data_structures::fx::FxIndexSet;
use rustc_span::create_default_session_globals_then;
use rustc_target::spec::{RelocModel, Target as CompilerTarget, TargetTuple};

use super::*;

fn check(tuple: &str, architecture: InlineAsmArch, expected: &Target) {
    create_default_session_globals_then(|| {
        let target = CompilerTarget::expect_builtin(&TargetTuple::from_tuple(tuple));
        let features = FxIndexSet::default();
        let mut table = registers::table(architecture, RelocModel::Pic, &features, &target, false);
        // No operand can hold a value there, so no template can name one.
        for clobber_only in ["kreg0", "mmx_reg", "tmm_reg", "x87_reg"] {
            for part in table.classes.remove(clobber_only).unwrap() {
                table.spellings.remove(&(part, None));
            }
        }
        assert_eq!(table.classes, expected.registers.classes, "classes of {tuple}");
        assert_eq!(table.spellings, expected.registers.spellings, "spellings of {tuple}");
        assert_eq!(
            table.unspelled.get("reg"),
            expected.registers.unspelled.get("reg"),
            "unspelled registers of {tuple}"
        );
        let abis = abis(architecture, &features, &target);
        for (name, expected) in &expected.abis {
            let abi = &abis[name];
            // Nothing of the contract looks into a tile, and those targets leave them out.
            let is_tile = |part: &RegisterPart| matches!(part.register, Register::Tile(_));
            let parts = |abi: &Abi| {
                let parts = abi.clobbers.iter().copied().filter(|part| !is_tile(part));
                parts.collect::<BTreeSet<_>>()
            };
            assert_eq!(parts(abi), parts(expected), "clobbers of {name} on {tuple}");
            assert_eq!(abi.stack_alignment, expected.stack_alignment, "{name} on {tuple}");
            assert_eq!(abi.shadow_space, expected.shadow_space, "{name} on {tuple}");
        }
    });
}

#[test]
fn x86_64() {
    check("x86_64-unknown-linux-gnu", InlineAsmArch::X86_64, &testing::target_x86_64());
}

#[test]
fn x86() {
    check("i686-unknown-linux-gnu", InlineAsmArch::X86, &testing::target_x86());
}
