//! The keys, one by one; what they do to verdicts is tested with the driver.

use std::path::{Path, PathBuf};

use super::files::File;
use super::keys::{KEYS, documentation};
use super::*;

fn read(text: &str) -> (Configuration, Vec<Mistake>) {
    let mut configuration = Configuration::default();
    let mut mistakes = Vec::new();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("asm-lint.toml");
    let file = File { path, text: text.to_owned(), table: &[] };
    Reader::read(&file, &mut configuration, &mut mistakes);
    (configuration, mistakes)
}

#[test]
fn documentation_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    let text = documentation();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, text).unwrap();
    } else {
        let known = std::fs::read_to_string(path).unwrap_or_default();
        assert!(known == text, "run `BLESS=1 cargo test -p asm-lint-driver configuration`");
    }
}

#[test]
fn each_example_says_something_and_nothing_wrong() {
    for key in KEYS {
        // There is no such folder here.
        let example = key.example.replace("src/vendored", "src/lints");
        let (configuration, mistakes) = read(&example);
        assert_eq!(mistakes, [], "{}", key.name);
        assert!((key.show)(&configuration).is_some(), "{}", key.name);
        assert_eq!((key.show)(&Configuration::default()), None, "{}", key.name);
    }
}

#[test]
fn what_is_shown_can_be_read() {
    let all: Vec<_> = KEYS.iter().map(|key| key.example).collect();
    for example in all {
        let example = example.replace("src/vendored", "src/lints");
        let (configuration, _) = read(&example);
        let (again, mistakes) = read(&show(&configuration));
        assert_eq!(mistakes, []);
        assert_eq!(show(&again), show(&configuration));
    }
}

#[test]
fn more_specific_levels_come_last() {
    let text = "[levels]\ninvalid_assembly = \"allow\"\nall = \"warn\"\ncontract = \"deny\"\n";
    let (configuration, mistakes) = read(text);
    assert_eq!(mistakes, []);
    let names: Vec<_> = configuration.levels.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["asm_lint::all", "asm_lint::contract", "asm_lint::invalid_assembly"]);
}

#[test]
fn instructions_of_every_architecture_are_known() {
    let text = "[instructions]\ndmb = [\"-synchronizes\"]\nprfm = [\"-hints\"]\n\
        svc = [\"kernel:system\"]\nbkpt = [\"ends\"]\necall = [\"-promise\"]\n";
    let (configuration, mistakes) = read(text);
    assert_eq!(mistakes, []);
    assert_eq!(configuration.instructions.len(), 5);
}

/// The messages about a document, with the text that they point at.
fn said(text: &str) -> Vec<(String, &str, Option<String>)> {
    let (_, mistakes) = read(text);
    let one = |mistake: Mistake| {
        (mistake.message, &text[mistake.range.expect("it is in the text")], mistake.help)
    };
    mistakes.into_iter().map(one).collect()
}

#[test]
fn mistakes_point_at_what_is_wrong() {
    let cases = [
        ("kernl = \"linux\"", "kernl", "there is no key `kernl`", Some("did you mean `kernel`?")),
        (
            "kernel = \"linx\"",
            "\"linx\"",
            "there is no kernel `linx`",
            Some("did you mean `linux`?"),
        ),
        ("kernel = 1", "1", "expected a string, found an integer", None),
        (
            "levels = { contrat = \"deny\" }",
            "contrat",
            "there is no lint or group `contrat`",
            Some("did you mean `contract`?"),
        ),
        (
            "levels = { all = \"loud\" }",
            "\"loud\"",
            "there is no level `loud`",
            Some("there are `allow`, `warn`, `deny`, `forbid`"),
        ),
        (
            "levels = { all = \"expect\" }",
            "\"expect\"",
            "there is no level `expect`",
            Some("there are `allow`, `warn`, `deny`, `forbid`"),
        ),
        (
            "instructions = { cpudi = [\"opaque\"] }",
            "cpudi",
            "there is no instruction `cpudi`",
            Some("did you mean `cpuid`?"),
        ),
        (
            "instructions = { cpuidd = [] }",
            "cpuidd",
            "there is no instruction `cpuidd`",
            Some("did you mean `cpuid`?"),
        ),
        (
            "instructions = { hlt = [\"promise:interupts\"] }",
            "\"promise:interupts\"",
            "there is no fact `promise:interupts`",
            Some("did you mean `promise:interrupts`?"),
        ),
        (
            "instructions = { hlt = [\"-promises\"] }",
            "\"-promises\"",
            "there is no fact `-promises`",
            Some("did you mean `-promise`?"),
        ),
        (
            "instructions = { hlt = \"opaque\" }",
            "\"opaque\"",
            "expected an array of strings, found a string",
            None,
        ),
        (
            "callees = { f = { abi = \"sysv6\" } }",
            "\"sysv6\"",
            "there is no ABI `sysv6`",
            Some("did you mean `sysv64`?"),
        ),
        (
            "callees = { f = { clobbers = [\"rex\"] } }",
            "\"rex\"",
            "there is no register `rex`",
            None,
        ),
        ("callees = { f = {} }", "{}", "a callee has either an `abi` or `clobbers`", None),
        (
            "callees = { f = { clobber = [] } }",
            "clobber",
            "there is no key `clobber`",
            Some("did you mean `clobbers`?"),
        ),
        (
            "[system_calls.dos]",
            "dos",
            "there is no kernel `dos`",
            Some(
                "there are `all`, `linux`, `darwin`, `bsd`, `windows`, `solaris`, `fuchsia`, `xous`, `uefi`, `none`, `unknown`",
            ),
        ),
        ("[system_calls]\nall.mov = {}", "mov", "`mov` does not enter a system", None),
        (
            "[system_calls]\nall.vmcall = { change = [] }",
            "change",
            "there is no key `change`",
            Some("did you mean `changes`?"),
        ),
        (
            "[system_calls]\nall.vmcall = { changes = [\"rex\"] }",
            "\"rex\"",
            "there is no register or flag `rex`",
            None,
        ),
        ("exclude = \"src\"", "\"src\"", "expected an array of strings, found a string", None),
    ];
    for (text, place, message, help) in cases {
        let expected = (message.to_owned(), place, help.map(str::to_owned));
        assert_eq!(said(text), [expected], "{text}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = "kernel = \n[levels]\nall = \"wrn\"\nhazrd = \"deny\"\n[nonsense]\n";
    assert_eq!(said(text).len(), 4, "{:?}", said(text));
}

#[test]
fn a_mistake_on_a_line_says_where() {
    let (_, mistakes) = read("exclude = [\"nowhere\"]");
    assert!(mistakes[0].line().contains("asm-lint.toml:1:"), "{}", mistakes[0].line());
}
