//! What a story calls things.

use super::*;
use crate::block::{FunctionAbi, Target};
use crate::testing::{target_aarch64, target_arm, target_riscv64, target_thumb};
use std::sync::Arc;

fn told(target: &Arc<Target>, template: &str, operands: &[&str]) -> Story {
    story_of(&block(target, template, operands), operands, &[])
}

fn first_effects(target: &Arc<Target>, template: &str, operands: &[&str]) -> String {
    told(target, template, operands).code[0].instructions[0].effects.join(", ")
}

#[test]
fn what_waits_waits_and_does_nothing_else() {
    for (target, template) in
        [(target_aarch64(), "wfe"), (target_arm(), "wfe"), (target_aarch64(), "wfi")]
    {
        let story = told(&target, template, &[]);
        assert_eq!(story.code[0].instructions[0].effects, ["waits"]);
        assert_eq!(story.needs.privilege, "user");
        assert!(story.does.side_effects.is_empty(), "{:?}", story.does);
        let waits = format!("waits for an interrupt or an event (`{template}`)");
        assert_eq!(story.does.control, [waits.as_str(), "falls through"]);
    }
    let halts = story("hlt", &[], "");
    assert_eq!(
        (halts.needs.privilege, &*halts.does.side_effects),
        ("kernel", &["`hlt`".to_owned()][..])
    );
    let sends = told(&target_aarch64(), "sev", &[]);
    assert_eq!(
        (sends.needs.privilege, &*sends.does.side_effects),
        ("user", &["`sev`".to_owned()][..])
    );
}

/// Reading them is no privilege (DDI 0403 B5.2.2, DDI 0406 B9.3.8); of `spsr`, no user has one.
#[test]
fn what_a_result_varies_with_is_named() {
    let (thumb, arm) = (target_thumb(), target_arm());
    let reads = [
        (&thumb, "mrs {0}, msp", "user"),
        (&thumb, "mrs {0}, control", "user"),
        (&arm, "mrs {0}, cpsr", "user"),
        (&arm, "mrs {0}, spsr", "kernel"),
    ];
    for (target, template, privilege) in reads {
        let operands = ["out(reg) u32"];
        let mut names = told(target, template, &operands);
        let effects = names.code.remove(0).instructions.remove(0).effects;
        assert!(
            effects.contains(&"result varies (processor state)".to_owned()),
            "{template}: {effects:?}"
        );
        assert_eq!(names.needs.privilege, privilege, "{template}");
    }
    let privileged = told(&arm, "mrc p15, 0, {0}, c1, c0, 0", &["out(reg) u32"]);
    assert_eq!(privileged.needs.privilege, "kernel");
    assert_eq!(
        first_effects(&target_x86_64(), "rdtsc", &[]),
        "writes rax, rdx, result varies (clock)"
    );
    assert_eq!(first_effects(&target_x86_64(), "out dx, al", &[]), "side effect (I/O port)");
}

#[test]
fn mask_registers_are_those_of_a_feature() {
    let target = target_x86_64();
    let operands = ["f = in(reg) u64"];
    let mut called = block(&target, "call {f}", &operands);
    let registers = |block: &Block| story_of(block, &operands, &[]).does.registers;
    let masks =
        |block: &Block| registers(block).into_iter().find(|register| register.starts_with('k'));
    assert_eq!(masks(&called).as_deref(), Some("k0 to k7 with AVX-512 (not declared)"));
    called.features.names.insert("avx512f".to_owned());
    assert_eq!(masks(&called).as_deref(), Some("k0 to k7 (not declared)"));
}

