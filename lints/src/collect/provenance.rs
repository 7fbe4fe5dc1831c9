//! What MIR shows about the memory that pointer operands point to.
//!
//! Called by [`collect`](super) for blocks that take a pointer. A pointer's type proves nothing: it
//! may have been made from anything. So the value is followed back, through casts, copies and
//! reborrows, to the borrow that it comes from, and only what is certain there is recorded: the
//! place, if the pointer is to all of it, and whether it may be written.
//!
//! A local with two assignments, one whose address is taken, and every call but a few of the
//! standard library's end the search.

mod calls;
mod definitions;

use asm_analysis::block::{Immutable, Operand as BlockOperand, Pointee};
use rustc_hir::{Expr, Mutability};
use rustc_middle::mir::interpret::{GlobalAlloc, Scalar};
use rustc_middle::mir::{
    Body, BorrowKind, CastKind, Const, ConstOperand, ConstValue, InlineAsmOperand, Operand, Place,
    PlaceElem, RawPtrKind, Rvalue, TerminatorKind,
};
use rustc_middle::ty::adjustment::PointerCoercion;
use rustc_middle::ty::{self, Ty, TyCtxt, TypingEnv};
use rustc_span::def_id::DefId;

use self::definitions::{Definition, Definitions};
use super::BodyContext;
use super::value_type::is_type_of_anything;

/// How many steps a value is followed back. People do not write longer chains.
const STEPS: u32 = 32;

/// Adds to the pointees of a block's operands what MIR shows about them.
pub(super) fn refine<'tcx>(
    cx: &BodyContext<'tcx>,
    expression: &Expr<'tcx>,
    operands: &mut [BlockOperand],
) {
    let is_pointer = |operand: &mut BlockOperand| pointee(operand).is_some();
    if !operands.iter_mut().any(is_pointer) {
        return;
    }
    let owner = cx.tcx.hir_enclosing_body_owner(expression.hir_id);
    if !cx.tcx.hir_body_owner_kind(owner).is_fn_or_closure() {
        return;
    }
    // Before optimizations: they lose borrows, and findings must not depend on the optimization level.
    let body = cx.tcx.mir_drops_elaborated_and_const_checked(owner);
    if body.is_stolen() {
        return;
    }
    let body = &body.borrow();
    if body.tainted_by_errors.is_some() {
        return;
    }
    let block = body.basic_blocks.iter().find_map(|block| match &block.terminator().kind {
        TerminatorKind::InlineAsm { operands, .. }
            if block.terminator().source_info.span == expression.span =>
        {
            Some(operands)
        }
        _ => None,
    });
    // MIR has removed unreachable code.
    let Some(mir_operands) = block.filter(|mir| mir.len() == operands.len()) else { return };
    let tracer =
        Tracer { tcx: cx.tcx, typing_env: cx.typing_env, body, definitions: Definitions::of(body) };
    for (operand, mir_operand) in operands.iter_mut().zip(mir_operands) {
        let Some(pointee) = pointee(operand) else { continue };
        let value = match mir_operand {
            InlineAsmOperand::In { value, .. } => value,
            InlineAsmOperand::InOut { in_value, .. } => in_value,
            _ => continue,
        };
        if let Some(origin) = tracer.operand(value, STEPS) {
            tell(cx.tcx, cx.typing_env, origin, pointee);
        }
    }
}

/// What an operand's input points to, if it is a pointer.
fn pointee(operand: &mut BlockOperand) -> Option<&mut Pointee> {
    match operand {
        BlockOperand::Register(operand) => operand.input.as_mut()?.pointee.as_mut(),
        _ => None,
    }
}

/// What is known about a static that a `sym` operand names.
pub(super) fn of_static(cx: &BodyContext<'_>, definition: DefId) -> Option<Pointee> {
    let origin = static_item(cx.tcx, cx.typing_env, definition);
    let ty = origin.whole?;
    let mut pointee = Pointee {
        name: ty.to_string(),
        alignment: None,
        place_bytes: None,
        immutable: None,
        may_be_uninitialized: false,
    };
    tell(cx.tcx, cx.typing_env, origin, &mut pointee);
    Some(pointee)
}

