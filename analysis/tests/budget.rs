//! What a block may cost: its cost grows with its length and no faster, and what is too much is not
//! judged, for a reason that says so.

#![allow(clippy::panic, reason = "a test that can't continue")]

use std::fmt::Write as _;
use std::process::Command;
use std::{env, fs};

use asm_analysis::analyse::{Outcome, analyse};
use asm_analysis::assemble::Failure;
use asm_analysis::block::Block;
use asm_analysis::facts::{DoubtKind, PlaceOfAccess};
use asm_analysis::isa::Meanings;
use asm_analysis::questions::pointers::certain_alignment;
use asm_analysis::reading::Reading;
use asm_analysis::substitute::Reason;
use asm_analysis::testing::shapes::SHAPES;
use asm_analysis::testing::{block, target_x86_64};

fn outcome(block: &Block) -> Outcome {
    let outcome = analyse(&[block], Meanings::standard()).next();
    outcome.unwrap_or_else(|| panic!("one block, one outcome"))
}

fn reading(block: &Block) -> Reading {
    match outcome(block) {
        Outcome::Analysed(mut analysis) => analysis.readings.remove(0),
        other => panic!("{other:?}"),
    }
}

fn x86(template: &str) -> Block {
    block(&target_x86_64(), template, &["a = inout(reg) u64", "b = inout(reg) u64"])
}

fn doubts(template: &str) -> Vec<DoubtKind> {
    reading(&x86(template)).facts.doubts.iter().map(|doubt| doubt.kind).collect()
}

fn is_too_large(template: &str) -> bool {
    matches!(outcome(&x86(template)), Outcome::Failed(Failure::Unplaceable(Reason::TooLarge)))
}

/// Executed instructions, work on states and the number of values are counted, so this does not
/// depend on the machine. An exponent of 1.1 is a factor of 4.6 for a block that is four times as long.
#[test]
fn cost_grows_with_the_length_and_no_faster() {
    let mut found = String::new();
    for shape in SHAPES {
        let [short, long] = [500, 2_000].map(|length| {
            let facts = reading(&shape.block(length)).facts;
            (facts.cost, facts.values.len(), facts.uses.len() + facts.accesses.len())
        });
        let grows = |short: usize, long: usize| long * 10 > short * 46 + 100;
        if grows(short.0, long.0) || grows(short.1, long.1) || grows(short.2, long.2) {
            let _ = writeln!(found, "{:?} {}: {short:?}, {long:?}", shape.architecture, shape.name);
        }
    }
    assert_eq!(found, "");
}

#[test]
fn what_makes_gigabytes_is_not_assembled() {
    for template in [
        ".skip 0x7fffffff",
        ".fill 100000000",
        ".zero 100000000",
        ".space 1 << 31",
        ".org 0x7fffffff",
        ".rept 1000\n.rept 1000\n.rept 1000\n.quad 0\n.endr\n.endr\n.endr",
        ".rept 10000000\nnop\n.endr",
    ] {
        assert!(is_too_large(template), "{template}");
    }
}

/// A macro that calls itself twice is more than LLVM can end in any time.
#[test]
fn what_has_no_end_is_ended() {
    let template = ".macro more\nmore\nmore\nmore\nmore\n.endm\nmore";
    let answer = outcome(&x86(template));
    // LLVM refuses to go deeper than its own limit, or takes too long for it.
    assert!(matches!(answer, Outcome::Failed(_)), "{answer:?}");
}

#[test]
fn zeros_are_not_decoded() {
    assert_eq!(doubts("nop\n.org 0x10000"), [DoubtKind::Padding]);
    assert_eq!(doubts(".zero 1000000"), [DoubtKind::Padding]);
    // A few are what they are: instructions.
    assert_eq!(doubts(".zero 8"), []);
}

#[test]
fn a_subroutine_may_have_a_thousand_callers() {
    let calls = "call 3f\n".repeat(1000);
    let read = reading(&x86(&format!("{calls}jmp 4f\n3: add {{a}}, {{b}}\nret\n4:")));
    assert_eq!(read.facts.doubts, []);
    assert_eq!(read.facts.exits.len(), 1);
}

