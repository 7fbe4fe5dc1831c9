use std::sync::Arc;

use iced_x86::{Formatter, IntelFormatter};

use super::*;
use crate::block::Target;
use crate::facts::{ExitKind, PlaceOfAccess, ReachedInstruction};
use crate::questions::exits::Kept;
use crate::registers::Register;
use crate::testing::{block, target_x86, target_x86_64};
use crate::values::{Cell, Flag, Site, Values};

fn facts(template: &str, operands: &[&str]) -> Facts {
    facts_for(&target_x86_64(), template, operands)
}

fn facts_for(target: &Arc<Target>, template: &str, operands: &[&str]) -> Facts {
    let block = block(target, template, operands);
    match analyse(&[&block], Meanings::standard()).last() {
        Some(Outcome::Analysed(mut analysis)) => analysis.readings.remove(0).facts,
        other => panic!("{template}: {other:?}"),
    }
}

/// An instruction as it would be written.
fn text(reached: &ReachedInstruction) -> String {
    let mut text = String::new();
    let mut formatter = IntelFormatter::new();
    formatter.options_mut().set_space_after_operand_separator(true);
    if let Some(instruction) = reached.instruction.as_x86() {
        formatter.format(instruction, &mut text);
    }
    text
}

/// The cells that differ from entry at some exit.
fn changed(facts: &Facts) -> Vec<String> {
    let mut cells: Vec<String> = facts
        .exits
        .iter()
        .flat_map(|exit| exit.state.changes())
        .map(|(cell, _)| match cell {
            Cell::Register(register) => register.to_string(),
            Cell::Flag(flag) => flag.name().to_owned(),
            other => format!("{other:?}"),
        })
        .collect();
    cells.sort();
    cells.dedup();
    cells
}

fn assert_changes(template: &str, expected: &[&str]) {
    let facts = facts(template, &[]);
    assert_eq!(changed(&facts), expected, "{template}\n{:#?}", facts.doubts);
}

#[test]
fn what_is_put_back_is_not_changed() {
    let kept = facts("push rbx\ncpuid\npop rbx", &[]);
    assert!(!changed(&kept).contains(&"rbx".to_owned()));
    assert_changes("push rbx\nmov rbx, 5\npop rbx", &[]);
    assert_changes("mov r8, rbx\nmov ebx, 1\nxchg r8, rbx", &["r8"]);
    assert_changes("xchg rax, rcx\nxchg rcx, rax", &[]);
    assert_changes("mov [rsp-8], rbx\nmov ebx, 1\nmov rbx, [rsp-8]", &[]);
    assert_changes("movq xmm3, rbx\nmov ebx, 1\nmovq rbx, xmm3", &["xmm3"]);
    assert_changes("lea rsi, [rsi+8]\nlea rsi, [rsi-8]", &[]);
    assert_changes(
        "rol rdi, 3\nrol rdi, 13\nrol rdi, 61\nrol rdi, 51\nxchg rbx, rbx",
        &["CF", "OF"],
    );
    assert_changes("bswap rax\nbswap rax", &[]);
    assert_changes("mov eax, eax", &["rax"]);
    assert_changes("enter 32, 0\nleave", &[]);
    assert_changes(
        "mov rbp, rsp\nand rsp, -16\nsub rsp, 64\nmov rsp, rbp",
        &["AF", "CF", "OF", "PF", "SF", "ZF", "rbp"],
    );
    assert_changes("push rbp\nmov rbp, rsp\nlea rsp, [rsp-64]\nleave", &[]);
    assert_changes("call 2f\njmp 3f\n2:\nret\n3:\nnop", &[]);
}

#[test]
fn a_return_address_is_as_wide_as_the_mode() {
    let changed_in_32_bits = |template| changed(&facts_for(&target_x86(), template, &[]));
    assert_eq!(changed_in_32_bits("call 2f\n2:\npop ecx"), ["rcx"]);
    assert!(changed_in_32_bits("call 2f\njmp 3f\n2:\nret\n3:\nnop").is_empty());
    assert!(changed_in_32_bits("call 2f\n2:\nlea esp, [esp+4]").is_empty());
    assert!(!changed_in_32_bits("call 2f\n2:\nlea esp, [esp+8]").is_empty());
}

