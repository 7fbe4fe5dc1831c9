//! Floating point in registers of its own (Unpriv "F", "D", "Zfh", "Zfhmin", "Zfa", "Zfbfmin").
//!
//! Results of arithmetic are not followed, but what they depend on is, and which exception flags
//! may be raised: a flag once set stays set. A value narrower than its register is NaN-boxed, all
//! bits above it being 1; where they are not, an operation takes the canonical NaN instead
//! (Unpriv "NaN Boxing of Narrower Values").

use std::borrow::Cow;

use super::build::{Builder, choose, not, or, xor};
use crate::effects::{Access, Expression, Operation, Part, Test};
use crate::registers::Register;
use crate::values::Cell;

/// The exception flags in the bits of `fflags` (Unpriv "Floating-Point Control and Status
/// Register").
const FLAGS: [(char, u16); 5] = [('X', 0), ('U', 1), ('O', 2), ('Z', 3), ('V', 4)];

/// The rounding mode that says "as `frm` says".
const DYNAMIC: u32 = 7;

/// The part of a cell that holds the exception flags.
pub const FLOAT_STATUS: Part = Part { cell: Cell::FloatStatus, low: 0, bits: 5 };
/// The part of a cell that holds the rounding mode.
pub const FLOAT_CONTROL: Part = Part { cell: Cell::FloatControl, low: 0, bits: 3 };

pub fn lift(builder: &mut Builder<'_>) -> bool {
    if builder.machine.float_bits == 0 {
        return false;
    }
    access(builder) || moves(builder) || arithmetic(builder)
}

/// The width of a format by the letter that names it.
fn format_bits(letter: &str) -> Option<u16> {
    match letter {
        "h" | "bf16" => Some(16),
        "s" => Some(32),
        "d" => Some(64),
        _ => None,
    }
}

/// The canonical NaN of a format (Unpriv "NaN Generation and Propagation").
fn canonical_nan(bits: u16, letter: &str) -> Expression {
    let value = match (bits, letter) {
        (16, "bf16") => 0x7fc0,
        (16, _) => 0x7e00,
        (32, _) => 0x7fc0_0000,
        _ => 0x7ff8 << 48,
    };
    Expression::constant(value, bits)
}

impl Builder<'_> {
    /// All of a floating-point register.
    pub fn float_part(&self, number: u8) -> Part {
        let cell = Cell::Register(Register::Float(number));
        Part { cell, low: 0, bits: self.machine.float_bits }
    }

    /// The low bits of a floating-point register.
    fn float_bits_of(&self, number: u8, bits: u16) -> Expression {
        Expression::Cell(Part { bits, ..self.float_part(number) })
    }

    /// The value of a format that a register holds.
    fn float(&self, number: u8, letter: &str) -> Option<Expression> {
        let bits = format_bits(letter)?;
        let all = self.machine.float_bits;
        let low = self.float_bits_of(number, bits);
        if bits >= all {
            return (bits == all).then_some(low);
        }
        let cell = Cell::Register(Register::Float(number));
        let above = Expression::Cell(Part { cell, low: bits, bits: all - bits });
        let boxed = Test::Equal(above, ones(all - bits));
        Some(choose(boxed, low, canonical_nan(bits, letter)))
    }

    /// A register holds a value, boxed where it is narrower.
    pub fn set_float(&mut self, number: u8, value: Expression, bits: u16) {
        let all = self.machine.float_bits;
        let value = match bits < all {
            true => Expression::Join(vec![value, ones(all - bits)]),
            false => value,
        };
        let part = self.float_part(number);
        self.set(part, value);
    }
}

/// A number whose bits are all 1.
fn ones(bits: u16) -> Expression {
    Expression::constant(u64::MAX >> (64 - bits), bits)
}

fn access(builder: &mut Builder<'_>) -> bool {
    let (bytes, writes) = match builder.name {
        "flh" => (2, false),
        "flw" => (4, false),
        "fld" => (8, false),
        "fsh" => (2, true),
        "fsw" => (4, true),
        "fsd" => (8, true),
        _ => return false,
    };
    let bits = bytes as u16 * 8;
    if writes {
        let address = builder.base_plus(builder.word.s_immediate());
        let value = builder.float_bits_of(builder.word.rs2(), bits);
        builder.store(Access::plain(address, bytes), Some(value));
    } else {
        let address = builder.base_plus(builder.word.i_immediate());
        let value = builder.load(Access::plain(address, bytes)).slice(0, bits);
        builder.set_float(builder.word.rd(), value, bits);
    }
    true
}

/// Moves that change no bit, or only the sign; none raises a flag.
fn moves(builder: &mut Builder<'_>) -> bool {
    let (rd, rs1, rs2) = (builder.word.rd(), builder.word.rs1(), builder.word.rs2());
    match builder.name {
        "fmv.x.w" | "fmv.x.h" | "fmv.x.d" => {
            let bits = match builder.name {
                "fmv.x.h" => 16,
                "fmv.x.w" => 32,
                _ => 64,
            };
            let value = builder.float_bits_of(rs1, bits);
            let value = builder.extended(value);
            builder.set_rd(value);
        }
        "fmv.w.x" => builder.set_float(rd, builder.rs1().slice(0, 32), 32),
        "fmv.h.x" => builder.set_float(rd, builder.rs1().slice(0, 16), 16),
        "fmv.d.x" => builder.set_float(rd, builder.rs1().slice(0, 64), 64),
        "fmvh.x.d" => {
            let all = builder.float_part(rs1);
            builder.set_rd(Expression::Cell(Part { low: 32, bits: 32, ..all }));
        }
        "fmvp.d.x" => {
            let value = Expression::Join(vec![builder.rs1(), builder.rs2()]);
            builder.set_float(rd, value, 64);
        }
        name => {
            let Some((operation, letter)) = name.split_once('.') else { return false };
            let (Some(one), Some(other), Some(bits)) =
                (builder.float(rs1, letter), builder.float(rs2, letter), format_bits(letter))
            else {
                return false;
            };
            let (sign, others) = (bits - 1, other.slice(bits - 1, 1));
            let sign = match operation {
                "fsgnj" => others,
                "fsgnjn" => not(others),
                "fsgnjx" => xor(one.clone().slice(sign, 1), others),
                "fli" => {
                    let named = format!("{name} {rs1}");
                    let value = Operation::Function(named.into());
                    builder.set_float(rd, Expression::computed(value, Vec::new(), bits), bits);
                    return true;
                }
                _ => return false,
            };
            let value = Expression::Join(vec![one.slice(0, bits - 1), sign]);
            builder.set_float(rd, value, bits);
        }
    }
    true
}

