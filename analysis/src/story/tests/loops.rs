//! What loops access: as often as they come round, where that is certain.

use super::*;
use crate::block::Target;
use crate::testing::{target_aarch64, target_arm, target_riscv64};
use std::sync::Arc;

const OPERANDS: [&str; 5] = [
    "p = inout(reg) *mut u64 => _",
    "n = inout(reg) usize => _",
    "v = in(reg) usize",
    "end = in(reg) *mut u64",
    "i = out(reg) usize",
];

fn told(target: &Arc<Target>, template: &str) -> Story {
    let number = format!("u{}", target.architecture.word_bits());
    let operands = OPERANDS.map(|operand| operand.replace("usize", &number));
    let operands: Vec<&str> = operands.iter().map(String::as_str).collect();
    story_of(&block(target, template, &operands), &operands, &[])
}

/// What is needed of `p`, and on entry.
fn needs(target: &Arc<Target>, template: &str) -> (String, Vec<String>) {
    let Needs { pointers, entry, other_memory, .. } = told(target, template).needs;
    assert!(other_memory.is_empty(), "{template}: {other_memory:?}");
    let text = pointers.iter().map(|pointer| format!("{}: {}", pointer.operand, pointer.text));
    (text.collect::<Vec<_>>().join("; "), entry)
}

const NOT_ZERO: &str = "`n` must not be 0, or the loop of `jnz 2b` is executed 2^64 times";

#[test]
fn loops_that_count_down_access_so_many_elements() {
    let counted = [
        (
            "2:\nmov [{p}], {v}\nadd {p}, 8\ndec {n}\njnz 2b",
            "writes of 8 × n bytes at +0",
            NOT_ZERO,
        ),
        (
            "2:\nlea {i}, [{n} - 1]\nmov {n}, [{p} + 8]\nadd {p}, 8\nmov {n}, {i}\ntest {n}, {n}\njne 2b",
            "reads of 8 × n bytes at +8",
            "`n` must not be 0, or the loop of `jne 2b` is executed 2^64 times",
        ),
        (
            "2:\nmovups [{p}], xmm0\nmovups [{p} + 16], xmm1\nadd {p}, 32\nsub {n}, 1\njnz 2b",
            "writes of 32 × n bytes at +0",
            NOT_ZERO,
        ),
        (
            "2:\nmov {i}, [{p}]\nadd {p}, 64\ndec {n}\njnz 2b",
            "reads of n times 8 bytes, 64 bytes apart, at +0",
            NOT_ZERO,
        ),
        (
            "2:\nmov [{p} + {n} * 8 - 8], {v}\ndec {n}\njnz 2b",
            "writes of 8 × n bytes at +0",
            NOT_ZERO,
        ),
        (
            "2:\nmov [{p}], {v}\nadd {p}, 8\ndec {n:e}\njnz 2b",
            "writes of 8 × (low 32 bits of n) bytes at +0",
            "`(low 32 bits of n)` must not be 0, or the loop of `jnz 2b` is executed 2^32 times",
        ),
        (
            "2:\nmov [{p}], {v}\nadd {p}, 8\nsub {n}, 8\njnz 2b",
            "writes of n bytes at +0",
            "`n` must be a multiple of 8 and not 0, or the loop of `jnz 2b` does not end in time",
        ),
        (
            "and {n}, -16\n2:\nmovups [{p}], xmm0\nadd {p}, 16\nsub {n}, 16\njnz 2b",
            "writes of ((bits 4 to 63 of n) << 4) bytes at +0",
            "`((bits 4 to 63 of n) << 4)` must not be 0, or the loop of `jnz 2b` is executed 2^60 times",
        ),
    ];
    for (template, valid, entry) in counted {
        let (text, on_entry) = needs(&target_x86_64(), template);
        assert_eq!(text, format!("p: valid for {valid}"), "{template}");
        assert_eq!(on_entry, [entry], "{template}");
    }
}

#[test]
fn loops_to_an_end_access_what_is_before_it() {
    let to_the_end = "`(end - p)` must be a multiple of 8 and not 0, or the loop of `jne 2b` does not end in time";
    let (text, entry) =
        needs(&target_x86_64(), "2:\nmov [{p}], {v}\nadd {p}, 8\ncmp {p}, {end}\njne 2b");
    assert_eq!(text, "p: valid for writes of (end - p) bytes at +0");
    assert_eq!(entry, [to_the_end]);
    let template = "xor {i:e}, {i:e}\n2:\nmov [{p} + {i} * 8], {v}\ninc {i}\ncmp {i}, {n}\njne 2b";
    let (text, entry) = needs(&target_x86_64(), template);
    assert_eq!(text, "p: valid for writes of 8 × n bytes at +0");
    assert_eq!(entry, [NOT_ZERO.replace("jnz", "jne")]);
}