#[test]
fn flags_come_back_in_many_ways() {
    assert_changes("pushfq\nadd rax, 1\nsub rax, 1\npopfq", &[]);
    assert_changes("lahf\nseto al\nadd rcx, 1\ndec rcx\nadd al, 127\nsahf", &["rax"]);
    assert_changes("lahf\nadd rcx, 1\ndec rcx\nsahf", &["OF", "rax"]);
    assert_changes("setc r8b\nclc\nshr r8b, 1", &["AF", "OF", "PF", "SF", "ZF", "r8"]);
    assert_changes("std\ncld", &[]);
    assert_changes("mov ecx, 0\nshl rax, cl", &["rcx"]);
}

#[test]
fn images_of_floating_point_state_come_back() {
    let unchanged = ["movups xmm3, [rcx]", "ldmxcsr [rcx]", "fldcw [rcx]", "movq mm0, rcx", "fld1"];
    for work in unchanged {
        assert_changes(&format!("fxsave [rdi]\n{work}\nfxrstor [rdi]"), &[]);
        let mask = "mov eax, -1\nmov edx, eax";
        let facts = facts(&format!("{mask}\nxsave [rdi]\n{work}\n{mask}\nxrstor [rdi]"), &[]);
        assert_eq!(changed(&facts), ["rax", "rdx"], "{work}");
        assert_eq!(facts.exits[0].x87.layout(), crate::machine::state::X87::entry(false).layout());
    }
    assert_changes("fnsave [rdi]\nfld1\nfldcw [rcx]\nfrstor [rdi]", &[]);
    assert_changes("fnstenv [rdi]\nfldenv [rdi]", &[]);
    assert_changes(
        "sub rsp, 512\nfxsave [rsp]\npxor xmm0, xmm0\nfxrstor [rsp]\nlea rsp, [rsp+512]",
        &["AF", "CF", "OF", "PF", "SF", "ZF"],
    );
    assert_changes("fxsave [rdi]\nfxrstor [rsi+512]\nfxrstor [rdi]", &[]);
    assert_changes("fnstenv [rdi]", &["X87Control"]);
    assert_changes(
        "mov eax, 4\nxor edx, edx\nxsave [rdi]\npxor xmm0, xmm0\nxrstor [rdi]",
        &["AF", "CF", "OF", "PF", "SF", "ZF", "rax", "rdx", "xmm0"],
    );
    let foreign = facts("fxrstor [rdi]", &[]);
    assert!(changed(&foreign).contains(&"Mxcsr".to_owned()));
    assert!(changed(&foreign).contains(&"xmm15".to_owned()));
}

#[test]
fn paths_are_told_apart() {
    let sometimes = facts("test rax, rax\njz 2f\npush rax\n2:", &[]);
    assert_eq!(sometimes.exits.len(), 2);
    let both = facts("test rax, rax\njz 2f\npush rbx\n2:\ntest rax, rax\njz 3f\npop rbx\n3:", &[]);
    assert!(!changed(&both).contains(&"rsp".to_owned()), "{:?}", changed(&both));
    let forever = facts("2:\npause\njmp 2b", &[]);
    assert!(forever.exits.is_empty() && forever.doubts.is_empty());
    let loops = facts("2:\ndec rcx\njnz 2b", &["inout(\"rcx\") u64 => _"]);
    assert!(loops.exits.iter().all(|exit| exit.kind == ExitKind::End));
    assert!(loops.exits.iter().any(|exit| !exit.exact));
    let decided = facts("xor eax, eax\njnz 2f\nmov rbx, 1\n2:", &[]);
    assert_eq!(decided.exits.len(), 1);
}

#[test]
fn far_return_to_a_label_goes_on() {
    let facts = facts(
        "push {s}\nlea {t}, [rip+2f]\npush {t}\nretfq\n2:",
        &["s = in(reg) u64", "t = lateout(reg) _"],
    );
    assert_eq!(facts.exits.len(), 1, "{facts:#?}");
    assert!(facts.order.is_empty());
}

#[test]
fn memory_is_told_by_its_base() {
    let facts = facts("mov rax, [rdi]\npush rax\nmov [rsp+8], rax\npop rax\nmov rcx, fs:[0]", &[]);
    let places: Vec<PlaceOfAccess> = facts.accesses.iter().map(|access| access.place).collect();
    assert_eq!(places, [PlaceOfAccess::Outside, PlaceOfAccess::Frame, PlaceOfAccess::Outside]);
}

