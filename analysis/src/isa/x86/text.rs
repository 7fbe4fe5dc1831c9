//! Instructions of x86 as text.

use iced_x86::{
    Formatter, FormatterOutput, FormatterTextKind, GasFormatter, Instruction, IntelFormatter,
    OpKind, Register as Iced,
};

use super::operands::cell_of;
use crate::block::Syntax;
use crate::registers::RegisterPart;
use crate::values::Cell;

/// An instruction as it would be written in a template of the syntax; `name` is asked for each
/// register and may answer with something else to be written in its place.
pub fn text(
    instruction: &Instruction,
    syntax: Syntax,
    name: &dyn Fn(RegisterPart) -> Option<String>,
) -> String {
    let mut output = Output { name, text: String::new() };
    match syntax {
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
        // The number of the byte that it goes to means nothing to a reader.
        formatter.format_mnemonic(instruction, output);
    } else {
        formatter.format(instruction, output);
    }
}

struct Output<'a> {
    name: &'a dyn Fn(RegisterPart) -> Option<String>,
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
        let part = cell_of(register).and_then(|(cell, low_bit, bits)| match cell {
            Cell::Register(register) => Some(RegisterPart { register, low_bit, bits }),
            _ => None,
        });
        match part.and_then(self.name) {
            Some(placeholder) => self.text.push_str(&placeholder),
            None => self.text.push_str(text),
        }
    }
}
