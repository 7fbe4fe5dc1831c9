//! What assembler state blocks leave.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use asm_analysis::assemble::{Context, LeakedState, Unit, assemble};
use asm_analysis::block::{Syntax, Target};
use asm_analysis::testing::{target_x86, target_x86_64};

fn leaks_for(target: &Target, unit: Unit<'_>) -> Vec<(LeakedState, Option<u32>)> {
    let code = assemble(target, &[unit]).remove(0).unwrap_or_else(|rejection| {
        panic!("{}: {rejection:?}", unit.text);
    });
    code.leaks.into_iter().map(|leak| (leak.state, leak.line)).collect()
}

fn leaks(text: &str) -> Vec<(LeakedState, Option<u32>)> {
    let unit = Unit {
        text,
        variant: None,
        syntax: Syntax::Intel,
        context: Context::Function,
        features: "",
        is_thumb: false,
    };
    leaks_for(&target_x86_64(), unit)
}

fn macro_of(name: &str) -> LeakedState {
    LeakedState::Macro(name.to_owned())
}

fn symbol(name: &str) -> LeakedState {
    LeakedState::Symbol(name.to_owned())
}

#[test]
fn what_leaks() {
    for (text, state, line) in [
        ("nop\n.att_syntax\nmov $1, %eax", LeakedState::Syntax, 1),
        (".att_syntax prefix\nnop\n.intel_syntax\n.att_syntax", LeakedState::Syntax, 3),
        ("nop\n.data", LeakedState::Section, 1),
        ("nop\n.section .rodata\n.long 5", LeakedState::Section, 1),
        ("nop\n.text", LeakedState::Section, 1),
        ("nop\n.pushsection .rodata\n.long 5", LeakedState::Section, 1),
        ("nop\n.code32", LeakedState::CodeWidth, 1),
        (".code16\nnop", LeakedState::CodeWidth, 0),
        ("nop\n.macro m\nnop\n.endm\nm", macro_of("m"), 1),
        ("nop\n.set here, .", symbol("here"), 1),
        ("nop\nhere = .\nnop", symbol("here"), 1),
        ("nop\n.equ .Lhere, .", symbol(".Lhere"), 1),
        (".equiv twice, 5", symbol("twice"), 0),
        ("nop\n.macro m\nnop\n.endm\nlabel:\nm", macro_of("m"), 1),
        (".pushsection .rodata\n.set here, .\n.long 5\n.popsection", symbol("here"), 1),
    ] {
        assert_eq!(leaks(text), [(state, Some(line))], "{text}");
    }
}

#[test]
fn what_does_not() {
    for text in [
        "nop",
        "2: jmp 2b",
        "foo: jmp foo",
        ".Lfoo: jmp .Lfoo",
        ".att_syntax\nmov $1, %eax\n.intel_syntax noprefix",
        ".pushsection .rodata\n2: .long 5\n.popsection\nlea rax, [rip + 2b]",
        ".section .rodata\n.long 5\n.previous",
        ".code32\nnop\n.code64",
        ".macro m\nnop\n.endm\nm\n.purgem m",
        ".ifndef known\n.set known, 1\n.macro m\nnop\n.endm\n.endif\nm",
        ".set five, 5\nmov eax, five",
        "five = 5\nfive = 6\nfive = 5",
        "2: nop\n.set length, . - 2b",
        ".rept 3\nnop\n.endr",
        ".irp r, rax, rbx\npush \\r\n.endr",
        ".byte 1\n.long 5\n.align 8",
        "cmp eax, 5 // a == b, c = d",
        "# .macro = .code16",
    ] {
        assert_eq!(leaks(text), [], "{text}");
    }
}

#[test]
fn other_starts() {
    let unit = Unit {
        text: ".intel_syntax noprefix\nmov eax, 1",
        variant: None,
        syntax: Syntax::Att,
        context: Context::Function,
        features: "",
        is_thumb: false,
    };
    assert_eq!(leaks_for(&target_x86_64(), unit), [(LeakedState::Syntax, Some(0))]);
    let unit = Unit { text: "nop\n.code16", syntax: Syntax::Intel, ..unit };
    assert_eq!(leaks_for(&target_x86(), unit), [(LeakedState::CodeWidth, Some(1))]);
    let unit = Unit { text: ".code16\nnop\n.code32", ..unit };
    assert_eq!(leaks_for(&target_x86(), unit), []);
}

#[test]
fn beside_functions_the_plain_section_of_code_is_the_start() {
    let unit = Unit {
        text: ".section .rodata\n.long 5\n.text",
        variant: None,
        syntax: Syntax::Intel,
        context: Context::Module,
        features: "",
        is_thumb: false,
    };
    assert_eq!(leaks_for(&target_x86_64(), unit), []);
    let unit = Unit { text: ".text\nnop\n.data", ..unit };
    assert_eq!(leaks_for(&target_x86_64(), unit), [(LeakedState::Section, Some(2))]);
}

#[test]
fn constants_that_may_differ() {
    let unit = Unit {
        text: ".set size, 1\nmov eax, size",
        variant: Some(".set size, 2\nmov eax, size"),
        syntax: Syntax::Intel,
        context: Context::Function,
        features: "",
        is_thumb: false,
    };
    assert_eq!(leaks_for(&target_x86_64(), unit), [(symbol("size"), Some(0))]);
}

/// The second copy of a block repeats something as often as the first one's symbols say.
#[test]
fn a_second_copy_ends() {
    let text = ".ifndef COPIES\n.set COPIES, 1\n.else\n.rept 2000000000\nnop\n.endr\n.endif\nmov eax, COPIES";
    let unit = Unit {
        text,
        variant: None,
        syntax: Syntax::Intel,
        context: Context::Function,
        features: "",
        is_thumb: false,
    };
    assert_eq!(leaks_for(&target_x86_64(), unit), []);
}