#[test]
fn demand_sees_through_masks_and_saves() {
    let reached = |template: &str, operands: &[&str]| -> Vec<(String, u64)> {
        let facts = facts(template, operands);
        let demand = facts.demand(&facts.uses);
        let values: &Values = &facts.values;
        let mut reached: Vec<(String, u64)> = demand
            .entries(values)
            .filter_map(|(cell, origin)| match cell {
                Cell::Register(register) => Some((register.to_string(), origin.bits)),
                Cell::Flag(Flag::Carry) => Some(("CF".to_owned(), 1)),
                _ => None,
            })
            .collect();
        reached.sort();
        reached
    };
    assert_eq!(reached("mov eax, ecx", &["out(\"rax\") u64"]), [("rcx".to_owned(), 0xffff_ffff)]);
    assert_eq!(
        reached("mov rax, rcx\nand eax, 0xff", &["out(\"rax\") u64"]),
        [("rcx".to_owned(), 0xff)]
    );
    assert_eq!(reached("sbb rax, rax", &["out(\"rax\") u64"]), [("CF".to_owned(), 1)]);
    assert_eq!(reached("xor eax, eax\nor rcx, -1\nmov rax, rcx", &["out(\"rax\") u64"]), []);
    assert_eq!(
        reached("lea eax, [rcx + rdx + 1]", &["out(\"eax\") u32"]),
        [("rcx".to_owned(), 0xffff_ffff), ("rdx".to_owned(), 0xffff_ffff)]
    );
    assert_eq!(reached("push rbx\nmov rbx, 1\npop rbx", &[]), []);
}

#[test]
fn addresses_of_one_section_have_a_distance() {
    let facts = facts(
        "lea rax, [rip + 3f]\nlea rcx, [rip + 2f]\n2:\nsub rax, rcx\n3:",
        &["out(\"rax\") u64", "out(\"rcx\") _"],
    );
    let register = Register::General(0);
    let word = facts.at_exit(&facts.exits[0], Cell::Register(register)).unwrap();
    assert_eq!(word.as_constant(), Some(3));
}

#[test]
fn order_of_late_outputs() {
    let late = facts(
        "mov {s}, {a}\nadd {s}, {b}",
        &["a = in(reg) u64", "b = in(reg) u64", "s = lateout(reg) u64"],
    );
    assert_eq!(late.order.len(), 1);
    let fine =
        facts("mul {b}", &["b = in(reg) u64", "inlateout(\"rax\") u64", "lateout(\"rdx\") u64"]);
    assert!(fine.order.is_empty());
}

#[test]
fn nothing_is_too_odd() {
    for template in [
        "",
        "# only a comment",
        ".byte 0xff, 0xff",
        "jmp 2f+1\n2:\nmov eax, 5",
        "2: jmp 2b",
        "lock",
    ] {
        facts(template, &[]);
    }
}

#[test]
fn collisions_are_judged_by_what_is_seen() {
    use crate::questions::collision::collisions;
    let collide = |template: &str, operands: &[&str]| {
        let target = target_x86_64();
        let block = block(&target, template, operands);
        let meanings = Meanings::standard();
        let Some(Outcome::Analysed(analysis)) = analyse(&[&block], meanings).last() else {
            panic!("{template}");
        };
        let found = collisions(&block, &analysis.readings[0], meanings);
        found
            .iter()
            .map(|collision| (collision.operand, collision.register.to_string()))
            .collect::<Vec<_>>()
    };
    let cpuid = [
        "p = in(reg) *mut u32",
        "inout(\"eax\") u32 => _",
        "inout(\"ecx\") u32 => _",
        "out(\"edx\") _",
    ];
    assert_eq!(
        collide("push rbx\ncpuid\nmov [{p}], ebx\npop rbx", &cpuid),
        [(0, "rbx".to_owned())]
    );
    let output = [
        "p = out(reg) u32",
        "inout(\"eax\") u32 => _",
        "inout(\"ecx\") u32 => _",
        "out(\"edx\") _",
    ];
    assert_eq!(collide("mov {p:r}, rbx\ncpuid\nxchg {p:r}, rbx", &output), []);
    assert_eq!(
        collide("push rbx\ncpuid\nmov {p:e}, ebx\npop rbx", &output),
        [(0, "rbx".to_owned())]
    );
    let sum = ["a = in(reg) u64", "b = in(reg) u64", "p = in(reg) *mut u64"];
    let found = collide("mov r8, {a}\nadd r8, {b}\nmov [{p}], r8", &sum);
    assert_eq!(found, [(1, "r8".to_owned()), (2, "r8".to_owned())]);
    assert_eq!(collide("xchg {x}, rbx\nbswap rbx\nxchg {x}, rbx", &["x = inout(reg) u64"]), []);
    let classes = ["a = inout(reg_abcd) u32", "b = inout(reg_abcd) u32 => _"];
    assert_eq!(collide("push r9\nmov r9d, {a:e}\nxor {a:e}, r9d\npop r9", &classes), []);
}

