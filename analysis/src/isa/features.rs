//! Which target features an instruction needs, in the compiler's words.
//!
//! On x86 the decoder says it. Elsewhere LLVM does: its disassembler knows an instruction only with
//! the features that have it, so that asking it with one feature after the other tells which those
//! are. Whether they are enabled is whether the disassembler of the block's own target and function
//! knows the instruction. The names are in a table for each instruction set; its order decides where
//! several features have the instruction.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;

use super::instruction::Instruction;
use super::lifted::Code;
use super::x86;
use crate::assemble::Disassembler;
use crate::block::{Architecture, Block};

/// A target feature that an instruction needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Needed {
    /// The compiler's name.
    pub name: &'static str,
    /// Whether the target or the function enables it.
    pub enabled: bool,
}

/// A row of a table: the compiler's name and LLVM's.
type Row = (&'static str, &'static str);

static AARCH64: LazyLock<Vec<Row>> = LazyLock::new(|| rows(include_str!("aarch64/features.txt")));
static ARM: LazyLock<Vec<Row>> = LazyLock::new(|| rows(include_str!("arm/features.txt")));
static RISCV: LazyLock<Vec<Row>> = LazyLock::new(|| rows(include_str!("riscv/features.txt")));

fn rows(table: &'static str) -> Vec<Row> {
    let rows = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.filter_map(|row| {
        let mut columns = row.split('|').map(str::trim);
        Some((columns.next()?, columns.next()?))
    })
    .collect()
}

/// The features of an architecture other than x86: the compiler's name and LLVM's.
pub fn table(architecture: Architecture) -> &'static [(&'static str, &'static str)] {
    match architecture {
        Architecture::AArch64 | Architecture::Arm64Ec => &AARCH64,
        Architecture::Arm => &ARM,
        Architecture::RiscV32 | Architecture::RiscV64 => &RISCV,
        _ => &[],
    }
}

/// The features that an instruction of a block needs, as far as the compiler has names for them.
pub fn needed(block: &Block, instruction: &Instruction) -> Vec<Needed> {
    if let Some(instruction) = instruction.as_x86() {
        let names = x86::features::required_features(instruction).into_iter();
        return names.map(|name| Needed { name, enabled: has(block, name) }).collect();
    }
    let code = instruction.as_lifted().map(|lifted| &lifted.code);
    let needed = code.and_then(encoding).map_or_else(Vec::new, |encoding| {
        KNOWN.with_borrow_mut(|known| known.needed(block, encoding))
    });
    match code.and_then(unasked) {
        Some(name) if needed.is_empty() => vec![Needed { name, enabled: true }],
        _ => needed,
    }
}

/// A feature that LLVM does not ask for: before version 2.1 the base instruction set of RISC-V had the
/// control and status registers and `fence.i` (Unpriv, preface), so the assembler takes them on
/// every target, and most targets have them without naming the feature. It counts as enabled.
fn unasked(code: &Code) -> Option<&'static str> {
    match code {
        Code::RiscV(instruction) => instruction.former_base_feature(),
        Code::AArch64(_) | Code::Arm(_) => None,
    }
}

/// Whether a feature is enabled by its own name.
fn has(block: &Block, name: &str) -> bool {
    block.target.features.contains(name) || block.features.names.contains(name)
}

/// An instruction as the disassembler reads it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Encoding {
    bytes: [u8; 4],
    length: u8,
    /// Whether it is one of Thumb's.
    is_thumb: bool,
    /// Whether it names a system register or a system operation, which LLVM knows by number without
    /// the feature that it belongs to.
    names_system: bool,
}

/// The bits of an instruction; `None` where only its name is known.
fn encoding(code: &Code) -> Option<Encoding> {
    let plain = Encoding { bytes: [0; 4], length: 4, is_thumb: false, names_system: false };
    Some(match code {
        Code::AArch64(instruction) => {
            let word = instruction.word;
            // DDI 0487 C4.1 "Branches, Exception Generating and System instructions": `msr`, `mrs`,
            // `sys` and moves to PSTATE, but no hints and barriers.
            let is_system = word & 0xffc0_0000 == 0xd500_0000;
            let is_hint_or_barrier = matches!(word >> 12 & 0x3ff, 0x032 | 0x033);
            let names_system = is_system && !is_hint_or_barrier;
            Encoding { bytes: word.to_le_bytes(), names_system, ..plain }
        }
        Code::Arm(instruction) => {
            let (bytes, length, is_thumb) = instruction.encoded()?;
            Encoding { bytes, length, is_thumb, ..plain }
        }
        // A compressed instruction is judged as what it stands for.
        Code::RiscV(instruction) if instruction.has_own_fields() => {
            Encoding { bytes: instruction.raw.to_le_bytes(), length: instruction.length, ..plain }
        }
        Code::RiscV(instruction) => Encoding { bytes: instruction.word.0.to_le_bytes(), ..plain },
    })
}

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// How many answers are kept.
const KEPT: usize = 1 << 14;

