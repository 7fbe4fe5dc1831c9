//! Registers, constants and symbols in the rendered text.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::HashSet;
use std::sync::Arc;

use asm_analysis::assemble::{Failure, LeakedState, Request, assemble_blocks};
use asm_analysis::block::{Block, BlockKind, Syntax, Target};
use asm_analysis::registers::{Register, RegisterPart};
use asm_analysis::substitute::{
    Choices, Preference, Reason, StandIns, operand_of_symbol, substitute, substitute_with,
};
use asm_analysis::testing::{
    block, target_aarch64, target_arm, target_riscv64, target_thumb, target_x86, target_x86_64,
};

fn text(template: &str, operands: &[&str]) -> String {
    substitute(&block(&target_x86_64(), template, operands), &[]).unwrap().text
}

fn att(template: &str, operands: &[&str]) -> String {
    let block = Block { syntax: Syntax::Att, ..block(&target_x86_64(), template, operands) };
    substitute(&block, &[]).unwrap().text
}

#[test]
fn operands_are_spelled_by_class_and_modifier() {
    let operands = ["in(reg) u64", "out(reg) u32", "in(reg_byte) u8", "in(xmm_reg) f32"];
    assert_eq!(text("mov {1:e}, {0:e}; mov {0:x}, {1:l}", &operands), "mov r9d, r8d; mov r8w, r9b");
    assert_eq!(text("{0} {1:r} {2} {3} {3:y}", &operands), "r8 r9 r10b xmm8 ymm8");
    assert_eq!(att("mov {0}, {1:e}, {2}", &operands), "mov %r8, %r9d, %r10b");
    assert_eq!(text("{0:l}{0:h}{0:x}{0:e}", &["in(reg_abcd) u32"]), "blbhbxebx");
    assert_eq!(text("{0}{{{1}}}{{z}}", &["in(zmm_reg) v512", "in(kreg) u16"]), "zmm8{k1}{z}");
}

#[test]
fn constants_symbols_and_labels() {
    let operands = ["const -5", "sym place", "label"];
    assert_eq!(
        text("mov eax, {0}\nlea rax, [rip + {1}]\njmp {2}", &operands),
        "mov eax, -5\nlea rax, [rip + asm_lint_symbol_1]\njmp asm_lint_label_2"
    );
    assert_eq!(att("mov ${0}, %eax", &operands), "mov $-5, %eax");
    assert_eq!(operand_of_symbol("asm_lint_symbol_1"), Some(1));
    assert_eq!(operand_of_symbol("asm_lint_label_12"), Some(12));
    assert_eq!(operand_of_symbol("memcpy"), None);
}

#[test]
fn dollars_and_nul_as_llvm_prints_them() {
    assert_eq!(text("mov eax, $5 # $$", &[]), "mov eax, 5 # ");
    assert_eq!(att("mov $5, %eax # $$", &[]), "mov $5, %eax # $$");
    assert_eq!(text("nop\0frobnicate {}", &["const 1"]), "nop");
    let global = Block { kind: BlockKind::Global, ..block(&target_x86_64(), "mov eax, $5\0", &[]) };
    assert_eq!(substitute(&global, &[]).unwrap().text, "mov eax, $5\0");
}

#[test]
fn unknown_constants() {
    let block = block(&target_x86_64(), "mov eax, {}\nmov ebx, {}", &["const ?", "const 7"]);
    let substitution = substitute(&block, &[]).unwrap();
    assert_eq!(substitution.text, "mov eax, 1\nmov ebx, 7");
    assert_eq!(substitution.unknown_constants, [0]);
    let choices = Choices { stand_ins: StandIns::same(12), ..Choices::default() };
    assert_eq!(substitute_with(&block, choices).unwrap().text, "mov eax, 12\nmov ebx, 7");
}

#[test]
fn one_constant_may_be_large_where_the_others_are_small() {
    let operation = "mrc p{}, {}, r0, c{}, c0, 0";
    let operation = block(&target_arm(), operation, &["const ?", "const ?", "const ?"]);
    let stand_ins = StandIns { all: 1, except: Some((0, 15)) };
    let substitution =
        substitute_with(&operation, Choices { stand_ins, ..Choices::default() }).unwrap();
    assert_eq!(substitution.text, "mrc p15, 1, r0, c1, c0, 0");
    assert_eq!(substitution.stand_ins, stand_ins);
    let tried = |block| (0..).map_while(move |attempt| StandIns::further(block, attempt));
    assert!(tried(&operation).any(|tried| tried.except == Some((0, 15))));
    // Where there is only one, it has every number by itself.
    let alone = block(&target_arm(), "mov r0, #{}", &["const ?"]);
    assert!(tried(&alone).all(|tried| tried.except.is_none()));
    let known = block(&target_arm(), "mov r0, #{}", &["const 3"]);
    assert_eq!(tried(&known).count(), 0);
}