#[test]
fn who_changed_a_flag_is_known() {
    let changed_by = |template: &str, flag: Flag| {
        let facts = facts(template, &["x = in(reg) u64"]);
        match facts.kept(Cell::Flag(flag), 0, 1) {
            crate::questions::exits::Kept::No(change) => {
                change.site.map(|site| text(facts.instruction(site)))
            }
            other => panic!("{template}: {other:?}"),
        }
    };
    let changed_by = |template, flag| changed_by(template, flag).unwrap_or_default();
    assert_eq!(changed_by("xor eax, eax", Flag::Zero), "xor eax, eax");
    assert_eq!(changed_by("add rax, rcx\nclc", Flag::Carry), "clc");
    assert_eq!(changed_by("add rax, rcx\nclc", Flag::Sign), "add rax, rcx");
    assert_eq!(changed_by("push {x}\npopfq", Flag::Overflow), "popfq");
    assert_eq!(changed_by("mov rax, [{x}]\nsahf", Flag::Sign), "sahf");
    assert_eq!(changed_by("vmlaunch", Flag::Carry), "vmlaunch");
    for opaque in ["vmcall", "enclu"] {
        let kept = facts(opaque, &[]).kept(Cell::Flag(Flag::Carry), 0, 1);
        assert!(!matches!(kept, crate::questions::exits::Kept::No(_)), "{opaque}");
    }
}

#[test]
fn stack_uses_are_told_on_the_stack_of_the_entry_only() {
    let uses = |template| facts(template, &["x = inout(reg) u64 => _"]).stack_uses.len();
    assert_eq!(uses("xchg rsp, {x}\npush 0\ncall {x}\npop rax\nxchg rsp, {x}"), 0);
    assert_eq!(uses("mov r12, rsp\nmov rsp, {x}\npush 0\nmov rsp, r12\npush 0\npop rax"), 1);
    assert_eq!(uses("mov [rsp - 8], {x}"), 1);
    assert_eq!(uses("mov [rsp], {x}\nsub rsp, 8\nadd rsp, 8"), 0);
}

#[test]
fn what_lies_behind_a_branch_reaches_an_exit_or_not() {
    let facts = facts("test rax, rax\njz 3f\nnop\njmp 4f\n3:\nhlt\njmp 3b\n4:", &[]);
    let reaches: Vec<(String, bool)> = (0u32..)
        .zip(&facts.instructions)
        .map(|(site, reached)| (text(reached), facts.reaches_exit(Site(site))))
        .filter(|(text, _)| text == "hlt" || text == "nop")
        .collect();
    assert!(reaches.contains(&("nop".to_owned(), true)));
    assert!(reaches.contains(&("hlt".to_owned(), false)));
}

#[test]
fn system_calls_come_back() {
    for template in ["syscall", "sysenter", "int 0x80", "vmcall", "vmlaunch", "tdcall"] {
        let exits: Vec<ExitKind> =
            facts(template, &[]).exits.iter().map(|exit| exit.kind).collect();
        assert_eq!(exits, [ExitKind::End], "{template}");
    }
}

#[test]
fn addresses_to_act_upon_are_not_accessed() {
    for template in ["clflush [rax]", "clflushopt [rax]", "invlpg [rax]", "prefetchw [rax]"] {
        assert_eq!(facts(template, &[]).accesses, [], "{template}");
    }
}

#[test]
fn a_system_call_leaves_what_is_kept_in_a_class_register() {
    let facts = facts(
        "xchg {a}, rbx\nint 0x80\nxchg {a}, rbx",
        &["a = inout(reg) u64 => _", "inout(\"eax\") u32"],
    );
    assert!(!changed(&facts).contains(&"rbx".to_owned()));
}

