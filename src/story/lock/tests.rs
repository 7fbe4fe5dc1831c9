use super::*;

fn story(function: &str, line: u32, contract: &[(&str, &str)]) -> Story {
    let clause =
        |(about, proved): &(&str, &str)| serde_json::json!({ "about": about, "proved": proved });
    let contract: Vec<_> = contract.iter().map(clause).collect();
    serde_json::from_value(serde_json::json!({
        "version": 1, "crate": "c", "function": function, "file": "src/lib.rs", "line": line,
        "last_line": line, "target": "t", "macro": "asm", "source": "", "verdict": "holds",
        "doubts": [], "findings": [], "operands": ["dst"], "contract": contract,
    }))
    .expect("a story")
}

fn compared(before: &[Story], now: &[Story]) -> String {
    let old = parse(&text(&keyed(before))).expect("what was written can be read");
    assert_eq!(old.writer.as_deref(), Some(env!("CARGO_PKG_VERSION")));
    changes(&old.blocks, &keyed(now), now)
}

#[test]
fn a_block_that_moves_or_is_renamed_is_the_same() {
    let before = [story("f", 3, &[("control", "falls through")])];
    assert_eq!(compared(&before, &[story("f", 30, &[("control", "falls through")])]), "");
    assert_eq!(compared(&before, &[story("g", 3, &[("control", "falls through")])]), "");
}

#[test]
fn a_changed_contract_is_named() {
    let before = [story("f", 3, &[("control", "falls through")])];
    let clauses = [("control", "falls through"), ("writes memory through {0}", "8 at +0")];
    let changes = compared(&before, &[story("f", 4, &clauses)]);
    assert_eq!(changes, "c::f t #1 at src/lib.rs:4\n  writes memory through dst: no → 8 at +0\n");
}

#[test]
fn new_and_removed_blocks_are_named() {
    let one = story("f", 3, &[("control", "falls through")]);
    let other = story("g", 9, &[("control", "loops forever")]);
    let changes = compared(std::slice::from_ref(&one), &[other]);
    assert!(changes.contains("c::g t #1 at src/lib.rs:9") && changes.contains("a new block"));
    assert!(changes.contains("c::f t #1\n  the block is gone"), "{changes}");
}

#[test]
fn blocks_of_one_function_keep_their_contracts_when_one_is_added() {
    let (a, b) = ([("control", "falls through")], [("control", "traps")]);
    let before = [story("f", 3, &a), story("f", 4, &b)];
    let three =
        [story("f", 3, &[("control", "loops forever")]), story("f", 4, &a), story("f", 5, &b)];
    assert_eq!(compared(&before, &three), "c::f t #1 at src/lib.rs:3\n  a new block\n");
    assert_eq!(compared(&three, &before), "c::f t #1\n  the block is gone\n");
    // Blocks that are alike count.
    let alike = [story("f", 3, &a), story("f", 4, &a)];
    assert_eq!(compared(&alike, &alike[..1]), "c::f t #2\n  the block is gone\n");
    // One that is added beside one that changes.
    let changed = [story("f", 3, &a), story("f", 4, &[("control", "returns")])];
    let said = compared(&before, &changed);
    assert_eq!(said, "c::f t #2 at src/lib.rs:4\n  control: traps → returns\n");
}

#[test]
fn a_lock_that_cannot_be_read_says_why() {
    let lock = text(&keyed(&[story("f", 3, &[("control", "falls through")])]));
    assert_eq!(parse(&lock.replace('\n', "\r\n")), parse(&lock));
    let problem = |text: &str| parse(text).expect_err("it can't be read");
    assert_eq!(problem("something else"), "is not a lock");
    assert!(
        problem(&lock.replace("Version 1", "Version 2")).starts_with("is a lock of version 2,")
    );
    let conflict = lock.replace("  control", "<<<<<<< ours\n  control");
    assert_eq!(problem(&conflict), "has an unresolved merge conflict in line 5");
    assert_eq!(problem(&lock.replace("control: ", "control ")), "has a mistake in line 5");
}

#[test]
fn a_run_that_looks_at_a_part_leaves_the_rest_alone() {
    let targets = ["t".to_owned()].into();
    let all = Scope { targets, ..Scope::default() };
    assert!(all.includes("c::f t #1") && !all.includes("c::f other #1"));
    let filter = Scope { filter: Some("c::g".to_owned()), ..all.clone() };
    assert!(filter.includes("c::g t #2") && !filter.includes("c::f t #1"));
    let dependencies = Scope { unseen: ["d".to_owned()].into(), ..all.clone() };
    assert!(dependencies.includes("c::f t #1") && !dependencies.includes("d::f t #1"));
    let crates = Scope { crates: Some(["d".to_owned()].into()), ..all };
    assert!(
        crates.includes("d::f t #1") && crates.includes("d t #1") && !crates.includes("c::f t #1")
    );
}

/// One file keeps the contracts of two targets apart: each is compared with its own, and written without
/// the other's.
#[test]
fn two_targets_have_a_contract_each() {
    let folder = std::env::temp_dir().join(format!("asm-lint-lock-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the folder can be made");
    let path = folder.join("asm.lock");
    let of = |target: &str, stack: &str| {
        let mut story = story("f", 3, &[("uses stack", stack)]);
        story.target = target.to_owned();
        [story]
    };
    let run = |target: &str, stack: &str, update: bool| {
        let scope = Scope { targets: [target.to_owned()].into(), ..Scope::default() };
        super::run(&path, &of(target, stack), &scope, update).expect("the lock can be used")
    };
    assert_eq!(run("one", "8 bytes", false), Status::Clean);
    // A target that is not in the file yet is new, and the other one is not missed.
    assert_eq!(run("two", "4 bytes", false), Status::Failed);
    assert_eq!(run("two", "4 bytes", true), Status::Clean);
    let both = fs::read_to_string(&path).expect("it is written");
    assert!(both.contains("c::f one #1") && both.contains("c::f two #1"), "{both}");
    assert_eq!(run("one", "8 bytes", false), Status::Clean);
    assert_eq!(run("two", "4 bytes", false), Status::Clean);
    // What is right for the one target is a change for the other.
    assert_eq!(run("two", "8 bytes", false), Status::Failed);
    assert_eq!(run("two", "16 bytes", true), Status::Clean);
    let now = fs::read_to_string(&path).expect("it is written");
    assert_eq!(now, both.replace("4 bytes", "16 bytes"));
    let _ = fs::remove_dir_all(&folder);
}
