#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::analyse::{Outcome, analyse};
use crate::testing::{block, options, target_x86_64};

/// The story of a block, of which no lint says anything.
fn story(template: &str, operands: &[&str], promised: &str) -> Story {
    let mut block = block(&target_x86_64(), template, operands);
    block.options = options(promised);
    let meanings = Meanings::standard();
    let outcome = analyse(&[&block], meanings).next().unwrap();
    let Outcome::Analysed(analysis) = outcome else { panic!("{template} does not assemble") };
    let names = operands
        .iter()
        .map(|text| text.split_once(" = ").map_or(*text, |(name, _)| name).to_owned());
    tell(&Material {
        block: &block,
        facts: &analysis.readings[0].facts,
        meanings,
        names: Names { operands: names.collect() },
        findings: &[],
        doubts: &[],
        could_promise: &[],
    })
}

fn value(template: &str, operands: &[&str]) -> String {
    let story = story(template, operands, "");
    let output = story.outputs.last().unwrap();
    output.value.clone().unwrap_or_else(|| format!("depends on {}", output.depends_on.join(", ")))
}

#[test]
fn outputs_are_expressions_of_the_inputs() {
    let binary = ["a = in(reg) u64", "b = in(reg) u64", "out = out(reg) u64"];
    let values = [
        ("lea {out}, [{a} + {b}]", "a + b"),
        ("lea {out}, [{a} - 8]", "a - 8"),
        ("mov {out:e}, {a:e}", "low 32 bits of a"),
        ("xor {out:e}, {out:e}\ncmp {a}, {b}\nsetb {out:l}", "a < b"),
        ("xor {out:e}, {out:e}\ncmp {a}, {b}\nsetle {out:l}", "a <= b (signed)"),
        ("xor {out:e}, {out:e}\ncmp {a}, {b}\nseta {out:l}", "a > b"),
        ("mov {out}, {a}\ntest {b}, {b}\ncmovz {out}, {b}", "if b == 0 then b else a"),
        ("mov {out}, {a}\ncmp {a}, {b}\ncmovg {out}, {b}", "if a > b (signed) then b else a"),
        ("mov {out}, {a}\nshl {out}, 3", "low 61 bits of a << 3"),
        ("mov {out}, [{a} + 16]", "u64 at [a + 16]"),
        ("rdtsc\nmov {out}, rax", "depends on the result of `rdtsc`"),
    ];
    for (template, expected) in values {
        assert_eq!(value(template, &binary), expected, "{template}");
    }
}

#[test]
fn pointers_need_what_is_accessed_through_them() {
    let story = story(
        "mov {t}, [{p}]\nmov [{p} + 8], {t}\nmovaps xmm0, [{q}]\nmov {t}, [{q} + 16]",
        &["p = in(reg) *mut u64", "q = in(reg) *const u64", "t = out(reg) u64", "out(\"xmm0\") _"],
        "nostack",
    );
    let range = |offset, bytes| Range { offset, bytes, conditional: false };
    let [p, q] = &story.needs.pointers[..] else { panic!("{:?}", story.needs) };
    assert_eq!((&p.reads[..], &p.writes[..]), (&[range(0, 8)][..], &[range(8, 8)][..]));
    assert_eq!((&q.reads[..], q.alignment), (&[range(0, 24)][..], Some(16)));
    assert!(story.safety.contains("`p` must be valid for writes of 8 bytes at +8"));
}

#[test]
fn the_stack_is_measured() {
    assert_eq!(story("push rax\npush rax\npop rax\npop rax", &[], "").does.stack_bytes, Some(16));
}

#[test]
fn what_is_known_has_a_double() {
    let operands = ["p = in(reg) *mut u64", "n = inout(reg) u64"];
    let double = story("add {n}, [{p}]\nmov [{p}], {n}", &operands, "nostack").double.unwrap();
    assert_eq!(double.signature, "(in0: *mut u8, in1: u64) -> (u64,)");
    assert!(double.body.contains("read_unaligned") && double.body.contains("write_unaligned"));
    assert!(double.original.contains("inout(reg) in1 => out1"), "{}", double.original);
    assert_eq!(story("rdtsc", &["out(\"rax\") _", "out(\"rdx\") _"], "").double, None);
    assert_eq!(story("lock add dword ptr [{p}], 1", &["p = in(reg) *mut u32"], "").double, None);
}

#[test]
fn other_architectures_have_stories_too() {
    let target = crate::testing::target_aarch64();
    let operands = ["a = in(reg) u64", "b = in(reg) u64", "out = out(reg) u64"];
    let mut block = block(&target, "cmp {a}, {b}\ncsel {out}, {a}, {b}, eq", &operands);
    block.options = options("pure, nomem, nostack");
    let meanings = Meanings::standard();
    let Some(Outcome::Analysed(analysis)) = analyse(&[&block], meanings).next() else {
        panic!("the block does not assemble")
    };
    let names = ["a", "b", "out"].map(str::to_owned).to_vec();
    let story = tell(&Material {
        block: &block,
        facts: &analysis.readings[0].facts,
        meanings,
        names: Names { operands: names },
        findings: &[],
        doubts: &[],
        could_promise: &[],
    });
    assert_eq!(story.outputs[0].value.as_deref(), Some("if (a - b) == 0 then a else b"));
    assert_eq!(story.does.flags, ["N", "Z", "C", "V"]);
}
