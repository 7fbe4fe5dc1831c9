#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod loops;
mod words;

use super::*;
use crate::analyse::{Outcome, analyse};
use crate::testing::{block, options, target_x86_64};

/// The story of a block, of which no lint says anything.
fn story(template: &str, operands: &[&str], promised: &str) -> Story {
    let mut block = block(&target_x86_64(), template, operands);
    block.options = options(promised);
    story_of(&block, operands, &[])
}

/// The story of a block of which lints have said something.
fn story_of(block: &Block, operands: &[&str], findings: &[Finding]) -> Story {
    let meanings = Meanings::standard();
    let outcome = analyse(&[block], meanings).next().unwrap();
    let Outcome::Analysed(analysis) = outcome else { panic!("the block does not assemble") };
    let names = operands
        .iter()
        .map(|text| text.split_once(" = ").map_or(*text, |(name, _)| name).to_owned());
    tell(&Material {
        block,
        facts: &analysis.readings[0].facts,
        index: &Index::of(block, &analysis.readings[0].facts),
        meanings,
        names: Names { operands: names.collect(), outputs: Vec::new() },
        findings,
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
        ("xor {out:e}, {out:e}\ncmp {a}, {b}\nsetb {out:l}", "(a < b)"),
        ("xor {out:e}, {out:e}\ncmp {a}, {b}\nsetle {out:l}", "(a <= b (signed))"),
        ("xor {out:e}, {out:e}\ncmp {a}, {b}\nseta {out:l}", "(a > b)"),
        ("mov {out}, {a}\ntest {b}, {b}\ncmovz {out}, {b}", "if b == 0 then b else a"),
        ("mov {out}, {a}\ncmp {a}, {b}\ncmovg {out}, {b}", "if a > b (signed) then b else a"),
        ("mov {out}, {a}\nshl {out}, 3", "(low 61 bits of a) << 3"),
        ("mov {out}, [{a} + 16]", "u64 at [a + 16]"),
        ("movsxd {out}, {a:e}", "sign-extended (low 32 bits of a)"),
        ("xor {out:e}, {out:e}\nadd {a}, {b}\nadc {out}, {b}", "b + (a + b carries)"),
        ("add {a}, {b}\nsbb {out}, {out}", "copies of (a + b carries)"),
        ("popcnt {out}, {a}", "popcnt(a)"),
        ("pushfq\npop {out}", "depends on the flags on entry"),
        ("mov rax, {a}\nmul {b}\nmov {out}, rdx", "high 64 bits of a * b"),
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
    let range =
        |offset, bytes| Range { offset, bytes, times: None, stride: None, conditional: false };
    let [p, q] = &story.needs.pointers[..] else { panic!("{:?}", story.needs) };
    assert_eq!((&p.reads[..], &p.writes[..]), (&[range(0, 8)][..], &[range(8, 8)][..]));
    assert_eq!((&q.reads[..], q.alignment), (&[range(0, 24)][..], Some(16)));
    let text = "`p` must be valid for reads of 8 bytes, and for writes of 8 bytes at offset 8.";
    assert!(story.safety.contains(text), "{}", story.safety);
}

#[test]
fn a_comparison_with_memory_is_a_question_about_it() {
    let operands = [
        "p = in(reg) *mut u64",
        "new = in(reg) u64",
        "ok = out(reg_byte) u8",
        "old = inout(\"rax\") u64",
    ];
    let story = story("lock cmpxchg [{p}], {new}\nsete {ok}", &operands, "nostack");
    let values: Vec<_> = story.outputs.iter().map(|output| output.value.as_deref()).collect();
    assert_eq!(values, [Some("(old == u64 at [p])"), Some("u64 at [p]")]);
}

#[test]
fn a_store_through_another_pointer_may_hit_what_was_stored() {
    let operands = ["p = in(reg) *mut u64", "q = in(reg) *mut u64", "out = out(reg) u64"];
    let read_back = |between: &str| {
        let template = format!("mov qword ptr [{{p}}], 1\n{between}\nmov {{out}}, [{{p}}]");
        value(&template, &operands)
    };
    for hit in [
        "mov qword ptr [{q}], 2",
        "mov qword ptr [{p} + {q} * 8], 2",
        "mov word ptr [{q}], 2",
        "lock inc qword ptr [{q}]",
        "mov [2048], rax",
        "mov fs:[8], rax",
        "cmpxchg [{q}], rdx",
        // The low bits of one pointer, and the rest of the other.
        "mov {q:x}, {p:x}\nmov qword ptr [{q}], 2",
    ] {
        assert_eq!(read_back(hit), "u64 at [p]", "{hit}");
    }
    for missed in ["mov qword ptr [{p} + 8], 2", "push 2\npop {q}", "mov {q}, [{q}]"] {
        assert_eq!(read_back(missed), "1", "{missed}");
    }
    // On the stack, too, where the distance is computed.
    let popped = |between: &str| value(&format!("push 1\n{between}\npop {{out}}"), &operands);
    assert_eq!(popped("mov qword ptr [rsp - 8], 2"), "1");
    assert_eq!(popped("mov word ptr [rsp + 2], 2"), "0x20001");
    for hit in ["mov qword ptr [rsp + {q} * 8], 2", "add {q}, rsp\nmov [{q}], {p}"] {
        assert_eq!(popped(hit), "depends on memory", "{hit}");
    }
}

#[test]
fn saved_registers_survive_arrays_on_the_stack() {
    let template =
        "push rbx\nsub rsp, 64\nmov rbx, {n}\nmov [rsp + rbx * 8], rbx\nadd rsp, 64\npop rbx";
    let story = story(template, &["n = in(reg) u64"], "");
    assert!(!story.does.registers.iter().any(|register| register.contains("rbx")), "{story:?}");
}

#[test]
fn repeated_accesses_are_counted() {
    let operands = ["inout(\"rdi\") *mut u64", "inout(\"rcx\") u64", "in(\"rax\") u64"];
    let story = story("rep stosq", &operands, "nostack, preserves_flags");
    let [p] = &story.needs.pointers[..] else { panic!("{:?}", story.needs) };
    assert!(p.text.starts_with("valid for writes of 8 × "), "{}", p.text);
    assert!(!p.writes_elsewhere && !p.writes[0].conditional);
    assert_eq!(story.needs.guaranteed, ["DF must be clear"]);
    let backwards = super::tests::story("std\nrep stosq\ncld", &operands, "nostack");
    assert!(backwards.needs.pointers[0].writes_elsewhere, "{:?}", backwards.needs);
}

#[test]
fn what_a_path_skips_is_not_demanded() {
    let operands = ["p = in(reg) *mut u64", "n = in(reg) u64"];
    let skipped = story("test {n}, {n}\njz 2f\nmov [{p}], {n}\n2:", &operands, "nostack");
    assert_eq!(skipped.needs.pointers[0].text, "valid for writes of 8 bytes at +0 (perhaps)");
    let both = "test {n}, {n}\njz 2f\nmov [{p}], {n}\njmp 3f\n2: mov [{p}], {n}\n3:";
    let text = story(both, &operands, "nostack").needs.pointers[0].text.clone();
    assert_eq!(text, "valid for writes of 8 bytes at +0");
}

#[test]
fn another_stack_is_memory() {
    let operands = ["p = in(reg) *const u64"];
    let switched = story("mov rsp, [{p}]\npush rax\nret", &operands, "noreturn");
    assert_eq!(switched.needs.other_memory[0], "writes 8 bytes at [u64 at [p] - 8]");
    assert_eq!(switched.does.control[0], "continues on the stack at u64 at [p]");
    assert_eq!(switched.does.stack_bytes, Some(0));
}

#[test]
fn features_and_faults_are_needed() {
    let counted = story("popcnt {a}, {a}", &["a = inout(reg) u64"], "pure, nomem, nostack");
    let feature = Feature { name: "popcnt".to_owned(), enabled: false };
    assert_eq!(counted.needs.features, [feature]);
    assert!(
        counted.safety.contains("must support the target feature `popcnt`."),
        "{}",
        counted.safety
    );
    let operands = ["d = in(reg) u64", "inout(\"rax\") u64", "inout(\"rdx\") u64"];
    let divided = story("div {d}", &operands, "pure, nomem, nostack");
    assert!(
        divided.safety.contains("- The divisor of `div {d}` must not be 0"),
        "{}",
        divided.safety
    );
    let plain = story("lea {a}, [{a} + 1]", &["a = inout(reg) u64"], "pure, nomem, nostack");
    assert!(plain.safety.starts_with("There is nothing to guarantee"), "{}", plain.safety);
}

#[test]
fn privilege_is_what_the_instructions_ask() {
    let of = |target: &std::sync::Arc<crate::block::Target>, template: &str, operands: &[&str]| {
        let mut block = block(target, template, operands);
        block.options = options("nomem, nostack");
        let meanings = Meanings::standard();
        let Some(Outcome::Analysed(analysis)) = analyse(&[&block], meanings).next() else {
            panic!("{template} does not assemble")
        };
        tell(&Material {
            block: &block,
            facts: &analysis.readings[0].facts,
            index: &Index::of(&block, &analysis.readings[0].facts),
            meanings,
            names: Names::default(),
            findings: &[],
            doubts: &[],
            could_promise: &[],
        })
        .needs
        .privilege
    };
    let value = &["out(reg) u64"];
    let (x86, a64) = (target_x86_64(), crate::testing::target_aarch64());
    assert_eq!(of(&x86, "mov {0}, cr3", value), "kernel");
    assert_eq!(of(&x86, "cli", &[]), "kernel");
    assert_eq!(of(&x86, "rdtsc", &["out(\"rax\") u64", "out(\"rdx\") u64"]), "user");
    assert_eq!(of(&a64, "mrs {0}, CurrentEL", value), "kernel");
    assert_eq!(of(&a64, "mrs {0}, s3_0_c12_c8_0", value), "kernel");
    assert_eq!(of(&a64, "mrs {0}, cntvct_el0", value), "user");
    assert_eq!(of(&a64, "wfe", &[]), "user");
}

#[test]
fn what_was_decoded_is_beside_what_was_written() {
    let operands = ["a = inout(reg) u64", "b = in(reg) u64"];
    let code = story("lea {a}, [{b} + 1 + 1]; nop\n# a remark", &operands, "").code;
    let [first, second] = &code[0].instructions[..] else { panic!("{code:?}") };
    assert!(first.text.starts_with("lea {a}, [{b}") && !first.text.contains('1'), "{code:?}");
    assert_eq!((second.text.as_str(), second.effects.len()), ("nop", 0));
    assert_eq!((code[1].text.as_str(), code[1].instructions.len()), ("# a remark", 0));
}

/// The effects of each instruction, line by line.
fn effects(template: &str, operands: &[&str]) -> Vec<String> {
    let code = story(template, operands, "").code;
    let instructions = code.iter().flat_map(|line| &line.instructions);
    instructions.map(|instruction| instruction.effects.join(", ")).collect()
}

#[test]
fn effects_say_what_an_instruction_does() {
    assert_eq!(
        effects("push rax\npop rcx", &["out(\"rcx\") u64"]),
        ["pushes onto the stack, rsp - 8", "rsp + 8, writes rcx"]
    );
    // What a branch asks, whichever way round, and what is not the same each time.
    let operands = ["a = in(reg) u64", "b = in(reg) u64", "n = inout(reg) u64"];
    let asked = effects("cmp {a}, {b}\njae 2f\ntest {a}, {a}\njz 2f\nnop\n2:", &operands);
    assert_eq!((&*asked[1], &*asked[3]), ("jumps if a >= b", "jumps if a == 0"));
    assert_eq!(asked[0], "sets CF PF AF ZF SF OF");
    let counted = effects("2:\ndec {n}\njnz 2b\njmp 3f\n3:", &operands);
    assert_eq!(counted[1..], ["may jump", "jumps"]);
    assert_eq!(effects("lfence", &[]), ["orders instructions"]);
    assert_eq!(effects("mfence", &[]), ["orders memory accesses"]);
    let vector = effects("vpaddb ymm0, ymm0, ymm0", &["out(\"xmm0\") _"]);
    assert_eq!(vector, ["writes ymm0"]);
}

#[test]
fn steps_and_targets_are_said_as_written() {
    let moved = effects("sub rsp, 64\nadd rsp, 64", &[]);
    assert!(moved[0].starts_with("rsp - 64, ") && moved[1].starts_with("rsp + 64, "), "{moved:?}");
    let control = effects("ldmxcsr [{p}]", &["p = in(reg) *const u32"]);
    assert!(control[0].ends_with("writes the control bits of MXCSR"), "{control:?}");
    let code = story("test {n}, {n}\nje 2f\nnop\n2:", &["n = in(reg) u64"], "").code;
    assert_eq!(code[1].instructions[0].text, "je 2f");
    let target = crate::testing::target_aarch64();
    let of = |template: &str| {
        let operands = ["p = in(reg) *mut u8"];
        story_of(&block(&target, template, &operands), &operands, &[])
    };
    let framed = of("sub sp, sp, #32\nadd sp, sp, #32");
    assert_eq!(framed.code[0].instructions[0].effects, ["sp - 32"]);
    assert_eq!(framed.code[1].instructions[0].effects, ["sp + 32"]);
    let handlers = of("msr vbar_el1, {p}").safety;
    assert!(
        handlers.contains("the handlers must be sound that are installed by `msr vbar_el1, {p}`"),
        "{handlers}"
    );
    let arm = crate::testing::target_arm();
    let of_arm = |template: &str| {
        let operands = ["p = in(reg) *mut u8"];
        story_of(&block(&arm, template, &operands), &operands, &[])
    };
    let handlers = of_arm("mcr p15, 0, {p}, c12, c0, 0").safety;
    assert!(
        handlers.contains(
            "the handlers must be sound that are installed by `mcr p15, 0, {p}, c12, c0, 0`"
        ),
        "{handlers}"
    );
    let line = of("dc civac, {p}").needs.entry;
    assert_eq!(line, ["the address that `dc civac, {p}` acts on must be mapped"]);
    let line = story("clflush [{p}]", &["p = in(reg) *mut u8"], "").needs.entry;
    assert_eq!(line, ["the address that `clflush [{p}]` acts on must be mapped"]);
}

#[test]
fn what_follows_a_block_that_leaves_is_named() {
    let operands = ["sp = in(reg) u64", "pc = in(reg) u64"];
    let left = story("mov rsp, {sp}\njmp {pc}", &operands, "noreturn, nomem").safety;
    assert!(left.contains("`sp` must be the stack pointer of a valid stack."), "{left}");
    assert!(left.contains("The code that `jmp {pc}` continues at must be sound"), "{left}");
}

#[test]
fn a_failed_exchange_reads_and_writes_too() {
    let operands = ["p = in(reg) *mut u64", "n = in(reg) u64", "inout(\"rax\") u64"];
    let needs = story("lock cmpxchg [{p}], {n}", &operands, "").needs;
    assert_eq!(
        needs.pointers[0].text,
        "valid for reads of 8 bytes at +0, for writes of 8 bytes at +0"
    );
}

#[test]
fn what_never_ends_has_no_outputs() {
    let operands = ["d = out(reg) u64"];
    assert!(story("ud2", &operands, "").outputs.is_empty());
    // Where an address is only part of an input, the input is named.
    let read = story("mov {d}, gs:[{n}]", &["d = out(reg) u64", "n = in(reg) u32"], "");
    assert_eq!(read.needs.other_memory, ["reads 8 bytes at gs:[{n} on entry]"]);
    assert_eq!(effects("pause", &[]), ["waits"]);
}

#[test]
fn flags_are_in_the_order_of_the_manual() {
    let operands = ["a = in(reg) u64"];
    let block = block(&crate::testing::target_aarch64(), "cmp {a}, #1", &operands);
    let code = story_of(&block, &operands, &[]).code;
    assert_eq!(code[0].instructions[0].effects, ["sets N Z C V"]);
}

#[test]
fn memory_is_told_by_operand() {
    let operands = ["p = in(reg) *const u64", "t = out(reg) u64"];
    let does = story("mov {t}, [{p}]\nmov {t}, [{p} + 8]\nmov {t}, [{p} + 24]", &operands, "").does;
    assert_eq!(does.memory, ["reads 16 bytes at [p]", "reads 8 bytes at [p + 24]"]);
    // Steps that follow each other are one.
    let stepped = value("mov rax, [{p} + 8]\nmov {t}, [rax + 8]", &operands);
    assert_eq!(stepped, "u64 at [u64 at [p + 8] + 8]");
}

#[test]
fn fences_order_and_are_no_other_effect() {
    let does = story("mfence\nlfence", &[], "nostack").does;
    assert_eq!(does.ordering, ["`mfence`", "`lfence`"]);
    assert!(does.side_effects.is_empty(), "{does:?}");
}

#[test]
fn what_the_processor_does_not_have_is_not_changed() {
    let block = block(&crate::testing::target_riscv64(), "ecall", &[]);
    let does = story_of(&block, &[], &[]).does;
    assert!(does.flags.is_empty(), "{does:?}");
}

#[test]
fn upper_halves_in_a_row_are_one_entry() {
    let does = story("vzeroupper", &[], "nomem, nostack").does;
    assert_eq!(does.registers, ["xmm0 to xmm15 above bit 127 (not declared)"]);
}

#[test]
fn the_stack_is_measured() {
    // What is reserved counts, whether or not it is used.
    assert_eq!(story("sub rsp, 64\nadd rsp, 64", &[], "").does.stack_bytes, Some(64));
    assert_eq!(story("push rax\npush rax\npop rax\npop rax", &[], "").does.stack_bytes, Some(16));
}

#[test]
fn what_is_known_has_a_double() {
    let operands = ["p = in(reg) *mut u64", "n = inout(reg) u64"];
    let double = story("add {n}, [{p}]\nmov [{p}], {n}", &operands, "nostack").double.unwrap();
    assert_eq!(double.signature, "(p: *mut u8, n: u64) -> (u64,)");
    assert!(double.body.contains("read_unaligned") && double.body.contains("write_unaligned"));
    assert!(double.original.contains("inout(reg) n => out1"), "{}", double.original);
    assert_eq!(story("rdtsc", &["out(\"rax\") _", "out(\"rdx\") _"], "").double, None);
    assert_eq!(story("lock add dword ptr [{p}], 1", &["p = in(reg) *mut u32"], "").double, None);
}

/// Carry chains, products of twice the width, and shifts by a value are expressions, too.
#[test]
fn numbers_of_several_words_are_told() {
    let operands =
        ["x = inout(reg) u64", "y = inout(reg) u64", "a = in(reg) u64", "b = in(reg) u64"];
    let values = |template: &str| -> Vec<String> {
        let outputs = story(template, &operands, "pure, nomem, nostack").outputs;
        outputs.into_iter().map(|output| output.value.unwrap_or_default()).collect()
    };
    assert_eq!(values("add {x}, {a}\nadc {y}, {b}"), ["a + x", "(y + b) + (x + a carries)"]);
    assert_eq!(values("sub {x}, {a}\nsbb {y}, {b}")[1], "(y - b) - (x < a)");
    assert_eq!(values("mov rdx, {a}\nmulx {y}, {x}, {b}"), ["a * b", "high 64 bits of a * b"]);
    assert_eq!(values("shlx {x}, {a}, {b}")[0], "a << (low 6 bits of b)");
    assert_eq!(
        values("xor {x:e}, {x:e}\nadd {y}, {a}\nseto {x:l}")[0],
        "(y + a overflows (signed))"
    );
    // The carry of a chain that begins elsewhere is not known.
    let carry = story("adc {x}, {a}", &["x = inout(reg) u64", "a = in(reg) u64"], "").outputs;
    assert_eq!(carry[0].value, None);
}

#[test]
fn a_far_return_has_an_effect_and_no_double() {
    let operands = ["cs = in(reg) u64", "tmp = out(reg) _"];
    let far = story("push {cs}\nlea {tmp}, [2f + rip]\npush {tmp}\nretfq\n2:", &operands, "");
    assert_eq!(far.does.side_effects, ["`retfq`"]);
    assert!(far.double.is_none() && !far.safety.starts_with("There is nothing to guarantee"));
}

#[test]
fn other_architectures_have_stories_too() {
    let target = crate::testing::target_aarch64();
    let operands = ["a = in(reg) u64", "b = in(reg) u64", "out = out(reg) u64"];
    let mut block = block(&target, "cmp {a}, {b}\ncsel {out}, {a}, {b}, lo", &operands);
    block.options = options("pure, nomem, nostack");
    let story = story_of(&block, &operands, &[]);
    assert_eq!(story.outputs[0].value.as_deref(), Some("if a < b then a else b"));
    assert_eq!(story.does.flags, ["N", "Z", "C", "V"]);
}

#[test]
fn branches_are_joined() {
    let operands = ["a = in(reg) u64", "b = in(reg) u64", "out = out(reg) u64"];
    let larger = "mov {out}, {a}\ncmp {a}, {b}\njae 2f\nmov {out}, {b}\n2:";
    assert_eq!(value(larger, &operands), "if a < b then b else a");
    let double = story(larger, &operands, "pure, nomem, nostack").double.unwrap();
    assert!(double.body.starts_with("if a < b {\n    (b,)\n} else {"), "{}", double.body);
    // What is stored on one path only is in one arm only.
    let operands = ["p = in(reg) *mut u64", "n = in(reg) u64"];
    let skipped = story("test {n}, {n}\njz 2f\nmov [{p}], {n}\n2:", &operands, "nostack");
    let body = skipped.double.unwrap().body;
    assert_eq!(body.matches("write_unaligned").count(), 1, "{body}");
    assert!(body.contains("if n == 0_u64 {\n    ()\n} else {"), "{body}");
    // A loop has no double, nor has a path that ends elsewhere.
    let counted = story("2: dec {n}\njnz 2b", &["n = inout(reg) u64 => _"], "nomem, nostack");
    assert_eq!(counted.double, None);
    let trap = story("test {n}, {n}\njz 2f\nud2\n2:", &["n = in(reg) u64"], "nomem, nostack");
    assert_eq!(trap.double, None);
}

#[test]
fn vectors_of_aarch64_have_doubles() {
    let target = crate::testing::target_aarch64();
    let operands = ["a = in(vreg) v128", "b = in(vreg) v128", "out = out(vreg) v128"];
    let mut block = block(&target, "eor {out}.16b, {a}.16b, {b}.16b", &operands);
    block.options = options("pure, nomem, nostack, preserves_flags");
    let double = story_of(&block, &operands, &[]).double.unwrap();
    assert_eq!(double.body, "((b ^ a),)");
    assert!(double.original.contains("let out2: core::arch::aarch64::uint8x16_t;"), "{double:?}");
}

/// A finding about one operand.
fn finding(lint: &str, breaks: bool, operand: usize) -> Finding {
    let headline = format!("what `{lint}` says");
    Finding { lint: lint.to_owned(), breaks, headline, operands: vec![operand] }
}

fn told_of(template: &str, operands: &[&str], findings: &[Finding]) -> Story {
    story_of(&block(&target_x86_64(), template, operands), operands, findings)
}

#[test]
fn what_only_claims_too_much_breaks_nothing() {
    let operands = ["a = inout(reg) u64"];
    let style = told_of("mov {a}, 1", &operands, &[finding("inout_never_read", false, 0)]);
    let reason = style.promises[0].reason.as_deref();
    assert_eq!((style.verdict, style.promises[0].verdict), ("holds", "holds"));
    assert_eq!(reason, Some("what `inout_never_read` says"));
    assert!(!style.safety.contains("Broken"), "{}", style.safety);
    let wrong = told_of("mov {a}, 1", &operands, &[finding("output_unwritten", true, 0)]);
    assert_eq!((wrong.verdict, wrong.promises[0].verdict), ("broken", "broken"));
    let safety = "- **Broken** (`output_unwritten`): what `output_unwritten` says.";
    assert_eq!(wrong.safety, safety);
}

#[test]
fn an_input_that_a_call_changes_is_no_input() {
    let operands = ["f = in(reg) u64", "in(\"rcx\") u64", "in(\"rbx\") u64", "out(\"rax\") u64"];
    let found = [Finding { operands: Vec::new(), ..finding("undeclared_clobber", true, 0) }];
    let story = told_of("call {f}", &operands[..2], &found);
    let verdicts: Vec<_> = story.promises.iter().map(|promise| promise.verdict).collect();
    assert_eq!(verdicts[1..], ["broken", "broken"], "{:?}", story.promises);
    let is_declared = |name: &String| name == "rcx (declared as an input)";
    assert!(story.does.registers.iter().any(is_declared), "{:?}", story.does.registers);
}

#[test]
fn a_convention_that_only_the_author_knows_is_not_named() {
    let operands = ["f = in(\"r10\") u64", "in(\"r15\") u64", "inout(\"r8\") u64"];
    let story = told_of("call r10", &operands, &[]);
    assert_eq!(story.does.control[0], "calls `f`, whose calling convention is not known");
    let last = story.does.registers.last().unwrap();
    assert_eq!(last, "whatever else the called code does not preserve");
    assert!(story.does.registers.iter().all(|name| !name.contains("not declared")), "{story:?}");
}

#[test]
fn code_of_a_module_is_not_followed() {
    let mut global = block(&target_x86_64(), "entry: mov rax, [rdi]\nret", &[]);
    global.kind = crate::block::BlockKind::Global;
    let story = story_of(&global, &[], &[]);
    assert_eq!(story.does.control, ["is not followed: the code runs when something calls it"]);
    assert!(story.safety.starts_with("- **Not proved:**"), "{}", story.safety);
    assert_eq!(story.needs, Needs::default());
    assert_eq!(story.verdict, "partly judged");
}

#[test]
fn places_are_told_apart() {
    let out = ["out = out(reg) u64"];
    let of = |template| story(template, &out, "").needs.other_memory;
    let frame = of("mov {out}, [rsp + 8]\nmov {out}, [rsp + 24]");
    assert_eq!(
        frame,
        ["reads 8 bytes at [rsp on entry + 8]", "reads 8 bytes at [rsp on entry + 24]"]
    );
    let caller = of("mov {out}, [rbp + 8]\nmov {out}, [rbp]");
    assert_eq!(caller, ["reads 16 bytes at [rbp on entry]"]);
    let segment = story("mov {out}, gs:[0x1748]", &out, "nostack");
    assert_eq!(segment.needs.other_memory, ["reads 8 bytes at gs:[0x1748]"]);
    assert_eq!(segment.safety, "- `gs:[0x1748]` must be valid for reads of 8 bytes.");
}

#[test]
fn a_vector_register_may_change_in_its_upper_part_alone() {
    let saved = "sub rsp, 16\nmovdqu [rsp], xmm0\nvxorps ymm0, ymm0, ymm0\n\
                 pinsrq xmm0, [rsp], 0\npinsrq xmm0, [rsp + 8], 1\nadd rsp, 16";
    let story = story(saved, &[], "");
    assert_eq!(story.does.registers, ["xmm0 above bit 127 (not declared)"]);
}

#[test]
fn what_is_lost_is_said() {
    let lost = story(
        "lea rax, [2f + rip]\npush rax\nmov rsi, rsp\nmov rsp, [{p}]\nret\n2:",
        &["p = in(reg) *const u64", "out(\"rax\") _", "out(\"rsi\") _"],
        "",
    );
    let registers = &lost.does.registers;
    assert!(registers.contains(&"rax (clobber)".to_owned()), "{registers:?}");
    assert_eq!(registers.last().unwrap(), "whatever the code changes that cannot be followed");
}

#[test]
fn the_answer_of_a_hypervisor_is_named_once() {
    let target = crate::testing::target_aarch64();
    let operands = ["inout(\"x0\") u64", "inout(\"x4\") u64"];
    let story = story_of(&block(&target, "hvc #0", &operands), &operands, &[]);
    let expected = ["what `hvc #0` returns"];
    assert!(story.outputs.iter().all(|output| output.depends_on == expected), "{story:?}");
}

#[test]
fn long_formulas_end() {
    // Each step uses the value of the one before twice.
    let step = "mov {b}, {a}\nimul {a}, {a}\nlea {a}, [{a} + {b}]\n";
    let operands = ["a = inout(reg) u64", "b = out(reg) _"];
    let story = story(&step.repeat(40), &operands, "pure, nomem, nostack");
    assert_eq!(story.outputs[0].depends_on, ["`a`"]);
    assert_eq!(story.double, None);
}
