//! Which target features an instruction needs, in the compiler's words: the table `features.txt`.

use std::collections::HashMap;
use std::sync::LazyLock;

use iced_x86::Instruction;

const TABLE: &str = include_str!("features.txt");

/// The compiler's names by the decoder's.
static NAMES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let rows = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.filter_map(|row| {
        let mut columns = row.split('|').map(str::trim);
        Some((columns.next()?, columns.next()?))
    })
    .collect()
});

/// The features that an instruction needs, as far as the compiler has names for them.
pub fn required_features(instruction: &Instruction) -> Vec<&'static str> {
    let features = instruction.cpuid_features();
    features.iter().filter_map(|feature| NAMES.get(&*format!("{feature:?}")).copied()).collect()
}

#[cfg(test)]
mod tests {
    use iced_x86::{Code, CpuidFeature};

    use super::*;

    #[test]
    fn each_row_is_about_a_feature_that_the_decoder_knows() {
        let known: Vec<String> = CpuidFeature::values().map(|name| format!("{name:?}")).collect();
        for name in NAMES.keys() {
            assert!(known.iter().any(|known| known == name), "{name}");
        }
        let rows = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert!(rows.clone().all(|row| row.split('|').count() == 3));
        assert_eq!(rows.count(), NAMES.len());
    }

    #[test]
    fn instructions_need_what_the_manual_says() {
        let needs = |code| {
            let mut instruction = Instruction::new();
            instruction.set_code(code);
            required_features(&instruction)
        };
        assert_eq!(needs(Code::Popcnt_r64_rm64), ["popcnt"]);
        assert_eq!(needs(Code::VEX_Vpaddd_ymm_ymm_ymmm256), ["avx2"]);
        assert_eq!(needs(Code::EVEX_Vaddps_xmm_k1z_xmm_xmmm128b32), ["avx512vl", "avx512f"]);
        assert!(needs(Code::Nop_rm32).is_empty());
        assert!(needs(Code::Vmcall).is_empty());
    }
}