#[test]
fn what_comes_from_outside_of_the_block_is_no_proof() {
    let kept = |template, operands: &[&str], register: Register| {
        facts(template, operands).register_kept(register.whole())
    };
    let saved =
        ["x = inout(reg) u64 => _", "inout(\"rax\") u64 => u64", "inout(\"rsi\") u64 => u64"];
    // Only the compiler knows where `x` is.
    assert_eq!(kept("xchg {x}, rbx\nsyscall\nxchg {x}, rbx", &saved, Register::RBX), Kept::Yes);
    assert_eq!(kept("xchg {x}, rbx\nvmcall\nxchg {x}, rbx", &saved, Register::RBX), Kept::Yes);
    assert_eq!(kept("mov rsi, rbx\nenclu\nmov rbx, rsi", &saved, Register::RBX), Kept::Unknown);
    assert_eq!(kept("encls", &saved, Register::RCX), Kept::Yes);
    assert_eq!(kept("encls", &saved, Register::RBX), Kept::Unknown);
    assert_eq!(kept("vmcall", &saved, Register::RBX), Kept::Unknown);
    assert_eq!(kept("encls", &saved, Register::RSI), Kept::Yes);
    assert!(matches!(kept("encls\nmov r11, rbx", &saved, Register::General(11)), Kept::No(_)));
    assert!(matches!(kept("syscall", &saved, Register::RCX), Kept::No(_)));
}

#[test]
fn a_division_by_zero_goes_nowhere() {
    assert!(facts("mov eax, 1\ncdq\nxor ecx, ecx\ndiv ecx", &[]).exits.is_empty());
    assert!(!facts("mov eax, 1\ncdq\nmov ecx, 2\ndiv ecx", &[]).exits.is_empty());
}

#[test]
fn unknown_callees_may_leave_results_where_they_like() {
    let target = target_x86_64();
    let block = block(&target, "call [rdx]", &["in(\"rdx\") u64", "lateout(\"r12\") u64"]);
    let Some(Outcome::Analysed(analysis)) = analyse(&[&block], Meanings::standard()).last() else {
        panic!("it assembles");
    };
    let facts = &analysis.readings[0].facts;
    assert_eq!(facts.register_kept(Register::General(12).whole()), Kept::Unknown);
    assert_eq!(facts.register_kept(Register::General(13).whole()), Kept::Yes);
    assert!(matches!(facts.register_kept(Register::RCX.whole()), Kept::No(_)));
}

#[test]
fn callees_that_get_values_elsewhere_keep_a_convention_of_their_own() {
    let kept = |template, operands: &[&str]| {
        facts(template, operands).register_kept(Register::RCX.whole())
    };
    let is_changed = |template, operands: &[&str]| matches!(kept(template, operands), Kept::No(_));
    // Nobody but the callee can want what is in `r12`.
    assert_eq!(kept("call [rdx]", &["in(\"rdx\") u64", "in(\"r12\") u64"]), Kept::Unknown);
    assert_eq!(kept("call outside", &["in(\"rbx\") u64"]), Kept::Unknown);
    // Here the block does, or the ABI passes something in the register.
    let saved = &["in(\"rdx\") u64", "in(\"r12\") u64"];
    assert!(is_changed("call [rdx]\nmov [r12], rax", saved));
    assert!(is_changed("mov r12, 0\ncall [rdx]", saved));
    assert!(is_changed("call [rdx]", &["in(\"rdx\") u64", "in(\"rdi\") u64", "in(\"eax\") u32"]));
    assert!(is_changed("call {f}", &["f = in(reg) u64", "in(\"rdi\") u64"]));
    assert!(is_changed("call {f}", &["f = in(reg) u64", "x = in(reg) u64"]));
}

#[test]
fn where_sysenter_comes_back_only_the_kernel_knows() {
    let facts = facts("push rcx\npush rdx\npush rbp\nmov rbp, rsp\nsysenter\npop rbx", &[]);
    for register in [Register::RSP, Register::RBP, Register::RBX] {
        assert_eq!(facts.register_kept(register.whole()), Kept::Unknown, "{register:?}");
    }
}

#[test]
fn a_comparison_of_32_bits_makes_no_use_of_others() {
    let target = target_x86_64();
    let operands = ["p = in(reg) *mut u32", "new = in(reg) u32", "inout(\"eax\") u32 => u32"];
    let template = "lock cmpxchg dword ptr [{p}], {new:e}";
    let block = block(&target, template, &operands);
    let Some(Outcome::Analysed(analysis)) = analyse(&[&block], Meanings::standard()).last() else {
        panic!("it assembles");
    };
    let facts = &analysis.readings[0].facts;
    assert_eq!(facts.undefined_reads(&block), []);
    assert!(matches!(facts.register_kept(Register::RAX.whole()), Kept::No(_)));
}