#[test]
fn a_context_is_told_at_once() {
    let saved = story(
        "mov [rdi + 8], rbp\nmov [rdi], rbx\nmov [rdi + 16], r12\nmov rbx, [rdi + 32]",
        &[],
        "",
    );
    let memory = ["writes 24 bytes at [rdi on entry]", "reads 8 bytes at [rdi on entry + 32]"];
    assert_eq!(saved.needs.other_memory, memory);
    assert_eq!(saved.does.memory, memory);
    // What is not next to each other, or not always accessed, stays apart.
    let apart = story(
        "mov [rdi], rbx\nmov [rdi + 16], r12\ntest al, al\njz 2f\nmov [rdi + 8], rbp\n2:",
        &[],
        "",
    );
    assert_eq!(
        apart.needs.other_memory,
        [
            "writes 8 bytes at [rdi on entry]",
            "writes 8 bytes at [rdi on entry + 16]",
            "perhaps writes 8 bytes at [rdi on entry + 8]",
        ]
    );
    let machine = told(&target_riscv64(), "sd ra, 0(a0)\nsd s0, 8(a0)\nsd s1, 16(a0)", &[]);
    assert_eq!(machine.needs.other_memory, ["writes 24 bytes at [a0 on entry]"]);
}

#[test]
fn an_exchange_of_two_words_writes_in_any_case() {
    let story = story("lock cmpxchg16b [{p}]", &["p = in(reg) *mut u128"], "");
    let both = "valid for reads of 16 bytes at +0, for writes of 16 bytes at +0, aligned to 16";
    assert_eq!(story.needs.pointers[0].text, both);
    assert_eq!(story.does.memory, ["reads 16 bytes at [p]", "writes 16 bytes at [p]"]);
}

#[test]
fn only_some_addresses_must_be_mapped() {
    let pointer = ["p = in(reg) *mut u8"];
    assert!(story("invlpg [{p}]", &pointer, "").needs.entry.is_empty());
    assert!(told(&target_aarch64(), "at s1e1r, {p}", &pointer).needs.entry.is_empty());
    let line = told(&target_aarch64(), "ic ivau, {p}", &pointer).needs.entry;
    assert_eq!(line, ["the address that `ic ivau, {p}` acts on must be mapped"]);
}

#[test]
fn steps_of_the_stack_pointer_are_those_of_the_instruction() {
    let (x86, arm) = (target_x86_64(), target_arm());
    let thumb = target_thumb();
    let steps = [
        (&x86, "lea rsp, [rsp - 64]", "rsp - 64"),
        (&x86, "sub rsp, 0x400", "rsp - 1024"),
        (&x86, "add rsp, -8", "rsp - 8"),
        (&x86, "sub rsp, rax", "writes rsp"),
        (&x86, "and rsp, -16", "writes rsp"),
        (&x86, "lea rsp, [rsp + rax]", "writes rsp"),
        (&arm, "sub sp, sp, #16", "sp - 16"),
        (&thumb, "add sp, #8", "sp + 8"),
        (&target_riscv64(), "addi sp, sp, -32", "sp - 32"),
    ];
    for (target, template, expected) in steps {
        let effects = first_effects(target, template, &[]);
        assert_eq!(effects.split(", ").next(), Some(expected), "{template}");
    }
}

/// A switch of stacks returns to where the other stack says.
#[test]
fn a_return_after_a_switch_is_not_to_the_caller() {
    let target = target_aarch64();
    let mut switch = block(&target, "ldr x8, [x0]\nmov sp, x8\nldp x29, x30, [sp], 16\nret", &[]);
    let own = FunctionAbi::own_convention(false);
    switch.kind = BlockKind::Naked(FunctionAbi { name: "C".to_owned(), ..own });
    let story = story_of(&switch, &[], &[]);
    let away = "returns to another address than the caller's";
    assert!(story.does.control.iter().any(|way| way == away), "{:?}", story.does.control);
}

