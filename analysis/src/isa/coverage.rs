//! Which architectures are judged, and what of them is not, as data: the README's table is made from
//! it.

use crate::block::Architecture;

/// An architecture, or several that are judged alike.
pub struct Coverage {
    /// What people call it.
    pub name: &'static str,
    /// Those that it is about.
    pub architectures: &'static [Architecture],
    /// What is judged of it.
    pub judged: &'static str,
    /// What is not.
    pub limits: &'static str,
}

/// All that are judged. On every other architecture with `asm!` blocks are only assembled.
pub static COVERAGE: &[Coverage] = &[
    Coverage {
        name: "x86, x86_64",
        architectures: &[Architecture::X86, Architecture::X86_64],
        judged: "all that LLVM assembles, in both syntaxes",
        limits: "what only a vendor documents; what happens in a guest or an enclave",
    },
    Coverage {
        name: "AArch64",
        architectures: &[Architecture::AArch64, Architecture::Arm64Ec],
        judged: "Armv8-A to Armv9-A with NEON and SVE",
        limits: "SME state",
    },
    Coverage {
        name: "Arm, Thumb",
        architectures: &[Architecture::Arm],
        judged: "Armv4T to Armv8-A and Armv8-R, Armv6-M to Armv8.1-M, VFP and NEON",
        limits: "MVE, short vectors of VFP, big-endian targets, `setend`, Jazelle, accesses by coprocessors",
    },
    Coverage {
        name: "RISC-V",
        architectures: &[Architecture::RiscV32, Architecture::RiscV64],
        judged: "RV32 and RV64, I or E, with M, A, F, D, C, V, H, and most Z extensions",
        limits: "Q, Zfinx, extensions of one vendor",
    },
];

/// Whether it is known what the architecture's instructions do.
pub fn is_interpreted(architecture: Architecture) -> bool {
    COVERAGE.iter().any(|coverage| coverage.architectures.contains(&architecture))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The README's table.
    fn table() -> String {
        let mut text = "| architecture | judged | not judged |\n|---|---|---|\n".to_owned();
        for Coverage { name, judged, limits, .. } in COVERAGE {
            text.push_str(&format!("| {name} | {judged} | {limits} |\n"));
        }
        text.push_str(
            "| any other with `asm!` | `invalid_assembly` and `stateful_directive` | the rest |\n",
        );
        text
    }

    #[test]
    fn the_readme_has_the_table() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
        let readme = std::fs::read_to_string(&path).unwrap();
        let (start, end) = ("<!-- architectures -->\n", "<!-- end of architectures -->");
        let (before, rest) = readme.split_once(start).unwrap();
        let (found, after) = rest.split_once(end).unwrap();
        let table = table();
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(path, format!("{before}{start}{table}{end}{after}")).unwrap();
        } else {
            assert!(found == table, "run `BLESS=1 cargo test -p asm-analysis coverage`");
        }
    }
}
