//! Reads an operand from a line that looks like the source.

use crate::block::{
    Architecture, Immutable, Operand, Output, Place, Pointee, RegisterOperand, Symbol, Target,
    ValueType,
};
use crate::naming;
use crate::registers::{Register, RegisterPart};

/// Reads an operand.
///
/// | written | means |
/// |---|---|
/// | `in(reg) u64`, `out("eax") u32`, `lateout(xmm_reg) f64` | a value in or out |
/// | `out("rcx") _`, `lateout(reg) _` | a clobber |
/// | `inout(reg) u64`, `inlateout(reg) u64 => _`, `inout("rax") u64 => u32` | both ways |
/// | `abi("rcx")` | a clobber that `clobber_abi` put there |
/// | `const 5`, `const ?` | a constant, one of unknown value |
/// | `sym name`, `label` | a function or static, a block to jump to |
///
/// Types are `u8` … `u128`, `i8` …, `f32`, `f64`, `v128`, `v256`, `v512`, and `*const T`,
/// `*mut T`, `&T`, `&mut T` of these.
///
/// # Panics
///
/// If it can't be read.
pub fn operand(target: &Target, text: &str) -> Operand {
    let text = text.trim();
    if text == "label" {
        return Operand::Label { diverges: false };
    }
    if let Some(value) = text.strip_prefix("const ") {
        let value = value.trim();
        return Operand::Constant((value != "?").then(|| value.to_owned()));
    }
    if let Some(name) = text.strip_prefix("sym ") {
        return Operand::Symbol(Symbol {
            name: name.trim().to_owned(),
            callee: None,
            target: None,
        });
    }
    let (direction, rest) = text.split_once('(').unwrap_or_else(|| panic!("operand `{text}`"));
    let (place, types) = rest.split_once(')').unwrap_or_else(|| panic!("operand `{text}`"));
    let place = match place.strip_prefix('"').and_then(|place| place.strip_suffix('"')) {
        Some(name) => Place::Explicit(explicit(target, name)),
        None => Place::Class(place.to_owned()),
    };
    let types = types.trim();
    let (first, second) = types.split_once("=>").unwrap_or((types, types));
    let value = |text: &str| value_type(target, text.trim());
    let output = |text: &str| match text.trim() {
        "_" => Output::Discarded,
        text => Output::Used(value(text)),
    };
    let (input, output, late) = match direction {
        "in" => (Some(value(first)), Output::None, false),
        "out" => (None, output(first), false),
        "lateout" => (None, output(first), true),
        "inout" => (Some(value(first)), output(second), false),
        "inlateout" => (Some(value(first)), output(second), true),
        "abi" => (None, Output::Discarded, true),
        _ => panic!("operand `{text}`"),
    };
    let from_clobber_abi = direction == "abi";
    Operand::Register(RegisterOperand { place, input, output, late, from_clobber_abi })
}

/// What the compiler reserves for a name: the whole register for any but an 8-bit one of x86, and
/// but the parts of Arm's vector registers, which are registers of their own to it.
fn explicit(target: &Target, name: &str) -> RegisterPart {
    let part = naming::parse(target.architecture, name);
    let part = part.unwrap_or_else(|| panic!("register `{name}`"));
    let is_own = match target.architecture {
        Architecture::Arm => matches!(part.register, Register::Vector(_)),
        architecture => architecture.is_x86() && part.bits == 8,
    };
    if is_own { part } else { part.register.whole() }
}

fn value_type(target: &Target, text: &str) -> ValueType {
    let pointers = [
        ("*const ", None, false),
        ("*mut ", None, false),
        ("&mut ", None, true),
        ("&", Some(Immutable::SharedReference), true),
    ];
    for (prefix, immutable, known) in pointers {
        let Some(name) = text.strip_prefix(prefix) else { continue };
        let bytes = u64::from(scalar_bits(name) / 8);
        let pointee = Pointee {
            name: name.to_owned(),
            alignment: (bytes > 1).then_some(bytes),
            place_bytes: known.then_some(bytes),
            immutable,
            may_be_uninitialized: false,
        };
        let bits = target.architecture.word_bits();
        return ValueType { pointee: Some(pointee), ..plain(bits) };
    }
    plain(scalar_bits(text))
}

fn plain(bits: u16) -> ValueType {
    ValueType { bits, may_be_uninitialized: false, pointee: None, callee: None, constant: None }
}

fn scalar_bits(name: &str) -> u16 {
    name.trim_start_matches(['u', 'i', 'f', 'v'])
        .parse()
        .unwrap_or_else(|_| panic!("type `{name}`"))
}
