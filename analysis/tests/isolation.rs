//! Many blocks at once: none disturbs another, and many together stay fast.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::time::Instant;

use asm_analysis::analyse::{Outcome, analyse, parts};
use asm_analysis::assemble::{Context, MachineCode, Rejection, Unit, assemble};
use asm_analysis::block::{Block, BlockKind, Syntax};
use asm_analysis::isa::Meanings;
use asm_analysis::testing::{block, target_x86_64};

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

fn assemble_texts(texts: &[&str]) -> Vec<Result<MachineCode, Rejection>> {
    let units: Vec<_> = texts.iter().map(|text| unit(text)).collect();
    assemble(&target_x86_64(), &units)
}

/// Assembles `disturber` among well-behaved neighbours, and checks that they are unharmed.
fn among_neighbours(disturber: &str) -> Result<MachineCode, Rejection> {
    let others = [
        ("mov eax, ebx", &[0x89, 0xd8][..]),
        ("2: jmp 2b", &[0xeb, 0xfe]),
        (".byte 1", &[1]),
        ("X = 3\nmov al, X", &[0xb0, 3]),
        // In a function LLVM drops the `$` of a block that starts in Intel syntax.
        (".att_syntax\nmov $3, %al\n.intel_syntax", &[0x8a, 0x04, 0x25, 3, 0, 0, 0]),
    ];
    let mut texts: Vec<&str> = others.iter().map(|(text, _)| *text).collect();
    texts.insert(2, disturber);
    texts.extend(others.iter().map(|(text, _)| *text));
    let mut answers = assemble_texts(&texts);
    let answer = answers.remove(2);
    for ((text, bytes), answer) in others.iter().cycle().zip(answers) {
        let code = answer.unwrap_or_else(|rejection| panic!("{disturber}: {text}: {rejection:?}"));
        assert_eq!(&code.start_section().bytes, bytes, "{disturber}: {text}");
        let line = u32::try_from(text.matches('\n').count().min(1)).unwrap();
        assert_eq!(code.line_at(code.start, 0), Some(line), "{disturber}: {text}");
    }
    answer
}

#[test]
fn rejected_blocks_harm_nobody() {
    for text in [
        "frobnicate",
        "nop\n.macro open",
        ".rept 2",
        ".if 1",
        ".if 0",
        "nop /* open",
        "jmp 2f",
        "jmp 2b",
        ".popsection",
        ".cfi_startproc",
        ".ascii \"open",
        ".endm",
        ".else",
        "jmp short 3f",
        ".text\njmp 2b",
    ] {
        assert!(among_neighbours(text).is_err(), "{text}");
    }
}

#[test]
fn blocks_that_leave_traces_harm_nobody() {
    for text in [
        ".att_syntax\nmov $1, %eax",
        ".code32\ninc eax",
        ".data\n.byte 7",
        ".pushsection .data\n.byte 7",
        ".macro mov a, b\nhlt\n.endm",
        "X = 4",
        ".set Y, .",
        "same_name: nop",
        ".end",
        ".altmacro",
        ".intel_syntax noprefix",
        ".org 64",
        ".previous\n.byte 7",
        ".section .debug_line,\"\",@progbits\n.byte 7",
        ".text\nsame_name: nop",
        ".section .text,\"ax\",@progbits",
    ] {
        among_neighbours(text).unwrap_or_else(|rejection| panic!("{text}: {rejection:?}"));
    }
}

#[test]
fn one_name_in_many_blocks() {
    let answers = assemble_texts(&["same: jmp same", "same: nop\njmp same", "jmp same"]);
    assert_eq!(answers[0].as_ref().unwrap().start_section().bytes, [0xeb, 0xfe]);
    assert_eq!(answers[1].as_ref().unwrap().start_section().bytes, [0x90, 0xeb, 0xfd]);
    assert!(answers[2].is_ok());
    let text = ".macro m\nnop\n.endm\nm";
    assert!(assemble_texts(&[text, text, text]).iter().all(Result::is_ok));
}

#[test]
fn blocks_beside_functions_see_each_other() {
    let module = |text| Unit { context: Context::Module, ..unit(text) };
    let units = [
        module(".macro shared\nnop\n.endm"),
        module("frobnicate"),
        module(".set DISTANCE, 5"),
        module("shared\nmov al, DISTANCE"),
        unit("shared\nshared"),
        unit("undefined"),
    ];
    let answers = assemble(&target_x86_64(), &units);
    assert!(answers[1].is_err() && answers[5].is_err());
    assert_eq!(answers[3].as_ref().unwrap().start_section().bytes, [0x90, 0xb0, 5]);
    assert_eq!(answers[4].as_ref().unwrap().start_section().bytes, [0x90, 0x90]);
}

/// Blocks of three to four instructions, all different.
fn crowd(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| match number % 3 {
            0 => format!("mov eax, {number}\nadd eax, [rcx + {number}]\nnop"),
            1 => format!("push rbx\nmov ebx, {number}\ncpuid\npop rbx"),
            _ => format!("2: dec ecx\nlea rax, [rax + {number}]\njne 2b"),
        })
        .collect()
}