#[test]
fn loops_that_count_up_access_so_many_elements() {
    let once = |branch: &str| {
        format!("`n` must not be 0, or the loop of `{branch} 2b` is executed once nevertheless")
    };
    let x86 = target_x86_64();
    let up = "xor {i:e}, {i:e}\n2:\nmov [{p} + {i} * 8], {v}\ninc {i}\ncmp {i}, {n}\njb 2b";
    let (text, entry) = needs(&x86, up);
    assert_eq!(text, "p: valid for writes of 8 × n bytes at +0");
    assert_eq!(entry, [once("jb")]);
    for guarded in [
        format!("test {{n}}, {{n}}\njz 3f\n{up}\n3:"),
        "xor {i:e}, {i:e}\n2:\ncmp {i}, {n}\njae 3f\nmov [{p} + {i} * 8], {v}\ninc {i}\njmp 2b\n3:"
            .to_owned(),
    ] {
        let (text, entry) = needs(&x86, &guarded);
        assert_eq!(text, "p: valid for writes of 8 × n bytes at +0", "{guarded}");
        assert!(entry.is_empty(), "{entry:?}");
    }
    let a64 =
        "mov {i}, #0\n2:\nstr {v}, [{p}, {i}, lsl #3]\nadd {i}, {i}, #1\ncmp {i}, {n}\nb.lo 2b";
    let riscv =
        "li {i}, 0\n2:\nsb {v}, 0({p})\naddi {p}, {p}, 1\naddi {i}, {i}, 1\nbltu {i}, {n}, 2b";
    for (target, template, bytes) in
        [(target_aarch64(), a64, "8 × n bytes"), (target_riscv64(), riscv, "n bytes")]
    {
        let (text, entry) = needs(&target, template);
        assert_eq!(text, format!("p: valid for writes of {bytes} at +0"), "{template}");
        assert!(entry[0].ends_with("is executed once nevertheless"), "{entry:?}");
    }
    // What begins elsewhere, or steps over the limit, is not counted.
    for uncertain in [
        up.replace("xor {i:e}, {i:e}", "mov {i}, {v}"),
        up.replace("inc {i}", "add {i}, 2"),
        up.replace("jb", "jae"),
        up.replace("jb", "jl"),
    ] {
        let told = told(&x86, &uncertain).needs;
        assert!(!told.pointers.iter().any(|pointer| pointer.text.contains('×')), "{uncertain}");
    }
}

/// A test before the first pass takes the demand away, and what it passes by is part of the number.
#[test]
fn loops_that_may_not_begin_demand_nothing() {
    for template in [
        "test {n}, {n}\njz 3f\n2:\nmov [{p}], {v}\nadd {p}, 8\ndec {n}\njnz 2b\n3:",
        "2:\ntest {n}, {n}\njz 3f\nmov [{p}], {v}\nadd {p}, 8\ndec {n}\njmp 2b\n3:",
        "jmp 3f\n2:\nmov [{p}], {v}\nadd {p}, 8\ndec {n}\n3:\ntest {n}, {n}\njnz 2b",
    ] {
        let (text, entry) = needs(&target_x86_64(), template);
        assert_eq!(text, "p: valid for writes of 8 × n bytes at +0", "{template}");
        assert!(entry.is_empty(), "{template}: {entry:?}");
    }
    // Passed by for another reason.
    let other = "test {v}, {v}\njz 3f\n2:\nmov [{p}], {v}\nadd {p}, 8\ndec {n}\njnz 2b\n3:";
    let (text, entry) = needs(&target_x86_64(), other);
    assert_eq!(text, "p: valid for writes of up to 8 × n bytes at +0");
    assert_eq!(entry, [NOT_ZERO]);
}

#[test]
fn loops_with_other_exits_access_at_most_so_many() {
    let template = "2:\ncmp byte ptr [{p}], {v:l}\nje 3f\ninc {p}\ndec {n}\njnz 2b\n3:";
    let (text, entry) = needs(&target_x86_64(), template);
    assert_eq!(text, "p: valid for reads of up to n bytes at +0");
    assert_eq!(entry, ["`n` must not be 0, or `jnz 2b` does not end its loop in time"]);
}