/// What an operation takes and gives.
struct Shape<'n> {
    /// The formats of its sources, in the order of the register fields.
    sources: Vec<&'n str>,
    /// The width of the result, and whether it is a floating-point value; an integer's is narrower
    /// than its register where it is sign-extended.
    result: (u16, bool),
    /// Whether it rounds.
    rounds: bool,
    /// The flags that it may raise.
    raises: &'static str,
}

fn arithmetic(builder: &mut Builder<'_>) -> bool {
    let name = builder.name;
    let Some(shape) = conversion(name).or_else(|| operation(name)) else { return false };
    let registers = [builder.word.rs1(), builder.word.rs2(), builder.word.rs3()];
    let mut inputs = Vec::new();
    for (source, register) in shape.sources.iter().zip(registers) {
        let value = match *source {
            "w" | "wu" => builder.rs1_word(),
            "l" | "lu" => builder.rs1(),
            letter => match builder.float(register, letter) {
                Some(value) => value,
                None => return false,
            },
        };
        inputs.push(value);
    }
    let mut named: Cow<'static, str> = name.into();
    if shape.rounds {
        match builder.word.funct3() {
            DYNAMIC => inputs.push(Expression::Cell(FLOAT_CONTROL)),
            mode => named = format!("{name} {mode}").into(),
        }
    }
    let (bits, is_float) = shape.result;
    let result = Operation::Function(named.clone());
    let value = Expression::computed(result, inputs.clone(), bits);
    let rd = builder.word.rd();
    if is_float {
        builder.set_float(rd, value, bits);
    } else if bits < 32 {
        builder.set_rd(value.zero_extend(builder.bits()));
    } else {
        builder.set_rd_word(value);
    }
    raise(builder, &named, &inputs, shape.raises);
    true
}

/// Flags that may be set afterwards; those that were stay.
fn raise(builder: &mut Builder<'_>, name: &str, inputs: &[Expression], letters: &str) {
    for (letter, bit) in FLAGS.into_iter().filter(|(letter, _)| letters.contains(*letter)) {
        let part = Part { cell: Cell::FloatStatus, low: bit, bits: 1 };
        let raised = Operation::Function(format!("{name} raises {letter}").into());
        let raised = Expression::computed(raised, inputs.to_vec(), 1);
        builder.set(part, or(Expression::Cell(part), raised));
    }
}

/// Arithmetic, comparisons and classification.
fn operation(name: &str) -> Option<Shape<'_>> {
    let (operation, letter) = name.split_once('.')?;
    let bits = format_bits(letter)?;
    let shape = |count: usize, result, rounds, raises| {
        Some(Shape { sources: vec![letter; count], result, rounds, raises })
    };
    let float = (bits, true);
    match operation {
        // A sum that is too small is exact.
        "fadd" | "fsub" => shape(2, float, true, "VOX"),
        "fmul" => shape(2, float, true, "VOUX"),
        "fdiv" => shape(2, float, true, "VZOUX"),
        "fsqrt" => shape(1, float, true, "VX"),
        "fmadd" | "fmsub" | "fnmadd" | "fnmsub" => shape(3, float, true, "VOUX"),
        // A signalling NaN, or with the last two any NaN.
        "fmin" | "fmax" | "fminm" | "fmaxm" => shape(2, float, false, "V"),
        "feq" | "fleq" | "fltq" | "flt" | "fle" => shape(2, (1, false), false, "V"),
        "fround" => shape(1, float, true, "V"),
        "froundnx" => shape(1, float, true, "VX"),
        "fclass" => shape(1, (10, false), false, ""),
        _ => None,
    }
}

/// Conversions: `fcvt.TO.FROM`.
fn conversion(name: &str) -> Option<Shape<'_>> {
    if name == "fcvtmod.w.d" {
        return Some(Shape {
            sources: vec!["d"],
            result: (32, false),
            rounds: false,
            raises: "VX",
        });
    }
    let (to, from) = name.strip_prefix("fcvt.")?.split_once('.')?;
    let integer = |name| match name {
        "w" | "wu" => Some(32),
        "l" | "lu" => Some(64),
        _ => None,
    };
    let sources = vec![from];
    if let Some(bits) = integer(to) {
        return Some(Shape { sources, result: (bits, false), rounds: true, raises: "VX" });
    }
    let bits = format_bits(to)?;
    let raises = match (integer(from), format_bits(from)) {
        // 53 bits hold every 32-bit integer; 11 bits of a half are exceeded by all of them.
        (Some(32), _) if bits == 64 => "",
        (Some(_), _) if bits == 16 => "OX",
        (Some(_), _) => "X",
        (None, Some(from)) if from < bits => "V",
        _ => "VOUX",
    };
    Some(Shape { sources, result: (bits, true), rounds: true, raises })
}
