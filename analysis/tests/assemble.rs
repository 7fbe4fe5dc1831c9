//! One block through the assembler: machine code, lines, sections, relocations, rejections.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use asm_analysis::assemble::{
    Context, MachineCode, Rejection, Relocation, RelocationTarget, Unit, assemble,
};
use asm_analysis::block::{Syntax, Target};
use asm_analysis::substitute::operand_of_symbol;
use asm_analysis::testing::{target_x86, target_x86_64};

fn unit(text: &str) -> Unit<'_> {
    Unit {
        text,
        variant: None,
        syntax: Syntax::Intel,
        context: Context::Function,
        features: "",
        is_thumb: false,
    }
}

fn assemble_for(target: &Target, unit: Unit<'_>) -> Result<MachineCode, Rejection> {
    let mut answers = assemble(target, &[unit]);
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

fn intel(text: &str) -> Result<MachineCode, Rejection> {
    assemble_for(&target_x86_64(), unit(text))
}

fn bytes(text: &str) -> Vec<u8> {
    let code = intel(text).unwrap();
    assert_eq!(code.end_offset, code.start_section().bytes.len() as u64);
    code.start_section().bytes.clone()
}

/// The template line of each byte of the starting section.
fn lines(text: &str) -> Vec<Option<u32>> {
    let code = intel(text).unwrap();
    (0..code.end_offset).map(|offset| code.line_at(code.start, offset)).collect()
}

#[test]
fn instructions_data_and_their_lines() {
    let text = "mov eax, ebx\nnop\n.byte 0x90, 0x0f, 0x05";
    assert_eq!(bytes(text), [0x89, 0xd8, 0x90, 0x90, 0x0f, 0x05]);
    assert_eq!(lines(text), [0, 0, 1, 2, 2, 2].map(Some));
    assert_eq!(lines("nop\n\n# comment\nnop; nop"), [0, 3, 3].map(Some));
    assert_eq!(lines("nop\r\nnop"), [0, 1].map(Some));
}

#[test]
fn nothing_at_all() {
    for text in ["", "\n", "  ", "# only a comment", "// so", "/* and\nso */"] {
        assert_eq!(bytes(text), []);
    }
}

#[test]
fn both_syntaxes_and_widths() {
    let att = Unit { syntax: Syntax::Att, ..unit("movl $1, %eax\nmov %rax, %rbx") };
    let code = assemble_for(&target_x86_64(), att).unwrap();
    assert_eq!(code.start_section().bytes, [0xb8, 1, 0, 0, 0, 0x48, 0x89, 0xc3]);
    let code = assemble_for(&target_x86(), unit("inc eax\npushad\nmov eax, [ebx+4]")).unwrap();
    assert_eq!(code.start_section().bytes, [0x40, 0x60, 0x8b, 0x43, 4]);
    assert_eq!(code.line_at(code.start, 2), Some(2));
}

#[test]
fn repetitions_macros_and_conditions_keep_their_lines() {
    assert_eq!(lines(".rept 2\nnop\ncli\n.endr\nnop"), [1, 2, 1, 2, 4].map(Some));
    assert_eq!(
        lines(".macro twice what\n\\what\n\\what\n.endm\nnop\ntwice cli\ntwice sti\n.purgem twice"),
        [4, 1, 2, 1, 2].map(Some)
    );
    assert_eq!(lines(".if 0\nnop\n.else\ncli\nsti\n.endif\nhlt"), [3, 4, 6].map(Some));
    assert_eq!(lines("nop; /*\nnop\n*/ cli\nsti"), [0, 0, 3].map(Some));
    assert_eq!(lines("nop /*\nnop\n*/\nsti"), [0, 3].map(Some));
}

#[test]
fn own_line_directives_do_not_cost_the_verdict() {
    let code = intel(".file 1 \"own.c\"\n.loc 1 77\nnop\ncli").unwrap();
    assert_eq!(code.start_section().bytes, [0x90, 0xfa]);
    assert_eq!(code.line_at(code.start, 0), None);
    let rejection = intel(".file 1 \"own.c\"\n.loc 1 77\nfrobnicate").unwrap_err();
    assert_eq!(rejection.line, Some(2), "{rejection:?}");
    assert_eq!(bytes("# 5 \"own.c\"\nnop"), [0x90]);
}

#[test]
fn labels_are_resolved_in_the_block() {
    assert_eq!(
        bytes("2:\ndec eax\njne 2b\njmp 3f\nnop\n3:"),
        [0xff, 0xc8, 0x75, 0xfc, 0xeb, 1, 0x90]
    );
}

#[test]
fn a_label_elsewhere_is_a_rejection_of_its_own() {
    let rejection = intel("nop\njmp 2f").unwrap_err();
    assert!(rejection.message.contains("Undefined temporary symbol"), "{rejection:?}");
    let rejection = intel("nop\njmp 2b").unwrap_err();
    assert_eq!((rejection.line, rejection.column), (Some(1), Some(4)), "{rejection:?}");
}

#[test]
fn references_between_sections() {
    let code =
        intel("mov eax, [rip + 2f]\n.pushsection .rodata\n.long 1\n2: .long 7\n.popsection\nnop")
            .unwrap();
    assert!(code.leaks.is_empty());
    // LLVM refers to the section and lets the addend lead to the label.
    let [relocation] = &code.start_section().relocations[..] else { panic!() };
    assert_eq!((relocation.offset, relocation.size, relocation.addend), (2, 4, 0));
    assert!(relocation.relative && !relocation.indirect);
    let RelocationTarget::Section { section, offset } = relocation.target else { panic!() };
    assert_eq!((code.sections[section].name.as_str(), offset), (".rodata", 0));
    assert_eq!(relocation.displacement(6), 4);
    assert_eq!(code.sections[section].bytes, [1, 0, 0, 0, 7, 0, 0, 0]);
    assert!(!code.sections[section].executable);
    assert_eq!(code.line_at(section, 4), Some(3));
}

#[test]
fn code_out_of_line() {
    let code =
        intel("jmp 2f\n3:\n.pushsection .text.cold,\"ax\",@progbits\n2: nop\njmp 3b\n.popsection")
            .unwrap();
    let there = &code.start_section().relocations[0];
    let RelocationTarget::Section { section, offset: 0 } = there.target else { panic!() };
    assert!(code.sections[section].executable);
    let back = &code.sections[section].relocations[0];
    let RelocationTarget::Section { section, offset } = back.target else { panic!() };
    assert_eq!((section, offset, back.displacement(6)), (code.start, 0, 5));
}

#[test]
fn symbols_of_others() {
    let code = intel("call other\nmov rax, [rip + slot@GOTPCREL]\nmov rcx, offset value").unwrap();
    let relocations = &code.start_section().relocations;
    let names: Vec<_> = relocations
        .iter()
        .map(|relocation| match &relocation.target {
            RelocationTarget::Symbol(name) => {
                (name.as_str(), relocation.relative, relocation.indirect)
            }
            _ => panic!(),
        })
        .collect();
    assert_eq!(names, [("other", true, false), ("slot", true, true), ("value", false, false)]);
    let code = assemble_for(&target_x86(), unit("call other\nmov eax, [value + 8]")).unwrap();
    let addends: Vec<_> =
        code.start_section().relocations.iter().map(|relocation| relocation.addend).collect();
    assert_eq!(addends, [-4, 8]);
}

#[test]
fn labels_of_the_compiler_may_be_subtracted() {
    let label = |relocation: &Relocation| match &relocation.target {
        RelocationTarget::Symbol(name) => operand_of_symbol(name),
        _ => None,
    };
    let code = intel("jmp asm_lint_label_1\njne asm_lint_label_0").unwrap();
    let operands: Vec<_> = code.start_section().relocations.iter().map(label).collect();
    assert_eq!(operands, [Some(1), Some(0)]);
    let code = intel(
        ".pushsection .rodata\n.long asm_lint_label_1 - 2f, 2f - asm_lint_label_0\n.popsection\n2:\njmp asm_lint_label_1",
    )
    .unwrap();
    let operands: Vec<_> = code.start_section().relocations.iter().map(label).collect();
    assert_eq!((operands, code.end_offset), (vec![Some(1)], 5));
    assert!(code.leaks.is_empty());
}

#[test]
fn rejections_name_line_and_column() {
    for (text, line, column, message) in [
        ("nop\n  frobnicate eax", 1, 2, "invalid instruction mnemonic 'frobnicate'"),
        ("mov eax, rbx", 0, 0, "invalid operand for instruction"),
        ("nop\nnop\n.macro open", 2, 0, "no matching '.endmacro' in definition"),
        ("nop\n.rept 3\nnop", 1, 0, "no matching '.endr' in definition"),
        ("nop\n/* open", 1, 0, "unterminated comment"),
        (".error \"so\"", 0, 0, "so"),
    ] {
        let rejection = intel(text).unwrap_err();
        assert_eq!(
            rejection,
            Rejection { line: Some(line), column: Some(column), message: message.to_owned() }
        );
    }
    let rejection = intel(".if 1\nnop").unwrap_err();
    assert_eq!(rejection.message, "unmatched .ifs or .elses");
    // Inside a macro the place is where the macro is used.
    let rejection = intel(".macro m\nfrobnicate\n.endm\nnop\nm").unwrap_err();
    assert_eq!((rejection.line, rejection.column), (Some(4), None));
}

#[test]
fn code_width() {
    let code = intel("nop\n.code32\ninc eax\n.code64\ninc eax").unwrap();
    assert!(code.changes_code_width && code.leaks.is_empty());
    assert_eq!(code.start_section().bytes, [0x90, 0x40, 0xff, 0xc0]);
    assert!(!intel(".code64\ninc eax").unwrap().changes_code_width);
}

#[test]
fn odd_text() {
    // In a function the text ends at a NUL, beside functions it is white space.
    assert_eq!(bytes("nop\0\nnop"), [0x90]);
    let naked = Unit { context: Context::Naked, ..unit("nop\0\nnop") };
    let code = assemble_for(&target_x86_64(), naked).unwrap();
    assert_eq!(code.start_section().bytes, [0x90, 0x90]);
    assert_eq!(bytes("nop # äöü ∀"), [0x90]);
    assert!(intel("nöp").is_err());
    assert!(intel("\u{feff}nop").is_err());
    assert_eq!(bytes(".ascii \"ä\""), "ä".as_bytes());
}

#[test]
fn unwind_directives_are_fine_inside_a_function() {
    assert_eq!(
        bytes("push rbx\n.cfi_adjust_cfa_offset 8\npop rbx\n.cfi_adjust_cfa_offset -8"),
        [0x53, 0x5b]
    );
    let naked = Unit { context: Context::Naked, ..unit(".cfi_startproc\nret\n.cfi_endproc") };
    assert!(assemble_for(&target_x86_64(), naked).is_ok());
}

#[test]
fn other_object_formats() {
    let mut target = (*target_x86_64()).clone();
    target.llvm_triple = "x86_64-pc-windows-msvc".to_owned();
    let seh = unit(".def f\n.scl 2\n.type 32\n.endef\nnop\n.section .rdata,\"dr\"\n.long 5\n.text");
    let code = assemble_for(&target, seh).unwrap();
    assert_eq!(code.start_section().bytes, [0x90]);
    assert_eq!(code.line_at(code.start, 0), Some(4));
    assert!(assemble_for(&target, unit("frobnicate")).is_err());
    target.llvm_triple = "x86_64-apple-macosx10.12.0".to_owned();
    let subsections = unit(".subsections_via_symbols\nlea rax, [rip + other]\nnop");
    let code = assemble_for(&target, subsections).unwrap();
    assert_eq!(code.end_offset, 8);
    assert_eq!(code.line_at(code.start, 7), Some(2));
}

/// For LLVM `asm!` is assembly in a function, where Intel syntax has the integers of MASM;
/// `naked_asm!` and `global_asm!` are not.
#[test]
fn integers_of_masm() {
    assert_eq!(bytes("int 10h"), [0xcd, 0x10]);
    assert_eq!(bytes("and eax, 0FFh"), [0x25, 0xff, 0, 0, 0]);
    assert_eq!(bytes("mov bl, 1010b\nmov bl, 77o"), [0xb3, 0b1010, 0xb3, 0o77]);
    assert_eq!(bytes("mov eax, 0x10"), [0xb8, 0x10, 0, 0, 0]);
    // That lexer does not know it; nor does the compiler.
    assert!(intel("mov al, 0b11").is_err());
    assert_eq!(bytes(".ascii \"10h\""), *b"10h");
    // A number and no label: the distance is 2.
    assert_eq!(bytes("10: lea rax, [rip+10b]"), [0x48, 0x8d, 0x05, 2, 0, 0, 0]);
    assert_eq!(bytes("2: lea rax, [rip+2b]"), [0x48, 0x8d, 0x05, 0xf9, 0xff, 0xff, 0xff]);
    for context in [Context::Naked, Context::Module] {
        let beside = |text| assemble_for(&target_x86_64(), Unit { context, ..unit(text) });
        assert!(beside("int 10h").is_err(), "{context:?}");
        let label = beside("10: lea rax, [rip+10b]").unwrap();
        assert_eq!(label.start_section().bytes, [0x48, 0x8d, 0x05, 0xf9, 0xff, 0xff, 0xff]);
    }
    let att = Unit { syntax: Syntax::Att, ..unit("int $10h") };
    assert!(assemble_for(&target_x86_64(), att).is_err());
}

#[test]
fn formats_have_relocations_and_directives_of_their_own() {
    let windows = |text| {
        let mut target = (*target_x86_64()).clone();
        target.llvm_triple = "x86_64-pc-windows-msvc".to_owned();
        assemble_for(&target, unit(text))
    };
    assert_eq!(windows(".long x@IMGREL\nnop").unwrap().end_offset, 5);
    assert!(windows("mov eax, [rax + s@SECREL32]").is_ok());
    assert!(windows(".type f, @function").is_err());
    assert!(intel(".type f, @function").is_ok());
    assert!(intel(".seh_proc f").is_err());
}

#[test]
fn files_and_frames_in_one_block() {
    let text = ".file 1 \"own.c\"\n.cfi_adjust_cfa_offset 8\npush rax\n.cfi_adjust_cfa_offset -8";
    assert_eq!(bytes(text), [0x50]);
    assert_eq!(bytes(".file 1 \"own.c\"\n.loc 1 5\n.cfi_undefined rip\nnop"), [0x90]);
}