#[test]
fn a_comparison_of_8_bits_changes_no_others() {
    let facts = facts("lock cmpxchg byte ptr [rdi], cl", &[]);
    assert!(matches!(facts.kept(Cell::Register(Register::RAX), 0, 8), Kept::No(_)));
    assert_eq!(facts.kept(Cell::Register(Register::RAX), 8, 56), Kept::Yes);
}

#[test]
fn a_write_somewhere_in_the_stack_may_change_what_was_saved() {
    let rbx_kept = |template| facts(template, &[]).register_kept(Register::RBX.whole());
    let down = "push rbx\nmov r8, rsp\n2: push rax\ndec ecx\njnz 2b\nmov rsp, r8\npop rbx";
    assert_eq!(rbx_kept(down), Kept::Yes);
    let up = "push rbx\nmov r8, rsp\nsub rsp, 104\n2: add rsp, 16\ndec ecx\njnz 2b\n\
              push rdx\nmov rsp, r8\npop rbx";
    assert_eq!(rbx_kept(up), Kept::Unknown);
    let aligned = "push rbx\nmov r8, rsp\nand rsp, -64\npush rax\nmov rsp, r8\npop rbx";
    assert_eq!(rbx_kept(aligned), Kept::Yes);
    let places: Vec<PlaceOfAccess> =
        facts(down, &[]).accesses.iter().map(|access| access.place).collect();
    assert!(!places.is_empty() && places.iter().all(|place| *place == PlaceOfAccess::Stack));
}

#[test]
fn a_subroutine_returns_to_each_of_its_callers() {
    let many = "call 3f\n".repeat(20);
    for calls in [
        "2: call 3f\ncall 3f\ndec ecx\njnz 2b\n",
        "2: call 4f\ncall 3f\ndec ecx\njnz 2b\ncall 4f\n",
        &many,
    ] {
        let template = format!(
            "{calls}jmp 5f\n\
             3: push rbx\ninc rbx\nadd rax, rbx\npop rbx\nret\n\
             4: call 3b\ntest eax, eax\njz 6f\ncall 3b\n6: ret\n\
             5:"
        );
        let facts = facts(&template, &[]);
        assert_eq!(facts.doubts, [], "{calls}");
        assert_eq!(facts.register_kept(Register::RBX.whole()), Kept::Yes);
        assert_eq!(facts.register_kept(Register::RSP.whole()), Kept::Yes);
        assert!(matches!(facts.register_kept(Register::RAX.whole()), Kept::No(_)));
    }
}

#[test]
fn a_return_drops_arguments() {
    let kept = |template: &str| {
        let facts = facts(template, &["x = in(reg) u64"]);
        facts.kept(Cell::Register(Register::RSP), 0, 64)
    };
    use crate::questions::exits::Kept;
    assert_eq!(kept("push {x}\ncall 2f\njmp 3f\n2: ret 8\n3:"), Kept::Yes);
    assert!(matches!(kept("push {x}\ncall 2f\njmp 3f\n2: ret\n3:"), Kept::No(_)));
    assert_eq!(
        kept("push {x}\npush 8\nlea rax, [rip + 2f]\npush rax\nrex64 retf 8\n2:"),
        Kept::Yes
    );
}

#[test]
fn counted_loops_are_followed_to_their_end() {
    let kept = |template: &str| facts(template, &[]).kept(Cell::Register(Register::RSP), 0, 64);
    use crate::questions::exits::Kept;
    assert_eq!(kept("mov ecx, 8\n2: push 0\ndec ecx\njnz 2b\nadd rsp, 64"), Kept::Yes);
    assert!(matches!(kept("mov ecx, 8\n2: push 0\ndec ecx\njnz 2b\nadd rsp, 56"), Kept::No(_)));
}

#[test]
fn single_bits_of_a_flags_image_are_followed() {
    use crate::questions::exits::Kept;
    let kept = |template: &str, flag| facts(template, &[]).kept(Cell::Flag(flag), 0, 1);
    let image = "pushfq\nbts qword ptr [rsp], 9\npopfq";
    assert_eq!(kept(image, Flag::Carry), Kept::Yes);
    assert_eq!(kept(image, Flag::Zero), Kept::Yes);
    assert!(matches!(kept("pushfq\nbts qword ptr [rsp], 6\npopfq", Flag::Zero), Kept::No(_)));
}

