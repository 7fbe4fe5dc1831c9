//! The registers that ABIs pass the pieces in: what the compiler leaves to LLVM.

use asm_analysis::block::{Architecture, Target};
use asm_analysis::machine::callees::argument_registers;
use asm_analysis::registers::{Register, RegisterPart};

use super::units::{Unit, VECTORCALL_VECTORS};

/// The registers of values that are passed in order: AAPCS64 6.8.2, AAPCS32 6.5, RISC-V psABI
/// "Procedure Calling Convention". What goes to the stack because too few are left may be named, too.
/// `None` where that depends on more than the order.
pub(super) fn rows_of_registers(units: &[Unit], target: &Target) -> Option<Vec<RegisterPart>> {
    let architecture = target.architecture;
    let word = architecture.word_bits();
    let mut integers = match architecture {
        Architecture::AArch64 | Architecture::Arm64Ec => 0..8,
        Architecture::Arm => 0..4,
        Architecture::RiscV32 | Architecture::RiscV64 => 10..18,
        _ => return None,
    };
    let is_riscv = matches!(architecture, Architecture::RiscV32 | Architecture::RiscV64);
    let is_arm = architecture == Architecture::Arm;
    // How wide a floating-point value may be to have a register of its own.
    let float_bits = match architecture {
        Architecture::AArch64 | Architecture::Arm64Ec => 128,
        _ if is_riscv && target.llvm_abi.ends_with('d') => 64,
        _ if is_riscv && target.llvm_abi.ends_with('f') => 32,
        // AAPCS32 6.4.1: the variant that passes in floating-point registers.
        _ if is_arm && target.llvm_triple.ends_with("hf") => 128,
        _ => 0,
    };
    let mut floats: std::ops::Range<u8> = match is_riscv {
        true => 10..18,
        false => 0..8,
    };
    let float = |number| if is_riscv { Register::Float(number) } else { Register::Vector(number) };
    let mut parts = Vec::new();
    for unit in units {
        if unit.is_vector && unit.bits <= float_bits {
            let part = |register| RegisterPart { register, low_bit: 0, bits: unit.bits };
            match floats.next() {
                // Smaller ones fill up the gaps that alignment left: any of `q0` to `q3`.
                Some(_) if is_arm => {
                    parts.extend((0..4).map(|number| Register::Vector(number).whole()));
                }
                Some(number) => parts.push(part(float(number))),
                // RISC-V continues with integer registers, the others with the stack.
                None if is_riscv => {
                    parts.extend(integers.next().map(|number| part(Register::General(number))));
                }
                None => {}
            }
            continue;
        }
        let words = unit.bits.div_ceil(word);
        let is_plain = words <= 2 && (!unit.is_vector || is_riscv || is_arm);
        if !is_plain {
            return None;
        }
        // AAPCS32 6.5, rule C.3: what is aligned to 8 bytes begins at an even register.
        if is_arm && words == 2 {
            integers.start += integers.start % 2;
        }
        let own = integers.by_ref().take(words.into());
        let bits = unit.bits.min(word);
        parts.extend(own.map(|number| RegisterPart {
            register: Register::General(number),
            low_bit: 0,
            bits,
        }));
    }
    Some(parts)
}

/// The registers that an ABI passes in, in its order.
pub(super) struct Registers {
    integers: &'static [Register],
    vectors: u8,
    /// Whether the number of the argument, not of its kind, picks the register.
    by_position: bool,
    /// Whether floating-point results come back in vector registers.
    floats_in_vectors: bool,
    architecture: Architecture,
}

impl Registers {
    pub(super) fn of(name: &str, target: &Target) -> Registers {
        let (vectors, by_position) = match name {
            // System V ABI for AMD64, section 3.2.3 "Parameter passing".
            "sysv64" => (8, false),
            // Microsoft's x64 calling convention, "Parameter passing".
            "win64" => (4, true),
            "vectorcall" => (VECTORCALL_VECTORS, target.architecture == Architecture::X86_64),
            _ => (0, false),
        };
        let integers = argument_registers(match (name, target.architecture) {
            ("vectorcall", Architecture::X86_64) => "win64",
            _ => name,
        });
        let floats_in_vectors = target.architecture == Architecture::X86_64 || name == "vectorcall";
        let architecture = target.architecture;
        Registers { integers, vectors, by_position, floats_in_vectors, architecture }
    }

    /// The registers of the arguments; those that go to the stack have none.
    pub(super) fn arguments(&self, units: &[Unit]) -> Vec<RegisterPart> {
        let mut integers = self.integers.iter();
        let mut vectors = (0..self.vectors).map(Register::Vector);
        let mut is_on_stack = false;
        let mut place = |(position, unit): (usize, &Unit)| {
            let follows = std::mem::take(&mut is_on_stack);
            is_on_stack = unit.goes_with_next && integers.len() < 2;
            if follows || is_on_stack {
                return None;
            }
            if self.architecture == Architecture::X86 && !unit.in_register {
                return None;
            }
            let register = match (self.by_position, unit.is_vector) {
                (true, false) => self.integers.get(position).copied(),
                (true, true) => {
                    let number = u8::try_from(position).ok()?;
                    (number < self.vectors).then_some(Register::Vector(number))
                }
                (false, false) => integers.next().copied(),
                (false, true) => vectors.next(),
            }?;
            Some(RegisterPart { register, low_bit: 0, bits: unit.bits })
        };
        units.iter().enumerate().filter_map(&mut place).collect()
    }

    /// The registers of the results; `None` where there are more than the ABI has.
    pub(super) fn results(&self, units: &[Unit]) -> Option<Vec<RegisterPart>> {
        let word = self.architecture.word_bits();
        let mut integers = [Register::RAX, Register::RDX].into_iter();
        let mut vectors = [Register::Vector(0), Register::Vector(1)].into_iter();
        let mut parts = Vec::new();
        for unit in units {
            if unit.is_vector {
                let register = match self.floats_in_vectors || unit.bits >= 128 {
                    true => vectors.next()?,
                    // System V ABI for i386, "Functions returning scalars": in st(0).
                    false => Register::X87(0),
                };
                let bits = unit.bits.min(register.bits());
                parts.push(RegisterPart { register, low_bit: 0, bits });
                continue;
            }
            let mut left = unit.bits;
            while left > 0 {
                let bits = left.min(word);
                parts.push(RegisterPart { register: integers.next()?, low_bit: 0, bits });
                left -= bits;
            }
        }
        Some(parts)
    }
}