/// Disassemblers and their answers so far.
#[derive(Default)]
struct Known {
    disassemblers: HashMap<(Architecture, String, String, String), Option<Rc<Disassembler>>>,
    /// The rows whose feature alone is enough, for each instruction; `None` where every processor
    /// has it.
    rows: HashMap<(Architecture, String, Encoding), Option<Rc<[Row]>>>,
    /// Whether the target and a function have an instruction.
    enabled: HashMap<(String, String, Encoding), bool>,
}

impl Known {
    fn needed(&mut self, block: &Block, encoding: Encoding) -> Vec<Needed> {
        let Some(rows) = self.rows(block, encoding) else { return Vec::new() };
        let enabled = self.is_enabled(block, encoding);
        let mut names = rows.iter().map(|(name, _)| *name);
        // Where the target has it by a feature without a name, there is nothing to say.
        let name = if enabled { names.find(|name| has(block, name)) } else { names.next() };
        name.map(|name| Needed { name, enabled }).into_iter().collect()
    }

    /// The rows that have an instruction which not every processor has.
    fn rows(&mut self, block: &Block, encoding: Encoding) -> Option<Rc<[Row]>> {
        let architecture = block.target.architecture;
        let triple = block.target.llvm_triple.clone();
        let key = (architecture, triple.clone(), encoding);
        if let Some(known) = self.rows.get(&key) {
            return known.clone();
        }
        let rows = self.find(architecture, &triple, encoding);
        if self.rows.len() < KEPT {
            self.rows.insert(key, rows.clone());
        }
        rows
    }

    fn find(
        &mut self,
        architecture: Architecture,
        triple: &str,
        encoding: Encoding,
    ) -> Option<Rc<[Row]>> {
        let least = least(architecture, encoding);
        let all = match architecture {
            Architecture::AArch64 | Architecture::Arm64Ec => "+all".to_owned(),
            _ => {
                let names = table(architecture).iter().map(|(_, llvm)| format!(",+{llvm}"));
                format!("{least}{}", names.collect::<String>())
            }
        };
        let mut reads = |features: &str| {
            self.disassembler(architecture, triple, "", features).and_then(|disassembler| {
                let bytes = &encoding.bytes[..usize::from(encoding.length)];
                Some(disassembler.instruction(bytes, 0)?.text())
            })
        };
        let full = reads(&all)?;
        let mut has_it = |features: &str| match reads(features) {
            Some(text) => !encoding.names_system || text == full,
            None => false,
        };
        if has_it(&least) {
            return None;
        }
        let rows = table(architecture).iter();
        Some(rows.copied().filter(|(_, llvm)| has_it(&format!("{least},+{llvm}"))).collect())
    }

    /// Whether the block's own target and function have an instruction.
    fn is_enabled(&mut self, block: &Block, encoding: Encoding) -> bool {
        let target = &block.target;
        // A function that is inlined always is assembled with whatever its callers have.
        let own = block.features.llvm.split(',').filter(|feature| *feature != "+all");
        let own = own.collect::<Vec<_>>().join(",");
        let mut features = target.features_with(&own);
        if target.architecture == Architecture::Arm {
            features.push_str(if encoding.is_thumb { ",+thumb-mode" } else { ",-thumb-mode" });
        }
        let key = (target.llvm_triple.clone(), format!("{} {features}", target.llvm_cpu), encoding);
        if let Some(known) = self.enabled.get(&key) {
            return *known;
        }
        let bytes = &encoding.bytes[..usize::from(encoding.length)];
        let mut reads = |triple: &str, cpu: &str, features: &str| {
            let disassembler = self.disassembler(target.architecture, triple, cpu, features);
            disassembler.and_then(|disassembler| Some(disassembler.instruction(bytes, 0)?.text()))
        };
        let own = reads(&target.llvm_triple, &target.llvm_cpu, &features);
        let enabled = own.is_some()
            && (!encoding.names_system || own == reads(&target.llvm_triple, "", "+all"));
        if self.enabled.len() < KEPT {
            self.enabled.insert(key, enabled);
        }
        enabled
    }

    fn disassembler(
        &mut self,
        architecture: Architecture,
        triple: &str,
        cpu: &str,
        features: &str,
    ) -> Option<Rc<Disassembler>> {
        let key = (architecture, triple.to_owned(), cpu.to_owned(), features.to_owned());
        let make = || Disassembler::new(architecture, triple, cpu, features).map(Rc::new);
        self.disassemblers.entry(key).or_insert_with(make).clone()
    }
}