#[test]
fn the_stack_is_aligned_on_entry() {
    let flags = ["AF", "CF", "OF", "PF", "SF", "ZF"];
    assert_changes("and rsp, -16", &flags);
    assert_changes("sub rsp, 8\npush rax\nand rsp, -16\ncall 2f\n2:\nadd rsp, 24", &flags);
    assert_changes("push rax\nand rsp, -16\nlea rsp, [rsp+16]", &flags);
    assert_changes("lea rsp, [rsp+8]\nand rsp, -16", &flags);
    // Nothing is known about larger alignments, nor with `nostack`.
    let differs = |template: &str, options: &str| {
        let mut block = block(&target_x86_64(), template, &[]);
        block.options = crate::testing::options(options);
        let outcomes = analyse(&[&block], Meanings::standard()).collect::<Vec<_>>();
        let Some(Outcome::Analysed(analysis)) = outcomes.first() else { panic!("{template}") };
        changed(&analysis.readings[0].facts).contains(&"rsp".to_owned())
    };
    assert!(!differs("and rsp, -16", ""));
    assert!(differs("and rsp, -16", "nostack"));
    assert!(differs("and rsp, -32", ""));
    assert!(differs("push rsp\nand rsp, -16\nnop\npop rsp", ""));
    assert!(!differs("push rsp\npush [rsp]\nand rsp, -16\nmov rsp, [rsp+8]", ""));
    assert!(!differs(
        "mov {0}, rsp\nand rsp, -64\nmov rsp, {0}".replace("{0}", "rax").as_str(),
        "nostack"
    ));
}

#[test]
fn many_callers_of_one_routine_are_told_apart() {
    let call = "call 2f\n";
    let code = |calls: usize| format!("{}jmp 3f\n2:\nmov ebx, 1\nret\n3:\nnop", call.repeat(calls));
    for calls in [40, 100, 600] {
        let facts = facts(&code(calls), &[]);
        assert!(facts.is_complete(), "{calls}: {:?}", facts.doubts);
        assert_eq!(changed(&facts), ["rbx"], "{calls}");
    }
    // Beyond a limit it is said, and what is certain is seen all the same.
    let levels: String = (100..118)
        .map(|level| format!("{level}: call {0}f\ncall {0}f\nret\n", level + 1))
        .collect();
    let code = format!("call 100f\njmp 3f\n{levels}118: mov ebx, 1\nret\n3:\nnop");
    let facts = facts(&code, &[]);
    assert!(!facts.is_complete());
    assert!(matches!(facts.kept(Cell::Register(Register::RBX), 0, 64), Kept::No(_)));
    assert_eq!(facts.kept(Cell::Register(Register::RSP), 0, 64), Kept::Yes);
}

/// Pages are touched one by one before the stack pointer that was saved is put into the new frame, so
/// that paths with different frames are merged in the routine: what comes back cannot be determined.
#[test]
fn what_merged_paths_have_saved_is_not_known() {
    let template = "mov rax, rsp
        push rbx
        lea r11, [rsp + rdi*2 - 320]
        and r11, -64
        mov r10, rsp
        sub r10, r11
        and r10, -4096
        lea rsp, [r10 + r11]
        4:
        lea rsp, [rsp - 4096]
        mov r10, [rsp]
        cmp rsp, r11
        ja 4b
        mov [rsp + 40], rax
        call 3f
        mov r8, [rsp + 40]
        mov rbx, [r8 - 8]
        lea rsp, [r8]
        jmp 5f
        3:
        mov rbx, rsi
        lea rcx, [rsp + 80]
        2:
        mov [rcx], rbx
        add rcx, 32
        dec rdi
        jnz 2b
        ret
        5:";
    let clobbers = ["rax", "rcx", "r8", "r10", "r11"].map(|name| format!("out(\"{name}\") _"));
    let inputs = ["inout(\"rdi\") u64 => _", "in(\"rsi\") u64"];
    let operands: Vec<&str> =
        inputs.into_iter().chain(clobbers.iter().map(String::as_str)).collect();
    let facts = facts(template, &operands);
    for register in [Register::RBX, Register::RSP] {
        assert_eq!(facts.register_kept(register.whole()), Kept::Unknown, "{register:?}");
    }
}