#[test]
fn labels_and_steps_of_aarch64_are_named() {
    let operands = [
        "dst = in(reg) *mut u64",
        "old = in(reg) u64",
        "new = in(reg) u64",
        "out = out(reg) u64",
        "r = out(reg) u64",
    ];
    let template = "2:\nldxr {out}, [{dst}]\ncmp {out}, {old}\nb.ne 3f\nstxr {r:w}, {new}, [{dst}]\n\
        cbnz {r:w}, 2b\nb 4f\n3:\nmov {r:w}, #1\nclrex\n4:";
    let code = told(&target_aarch64(), template, &operands).code;
    let texts: Vec<&str> = code
        .iter()
        .flat_map(|line| &line.instructions)
        .map(|decoded| decoded.text.as_str())
        .collect();
    assert_eq!((texts[2], texts[4], texts[5]), ("b.ne 3f", "cbnz {r:w}, 2b", "b 4f"));
    let pushed = first_effects(&target_aarch64(), "stp x29, x30, [sp, -16]!", &[]);
    assert_eq!(pushed, "writes 16 bytes on the stack, sp - 16");
}

#[test]
fn what_a_called_function_receives_is_an_argument() {
    let target = target_riscv64();
    let mut start = block(&target, "mv a0, s2\nsrli a1, s3, 3\nmv t3, t4\njalr s1\nunimp", &[]);
    let own = FunctionAbi::own_convention(false);
    start.kind = BlockKind::Naked(FunctionAbi { name: "C".to_owned(), ..own });
    let entry = story_of(&start, &[], &[]).needs.entry;
    assert_eq!(entry, ["`s1`, `s2`, `s3` and `t4` are read as arguments of the function"]);
}

#[test]
fn an_area_may_be_longer_than_its_header() {
    let operands = ["p = in(reg) *mut u8", "in(\"rax\") u64", "in(\"rdx\") u64"];
    let text = &story("xsave [{p}]", &operands, "").needs.pointers[0].text;
    assert!(text.starts_with("valid for reads of 576 bytes at +0, more at offsets"), "{text}");
    let fixed = &story("fxsave [{p}]", &operands[..1], "").needs.pointers[0].text;
    assert_eq!(fixed, "valid for writes of 512 bytes at +0, aligned to 16");
}

#[test]
fn expressions_are_in_parentheses_in_a_sum() {
    let mut stored =
        block(&target_x86_64(), "mov qword ptr [{p} + 16], 1", &["p = in(reg) *mut u64"]);
    stored.options = options("nostack");
    let does = story_of(&stored, &["x as u64 = in(reg) *mut u64"], &[]).does;
    assert_eq!(does.memory, ["writes 8 bytes at [(x as u64) + 16]"]);
}

#[test]
fn a_conditional_store_varies_everywhere() {
    let stores = [
        (target_aarch64(), "stxr w8, x9, [x10]"),
        (target_arm(), "strex r0, r1, [r2]"),
        (target_riscv64(), "sc.w a0, a1, (a2)"),
        (target_riscv64(), "sc.d.rl a0, a1, (a2)"),
    ];
    for (target, template) in stores {
        let effects = first_effects(&target, template, &[]);
        assert!(effects.contains("result varies (exclusive access)"), "{template}: {effects}");
    }
    // Predicates of SVE are no masks of AVX-512.
    let scalable = told(&target_aarch64(), ".arch_extension sve\nptrue p3.b", &["out(\"p3\") _"]);
    assert_eq!(scalable.does.registers, ["p3 (clobber)"]);
}

#[test]
fn constants_of_a_double_have_a_type_that_holds_them() {
    let original = |constant: &str| {
        let operands = ["n = inout(reg) u64", &format!("const {constant}")];
        story(
            "movabs rax, {1}\nadd {n}, rax",
            &[operands[0], operands[1], "out(\"rax\") _"],
            "nostack",
        )
        .double
        .map(|double| double.original)
        .unwrap_or_default()
    };
    assert!(original("4294967295").contains("const 4294967295_u64"), "{}", original("4294967295"));
    assert!(original("18446744069414584321").contains("const 18446744069414584321_u64"));
    assert!(original("-4").contains("const -4,"), "{}", original("-4"));
}
