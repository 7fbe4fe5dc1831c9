//! Where each local of a body gets its value.

use rustc_index::IndexVec;
use rustc_middle::mir::visit::{MutatingUseContext, NonMutatingUseContext, PlaceContext, Visitor};
use rustc_middle::mir::{
    Body, Local, Location, Operand, Rvalue, StatementKind, Terminator, TerminatorKind,
};
use rustc_middle::ty;
use rustc_span::Spanned;
use rustc_span::def_id::DefId;

/// Where a local gets its value, if there is only one such place.
#[derive(Clone, Copy)]
pub(super) enum Definition<'a, 'tcx> {
    /// Here.
    Assigned(&'a Rvalue<'tcx>),
    /// From a function.
    Called(DefId, &'a [Spanned<Operand<'tcx>>]),
    /// It is an argument, or gets values in several places or ways.
    Unknown,
}

/// The definitions of all locals.
pub(super) struct Definitions<'a, 'tcx> {
    locals: IndexVec<Local, Option<Definition<'a, 'tcx>>>,
}

impl<'a, 'tcx> Definitions<'a, 'tcx> {
    /// Looks through a body.
    pub(super) fn of(body: &'a Body<'tcx>) -> Definitions<'a, 'tcx> {
        let mut locals = IndexVec::from_elem(None, &body.local_decls);
        for argument in body.args_iter() {
            locals[argument] = Some(Definition::Unknown);
        }
        let mut finder = Finder { body, locals };
        finder.visit_body(body);
        Definitions { locals: finder.locals }
    }

    /// Where a local gets its value.
    pub(super) fn of_local(&self, local: Local) -> Definition<'a, 'tcx> {
        self.locals.get(local).copied().flatten().unwrap_or(Definition::Unknown)
    }
}

struct Finder<'a, 'tcx> {
    body: &'a Body<'tcx>,
    locals: IndexVec<Local, Option<Definition<'a, 'tcx>>>,
}

impl<'a, 'tcx> Finder<'a, 'tcx> {
    /// What is assigned at a location.
    fn definition(&self, location: Location) -> Definition<'a, 'tcx> {
        let statement =
            self.body.basic_blocks[location.block].statements.get(location.statement_index);
        match statement.map(|statement| &statement.kind) {
            Some(StatementKind::Assign(assignment)) => Definition::Assigned(&assignment.1),
            Some(_) => Definition::Unknown,
            None => called(self.body.basic_blocks[location.block].terminator()),
        }
    }
}

/// The function whose result a terminator stores.
fn called<'a, 'tcx>(terminator: &'a Terminator<'tcx>) -> Definition<'a, 'tcx> {
    match &terminator.kind {
        TerminatorKind::Call { func: Operand::Constant(function), args, .. } => {
            match *function.const_.ty().kind() {
                ty::FnDef(definition, _) => Definition::Called(definition, args),
                _ => Definition::Unknown,
            }
        }
        _ => Definition::Unknown,
    }
}

impl<'tcx> Visitor<'tcx> for Finder<'_, 'tcx> {
    fn visit_local(&mut self, local: Local, context: PlaceContext, location: Location) {
        let definition = match context {
            PlaceContext::MutatingUse(MutatingUseContext::Store | MutatingUseContext::Call) => {
                match self.locals[local] {
                    None => self.definition(location),
                    Some(_) => Definition::Unknown,
                }
            }
            // What holds a pointer may be changed through its address.
            PlaceContext::MutatingUse(MutatingUseContext::Projection) | PlaceContext::NonUse(_) => {
                return;
            }
            PlaceContext::MutatingUse(_)
            | PlaceContext::NonMutatingUse(NonMutatingUseContext::RawBorrow) => Definition::Unknown,
            PlaceContext::NonMutatingUse(_) => return,
        };
        self.locals[local] = Some(definition);
    }
}
