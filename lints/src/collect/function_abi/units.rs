//! The pieces in which arguments and results travel, from the compiler's account of an ABI.

use rustc_abi::{BackendRepr, Integer, Primitive, Reg, RegKind, Scalar};
use rustc_middle::ty::Ty;
use rustc_target::callconv::{
    ArgAbi, ArgAttribute, ArgAttributes, ArgExtension, IndirectMode, PassMode,
};

/// One piece of an argument or result that is passed by itself.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    pub(super) bits: u16,
    pub(super) is_vector: bool,
    /// On 32-bit x86: whether the compiler asked for a register.
    pub(super) in_register: bool,
    /// Whether it is the first of two that are in registers both, or both on the stack.
    pub(super) goes_with_next: bool,
}

impl Unit {
    pub(super) fn integer(bits: u16, in_register: bool) -> Unit {
        Unit { bits, is_vector: false, in_register, goes_with_next: false }
    }

    fn vector(bits: u16) -> Unit {
        Unit { bits, is_vector: true, in_register: false, goes_with_next: false }
    }
}

pub(super) fn in_register(attributes: &ArgAttributes) -> bool {
    attributes.contains(ArgAttribute::InReg)
}

/// The compiler asks for no register for `thiscall`: it is LLVM that passes the first integer, in
/// halves if it is wide, in one (`CC_X86_32_ThisCall` in its `X86CallingConv.td`).
pub(super) fn pass_first_integer(units: &mut Vec<Unit>) {
    let Some(place) = units.iter().position(|unit| !unit.is_vector) else { return };
    let upper_bits = units[place].bits.saturating_sub(32);
    units[place] = Unit::integer(units[place].bits.min(32), true);
    if upper_bits > 0 {
        units.insert(place + 1, Unit::integer(upper_bits, false));
    }
}

/// How many vector registers `vectorcall` passes in.
pub(super) const VECTORCALL_VECTORS: u8 = 6;

/// Nor does it for `vectorcall`, whose first vectors and floating-point numbers LLVM passes in
/// `xmm0` to `xmm5` (Microsoft's `__vectorcall`).
pub(super) fn pass_first_vectors(units: &mut [Unit]) {
    let vectors = units.iter_mut().filter(|unit| unit.is_vector);
    for unit in vectors.take(usize::from(VECTORCALL_VECTORS)) {
        unit.in_register = true;
    }
}

/// The pieces of an argument that may travel in registers; `None` where that is not modeled.
pub(super) fn units<'tcx>(
    argument: &ArgAbi<'tcx, Ty<'tcx>>,
    word: u16,
    splits_wide: bool,
) -> Option<Vec<Unit>> {
    match &argument.mode {
        PassMode::Ignore => Some(Vec::new()),
        PassMode::Direct(attributes) => match argument.layout.backend_repr {
            BackendRepr::Scalar(_) if splits_wide && is_wide_integer(argument) => {
                let half = Unit::integer(64, in_register(attributes));
                Some(vec![Unit { goes_with_next: true, ..half }, half])
            }
            BackendRepr::Scalar(value) => {
                let mut unit = scalar(value, word, in_register(attributes))?;
                // The caller has extended narrower values.
                if attributes.arg_ext != ArgExtension::None {
                    unit.bits = unit.bits.max(32);
                }
                Some(vec![unit])
            }
            // Wider vectors go to memory or registers by the target features.
            BackendRepr::SimdVector { .. } if argument.layout.size.bits() == 128 => {
                Some(vec![Unit::vector(128)])
            }
            _ => None,
        },
        PassMode::Pair(first, second) => match argument.layout.backend_repr {
            BackendRepr::ScalarPair { a, b, .. } => Some(vec![
                scalar(a, word, in_register(first))?,
                scalar(b, word, in_register(second))?,
            ]),
            _ => None,
        },
        PassMode::Cast { pad_i32_count: 0, cast } => {
            let rest = cast.rest.total.bytes().div_ceil(cast.rest.unit.size.bytes().max(1));
            let rest = std::iter::repeat_n(cast.rest.unit, usize::try_from(rest).ok()?);
            cast.prefix.iter().copied().chain(rest).map(register_unit).collect()
        }
        PassMode::Cast { .. } => None,
        PassMode::Indirect { meta_attrs: Some(_), .. } => None,
        PassMode::Indirect { mode: IndirectMode::OnStack, .. } => Some(Vec::new()),
        PassMode::Indirect { attrs, .. } => Some(vec![Unit::integer(word, in_register(attrs))]),
    }
}

fn is_wide_integer<'tcx>(argument: &ArgAbi<'tcx, Ty<'tcx>>) -> bool {
    matches!(argument.layout.backend_repr, BackendRepr::Scalar(value)
        if matches!(value.primitive(), Primitive::Int(Integer::I128, _)))
}

fn scalar(value: Scalar, word: u16, in_register: bool) -> Option<Unit> {
    let unit = match value.primitive() {
        Primitive::Int(integer, _) => {
            Unit::integer(u16::try_from(integer.size().bits()).ok()?, in_register)
        }
        Primitive::Pointer(_) => Unit::integer(word, in_register),
        Primitive::Float(float) => Unit::vector(u16::try_from(float.size().bits()).ok()?),
    };
    // Integers of two words are split in ways that differ between ABIs.
    (unit.is_vector || unit.bits <= 64).then_some(unit)
}

fn register_unit(register: Reg) -> Option<Unit> {
    let bits = u16::try_from(register.size.bits()).ok()?;
    match register.kind {
        RegKind::Integer if bits <= 64 => Some(Unit::integer(bits, false)),
        RegKind::Integer => None,
        RegKind::Float | RegKind::Vector { .. } => (bits <= 128).then_some(Unit::vector(bits)),
    }
}