/// Where a pointer comes from.
#[derive(Clone, Copy)]
struct Origin<'tcx> {
    /// The type of the place, if the pointer is to the whole of it.
    whole: Option<Ty<'tcx>>,
    /// The alignment in bytes of the place itself, if that is known.
    alignment: Option<u64>,
    /// Why it must not be written.
    immutable: Option<Immutable>,
    /// Whether it comes from a static of another language: a linker script's symbol has whatever
    /// type was at hand, so neither type nor borrow prove anything.
    foreign: bool,
}

/// Follows values back.
struct Tracer<'a, 'tcx> {
    tcx: TyCtxt<'tcx>,
    typing_env: TypingEnv<'tcx>,
    body: &'a Body<'tcx>,
    definitions: Definitions<'a, 'tcx>,
}

impl<'tcx> Tracer<'_, 'tcx> {
    fn operand(&self, operand: &Operand<'tcx>, steps: u32) -> Option<Origin<'tcx>> {
        match operand {
            Operand::Copy(place) | Operand::Move(place) => self.value(*place, steps),
            Operand::Constant(constant) => self.constant(constant),
            _ => None,
        }
    }

    /// The pointer that is stored in a place.
    fn value(&self, place: Place<'tcx>, steps: u32) -> Option<Origin<'tcx>> {
        let steps = steps.checked_sub(1)?;
        let traced = place.as_local().and_then(|local| match self.definitions.of_local(local) {
            Definition::Assigned(value) => self.rvalue(value, steps),
            Definition::Called(function, arguments) => {
                let (called, argument) = calls::known(self.tcx, function, arguments)?;
                let argument = self.operand(argument, steps)?;
                Some(called.applied_to(argument))
            }
            Definition::Unknown => None,
        });
        traced.or_else(|| self.reference(place.ty(self.body, self.tcx).ty))
    }

    fn rvalue(&self, value: &Rvalue<'tcx>, steps: u32) -> Option<Origin<'tcx>> {
        match value {
            Rvalue::Use(operand, ..) => self.operand(operand, steps),
            Rvalue::CopyForDeref(place) => self.value(*place, steps),
            Rvalue::Cast(CastKind::PtrToPtr | CastKind::Transmute, operand, _) => {
                self.operand(operand, steps)
            }
            Rvalue::Cast(
                CastKind::PointerCoercion(
                    PointerCoercion::MutToConstPointer
                    | PointerCoercion::ArrayToPointer
                    | PointerCoercion::Unsize,
                    _,
                ),
                operand,
                _,
            ) => self.operand(operand, steps),
            Rvalue::Ref(_, kind, place) => {
                let shared = matches!(kind, BorrowKind::Shared);
                self.borrow(*place, shared.then_some(Immutable::SharedReference), steps)
            }
            Rvalue::RawPtr(RawPtrKind::Mut, place) => self.borrow(*place, None, steps),
            Rvalue::RawPtr(RawPtrKind::Const, place) => {
                self.borrow(*place, self.immutable_binding(*place), steps)
            }
            _ => None,
        }
    }

    /// A pointer to a place, made by a borrow that forbids writing for the reason given.
    fn borrow(
        &self,
        place: Place<'tcx>,
        forbidden: Option<Immutable>,
        steps: u32,
    ) -> Option<Origin<'tcx>> {
        let ty = place.ty(self.body, self.tcx).ty;
        let forbidden = forbidden.filter(|_| ty.is_freeze(self.tcx, self.typing_env));
        let dereferenced = place.projection.iter().rposition(|step| step == PlaceElem::Deref);
        let Some(position) = dereferenced else {
            // A part of a local: the memory next to it belongs to the same local, and may be meant.
            let whole = place.as_local().map(|_| ty);
            let alignment = self.alignment_of_part(place);
            return Some(Origin { whole, alignment, immutable: forbidden, foreign: false });
        };
        let pointer = Place {
            local: place.local,
            projection: self.tcx.mk_place_elems(&place.projection[..position]),
        };
        let is_whole = position + 1 == place.projection.len();
        let origin = self.value(pointer, steps);
        if origin.is_some_and(|origin| origin.foreign) {
            return origin;
        }
        let inherited = origin
            .and_then(|origin| origin.immutable)
            .filter(|_| ty.is_freeze(self.tcx, self.typing_env));
        Some(Origin {
            whole: origin.and_then(|origin| origin.whole).filter(|_| is_whole),
            alignment: origin.and_then(|origin| origin.alignment).filter(|_| is_whole),
            immutable: inherited.or(forbidden),
            foreign: false,
        })
    }

    /// The alignment of a part of a local, by the local's own and the way to the part.
    fn alignment_of_part(&self, place: Place<'tcx>) -> Option<u64> {
        let layout_of = |ty: Ty<'tcx>| self.tcx.layout_of(self.typing_env.as_query_input(ty)).ok();
        let local = layout_of(self.body.local_decls[place.local].ty)?;
        let mut offset = 0;
        for (base, step) in place.iter_projections() {
            let PlaceElem::Field(field, _) = step else { return None };
            let layout = layout_of(base.ty(self.body, self.tcx).ty)?;
            offset += layout.fields.offset(field.as_usize()).bytes();
        }
        let way = 1u64.checked_shl(offset.trailing_zeros()).unwrap_or(u64::MAX);
        Some(local.align.abi.bytes().min(way))
    }

    /// What the type of a reference promises, wherever it comes from.
    fn reference(&self, ty: Ty<'tcx>) -> Option<Origin<'tcx>> {
        let ty::Ref(_, inner, mutability) = *ty.kind() else { return None };
        let is_shared = mutability == Mutability::Not && inner.is_freeze(self.tcx, self.typing_env);
        Some(Origin {
            // A reference to a byte is often one to the first of many.
            whole: (!is_type_of_anything(self.tcx, inner)).then_some(inner),
            alignment: None,
            immutable: is_shared.then_some(Immutable::SharedReference),
            foreign: false,
        })
    }

    /// Whether a place is in a local that was declared without `mut`.
    fn immutable_binding(&self, place: Place<'tcx>) -> Option<Immutable> {
        let declaration = &self.body.local_decls[place.local];
        (!place.is_indirect() && declaration.mutability == Mutability::Not)
            .then_some(Immutable::ImmutablePlace)
    }

    /// A pointer that the compiler knows: to a static, or to a promoted value.
    fn constant(&self, constant: &ConstOperand<'tcx>) -> Option<Origin<'tcx>> {
        if let Const::Val(ConstValue::Scalar(Scalar::Ptr(pointer, _)), _) = constant.const_ {
            let (provenance, offset) = pointer.prov_and_relative_offset();
            if let GlobalAlloc::Static(definition) = self.tcx.global_alloc(provenance.alloc_id())
                && offset.bytes() == 0
            {
                return Some(static_item(self.tcx, self.typing_env, definition));
            }
        }
        self.reference(constant.const_.ty())
    }
}

/// Records what is known.
fn tell<'tcx>(
    tcx: TyCtxt<'tcx>,
    typing_env: TypingEnv<'tcx>,
    origin: Origin<'tcx>,
    pointee: &mut Pointee,
) {
    pointee.immutable = origin.immutable;
    if let Some(alignment) = origin.alignment {
        pointee.alignment = Some(pointee.alignment.map_or(alignment, |own| own.max(alignment)));
    }
    let layout = origin.whole.and_then(|ty| tcx.layout_of(typing_env.as_query_input(ty)).ok());
    let Some(layout) = layout.filter(|layout| layout.is_sized()) else { return };
    let alignment = layout.align.abi.bytes();
    pointee.alignment = Some(pointee.alignment.map_or(alignment, |own| own.max(alignment)));
    // A type without size represents one that is declared elsewhere.
    pointee.place_bytes = Some(layout.size.bytes()).filter(|&bytes| bytes > 0);
}

/// What is known about a pointer to a static.
fn static_item<'tcx>(
    tcx: TyCtxt<'tcx>,
    typing_env: TypingEnv<'tcx>,
    definition: DefId,
) -> Origin<'tcx> {
    if tcx.is_foreign_item(definition) {
        return Origin { whole: None, alignment: None, immutable: None, foreign: true };
    }
    let ty = tcx.type_of(definition).instantiate_identity().skip_norm_wip();
    let is_immutable = !tcx.is_mutable_static(definition) && ty.is_freeze(tcx, typing_env);
    Origin {
        alignment: None,
        whole: Some(ty),
        immutable: is_immutable.then_some(Immutable::ImmutableStatic),
        foreign: false,
    }
}