/// LLVM's features of a processor that has no more than the target's name says.
fn least(architecture: Architecture, encoding: Encoding) -> String {
    match architecture {
        // The compiler has a name for these, but every processor of LLVM's has them.
        Architecture::AArch64 | Architecture::Arm64Ec => "-neon,-fp-armv8".to_owned(),
        // Without its registers there is no floating-point and no vector extension.
        Architecture::Arm if encoding.is_thumb => "+thumb-mode,-fpregs".to_owned(),
        Architecture::Arm => "-thumb-mode,-fpregs".to_owned(),
        // What takes a compressed form without a 32-bit one.
        Architecture::RiscV32 | Architecture::RiscV64 if encoding.length == 2 => "+c".to_owned(),
        _ => "-c".to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::analyse::{Outcome, analyse};
    use crate::block::Target;
    use crate::isa::Meanings;
    use crate::questions::features::required_features;
    use crate::testing;

    /// The features of a block that enables more for the assembler than the target has.
    fn needs(target: &Arc<Target>, template: &str, function: &[&str]) -> Vec<(&'static str, bool)> {
        let mut block = testing::block(target, template, &[]);
        for name in function {
            block.features.names.insert((*name).to_owned());
        }
        let of_table = table(target.architecture);
        let llvm = function.iter().filter_map(|name| of_table.iter().find(|row| row.0 == *name));
        block.features.llvm = llvm.map(|row| format!("+{}", row.1)).collect::<Vec<_>>().join(",");
        let Some(Outcome::Analysed(analysis)) = analyse(&[&block], Meanings::standard()).next()
        else {
            panic!("{template} does not assemble")
        };
        let required = required_features(&block, &analysis.readings[0].facts);
        required.into_iter().map(|required| (required.feature, required.enabled)).collect()
    }

    #[test]
    fn a_directive_of_the_template_enables_nothing_for_the_function() {
        let target = testing::target_aarch64();
        let with = |extension: &str, instruction: &str| {
            needs(&target, &format!(".arch_extension {extension}\n{instruction}"), &[])
        };
        assert_eq!(with("lse", "ldadd x0, x1, [x2]"), [("lse", false)]);
        assert_eq!(with("crc", "crc32x w0, w1, x2"), [("crc", false)]);
        assert_eq!(with("aes", "aese v0.16b, v1.16b"), [("aes", false)]);
        assert_eq!(with("sha3", "eor3 v0.16b, v1.16b, v2.16b, v3.16b"), [("sha3", false)]);
        assert_eq!(with("pauth", "pacia x0, x1"), [("paca", false)]);
        assert_eq!(with("rng", "mrs x0, rndr"), [("rand", false)]);
        assert_eq!(with("sve", "ptrue p0.b"), [("sve", false)]);
        assert_eq!(needs(&target, "ldadd x0, x1, [x2]", &["lse"]), [("lse", true)]);
        assert_eq!(needs(&target, "fadd d0, d1, d2", &["neon"]), [("neon", true)]);
        // Hints, and what every processor has.
        assert_eq!(needs(&target, "paciasp\nbti c\nmrs x0, nzcv\ndsb sy\nldxr x0, [x1]", &[]), []);
    }

    #[test]
    fn arm_needs_what_its_name_does_not_say() {
        let (arm, thumb) = (testing::target_arm(), testing::target_thumb());
        let checks = ".arch armv8-a\n.arch_extension crc\ncrc32w r0, r1, r2";
        assert_eq!(needs(&arm, checks, &[]), [("crc", false)]);
        assert_eq!(needs(&arm, "vadd.i32 q0, q1, q2", &["neon"]), [("neon", true)]);
        assert_eq!(needs(&thumb, "ldr r0, [r1]\nadds r0, #1\ndmb", &[]), []);
        let double = ".fpu fpv5-d16\nvadd.f64 d0, d1, d2";
        assert_eq!(needs(&thumb, double, &[]), [("vfp2", false)]);
    }

    #[test]
    fn extensions_of_risc_v_are_needed() {
        let (wide, narrow) = (testing::target_riscv64(), testing::target_riscv32());
        let with = |target, extension: &str, instruction: &str| {
            needs(target, &format!(".option arch, +{extension}\n{instruction}"), &[])
        };
        assert_eq!(with(&wide, "zbb", "andn a0, a1, a2"), [("zbb", false)]);
        assert_eq!(with(&wide, "zbc", "clmul a0, a1, a2"), [("zbc", false)]);
        assert_eq!(with(&wide, "v", "vsetvli a0, a1, e8, m1, ta, ma"), [("v", false)]);
        assert_eq!(with(&wide, "zacas", "amocas.d a0, a1, (a2)"), [("zacas", false)]);
        for target in [&wide, &narrow] {
            assert_eq!(needs(target, "add a0, a0, a1\nlw a0, 0(a1)\nfence", &[]), []);
        }
        assert_eq!(needs(&wide, "amoadd.w a0, a1, (a2)", &["a"]), [("a", true)]);
    }

    #[test]
    fn what_was_in_the_base_of_risc_v_is_named_and_counts_as_enabled() {
        for target in [testing::target_riscv64(), testing::target_riscv32()] {
            for read in ["csrr a0, mstatus", "csrsi sstatus, 2", "rdcycle a0"] {
                assert_eq!(needs(&target, read, &[]), [("zicsr", true)], "{read}");
            }
            assert_eq!(needs(&target, "fence.i", &[]), [("zifencei", true)]);
            // Neither reads a register.
            assert_eq!(needs(&target, "ecall\nebreak\nwfi\nunimp", &[]), []);
        }
    }
}