#[test]
fn five_thousand_blocks() {
    let texts = crowd(5000);
    let units: Vec<_> = texts.iter().map(|text| unit(text)).collect();
    let start = Instant::now();
    let answers = assemble(&target_x86_64(), &units);
    println!("5,000 blocks: {:?}", start.elapsed());
    for (number, answer) in answers.iter().enumerate() {
        let code = answer.as_ref().unwrap();
        assert_eq!(code.line_at(code.start, 0), Some(0));
        assert_eq!(code.line_at(code.start, code.end_offset - 1), Some([2, 3, 2][number % 3]));
    }
}

#[test]
fn three_bad_ones_among_a_thousand() {
    for bad in ["frobnicate", ".if 1", "nop /*", ".macro m", "jmp 2f"] {
        let mut texts = crowd(1000);
        for place in [10, 500, 999] {
            texts[place] = format!("nop\n{bad}");
        }
        let units: Vec<_> = texts.iter().map(|text| unit(text)).collect();
        let start = Instant::now();
        let answers = assemble(&target_x86_64(), &units);
        println!("1,000 blocks, 3 with `{bad}`: {:?}", start.elapsed());
        for (place, answer) in answers.iter().enumerate() {
            assert_eq!(answer.is_err(), [10, 500, 999].contains(&place), "{bad}: {place}");
        }
    }
}

#[test]
fn all_bad() {
    let texts: Vec<String> = (0..2000).map(|number| format!("nop\nfrobnicate {number}")).collect();
    let units: Vec<_> = texts.iter().map(|text| unit(text)).collect();
    let start = Instant::now();
    let answers = assemble(&target_x86_64(), &units);
    println!("2,000 bad blocks: {:?}", start.elapsed());
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap_err().line == Some(1)));
}

#[test]
fn one_huge_block() {
    let text = "add rax, [rbx + 8]\nadc rcx, rdx\n".repeat(6000);
    assert!(text.len() > 180_000);
    let start = Instant::now();
    let code = assemble_texts(&[&text]).remove(0).unwrap();
    println!("a block of {} kB: {:?}", text.len() / 1000, start.elapsed());
    assert_eq!(code.line_at(code.start, code.end_offset - 1), Some(11_999));
}

/// What was found out about a block, but for the numbers of sections.
fn found(outcome: &Outcome) -> String {
    let Outcome::Analysed(analysis) = outcome else { return format!("{outcome:?}") };
    let facts = analysis.readings.iter().map(|reading| {
        let facts = &reading.facts;
        let accesses = facts.accesses.iter().map(|access| (access.site, access.kind, access.place));
        let exits = facts.exits.iter().map(|exit| (exit.kind, exit.state.changes().count()));
        let lists = (&facts.reads, &facts.writes, &facts.doubts, &facts.symbols);
        let counts = (facts.cost, facts.values.len(), facts.uses.len(), facts.instructions.len());
        format!("{:?}", (lists, counts, accesses.collect::<Vec<_>>(), exits.collect::<Vec<_>>()))
    });
    facts.collect()
}

#[test]
fn parts_are_judged_as_all_blocks_together() {
    let target = target_x86_64();
    let operands = ["x = inout(reg) u64", "out(\"rdx\") _"];
    let mut blocks: Vec<Block> = (0..6)
        .map(|number| {
            let code =
                format!("add {{x}}, {number}\ncall outside_{number}\n2: dec {{x}}\njnz 2b\n");
            block(&target, &format!("{code}# {}", "-".repeat(32 << 10)), &operands)
        })
        .collect();
    blocks.push(block(&target, "npo", &operands));
    blocks.push(block(&target, "mov rdx, [rip + beside]", &operands));
    let next_to_functions = |text: &str| Block {
        kind: BlockKind::Global,
        operands: Vec::new(),
        ..block(&target, text, &[])
    };
    blocks.insert(3, next_to_functions("beside: .quad 3"));
    blocks.push(next_to_functions("mov eax, [rip + beside]"));
    let analyse_all = |blocks: &[&Block]| -> Vec<String> {
        analyse(blocks, Meanings::standard()).map(|outcome| found(&outcome)).collect()
    };
    let together = analyse_all(&blocks.iter().collect::<Vec<_>>());
    let all = parts(&blocks);
    assert!(all.len() > 3, "{all:?}");
    assert_eq!(all[0], [3, 9], "what is next to functions is assembled as one text");
    let mut seen = Vec::new();
    for part in &all {
        let some: Vec<&Block> = part.iter().map(|&index| &blocks[index]).collect();
        for (&index, found) in part.iter().zip(analyse_all(&some)) {
            assert_eq!(found, together[index], "block {index}");
            seen.push(index);
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..blocks.len()).collect::<Vec<_>>());
    // Whoever needs a macro has to be assembled with it.
    blocks.push(next_to_functions(".macro three\nnop\n.endm"));
    assert_eq!(parts(&blocks).len(), 1);
    assert_eq!(parts(&[]).len(), 0);
}
