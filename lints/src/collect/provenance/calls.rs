//! The functions of the standard library through which a pointer's origin stays known.

use asm_analysis::block::Immutable;
use rustc_attr_ir::lang_items::LangItem;
use rustc_middle::mir::Operand;
use rustc_middle::ty::{self, TyCtxt};
use rustc_span::def_id::DefId;
use rustc_span::{Spanned, sym};

use super::Origin;

/// What a function does to its argument's origin.
#[derive(Clone, Copy)]
pub(super) enum Known {
    /// The result points to the same place, with the same rights.
    Same,
    /// The result points to the elements of a slice that was shared.
    ElementsOfShared,
    /// The result points somewhere into the same allocation.
    Moved,
}

impl Known {
    /// The origin of the result.
    pub(super) fn applied_to(self, argument: Origin<'_>) -> Origin<'_> {
        match (self, argument.immutable) {
            (Known::ElementsOfShared, Some(Immutable::SharedReference)) => {
                Origin { immutable: Some(Immutable::SharedSlice), ..argument }
            }
            (Known::Moved, _) => Origin {
                whole: None,
                alignment: None,
                // After the shared referent there may be memory of another kind: a header's data.
                immutable: argument
                    .immutable
                    .filter(|immutable| !matches!(immutable, Immutable::SharedReference)),
                ..argument
            },
            _ => argument,
        }
    }
}

/// Recognizes a function, and says which argument the result comes from.
pub(super) fn known<'a, 'tcx>(
    tcx: TyCtxt<'tcx>,
    function: DefId,
    arguments: &'a [Spanned<Operand<'tcx>>],
) -> Option<(Known, &'a Operand<'tcx>)> {
    if tcx.crate_name(function.krate) != sym::core {
        return None;
    }
    let [argument, ..] = arguments else { return None };
    let name = tcx.item_name(function);
    let known = match tcx.inherent_impl_of_assoc(function) {
        Some(implementation) => {
            let ty = tcx.type_of(implementation).instantiate_identity().skip_norm_wip();
            match (ty.kind(), name.as_str()) {
                (ty::Slice(_) | ty::Str | ty::Array(..), "as_ptr") => Known::ElementsOfShared,
                (ty::Slice(_) | ty::Str | ty::Array(..), "as_mut_ptr") => Known::Same,
                (ty::RawPtr(..), "cast" | "cast_mut" | "cast_const") => Known::Same,
                (
                    ty::RawPtr(..),
                    "add" | "sub" | "offset" | "byte_add" | "byte_sub" | "byte_offset",
                ) => Known::Moved,
                (ty::Adt(adt, _), "as_ptr" | "as_mut_ptr")
                    if tcx.is_lang_item(adt.did(), LangItem::MaybeUninit) =>
                {
                    Known::Same
                }
                _ => return None,
            }
        }
        None => {
            let module = tcx.def_path_str(tcx.parent(function));
            match (module.as_str(), name.as_str()) {
                ("core::ptr" | "std::ptr", "from_ref" | "from_mut") => Known::Same,
                _ => return None,
            }
        }
    };
    Some((known, &argument.node))
}
