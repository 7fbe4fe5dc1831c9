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
    changes(&old, &keyed(now), now)
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
    assert_eq!(
        changes,
        "c::f t #1 at src/lib.rs:4 ({0} = dst)\n  writes memory through {0}: no → 8 at +0\n"
    );
}

#[test]
fn new_and_removed_blocks_are_named() {
    let one = story("f", 3, &[("control", "falls through")]);
    let other = story("g", 9, &[("control", "loops forever")]);
    let changes = compared(std::slice::from_ref(&one), &[other]);
    assert!(changes.contains("c::g t #1 at src/lib.rs:9") && changes.contains("a new block"));
    assert!(changes.contains("c::f t #1\n  the block is gone"), "{changes}");
    assert_eq!(parse("something else"), None);
}