#[test]
fn an_operand_gets_no_register_in_the_middle_of_a_list() {
    let list = "push {{r3-r9}}\nmov r3, {}\npop {{r3-r9}}";
    let block = block(&target_thumb(), list, &["in(reg) u32"]);
    let given = substitute(&block, &[]).unwrap().registers[0].unwrap().register;
    assert!(!(3..=9).any(|number| given == Register::General(number)), "{given:?}");
}

#[test]
fn each_operand_has_a_register_of_its_own() {
    let operands = [
        "in(reg) u64",
        "lateout(reg) u64",
        "in(\"r8\") u64",
        "inout(reg) u32 => _",
        "out(\"rcx\") _",
        "in(reg_abcd) u64",
        "out(reg_byte) u8",
        "lateout(xmm_reg) f64",
        "out(\"xmm8\") _",
    ];
    let block = block(&target_x86_64(), "mov {0}, %R9; inc r10b; {4}", &operands);
    let substitution = substitute(&block, &[Register::RBX]).unwrap();
    let registers: Vec<_> = substitution.registers.iter().flatten().collect();
    let distinct: HashSet<_> = registers.iter().map(|part| part.register).collect();
    assert_eq!((registers.len(), distinct.len()), (9, 9));
    for number in [3, 9, 10] {
        assert!(!distinct.contains(&Register::General(number)), "{registers:?}");
    }
    assert!(!substitution.shared);
}

#[test]
fn few_registers_are_shared_as_the_compiler_may() {
    let inputs = ["in(reg) u32"; 5];
    let operands: Vec<_> = inputs.into_iter().chain(["lateout(reg) u32"; 3]).collect();
    let shared = substitute(&block(&target_x86(), "", &operands), &[]).unwrap();
    assert!(shared.shared);
    let late: HashSet<_> = shared.registers[5..].iter().flatten().collect();
    assert_eq!(late.len(), 3);
    let operands: Vec<_> = inputs.into_iter().chain(["out(reg) u32"; 3]).collect();
    let reason = substitute(&block(&target_x86(), "", &operands), &[]).unwrap_err();
    assert_eq!(reason, Reason::OutOfRegisters { operand: 7, class: "reg".to_owned() });
    assert!(substitute(&block(&target_x86_64(), "", &["in(no_such_class) u32"]), &[]).is_err());
    let bad_modifier = block(&target_x86_64(), "{0:q}", &["in(reg) u64"]);
    assert!(substitute(&bad_modifier, &[]).is_err());
}

#[test]
fn second_bytes_stay_clear_of_rex() {
    assert_eq!(text("mov ah, {}", &["in(reg_byte) u8"]), "mov ah, bl");
    let operands = ["in(reg_abcd) u32", "in(reg) u32"];
    assert_eq!(text("movzx {1:e}, {0:h}", &operands), "movzx esi, bh");
    let block = block(&target_x86_64(), "inc {}", &["inout(reg) u64"]);
    let choices = Choices { preference: Preference::Legacy, ..Choices::default() };
    assert_eq!(substitute_with(&block, choices).unwrap().text, "inc rsi");
}

#[test]
fn pieces_are_found_again() {
    let block = block(&target_x86_64(), "nop\nmov {}, $1; mov {:e}", &["in(reg) u64", "const 1"]);
    let substitution = substitute(&block, &[]).unwrap();
    assert_eq!(substitution.text, "nop\nmov r8, 1; mov 1");
    assert_eq!(substitution.piece_at(0, 0), Some(0));
    assert_eq!(substitution.piece_at(1, 4), Some(1));
    assert_eq!(substitution.piece_at(1, 6), Some(2));
    assert_eq!(substitution.piece_at(1, 15), Some(3));
    assert_eq!(substitution.piece_at(7, 0), None);
}

