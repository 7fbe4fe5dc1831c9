//! `cargo asm-lint story`, on what the driver really tells.

#[path = "../../lints/tests/doubles/program.rs"]
mod program;

use std::{env, fs, path::Path, process::Command};

use crate::support::{Project, Run};

/// A block that holds, one that breaks a promise, and one that a lint can say nothing of.
const SOURCE: &str = "\
use core::arch::asm;

/// # Safety
/// `p` must be valid.
pub unsafe fn next(p: *mut u64) -> u64 {
    let t;
    unsafe {
        asm!(\"mov {t}, [{p}]\", \"mov [{p} + 8], {t}\", p = in(reg) p, t = out(reg) t, options(nostack))
    };
    t
}

pub fn product(a: u64, b: u64) -> u64 {
    let low;
    unsafe {
        asm!(\"mul {b}\", b = in(reg) b, inlateout(\"rax\") a => low, options(pure, nomem, nostack))
    };
    low
}

pub fn sum(a: u64, b: u64) -> u64 {
    let sum;
    unsafe {
        asm!(\"lea {sum}, [{a} + {b}]\", a = in(reg) a, b = in(reg) b, sum = out(reg) sum,
            options(pure, nomem, nostack, preserves_flags))
    };
    sum
}
";

fn is_supported() -> bool {
    let supported = cfg!(target_arch = "x86_64");
    if !supported {
        eprintln!("skipped: the blocks are for x86_64");
    }
    supported
}

#[test]
fn text_tells_what_matters_and_a_word_selects() {
    if !is_supported() {
        return;
    }
    let project = Project::library(SOURCE);
    let all = project.lint("story").expect_status(0).stdout;
    assert!(
        all.contains("p: valid for reads of 8 bytes at +0, for writes of 8 bytes at +8"),
        "{all}"
    );
    assert!(all.contains("sum = a + b"), "{all}");
    assert!(all.contains("broken: no other register is changed"), "{all}");
    // Cargo compiles nothing the second time, and the stories are there.
    assert_eq!(project.lint("story").expect_status(0).stdout, all);
    let one = project.lint("story --lib subject::sum").expect_status(0).stdout;
    assert!(one.contains("subject::sum") && !one.contains("subject::next"), "{one}");
    let none = project.lint("story nowhere").expect_status(0);
    assert!(none.stdout.is_empty() && none.stderr.contains("no block"), "{none:?}");
}

/// Operands are called as their author calls them: registers as they are written, and by their own name
/// although a calling convention clobbers them, too.
#[test]
fn registers_are_called_as_they_are_written() {
    if !is_supported() {
        return;
    }
    let project = Project::library(
        "use core::arch::asm;\nextern \"C\" fn callee(x: u64) -> u64 { x }\npub fn calls() -> u64 {\n    \
         let r;\n    unsafe { asm!(\"call {f}\", f = sym callee, in(\"rdi\") 4u64, out(\"rax\") r, clobber_abi(\"C\")) };\n    r\n}\n\
         pub fn cleared() {\n    unsafe { asm!(\"xorps xmm0, xmm0\", out(\"xmm0\") _, options(nomem, nostack)) };\n}\n",
    );
    let said = project.lint("story").expect_status(0).stdout;
    assert!(said.contains("holds: in rdi, out r\n"), "{said}");
    assert!(said.contains("holds: nomem, nostack, clobber xmm0\n"), "{said}");
}

#[test]
fn json_is_as_the_schema_says() {
    if !is_supported() {
        return;
    }
    let stories = Project::library(SOURCE).lint("story --format json").expect_status(0).stdout;
    assert_eq!(conforms(&stories), 3);
}

/// How many stories there are, all of which conform to the schema.
fn conforms(stories: &str) -> usize {
    let stories: serde_json::Value = serde_json::from_str(stories).expect("it is JSON");
    let mut schemas = boon::Schemas::new();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/story.schema.json");
    let path = path.display().to_string();
    let index = boon::Compiler::new().compile(&path, &mut schemas).expect("the schema is valid");
    if let Err(error) = schemas.validate(&stories, index) {
        unreachable!("the stories break the schema: {error:#}");
    }
    stories.as_array().map_or(0, Vec::len)
}

#[test]
fn the_lock_names_what_changed() {
    if !is_supported() {
        return;
    }
    let project = Project::library(SOURCE);
    project.lint("story --lock asm.lock").expect_status(0);
    // What moves or is renamed is the same.
    let moved = format!(
        "// A line.\n\n{}",
        SOURCE.replace("{t}", "{word}").replace("t = out", "word = out")
    );
    project.write("src/lib.rs", &moved);
    project.lint("story --lock asm.lock").expect_status(0);
    project.write("src/lib.rs", &SOURCE.replace("\"mov [{p} + 8], {t}\", ", ""));
    let run = project.lint("story --lock asm.lock").expect_status(101);
    assert!(run.stdout.contains("  writes memory through p: 8 bytes at +8 → no\n"), "{run:?}");
    project.lint("story --lock asm.lock --update").expect_status(0);
    project.lint("story --lock asm.lock").expect_status(0);
    // A part is compared without missing the rest, and written without losing it.
    let lock = || fs::read_to_string(project.root().join("asm.lock")).expect("it is written");
    let before = lock();
    project.write("src/lib.rs", SOURCE);
    project.lint("story --lock asm.lock subject::sum").expect_status(0);
    project.lint("story --lock asm.lock --update subject::sum").expect_status(0);
    assert_eq!(lock(), before);
    // A version that worded it otherwise.
    let version = concat!("of version ", env!("CARGO_PKG_VERSION"));
    project.write("asm.lock", &before.replace(version, "of version 0.0.1"));
    let run = project.lint("story --lock asm.lock").expect_status(101);
    assert!(run.stderr.contains("version 0.0.1 of asm-lint wrote that file"), "{run:?}");
    project.write("asm.lock", &before.replace("subject::next", "<<<<<<< HEAD\nsubject::next"));
    let run = project.lint("story --lock asm.lock").expect_status(2);
    assert!(run.stderr.contains("an unresolved merge conflict in line "), "{run:?}");
    project.write("asm.lock", "something else");
    project.lint("story --lock asm.lock").expect_status(2);
}

/// The stories that a page shows, each a paragraph of a block of text, are those that the tool prints.
/// Only stories of blocks whose path `belongs` are looked at; `BLESS=1` writes them. Returns how many
/// there are.
fn hold_stories(page: &str, printed: &str, belongs: impl Fn(&str) -> bool) -> usize {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let mut text = fs::read_to_string(&file).expect("the page is there");
    let printed: Vec<&str> = printed.split("\n\n").map(str::trim_end).collect();
    // The block's path, and the file without the line, which may move.
    let key = |story: &str| {
        let mut lines = story.lines();
        let (path, _) = lines.next()?.split_once("  ")?;
        let (file, _) = lines.next()?.strip_prefix("  ")?.split_once(':')?;
        Some((path.to_owned(), file.to_owned()))
    };
    let blocks = text.split("```text\n").skip(1).filter_map(|rest| rest.split("```").next());
    let shown: Vec<String> = blocks
        .flat_map(|block| block.split("\n\n"))
        .map(|story| story.trim_end().to_owned())
        .filter(|story| key(story).is_some_and(|(path, _)| belongs(&path)))
        .collect();
    for story in &shown {
        if printed.contains(&story.as_str()) {
            continue;
        }
        let real = printed.iter().find(|printed| key(printed) == key(story));
        if env::var_os("BLESS").is_some()
            && let Some(real) = real
        {
            text = text.replace(story.as_str(), real);
            fs::write(&file, &text).expect("it is ours");
        } else {
            panic!("{page} shows\n{story}\n\nbut the tool prints\n{}", real.unwrap_or(&"nothing"));
        }
    }
    shown.len()
}

/// The stories in the README are what the tool prints about the demo crate.
#[test]
fn the_readme_shows_real_stories() {
    if !is_supported() {
        return;
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = fs::read_to_string(here.join("demo/src/lib.rs")).expect("the demo is there");
    let project = Project::empty("demo").package("demo", "").file("src/lib.rs", &source);
    let printed = project.lint("story").expect_status(0).stdout;
    assert_eq!(hold_stories("README.md", &printed, |_| true), 2);
}

/// The page about stories, as far as it shows a crate of its own: a story, what its lock says of a
/// change, and a double in use.
#[test]
fn the_page_shows_what_the_tool_does() {
    if !is_supported() {
        return;
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(here.join("docs/story.md")).expect("the page is there");
    let memory = "use core::arch::asm;\n\n/// Copies a word to the next place.\n///\n/// # Safety\n///\n\
        /// `p` must be valid for reads of one word, and the place after it for writes.\n\
        pub unsafe fn next(p: *mut u64) -> u64 {\n    let t;\n    unsafe {\n        \
        asm!(\"mov {t}, [{p}]\", \"mov [{p} + 8], {t}\", p = in(reg) p, t = out(reg) t, options(nostack));\n    \
        }\n    t\n}\n";
    let (_, code) = page.split_once("```rust,ignore\n").expect("a double is used");
    let (code, _) = code.split_once("```").expect("the code ends");
    let code: String = code.lines().map(|line| format!("{}\n", line.trim_start())).collect();
    let without_double = code.replace("#[cfg(miri)]\nmod double;\n", "");
    let library = format!(
        "use core::arch::asm;\npub mod memory;\n{}",
        without_double.replace("#[cfg(miri)]\nreturn unsafe { double::demo_sum(a, b) }.0;\n", "")
    );
    let project = Project::empty("demo")
        .package("demo", "")
        .file("src/lib.rs", &library)
        .file("src/memory.rs", &memory.replace(", \"mov [{p} + 8], {t}\"", ""));
    project.lint("story --lock asm.lock").expect_status(0);
    project.write("src/memory.rs", memory);
    let changes = project.lint("story --lock asm.lock").expect_status(101).stdout;
    assert!(page.contains(&changes), "the page does not show\n{changes}");
    let printed = project.lint("story").expect_status(0).stdout;
    assert_eq!(hold_stories("docs/story.md", &printed, |path| path.starts_with("demo::")), 1);
    // What the page does with a double compiles, and what Miri would run is right.
    let doubles = project.lint("story --format rust").expect_status(0).stdout;
    project.write("double.rs", &doubles);
    let main = "fn main() { assert_eq!(sum(2, u64::MAX), 1); }\n";
    project.write("main.rs", &format!("use core::arch::asm;\n{code}{main}"));
    for miri in [&["--cfg", "miri"][..], &[]] {
        let mut rustc = Command::new("rustc");
        rustc.args(["--edition=2024", "-Aunused", "-o", "main", "main.rs"]).args(miri);
        Run::of(rustc.current_dir(project.root())).expect_status(0);
        Run::of(&mut Command::new(project.root().join("main"))).expect_status(0);
    }
}

/// The stories of published crates on that page.
#[test]
fn the_page_shows_real_stories_of_published_crates() {
    if !is_supported() {
        return;
    }
    let project = depending_on(
        "cmov = \"=0.5.4\"\nnum-bigint = \"=0.5.1\"\nconstant_time_eq = \"=0.6.1\"\n\
         x86_64 = { version = \"=0.15.5\", default-features = false, features = [\"instructions\"] }\n",
    );
    if !fetched(&project) {
        return;
    }
    let printed = project.lint("story --deps").expect_status(0).stdout;
    let shown = hold_stories("docs/story.md", &printed, |path| !path.starts_with("demo::"));
    assert!(shown >= 4, "{shown}");
}

/// The manifest of a package with these dependencies, a line each.
fn manifest_with(dependencies: &str) -> String {
    format!(
        "[package]\nname = \"subject\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n{dependencies}"
    )
}

/// A package of that manifest, without code of its own.
fn depending_on(dependencies: &str) -> Project {
    let project = Project::library("#![no_std]\n");
    project.write("Cargo.toml", &manifest_with(dependencies));
    project
}

/// Whether the project's dependencies can be had.
fn fetched(project: &Project) -> bool {
    let fetched = Command::new("cargo").arg("fetch").current_dir(project.root()).output();
    let fetched = fetched.is_ok_and(|output| output.status.success());
    if !fetched {
        eprintln!("skipped: the published crates can't be fetched");
    }
    fetched
}

/// Every story of the demo crate is as the schema says.
#[test]
fn the_demo_is_as_the_schema_says() {
    if !is_supported() {
        return;
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = fs::read_to_string(here.join("demo/src/lib.rs")).expect("the demo is there");
    let project = Project::empty("demo").package("demo", "").file("src/lib.rs", &source);
    let stories = project.lint("story --format json").expect_status(0).stdout;
    assert!(conforms(&stories) >= 10, "{stories}");
}

/// Two published versions of one crate: `x86_64` 0.15 has instructions for SMAP, the register CR8
/// and `int` that 0.14 does not have, and its `sti` got a `nop`, which changes nothing.
#[test]
fn the_lock_shows_what_changed_between_two_versions_of_a_crate() {
    if !is_supported() {
        return;
    }
    let project = Project::library("#![no_std]\n");
    let manifest = |version: &str| {
        manifest_with(&format!(
            "x86_64 = {{ version = \"={version}\", default-features = false, \
             features = [\"instructions\"] }}\n"
        ))
    };
    project.write("Cargo.toml", &manifest("0.14.13"));
    if !fetched(&project) {
        return;
    }
    project.lint("story --deps --lock asm.lock x86_64").expect_status(0);
    project.write("Cargo.toml", &manifest("0.15.5"));
    let run = project.lint("story --deps --lock asm.lock x86_64").expect_status(101);
    let changes: Vec<&str> = run.stdout.lines().collect();
    let changed = |line: &&&str| !line.starts_with(' ');
    let mut names: Vec<&str> =
        changes.iter().filter(changed).filter_map(|line| line.split(' ').next()).collect();
    names.sort_unstable();
    assert!(names.contains(&"x86_64::instructions::smap::Smap::enable"), "{run:?}");
    assert!(names.contains(&"x86_64::instructions::smap::Smap::disable"), "{run:?}");
    assert!(!run.stdout.contains("interrupts::enable "), "`nop` changes no contract: {run:?}");
    let what: Vec<&&str> = changes.iter().filter(|line| line.starts_with(' ')).collect();
    assert!(what.iter().all(|line| **line == "  a new block"), "{run:?}");
    // The page shows two of them.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(here.join("docs/story.md")).expect("the page is there");
    let (_, shown) = page.split_once("x86_64::instructions::smap::").expect("it shows a change");
    let (shown, _) = shown.split_once("```").expect("that ends");
    let shown = format!("x86_64::instructions::smap::{shown}");
    assert!(shown.lines().all(|line| run.stdout.contains(line)), "{shown}\n{run:?}");
}

/// The doubles of published crates' blocks, run against the blocks; `lintcheck doubles` does it for more
/// of them.
#[test]
fn doubles_of_published_blocks_agree() {
    if !is_supported() {
        return;
    }
    let project = depending_on("cmov = \"=0.5.4\"\nnum-bigint = \"=0.5.1\"\n");
    if !fetched(&project) {
        return;
    }
    let stories = project.lint("story --deps --format json").expect_status(0).stdout;
    let stories: Vec<serde_json::Value> = serde_json::from_str(&stories).expect("it is JSON");
    let doubles: Vec<&serde_json::Value> =
        stories.iter().filter(|story| !story["double"].is_null()).collect();
    assert!(doubles.len() >= 12, "{} of {} blocks", doubles.len(), stories.len());
    project.write("doubles.rs", &program::text(&doubles));
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition=2024", "-o", "doubles", "doubles.rs"]);
    Run::of(rustc.current_dir(project.root())).expect_status(0);
    let said = Run::of(&mut Command::new(project.root().join("doubles"))).expect_status(0).stdout;
    assert_eq!(said.trim(), format!("{} doubles agree", doubles.len()));
}

#[test]
fn doubles_compile() {
    if !is_supported() {
        return;
    }
    let project = Project::library(SOURCE);
    let doubles = project.lint("story --format rust").expect_status(0).stdout;
    assert!(doubles.contains("2 of 3 blocks have a double"), "{doubles}");
    project.write("double.rs", &doubles);
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "double.rs"]);
    Run::of(rustc.current_dir(project.root())).expect_status(0);
}

#[test]
fn mistakes_are_explained() {
    let project = Project::library(SOURCE);
    let run = project.lint("story --format yaml").expect_status(2);
    assert!(run.stderr.contains("`text`, `json`, `html` and `rust`"), "{run:?}");
    project.lint("story one two").expect_status(2);
    project.lint("story --message-format json").expect_status(2);
}

/// What a reader does with the page, done by the page itself once it is complete; its title says what
/// went wrong, how many elements there are, and how long it took until the list could be used and until
/// everything was there.
const CHECK: &str = "
const mistakes = [];
const shown = () => document.querySelectorAll('main > details:not([hidden])').length;
const expect = (what, is, wanted) => { if (is !== wanted) mistakes.push(`${what}: ${is}, not ${wanted}`); };
const set = (id, value) => { field(id).value = value; field(id).dispatchEvent(new Event('input')); };
const press = (target, key) => target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
function check() {
  const times = [usable, performance.now()].map(Math.round).join(' ');
  const elements = document.getElementsByTagName('*').length;
  set('search', 'subject::sum lea'); expect('search', shown(), copies); set('search', '');
  set('verdict', 'broken'); expect('verdict', shown(), copies); set('verdict', '');
  set('option', 'pure'); expect('option', shown(), 2 * copies); set('option', '');
  set('crate', 'subject'); set('file', 'src/lib.rs'); expect('file', shown(), 3 * copies);
  set('search', 'nowhere'); expect('none', shown() + Number(field('none').hidden), 0);
  set('crate', ''); set('file', '');
  press(field('search'), 'Escape'); expect('Escape', shown(), 3 * copies);
  press(document.body, '/'); expect('/', document.activeElement.id, 'search'); document.activeElement.blur();
  press(document.body, 'j'); const first = document.activeElement;
  press(first, 'j'); expect('j', document.activeElement === document.querySelectorAll('summary')[1], true);
  press(document.activeElement, 'k'); expect('k', document.activeElement === first, true);
  const card = first.closest('details');
  // The browser says so a little later.
  card.open = true; card.dispatchEvent(new Event('toggle'));
  const rows = card.querySelectorAll('.code tbody tr'); expect('code', rows.length, 2);
  const part = card.querySelector('.source [data-line=\"1\"]');
  expect('source', part.textContent, 'mov [{p} + 8], {t}');
  const point = at => at.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
  const marked = () => [rows[0], rows[1], part].map(at => Number(at.classList.contains('same'))).join('');
  point(part); expect('pointed at the source', marked(), '011');
  point(rows[1].lastElementChild); expect('pointed at the instruction', marked(), '011');
  point(rows[0]); expect('pointed at another', marked(), '100');
  expect('safety', card.textContent.includes('must be valid for reads of 8 bytes'), true);
  document.title = `${mistakes.length} mistakes ${mistakes.join('; ')}|${elements} ${times}`;
}
document.addEventListener('DOMContentLoaded', check);
";

/// The page with each of its blocks so many times.
fn repeated(page: &str, copies: usize) -> String {
    let between = |from: &str, to: &str| {
        let start = page.find(from).expect("the page has this part") + from.len();
        let end = start + page[start..].find(to).expect("the part ends");
        (start, end)
    };
    let (start, _) = between("<main>\n", "<details");
    let cards = (start, between("<main>\n", "<p id=\"none\"").1);
    let lists = ["index", "contents"].map(|id| {
        let (start, end) = between(&format!("id=\"{id}\">["), "]</script>");
        (start, end)
    });
    let mut text = page[..cards.0].to_owned();
    let mut at = cards.1;
    text.push_str(&page[cards.0..cards.1].repeat(copies));
    for (start, end) in lists {
        text.push_str(&page[at..start]);
        text.push_str(&vec![&page[start..end]; copies].join(","));
        at = end;
    }
    text + &page[at..]
}

/// The page works in a real browser, and 2,000 blocks open quickly: what the browser has to lay out is
/// counted, and the time is printed.
#[test]
fn the_page_works_in_a_browser() {
    if !is_supported() {
        return;
    }
    let Some(browser) = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok())
    else {
        eprintln!("skipped: there is no Chromium");
        return;
    };
    let project = Project::library(SOURCE);
    let page = project.lint("story --format html").expect_status(0).stdout;
    assert!(!page.contains("http://") && !page.contains("https://"), "the page needs no network");
    let contents = "<script type=\"application/json\" id=\"contents\">";
    for copies in [1usize, 667] {
        let check =
            format!("<script>const copies = {copies}, usable = performance.now();{CHECK}</script>");
        let many = repeated(&page, copies).replace(contents, &format!("{check}{contents}"));
        project.write("page.html", &many);
        // The fastest of a few, because the machine may do other things.
        let mut fastest = u64::MAX;
        for _ in 0..3 {
            let mut command = Command::new(browser);
            command
                .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"])
                .args([
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                ])
                .arg(format!("--user-data-dir={}", project.outside().join("profile").display()))
                .arg("--dump-dom")
                .arg(format!("file://{}", project.root().join("page.html").display()));
            let shown = Run::of(&mut command).expect_status(0).stdout;
            let title =
                shown.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
            let (title, _) = title.expect("the page has a title");
            let (mistakes, figures) = title.split_once('|').expect("the script ran");
            let figures: Vec<u64> =
                figures.split(' ').map(|figure| figure.parse().expect("a number")).collect();
            let [elements, usable, complete] = figures[..] else { panic!("{title}") };
            println!(
                "{} blocks: {elements} elements, usable after {usable} ms, complete after {complete} ms",
                3 * copies
            );
            assert_eq!(mistakes, "0 mistakes ");
            // A block is a line of the list until it is opened.
            assert!(elements <= 100 + 5 * 3 * copies as u64, "{elements} elements");
            fastest = fastest.min(complete);
            if fastest < 2_000 {
                break;
            }
        }
        assert!(fastest < 30_000, "the page takes {fastest} ms to open");
    }
    let _ = fs::remove_file(project.root().join("page.html"));
}
