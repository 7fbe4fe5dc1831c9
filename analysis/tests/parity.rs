//! Our bytes are the compiler's: the same templates through rustc, code generation and all.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::env;
use std::fmt::Write;
use std::fs;
use std::process::Command;

use asm_analysis::assemble::{Request, assemble_blocks};
use asm_analysis::block::{Block, BlockKind, Syntax};
use asm_analysis::testing::{block, target_x86_64};
use object::{Object, ObjectSection};

/// Templates as they stand between quotes in the source.
const INTEL: &[&str] = &[
    r"mov eax, $5\nmov ecx, $$7",
    r"nop\0frobnicate",
    r"2: dec ecx\njnz 2b\njmp 3f\n.balign 8\n3:",
    r".macro twice what\n\\what\n\\what\n.endm\ntwice nop\n.purgem twice",
    r".rept 3\npush rax\n.endr\n.irp r, rax, rcx\npop \\r\n.endr",
    r".att_syntax\nmov $5, %eax\nmov $$7, %ecx\n.intel_syntax",
    r"vaddps zmm1{{k1}}{{z}}, zmm2, zmm3",
    r".code32\nmov eax, 5\n.code64\nmov eax, 5",
    r"lock\nxadd [rax], ecx\nrep movsb\nmov rax, fs:[0]",
    r"/* a\ncomment */ nop // more\nmov al, 'a' # '",
    r".byte 0x0f, 0x0b; .long 5; .ascii \x22a\\nb\x22",
    r"mov eax, 1 + 2*3 ; lea rax, [rax + rcx*4 - 7]; mov byte ptr [rip], 5",
    r".if 1 == 2\nfrobnicate\n.else\nnop\n.endif",
    r"push 5\npush 500\nmov rax, -1\nmov rax, 0x123456789\nmovabs rax, 5",
    r"X = 5\nmov al, X\n.set Y, X + 1\nmov al, Y",
    r"",
];

const ATT: &[&str] = &[
    r"mov $5, %eax",
    r"push 5\npush $5\ncall 5\nmov 5, %eax",
    r"vaddps %zmm3, %zmm2, %zmm1{{%k1}}{{z}}",
    r"lock; xaddl %ecx, (%rax)\nmovq %fs:0, %rax",
    r".intel_syntax noprefix\nmov eax, 5\n.att_syntax",
];

#[test]
fn the_compiler_assembles_the_same() {
    let cases: Vec<(&str, Syntax, bool)> = [(INTEL, Syntax::Intel), (ATT, Syntax::Att)]
        .into_iter()
        .flat_map(|(templates, syntax)| templates.iter().map(move |text| (*text, syntax)))
        .flat_map(|(text, syntax)| [(text, syntax, false), (text, syntax, true)])
        // The inline printer handles the `$` and the NUL; elsewhere they are errors.
        .filter(|(text, syntax, naked)| {
            !naked || !(text.contains("\\0") || *syntax == Syntax::Intel && text.contains('$'))
        })
        .collect();
    let object = compile(&cases);
    let file = object::File::parse(&*object).unwrap();
    let target = target_x86_64();
    let blocks: Vec<Block> = cases
        .iter()
        .map(|(text, syntax, naked)| {
            let mut block = block(&target, &unescape(text), &[]);
            block.syntax = *syntax;
            if *naked {
                // The other macro that does not go through the inline printer.
                block.kind = BlockKind::Global;
            }
            block
        })
        .collect();
    let requests: Vec<Request<'_>> = blocks.iter().map(Request::from).collect();
    for (index, (case, answer)) in cases.iter().zip(assemble_blocks(&requests)).enumerate() {
        let ours = answer.unwrap_or_else(|failure| panic!("{case:?}: {failure}"));
        let name = format!(".text.case_{index}");
        let theirs = file.section_by_name(&name).unwrap_or_else(|| panic!("no {name}"));
        let theirs = theirs.data().unwrap();
        let ours = &ours.code.start_section().bytes;
        // After a block that does not return the compiler may emit a trap.
        let rest = theirs.strip_prefix(&ours[..]).unwrap_or_else(|| {
            panic!("{case:?}\n  ours: {ours:02x?}\ntheirs: {theirs:02x?}");
        });
        assert!(matches!(rest, [] | [0x0f, 0x0b]), "{case:?}: {rest:02x?}");
    }
}

/// One function for each case, compiled by the toolchain that runs the test.
fn compile(cases: &[(&str, Syntax, bool)]) -> Vec<u8> {
    let mut source = "#![no_std]\n#![crate_type = \"lib\"]\n".to_owned();
    for (index, (text, syntax, naked)) in cases.iter().enumerate() {
        let syntax = if *syntax == Syntax::Att { "att_syntax" } else { "" };
        let (attribute, body) = if *naked {
            ("#[unsafe(naked)]", format!("core::arch::naked_asm!(\"{text}\", options({syntax}))"))
        } else {
            let options = format!("options(noreturn, nostack, {syntax})");
            ("", format!("unsafe {{ core::arch::asm!(\"{text}\", {options}) }}"))
        };
        writeln!(
            source,
            "{attribute} #[unsafe(no_mangle)] pub extern \"C\" fn case_{index}() -> ! {{ {body} }}"
        )
        .unwrap();
    }
    let directory = env::temp_dir().join(format!("asm-analysis-parity-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let (input, output) = (directory.join("cases.rs"), directory.join("cases.o"));
    fs::write(&input, source).unwrap();
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let run = Command::new(rustc)
        .args(["--edition=2024", "--target=x86_64-unknown-linux-gnu", "--emit=obj", "-O"])
        .args(["-Cpanic=abort", "-Ccodegen-units=1", "-Ctarget-feature=+avx512f"])
        .args(["-Aunused", "-Adeprecated", "-Aasm_sub_register"])
        .args([&input.into_os_string(), &"-o".into(), &output.clone().into_os_string()])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let object = fs::read(&output).unwrap();
    fs::remove_dir_all(&directory).unwrap();
    object
}

/// What the escapes used above mean in a Rust string.
fn unescape(text: &str) -> String {
    let marked = text.replace("\\\\", "\u{1}").replace("\\n", "\n").replace("\\0", "\0");
    marked.replace("\\x22", "\"").replace('\u{1}', "\\")
}
