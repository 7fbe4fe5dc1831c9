//! Instructions as text, with an operand's placeholder where a register was chosen for it.
//!
//! Which register the analysis chose for `in(reg)` says nothing to anybody; `{0}` does. The names of
//! operands are not known here, so that a placeholder is `{`, [`OPERAND`] and the operand's number:
//! whoever shows the text puts the name there.

use iced_x86::{
    Formatter, FormatterOutput, FormatterTextKind, GasFormatter, Instruction, IntelFormatter,
    OpKind, Register as Iced,
};

use crate::block::{Block, Operand, Place, Syntax};
use crate::facts::Facts;
use crate::flow::machine::cell_of;
use crate::registers::{Register, RegisterPart};
use crate::values::{Cell, Site};

/// Stands before an operand's number in a placeholder. A character that no instruction contains.
pub const OPERAND: char = '\u{e000}';

/// An operand's placeholder in a template.
pub fn placeholder(operand: usize) -> String {
    format!("{{{OPERAND}{operand}}}")
}

/// An instruction of a block as it would be written in a template.
pub fn instruction(block: &Block, facts: &Facts, site: Site) -> String {
    let mut output = Output { block, registers: &facts.registers, text: String::new() };
    let instruction = &facts.instruction(site).instruction;
    match block.syntax {
        Syntax::Intel => format(IntelFormatter::new(), instruction, &mut output),
        Syntax::Att => format(GasFormatter::new(), instruction, &mut output),
    }
    output.text
}

fn format(mut formatter: impl Formatter, instruction: &Instruction, output: &mut Output<'_>) {
    let options = formatter.options_mut();
    options.set_space_after_operand_separator(true);
    options.set_hex_prefix("0x");
    options.set_hex_suffix("");
    options.set_branch_leading_zeros(false);
    options.set_rip_relative_addresses(true);
    let is_direct_branch = matches!(
        instruction.op0_kind(),
        OpKind::NearBranch16
            | OpKind::NearBranch32
            | OpKind::NearBranch64
            | OpKind::FarBranch16
            | OpKind::FarBranch32
    );
    if is_direct_branch {
        // The number of the byte that it goes to says nothing to anybody.
        formatter.format_mnemonic(instruction, output);
    } else {
        formatter.format(instruction, output);
    }
}

struct Output<'a> {
    block: &'a Block,
    registers: &'a [Option<RegisterPart>],
    text: String,
}

impl FormatterOutput for Output<'_> {
    fn write(&mut self, text: &str, _kind: FormatterTextKind) {
        self.text.push_str(text);
    }

    fn write_register(
        &mut self,
        _instruction: &Instruction,
        _operand: u32,
        _instruction_operand: Option<u32>,
        text: &str,
        register: Iced,
    ) {
        match self.placeholder(register) {
            Some(placeholder) => self.text.push_str(&placeholder),
            None => self.text.push_str(text),
        }
    }
}

impl Output<'_> {
    /// The placeholder of the operand of a class that has the register.
    fn placeholder(&self, register: Iced) -> Option<String> {
        let (cell, low, bits) = cell_of(register)?;
        let position = self
            .registers
            .iter()
            .position(|part| part.is_some_and(|part| Cell::Register(part.register) == cell))?;
        let Operand::Register(operand) = self.block.operands.get(position)? else { return None };
        let Place::Class(class) = &operand.place else { return None };
        let usual = match class.as_str() {
            "reg" | "reg_abcd" => self.block.target.architecture.word_bits(),
            "reg_byte" => 8,
            "xmm_reg" => 128,
            "ymm_reg" => 256,
            _ => bits,
        };
        let modifier = match (cell, low, bits) {
            (_, 0, bits) if bits == usual => "",
            (Cell::Register(Register::General(_)), 8, _) => ":h",
            (Cell::Register(Register::General(_)), _, 8) => ":l",
            (Cell::Register(Register::General(_)), _, 16) => ":x",
            (Cell::Register(Register::General(_)), _, 32) => ":e",
            (Cell::Register(Register::General(_)), ..) => ":r",
            (_, _, 128) => ":x",
            (_, _, 256) => ":y",
            (_, _, 512) => ":z",
            _ => "",
        };
        Some(format!("{{{OPERAND}{position}{modifier}}}"))
    }
}
