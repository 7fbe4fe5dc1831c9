//! The floating-point unit and Advanced SIMD: what is followed exactly, and the default rule for
//! the rest.
//!
//! The default rule: the first register operand is written with something that depends on all the
//! others, and on itself where the instruction accumulates or inserts. Rounding mode and flushing
//! are not counted among what a result depends on.

use std::borrow::Cow;

use exarmo_aarch32::{Instruction, Mnemonic, Operand, Reg, RegOperand};

use crate::effects::{Expression, Operation, Part};

use super::super::registers;
use super::{Lift, computed};

/// Whether it is one of the cryptographic instructions, whose names do not begin with `v`.
pub(super) fn is_cryptographic(mnemonic: Mnemonic) -> bool {
    let name = mnemonic.name();
    name.starts_with("aes") || name.starts_with("sha1") || name.starts_with("sha256")
}

/// Whether the destination is an input too, apart from forms with an immediate.
fn accumulates(mnemonic: Mnemonic) -> bool {
    use Mnemonic as M;
    matches!(
        mnemonic,
        M::Vmla
            | M::Vmls
            | M::Vnmla
            | M::Vnmls
            | M::Vfma
            | M::Vfms
            | M::Vfnma
            | M::Vfnms
            | M::Vfmal
            | M::Vfmsl
            | M::Vmlal
            | M::Vmlsl
            | M::Vqdmlal
            | M::Vqdmlsl
            | M::Vqrdmlah
            | M::Vqrdmlsh
            | M::Vaba
            | M::Vabal
            | M::Vpadal
            | M::Vsra
            | M::Vrsra
            | M::Vsli
            | M::Vsri
            | M::Vbsl
            | M::Vbit
            | M::Vbif
            | M::Vtbx
            | M::Vcmla
            | M::Vdot
            | M::Vsdot
            | M::Vudot
            | M::Vusdot
            | M::Vsudot
            | M::Vmmla
            | M::Vsmmla
            | M::Vummla
            | M::Vusmmla
            | M::Vins
            | M::Aesd
            | M::Aese
            | M::Sha1c
            | M::Sha1m
            | M::Sha1p
            | M::Sha1su0
            | M::Sha1su1
            | M::Sha256h
            | M::Sha256h2
            | M::Sha256su0
            | M::Sha256su1
    )
}

/// Whether every lane of the result depends on the same lane of the inputs alone, where all
/// operands are vectors of one width.
fn works_by_lanes(mnemonic: Mnemonic) -> bool {
    use Mnemonic as M;
    matches!(
        mnemonic,
        M::Vadd
            | M::Vsub
            | M::Vmul
            | M::Vmla
            | M::Vmls
            | M::Vfma
            | M::Vfms
            | M::Vaba
            | M::Vabd
            | M::Vabs
            | M::Vneg
            | M::Vacge
            | M::Vacgt
            | M::Vceq
            | M::Vcge
            | M::Vcgt
            | M::Vcle
            | M::Vclt
            | M::Vcls
            | M::Vclz
            | M::Vcnt
            | M::Vhadd
            | M::Vhsub
            | M::Vrhadd
            | M::Vmax
            | M::Vmin
            | M::Vmaxnm
            | M::Vminnm
            | M::Vqabs
            | M::Vqadd
            | M::Vqneg
            | M::Vqsub
            | M::Vqdmulh
            | M::Vqrdmulh
            | M::Vqrdmlah
            | M::Vqrdmlsh
            | M::Vrecpe
            | M::Vrecps
            | M::Vrsqrte
            | M::Vrsqrts
            | M::Vshl
            | M::Vrshl
            | M::Vqshl
            | M::Vqrshl
            | M::Vqshlu
            | M::Vshr
            | M::Vrshr
            | M::Vsra
            | M::Vrsra
            | M::Vsli
            | M::Vsri
            | M::Vtst
    )
}

/// Whether it never raises a floating-point exception although its type is a floating-point one.
fn raises_nothing(mnemonic: Mnemonic) -> bool {
    use Mnemonic as M;
    matches!(
        mnemonic,
        M::Vmov
            | M::Vmvn
            | M::Vneg
            | M::Vabs
            | M::Vseleq
            | M::Vselge
            | M::Vselgt
            | M::Vselvs
            | M::Vmovx
            | M::Vins
            | M::Vdup
            | M::Vext
            | M::Vswp
            | M::Vtrn
            | M::Vzip
            | M::Vuzp
            | M::Vtbl
            | M::Vtbx
    )
}

/// The cumulative exception flags of `fpscr`, with the two reserved bits between them.
pub(super) const EXCEPTION_BITS: Part =
    Part { cell: crate::values::Cell::FloatStatus, low: 0, bits: 8 };