#[test]
fn what_is_not_certain_is_not_counted() {
    for template in [
        // On one way round, the pointer stays.
        "2:\nmov [{p}], {v}\ntest {n}, 1\njz 3f\nadd {p}, 8\n3:\ndec {n}\njnz 2b",
        // The step is not a number.
        "2:\nmov [{p}], {v}\nadd {p}, {v}\ndec {n}\njnz 2b",
        // The count is loaded anew.
        "2:\nmov [{p}], {v}\nadd {p}, 8\nmov {n}, [{end}]\ndec {n}\njnz 2b",
        // Two numbers are counted in turn.
        "2:\nmov [{p}], {v}\nadd {p}, 8\nxchg {n}, {i}\ndec {n}\njnz 2b",
        // It begins at two places.
        "test {v}, {v}\njz 2f\nadd {p}, 8\n2:\nmov [{p}], {v}\nadd {p}, 8\ndec {n}\njnz 2b",
        // A loop in a loop.
        "mov {i}, {n}\n2:\nmov [{p}], {v}\nadd {p}, 8\ndec {n}\njnz 2b\nmov {n}, {v}\ndec {i}\njnz 2b",
        // It ends where a number is reached that depends on the memory.
        "2:\nmov {i}, [{p}]\nadd {p}, 8\ncmp {i}, {n}\njne 2b",
        // Every second pass is a step of another size.
        "2:\nmov [{p}], {v}\nadd {p}, {i}\nxor {i}, 24\ndec {n}\njnz 2b",
    ] {
        let needs = told(&target_x86_64(), template).needs;
        let text = &needs.pointers[0].text;
        assert!(text.ends_with("at offsets that the block computes"), "{template}: {text}");
        assert!(!needs.entry.iter().any(|entry| entry.contains("loop")), "{template}");
    }
}

#[test]
fn all_architectures_count() {
    let (aarch64, riscv, arm) = (target_aarch64(), target_riscv64(), target_arm());
    let counted = [
        (
            &aarch64,
            "2:\nldr {i}, [{p}], #8\nsubs {n}, {n}, #1\nb.ne 2b",
            "reads of 8 × n bytes at +0",
        ),
        (
            &aarch64,
            "2:\nstp {v}, {v}, [{p}], #16\nsub {n}, {n}, #1\ncbnz {n}, 2b",
            "writes of 16 × n bytes at +0",
        ),
        (
            &aarch64,
            "2:\nstr {v}, [{p}], #8\ncmp {p}, {end}\nb.ne 2b",
            "writes of (end - p) bytes at +0",
        ),
        (
            &aarch64,
            "mov {i}, #0\n2:\nstr {v}, [{p}, {i}, lsl #3]\nadd {i}, {i}, #1\ncmp {i}, {n}\nb.ne 2b",
            "writes of 8 × n bytes at +0",
        ),
        (
            &riscv,
            "2:\nsd {v}, 0({p})\naddi {p}, {p}, 8\naddi {n}, {n}, -1\nbnez {n}, 2b",
            "writes of 8 × n bytes at +0",
        ),
        (
            &riscv,
            "2:\nld {i}, ({p})\nadd {p}, {p}, 8\nbne {p}, {end}, 2b",
            "reads of (end - p) bytes at +0",
        ),
        (&arm, "2:\nstr {v}, [{p}], #4\nsubs {n}, {n}, #1\nbne 2b", "writes of 4 × n bytes at +0"),
        (
            &arm,
            "2:\nldr {i}, [{p}]\nadd {p}, {p}, #4\ncmp {p}, {end}\nbne 2b",
            "reads of (end - p) bytes at +0",
        ),
    ];
    for (target, template, valid) in counted {
        let (text, entry) = needs(target, template);
        let text = text.split(", aligned").next().unwrap();
        assert_eq!(text, format!("p: valid for {valid}"), "{template}");
        assert_eq!(entry.len(), 1, "{template}: {entry:?}");
        assert!(
            entry[0].contains(" not 0") || entry[0].contains("not be 0"),
            "{template}: {entry:?}"
        );
    }
}

/// Of what a loop accesses, the first and the second pass are shown, not each round that was followed.
#[test]
fn a_loop_is_told_once() {
    let operands =
        ["p = inout(reg) *const u64 => _", "n = inout(reg) u64 => _", "s = inout(reg) u64"];
    let template = "2:\nadd {s}, [{p}]\nadd {p}, 8\ndec {n}\njnz 2b";
    let effects = effects(template, &operands);
    assert!(effects[0].starts_with("reads 8 bytes at [p], [p + 8], …, "), "{effects:?}");
    let story = story(template, &operands, "readonly, nostack");
    assert_eq!(story.needs.pointers[0].text, "valid for reads of 8 × n bytes at +0");
    assert_eq!(story.does.memory, ["reads 8 × n bytes at [p]"]);
    assert!(
        story.safety.contains("`p` must be valid for reads of `8 * n` bytes."),
        "{}",
        story.safety
    );
    // How often it runs decides the sum.
    let depends = &story.outputs[0].depends_on;
    assert!(depends.contains(&"`n`".to_owned()), "{depends:?}");
    assert!(depends.iter().any(|on| on == "memory through `p`"), "{depends:?}");
}
