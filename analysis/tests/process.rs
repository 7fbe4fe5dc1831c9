//! The assembler as a process: the same answers as the library's, and a crash harms nobody.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use asm_analysis::assemble::{Backend, Context, MachineCode, Rejection, Unit, assemble_by};
use asm_analysis::block::{Syntax, Target};
use asm_analysis::testing::{target_aarch64, target_riscv64, target_x86_64};

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

/// Without the component `llvm-tools` there is nothing to test.
fn is_available() -> bool {
    let answer = assemble_by(Backend::Process, &target_x86_64(), &[unit("nop")]).remove(0);
    if let Err(rejection) = &answer {
        eprintln!("skipped: {}", rejection.message);
        assert!(rejection.message.starts_with("cannot run"), "{rejection:?}");
    }
    answer.is_ok()
}

/// What counts of an answer.
fn summary(answer: &Result<MachineCode, Rejection>) -> String {
    match answer {
        Ok(code) => {
            let section = code.start_section();
            let lines: Vec<_> =
                (0..code.end_offset).map(|offset| code.line_at(code.start, offset)).collect();
            let (bytes, relocations) = (&section.bytes, &section.relocations);
            format!("{bytes:x?} {relocations:?} {lines:?} {:?}", code.leaks)
        }
        Err(rejection) => format!("{rejection:?}"),
    }
}

fn same(target: &Target, units: &[Unit<'_>]) {
    let [library, process] =
        [Backend::Library, Backend::Process].map(|backend| assemble_by(backend, target, units));
    for ((unit, library), process) in units.iter().zip(library).zip(process) {
        assert_eq!(summary(&process), summary(&library), "{:?}", unit.text);
    }
}

#[test]
fn answers_are_those_of_the_library() {
    if !is_available() {
        return;
    }
    let texts = [
        "mov eax, 10h\nnop",
        "frobnicate",
        "nop\n  frobnicate eax",
        ".macro two\nnop\nfrobnicate\n.endm\ntwo",
        ".macro leaking\n.endm",
        "call other\njmp asm_lint_label_0",
        ".rept 3\nnop\n.endr",
        "2: jmp 2b",
        "jmp 2f",
        ".ascii \"a \\\"quoted\\\" word \u{e4}\"",
        ".section .rodata\n.long 5",
        "nop # a comment with $ and \"",
    ];
    let mut units: Vec<Unit<'_>> = texts.iter().map(|text| unit(text)).collect();
    units.push(Unit { syntax: Syntax::Att, ..unit("mov $5, %eax") });
    units.push(Unit { context: Context::Module, ..unit(".globl g\ng: ret") });
    same(&target_x86_64(), &units);
    let mut windows = (*target_x86_64()).clone();
    windows.llvm_triple = "x86_64-pc-windows-msvc".to_owned();
    same(&windows, &[unit(".long x@IMGREL\nnop"), unit("call x")]);
    let lse = Unit { features: "+lse", ..unit("casal x0, x1, [x2]") };
    let texts = ["ldr x0, =0x123456789", "adrp x0, s", "casal x0, x1, [x2]"];
    let units: Vec<Unit<'_>> = texts.map(unit).into_iter().chain([lse]).collect();
    same(&target_aarch64(), &units);
    same(&target_riscv64(), &[unit("la a0, s"), unit("vsetvli t0, a0, e8")]);
}

/// LLVM's writer of ELF files knows no such relocation, and dies.
#[test]
fn a_crash_harms_nobody() {
    if !is_available() {
        return;
    }
    let texts = ["nop", ".long x@IMGREL", "mov eax, 1", "frobnicate", "ret"];
    let units = texts.map(unit);
    let answers = assemble_by(Backend::Process, &target_x86_64(), &units);
    let words: Vec<_> = answers
        .iter()
        .map(|answer| answer.as_ref().map_or_else(|rejection| rejection.message.as_str(), |_| ""))
        .collect();
    let expected =
        ["", "LLVM crashes on this block", "", "invalid instruction mnemonic 'frobnicate'", ""];
    assert_eq!(words, expected);
}