#[test]
fn a_rejection_counts_only_if_no_choice_avoids_it() {
    let target = target_x86_64();
    let accepted = [
        // Needs a register without REX.
        block(&target, ".code32\ninc {0:e}\n.code64", &["inout(reg) u32"]),
        // Needs one of several values.
        block(&target, "mov eax, [rax + rbx * {}]", &["const ?"]),
        block(&target, ".if {0} < 4000\n.error \"too small\"\n.endif", &["const ?"]),
        block(&target, ".balign {0}", &["const ?"]),
    ];
    let requests: Vec<Request<'_>> = accepted.iter().map(Request::from).collect();
    for (answer, block) in assemble_blocks(&requests).into_iter().zip(&accepted) {
        answer.unwrap_or_else(|failure| panic!("{:?}: {failure}", block.template));
    }
    let rejected = [
        block(&target, "frobnicate {0}", &["in(reg) u64"]),
        block(&target, ".error \"always\" # {0}", &["const ?"]),
    ];
    let requests: Vec<Request<'_>> = rejected.iter().map(Request::from).collect();
    for answer in assemble_blocks(&requests) {
        let Err(Failure::Rejected { rejection, substitution, .. }) = answer else { panic!() };
        assert_eq!(rejection.line, Some(0));
        assert!(substitution.text.ends_with("r8") || substitution.text.ends_with("# 1"));
    }
    let reserved: Vec<Register> = (0..16).map(Register::General).collect();
    let block = block(&target, "inc {0}", &["inout(reg) u64"]);
    let [answer] = &assemble_blocks(&[Request { avoid: &reserved, ..Request::from(&block) }])[..]
    else {
        panic!()
    };
    assert!(matches!(answer, Err(Failure::Unplaceable(_))));
    assert!(assemble_blocks(&[]).is_empty());
}

#[test]
fn a_definition_that_hangs_on_a_generic_constant_leaks() {
    let target = target_x86_64();
    let generic = block(&target, ".set size, {}\nmov eax, size", &["const ?"]);
    let fixed = block(&target, ".set size, {}\nmov eax, size", &["const 5"]);
    let answers = assemble_blocks(&[(&generic).into(), (&fixed).into()]);
    let leaks = &answers[0].as_ref().unwrap().code.leaks;
    assert_eq!(leaks[0].state, LeakedState::Symbol("size".to_owned()));
    assert!(answers[1].as_ref().unwrap().code.leaks.is_empty());
}

#[test]
fn every_register_of_a_class_assembles() {
    for target in [target_x86_64(), target_x86()] {
        for (class, instruction) in [
            ("reg", "push {0}"),
            ("reg_abcd", "mov {0:h}, 1"),
            ("reg_byte", "inc {0}"),
            ("xmm_reg", "xorps {0}, {0}"),
            ("ymm_reg", "vaddps {0}, {0}, {0}"),
            ("zmm_reg", "vaddps {0}, {0}, {0}"),
            ("kreg", "kmovw {0}, {0}"),
        ] {
            let parts: &[RegisterPart] = &target.registers.classes[class];
            for part in parts {
                let others: Vec<Register> = parts
                    .iter()
                    .map(|part| part.register)
                    .filter(|register| *register != part.register)
                    .collect();
                let instruction = if class == "reg" && target.architecture.word_bits() == 32 {
                    "push {0:e}"
                } else {
                    instruction
                };
                let block = block(&target, instruction, &[&format!("in({class}) u64")]);
                let answers =
                    assemble_blocks(&[Request { avoid: &others, ..Request::from(&block) }]);
                let assembled = answers[0].as_ref().unwrap_or_else(|failure| panic!("{failure}"));
                assert_eq!(assembled.substitution.registers, [Some(*part)]);
            }
        }
    }
}

/// Twelve registers clobbered and three operands: the compiler has `rbx`, `rbp` and `r15` for them.
#[test]
fn the_frame_pointer_is_a_register_where_it_is_not_kept() {
    let clobbered =
        ["rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14"];
    let clobbers = clobbered.map(|name| format!("out(\"{name}\") _"));
    let operands: Vec<&str> =
        clobbers.iter().map(String::as_str).chain(["in(reg) *mut u64"; 3]).collect();
    let block =
        block(&target_x86_64(), "mov [{12}], rax; mov [{13}], rax; mov [{14:e}], eax", &operands);
    let substitution = substitute(&block, &[]).unwrap();
    let own: HashSet<_> =
        substitution.registers[12..].iter().flatten().map(|part| part.register).collect();
    assert_eq!(own, HashSet::from([3, 5, 15].map(Register::General)));
    assert_eq!((substitution.shared, substitution.cases), (false, 1));
}

/// Nothing is left but what the template names: each register is a case.
#[test]
fn what_only_the_template_names_is_given_out_last() {
    let names: Vec<String> = (0..16)
        .filter(|number| *number != 4)
        .map(|number| Register::General(number).to_string())
        .collect();
    let template = format!(
        "{}; nop {{0}}",
        names.iter().map(|name| format!("inc {name}")).collect::<Vec<_>>().join("; ")
    );
    let block = block(&target_x86_64(), &template, &["in(reg) u64"]);
    let first = substitute(&block, &[]).unwrap();
    assert_eq!(first.cases, 6);
    let registers: HashSet<_> = (0..first.cases)
        .map(|case| {
            substitute_with(&block, Choices { case, ..Choices::default() }).unwrap().registers
        })
        .collect();
    assert_eq!(registers.len(), 6);
    assert!(substitute_with(&block, Choices { case: 6, ..Choices::default() }).is_err());
}