/// Where a pointer comes from is worked out for all values at once: from the end of each loop there are
/// several ways back through all loops before it.
#[test]
fn a_chain_of_loops_keeps_its_pointers() {
    let line = "2: mov r8, [{a}]\nadd {a}, 16\ndec {b}\njnz 2b\n";
    let block = x86(&format!("and {{a}}, -16\n{}", line.repeat(60)));
    let read = reading(&block);
    let loads = read.facts.accesses.iter().filter(|access| access.place == PlaceOfAccess::Outside);
    let mut count = 0;
    for access in loads {
        assert_eq!(certain_alignment(&read.facts, &access.address), 16);
        count += 1;
    }
    assert!(count >= 60, "{count}");
}

/// Subroutines that each call the next one twice: more rows of callers than there is time for.
fn callers_of_callers() -> String {
    let mut template = String::from("call 100f\njmp 9f\n");
    for level in 100..118 {
        let _ = writeln!(template, "{level}: call {0}f\ncall {0}f\nret", level + 1);
    }
    template + "118: add {a}, {b}\nret\n9:"
}

#[test]
fn callers_of_callers_end() {
    let doubts = doubts(&callers_of_callers());
    assert!(!doubts.is_empty());
    let known = [DoubtKind::TooManyCallers, DoubtKind::TooMuchWork, DoubtKind::ComputedJump];
    assert!(doubts.iter().all(|doubt| known.contains(doubt)), "{doubts:?}");
}

#[test]
fn many_branches_end() {
    let mut template = String::new();
    for bit in 0..60 {
        let _ = writeln!(template, "bt {{b}}, {bit}\njc 2f\nrol {{a}}, {bit}\n2:");
    }
    assert_eq!(doubts(&template), []);
}

/// How many bytes a process that judges one block may take at most.
const BYTES: u64 = 512 << 20;

/// Says to the measured process which block it is to judge.
const MEASURED: &str = "ASM_LINT_MEASURED";

/// Blocks that keep as much as they can.
fn greedy(name: &str) -> String {
    let lines = |count: usize, line: fn(usize) -> String| (0..count).map(line).collect::<String>();
    match name {
        "callers of callers" => callers_of_callers(),
        "paths with stores" => lines(2_000, |number| {
            let (bit, place) = (number % 64, 8 * (number % 16) + 8);
            format!("bt {{b}}, {bit}\njc 2f\nrol {{a}}, {bit}\nmov [rsp - {place}], {{a}}\n2:\n")
        }),
        "distinct places" => lines(10_000, |number| {
            let place = 8 * number;
            format!("mov [{{b}} + {place}], {{a}}\nadd {{a}}, [{{b}} + {place} + 4]\n")
        }),
        _ => ".rept 20000\nadd {a}, [{b}]\nxor [{b} + 8], {a}\n.endr".to_owned(),
    }
}

/// What is measured; does nothing where nobody measures.
#[test]
#[ignore = "run by the test below"]
fn measured() {
    let Ok(name) = env::var(MEASURED) else { return };
    outcome(&x86(&greedy(&name)));
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    println!("\npeak {peak}");
}

#[cfg(target_os = "linux")]
#[test]
fn no_block_takes_more_memory_than_there_is_for_one() {
    let own = env::current_exe().unwrap_or_else(|error| panic!("{error}"));
    for name in ["callers of callers", "paths with stores", "distinct places", "repetition"] {
        let mut command = Command::new(&own);
        command.args(["--exact", "measured", "--ignored", "--nocapture"]).env(MEASURED, name);
        let output = command.output().unwrap_or_else(|error| panic!("{error}"));
        let text = String::from_utf8_lossy(&output.stdout);
        let peak = text.lines().find_map(|line| line.strip_prefix("peak")).map(str::trim);
        let kilobytes = peak.and_then(|peak| peak.strip_suffix(" kB")?.trim().parse::<u64>().ok());
        println!("{name}: {kilobytes:?} kB");
        let Some(kilobytes) = kilobytes else { panic!("{name}: {output:?}") };
        assert!(kilobytes << 10 <= BYTES, "{name}: {kilobytes} kB");
    }
}
