//! The target features that a block's instructions need, and whether they are enabled.
//!
//! Asked by the lint `requires_target_feature` and by stories.

use crate::block::Block;
use crate::facts::Facts;
use crate::isa::features;
use crate::values::Site;

/// A target feature that instructions of a block need.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Required {
    /// The compiler's name.
    pub feature: &'static str,
    /// Whether the target or the function enables it.
    pub enabled: bool,
    /// The instructions that need it, at least one, in the order of the code.
    pub sites: Vec<Site>,
}

/// Every target feature that an instruction of the block needs, as far as the compiler has names.
pub fn required_features(block: &Block, facts: &Facts) -> Vec<Required> {
    let mut required: Vec<Required> = Vec::new();
    let mut sites: Vec<Site> = facts.sites().collect();
    sites.sort_by_key(|site| facts.instruction(*site).address);
    for site in sites {
        for needed in features::needed(block, &facts.instruction(site).instruction) {
            match required.iter_mut().find(|known| known.feature == needed.name) {
                Some(known) => {
                    known.enabled &= needed.enabled;
                    known.sites.push(site);
                }
                None => required.push(Required {
                    feature: needed.name,
                    enabled: needed.enabled,
                    sites: vec![site],
                }),
            }
        }
    }
    required
}