/// More inputs than registers: the block compiles only if some of them are equal.
#[test]
fn equal_inputs_share_where_they_must() {
    let block = block(&target_x86(), "nop # {0} {1} {2} {3} {4} {5} {6} {7}", &["in(reg) u32"; 8]);
    let substitution = substitute(&block, &[]).unwrap();
    let distinct: HashSet<_> = substitution.registers.iter().flatten().collect();
    assert_eq!(substitution.registers.iter().flatten().count(), 8);
    assert!(distinct.len() < 8 && substitution.shared, "{distinct:?}");
}

/// `eax` carries an input already, so that no other input may share it with the late output.
#[test]
fn a_register_with_two_operands_takes_no_third() {
    let operands = [
        "in(reg) u32",
        "in(reg) u32",
        "in(\"eax\") u32",
        "in(\"ebx\") u32",
        "in(\"ecx\") u32",
        "in(\"edx\") u32",
        "in(\"edi\") u32",
        "lateout(\"eax\") u32",
    ];
    let block = block(&target_x86(), "xchg esi, {0}; xchg ebp, {1}; int 0x80", &operands);
    let substitution = substitute(&block, &[]).unwrap();
    for part in substitution.registers[..2].iter().flatten() {
        assert!(
            [5, 6].contains(&match part.register {
                Register::General(number) => number,
                _ => 0,
            }),
            "{part:?}"
        );
    }
}

/// An output never shares with another output, whatever its value is.
#[test]
fn outputs_do_not_share() {
    let block = block(&target_x86(), "nop", &["out(reg) u32"; 8]);
    assert!(substitute(&block, &[]).is_err());
}

fn rendered(target: &Arc<Target>, template: &str, operands: &[&str]) -> String {
    substitute(&block(target, template, operands), &[]).unwrap().text
}

#[test]
fn other_architectures_hand_out_registers_of_their_own() {
    let aarch64 = target_aarch64();
    let operands = ["in(reg) u64", "in(vreg) u64"];
    assert_eq!(
        rendered(&aarch64, "add {0:w}, x9, {0}; fmov {1:d}, {0}; mov {1:v}.16b, v0.16b", &operands),
        "add w10, x9, x10; fmov d1, x10; mov v1.16b, v0.16b"
    );
    let arm = target_arm();
    // `s0` to `s3` are parts of `q0`, so that `d0` is not free.
    assert_eq!(
        rendered(
            &arm,
            "vmov {0}, {1}; vmov.f64 {2}, {2}; vmov q1, {3}",
            &["in(sreg) f32", "in(reg) u32", "in(dreg) f64", "in(qreg) u64"]
        ),
        "vmov s1, r4; vmov.f64 d1, d1; vmov q1, q2".replace("s1", "s0"),
    );
    assert_eq!(rendered(&target_thumb(), "mov {0}, r7", &["in(reg) u32"]), "mov r4, r7");
    assert_eq!(
        rendered(&target_riscv64(), "add {0}, a3, {1}", &["out(reg) u64", "in(reg) u64"]),
        "add x14, a3, x15"
    );
    let all = vec!["in(reg) u64"; 30];
    let most: HashSet<_> =
        substitute(&block(&aarch64, "", &all), &[]).unwrap().registers.into_iter().collect();
    assert_eq!(most.len(), 30, "x0 to x28 and x30, and x29 where it is not kept, are 31");
}

/// LLVM makes a `nop` of it, as it does not see the label.
#[test]
fn thumb_cannot_compare_and_branch_to_a_label_operand() {
    let reason =
        |target, template| substitute(&block(target, template, &["in(reg) u32", "label"]), &[]);
    let (thumb, aarch64) = (target_thumb(), target_aarch64());
    assert_eq!(reason(&thumb, "cbz {0}, {1}"), Err(Reason::CompareToLabel));
    assert_eq!(reason(&thumb, "CBNZ {0}, {1}"), Err(Reason::CompareToLabel));
    assert!(reason(&thumb, "cbz {0}, 2f; 2: beq {1}").is_err());
    assert!(reason(&thumb, "cbz {0}, 2f\n2: beq {1}").is_ok());
    assert!(reason(&aarch64, "cbz {0}, {1}").is_ok());
}
