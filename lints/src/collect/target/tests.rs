//! The tables that the analysis tests itself with are the compiler's own.

use std::collections::BTreeSet;
use std::path::Path;

use asm_analysis::naming;
use asm_analysis::registers::{Register, RegisterPart};
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

/// What `testing` knows of a target, as the compiler's tables have it.
fn table_of(tuple: &str, architecture: InlineAsmArch, features: &[&str]) -> String {
    create_default_session_globals_then(|| {
        let target = CompilerTarget::expect_builtin(&TargetTuple::from_tuple(tuple));
        let features = features.iter().map(|name| Symbol::intern(name)).collect();
        let own = super::architecture(architecture).unwrap();
        let model = RelocModel::Pic;
        let table = registers::table(architecture, model, &features, &target, false);
        let mut text = String::new();
        let mut add = |class: String, part: RegisterPart| {
            let plain = &table.spellings[&(part, None)];
            let mut modified: Vec<_> = table
                .spellings
                .iter()
                .filter(|((spelled, _), _)| *spelled == part)
                .filter_map(|((_, modifier), text)| Some(format!("{}:{text}", (*modifier)?)))
                .collect();
            modified.sort();
            let name = naming::name(own, part);
            text += &format!("{class} | {name} | {plain} | {}\n", modified.join(" "));
        };
        for (class, parts) in &table.classes {
            parts.iter().for_each(|part| add(class.clone(), *part));
        }
        for (class, parts) in &table.unspelled {
            parts.iter().for_each(|part| add(format!("unspelled {class}"), *part));
        }
        let clobbers = abis(architecture, &features, &target)["C"].clobbers.clone();
        let clobbers: Vec<_> = clobbers
            .into_iter()
            .map(|part| {
                let whole = registers::whole(own, part);
                let name = naming::name(own, whole);
                match part == whole {
                    true => name,
                    false => format!("{name}@{}+{}", part.low_bit, part.bits),
                }
            })
            .collect();
        text += &format!("clobbers | {}\n", clobbers.join(" "));
        text
    })
}

#[test]
fn other_architectures() {
    let neon = ["vfp2", "vfp3", "d32", "neon", "fpregs"];
    let cases: [(&str, InlineAsmArch, &[&str], &str); 5] = [
        ("aarch64-unknown-linux-gnu", InlineAsmArch::AArch64, &["neon"], "aarch64"),
        ("armv7-unknown-linux-gnueabihf", InlineAsmArch::Arm, &neon, "arm"),
        ("thumbv7em-none-eabihf", InlineAsmArch::Arm, &["thumb-mode", "thumb2", "fpregs"], "thumb"),
        ("riscv64gc-unknown-linux-gnu", InlineAsmArch::RiscV64, &["f", "d"], "riscv64"),
        ("riscv32imac-unknown-none-elf", InlineAsmArch::RiscV32, &[], "riscv32"),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../analysis/tests");
    for (tuple, architecture, features, name) in cases {
        let path = folder.join(format!("registers.{name}.txt"));
        let table = table_of(tuple, architecture, features);
        let own = |text: &str| {
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            lines.map(|line| format!("{line}\n")).collect::<String>()
        };
        if std::env::var_os("BLESS").is_some() {
            let head = format!(
                "# The registers of the compiler's classes on {tuple}, those that it hands out although no\n# operand may name them included, and what a callee of the C ABI may change. For tests only: the\n# driver asks the compiler.\n#\n# class | register | written without a modifier | modifier:written\n"
            );
            std::fs::write(&path, head + &table).unwrap();
        }
        assert_eq!(own(&std::fs::read_to_string(&path).unwrap()), table, "{tuple}");
    }
}

/// Every name in a table of features is one of the compiler's.
#[test]
fn features_are_the_compilers() {
    let tuples = [
        ("aarch64-unknown-linux-gnu", Architecture::AArch64),
        ("armv7-unknown-linux-gnueabihf", Architecture::Arm),
        ("riscv64gc-unknown-linux-gnu", Architecture::RiscV64),
    ];
    for (tuple, architecture) in tuples {
        let target = CompilerTarget::expect_builtin(&TargetTuple::from_tuple(tuple));
        let known = target.rust_target_features();
        for (name, _) in asm_analysis::isa::features::table(architecture) {
            let is_known = known
                .iter()
                .any(|(known, stability, _)| known == name && stability.toggle_allowed().is_ok());
            assert!(is_known, "{tuple}: {name}");
        }
    }
}
