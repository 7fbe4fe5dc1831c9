//! Blocks through the assembler: machine code, lines, rejections.

use asm_analysis::assemble::{Context, MachineCode, Rejection, Unit, assemble};
use asm_analysis::block::Syntax;
use asm_analysis::testing::target_x86_64;

fn unit(text: &str) -> Unit<'_> {
    Unit { text, variant: None, syntax: Syntax::Intel, context: Context::Function }
}

fn assemble_one(text: &str) -> Result<MachineCode, Rejection> {
    assemble(&target_x86_64(), &[unit(text)]).remove(0)
}

#[test]
fn simple() {
    let code = assemble_one("mov eax, ebx\nnop\n.byte 0x90, 0x0f, 0x05").unwrap();
    assert_eq!(code.start_section().bytes, [0x89, 0xd8, 0x90, 0x90, 0x0f, 0x05]);
    assert_eq!(code.end_offset, 6);
    let lines: Vec<_> = (0..6).map(|offset| code.line_at(code.start, offset)).collect();
    assert_eq!(lines, [0, 0, 1, 2, 2, 2].map(Some));
}