/// QC of `fpscr`.
const SATURATION: Part = Part { cell: crate::values::Cell::FloatStatus, low: 27, bits: 1 };
/// N, Z, C and V of `fpscr`.
pub(super) const COMPARISON: Part =
    Part { cell: crate::values::Cell::FloatStatus, low: 28, bits: 4 };

impl Lift<'_> {
    pub(super) fn vector(&mut self, mnemonic: Mnemonic, instruction: &Instruction) -> Option<()> {
        use Mnemonic as M;
        match mnemonic {
            M::Vmov if self.vector_move().is_some() => return Some(()),
            M::Vldr | M::Vstr => return self.load_or_store_vector(mnemonic == M::Vldr),
            M::Vld1 | M::Vld2 | M::Vld3 | M::Vld4 => return self.load_structures(mnemonic),
            M::Vst1 | M::Vst2 | M::Vst3 | M::Vst4 => return self.store_structures(mnemonic),
            M::Vand
            | M::Vbic
            | M::Veor
            | M::Vorr
            | M::Vorn
            | M::Vmvn
            | M::Vmov
            | M::Vbsl
            | M::Vbit
            | M::Vbif => return self.bitwise(mnemonic),
            M::Vdup
            | M::Vext
            | M::Vswp
            | M::Vtrn
            | M::Vzip
            | M::Vuzp
            | M::Vrev16
            | M::Vrev32
            | M::Vrev64
            | M::Vmovl
            | M::Vmovn
            | M::Vmovx
            | M::Vins => {
                return self.rearrange(mnemonic);
            }
            M::Vcmp | M::Vcmpe => return self.compare_floats(),
            M::Vseleq | M::Vselge | M::Vselgt | M::Vselvs => return self.select_floats(mnemonic),
            M::Vneg | M::Vabs if self.changes_sign(mnemonic).is_some() => return Some(()),
            M::Vadd | M::Vsub if self.add_integers(mnemonic).is_some() => return Some(()),
            _ => {}
        }
        self.by_default(mnemonic, instruction)
    }

    /// The name that distinguishes an operation from others: the encoding, with its immediates and
    /// data types.
    pub(super) fn operation_name(&self, instruction: &Instruction) -> Cow<'static, str> {
        let mut name = String::new();
        for operand in &self.operands {
            let extra = match operand {
                Operand::Imm { value, .. } => format!(" #{value}"),
                Operand::FpImm { value, .. } => format!(" #{value}"),
                Operand::Symbol(symbol) => format!(" {}", symbol.name),
                Operand::Reg(RegOperand { index: Some(index), .. }) => format!(" [{index}]"),
                _ => continue,
            };
            name.push_str(&extra);
        }
        let encoding = instruction.encoding().name();
        if name.is_empty() {
            Cow::Borrowed(encoding)
        } else {
            Cow::Owned(format!("{encoding}{name}"))
        }
    }

    fn by_default(&mut self, mnemonic: Mnemonic, instruction: &Instruction) -> Option<()> {
        let registers = self.vector_operands()?;
        let (destination, sources) = registers.split_first()?;
        let destination = destination.part;
        let mut inputs: Vec<Expression> = sources.iter().map(VectorOperand::value).collect();
        let half_of_float = matches!(mnemonic, Mnemonic::Vcvtb | Mnemonic::Vcvtt);
        if accumulates(mnemonic) || half_of_float {
            inputs.push(Expression::Cell(destination));
        }
        let name = self.operation_name(instruction);
        let same_width = sources
            .iter()
            .all(|source| source.part.bits == destination.bits && source.index.is_none());
        let operation = match self.lane_bits() {
            Some(bits) if same_width && works_by_lanes(mnemonic) && bits < destination.bits => {
                Operation::Lanes(bits, name.clone())
            }
            _ => Operation::Mixed(name.clone()),
        };
        self.set(destination, computed(operation, inputs.clone(), destination.bits));
        if self.may_raise(mnemonic, instruction) {
            self.raise(&name, inputs.clone());
        }
        if mnemonic.name().starts_with("vq") {
            let status = Operation::Mixed(Cow::Owned(format!("{name} QC")));
            self.gather(SATURATION, computed(status, inputs.clone(), 1));
        }
        if mnemonic == Mnemonic::Vjcvt {
            let status = Operation::Mixed(Cow::Owned(format!("{name} NZCV")));
            self.set(COMPARISON, computed(status, inputs, 4));
        }
        Some(())
    }

    /// Lets the cumulative exception flags be raised as a function of the inputs.
    pub(super) fn raise(&mut self, name: &str, inputs: Vec<Expression>) {
        let status = Operation::Mixed(Cow::Owned(format!("{name} exceptions")));
        self.gather(EXCEPTION_BITS, computed(status, inputs, EXCEPTION_BITS.bits));
    }

    /// Whether it may raise a floating-point exception: its data type is a floating-point one, or
    /// it is an instruction of the scalar unit, which knows no other.
    fn may_raise(&self, mnemonic: Mnemonic, instruction: &Instruction) -> bool {
        if raises_nothing(mnemonic) {
            return false;
        }
        if mnemonic == Mnemonic::Vcvt {
            let text = instruction.at(0).to_string();
            // 32 bits always fit the 53 of a double.
            return !(text.contains(".f64.s32") || text.contains(".f64.u32"))
                || self.operands.iter().any(|operand| matches!(operand, Operand::Imm { .. }));
        }
        let types = self.operands.iter().filter_map(|operand| match operand {
            Operand::Symbol(symbol) => Some(symbol.name),
            _ => None,
        });
        let types: Vec<&str> = types.collect();
        // Conversions and roundings name integers, too.
        let encoding = instruction.encoding().name();
        let names_float = encoding.starts_with("Vrint") || encoding.starts_with("Vcvt");
        if names_float || types.iter().any(|name| name.contains('f')) {
            return true;
        }
        let is_integer = |name: &&str| {
            let digits = name.trim_start_matches(['i', 's', 'u', 'p']);
            digits.len() < name.len() && digits.parse::<u8>().is_ok()
        };
        if types.iter().any(is_integer) {
            return false;
        }
        let is_scalar = self
            .operands
            .iter()
            .any(|operand| matches!(operand, Operand::Reg(RegOperand { reg: Reg::Single(_), .. })));
        is_scalar || is_float_by_name(mnemonic)
    }

    /// The width of a lane by the data type that the instruction is written with.
    pub(super) fn lane_bits(&self) -> Option<u16> {
        self.operands.iter().find_map(|operand| match operand {
            Operand::Symbol(symbol) => {
                let digits = symbol.name.trim_start_matches(|letter: char| letter.is_alphabetic());
                digits.parse().ok().filter(|bits| matches!(bits, 8 | 16 | 32 | 64))
            }
            _ => None,
        })
    }

    /// The register operands of the vector file and the general one, in order. A list of table
    /// registers counts as its registers.
    pub(super) fn vector_operands(&self) -> Option<Vec<VectorOperand>> {
        let mut found = Vec::new();
        for operand in &self.operands {
            match operand {
                Operand::Reg(operand) => {
                    let part = registers::part(operand.reg)?;
                    found.push(VectorOperand { part, index: operand.index });
                }
                Operand::List(list) => {
                    for register in list.regs() {
                        found.push(VectorOperand { part: registers::part(register)?, index: None });
                    }
                }
                _ => {}
            }
        }
        Some(found)
    }

    fn compare_floats(&mut self) -> Option<()> {
        let inputs: Vec<Expression> =
            self.vector_operands()?.iter().map(VectorOperand::value).collect();
        let name = self.decoded.mnemonic();
        let order = Operation::Mixed(Cow::Owned(format!("{name} NZCV")));
        self.set(COMPARISON, computed(order, inputs.clone(), 4));
        self.raise(name, inputs);
        Some(())
    }
}

/// Whether a mnemonic without a written data type computes with floating-point numbers.
fn is_float_by_name(mnemonic: Mnemonic) -> bool {
    use Mnemonic as M;
    matches!(
        mnemonic,
        M::Vadd
            | M::Vsub
            | M::Vmul
            | M::Vdiv
            | M::Vsqrt
            | M::Vmla
            | M::Vmls
            | M::Vnmla
            | M::Vnmls
            | M::Vnmul
            | M::Vfma
            | M::Vfms
            | M::Vfnma
            | M::Vfnms
            | M::Vfmal
            | M::Vfmsl
            | M::Vcadd
            | M::Vcmla
            | M::Vmaxnm
            | M::Vminnm
            | M::Vjcvt
            | M::Vrecps
            | M::Vrsqrts
            | M::Vdot
            | M::Vmmla
    )
}

/// A register operand of a vector instruction.
#[derive(Clone, Copy, Debug)]
pub(super) struct VectorOperand {
    /// Where the register is.
    pub(super) part: Part,
    /// The lane that is meant, if one is.
    pub(super) index: Option<u32>,
}

impl VectorOperand {
    /// All of the register.
    pub(super) fn value(&self) -> Expression {
        Expression::Cell(self.part)
    }
}
