//! The real rust-analyzer, with this tool as its check command: what a person sees in an editor.

use std::{
    io::BufReader,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use lsp_server::{Message, Notification, Request, Response};
use serde_json::{Value, json};

use crate::support::{FRONT_END, Project, Run, scrub, search_path};

/// A block that promises `nomem` and reads memory.
const SOURCE: &str = "\
pub unsafe fn read(place: *const u64) -> u64 {
    let value;
    unsafe {
        core::arch::asm!(
            \"mov {}, [{}]\",
            out(reg) value,
            in(reg) place,
            options(nomem, nostack, preserves_flags),
        );
    }
    value
}
";

/// How long the editor may take, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running rust-analyzer, ended with the test.
struct Editor {
    process: Child,
    input: ChildStdin,
    messages: Receiver<Message>,
    next_request: i32,
}

impl Editor {
    /// Opens the project with the settings under `rust-analyzer.check`.
    fn open(rust_analyzer: &Path, project: &Project, check: &Value) -> Self {
        // Builds the driver, if necessary.
        project.asm_lint();
        let folder = Path::new(FRONT_END).parent().expect("an executable is in a folder");
        let mut command = Command::new(rust_analyzer);
        scrub(&mut command);
        let mut process = command
            .env("PATH", search_path(folder))
            .current_dir(project.root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("rust-analyzer starts");
        let input = process.stdin.take().expect("it is piped");
        let mut output = BufReader::new(process.stdout.take().expect("it is piped"));
        let (sender, messages) = mpsc::channel();
        thread::spawn(move || {
            while let Ok(Some(message)) = Message::read(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut editor = Self { process, input, messages, next_request: 0 };
        editor.request("initialize", json!({
            "processId": std::process::id(),
            "rootUri": uri(project.root()),
            "capabilities": { "textDocument": {
                "publishDiagnostics": { "relatedInformation": true, "codeDescriptionSupport": true },
                "codeAction": { "codeActionLiteralSupport": {
                    "codeActionKind": { "valueSet": ["quickfix"] },
                }},
            }},
            "initializationOptions": {
                "check": check,
                "checkOnSave": true,
                "cachePriming": { "enable": false },
                // Neither is needed here, and both take long.
                "cargo": { "buildScripts": { "enable": false }, "sysroot": null },
                "procMacro": { "enable": false },
            },
        }));
        editor.notify("initialized", json!({}));
        editor
    }

    fn notify(&mut self, method: &str, params: Value) {
        let message = Notification { method: method.to_owned(), params };
        Message::from(message).write(&mut self.input).expect("rust-analyzer listens");
    }

    /// Sends a request and waits for its answer.
    fn request(&mut self, method: &str, params: Value) -> Value {
        self.next_request += 1;
        let id = self.next_request.into();
        let request = Request { id, method: method.to_owned(), params };
        let id = request.id.clone();
        Message::from(request).write(&mut self.input).expect("rust-analyzer listens");
        self.wait(|message| match message {
            Message::Response(response) if response.id == id => {
                response.response_result.as_ref().ok().cloned()
            }
            _ => None,
        })
        .expect("rust-analyzer answers")
    }

    /// Waits for the wanted message; answers requests that arrive in between.
    fn wait<T>(&mut self, mut wanted: impl FnMut(&Message) -> Option<T>) -> Option<T> {
        let end = Instant::now() + PATIENCE;
        loop {
            let message = self.messages.recv_timeout(end.checked_duration_since(Instant::now())?);
            let message = message.ok()?;
            if let Some(found) = wanted(&message) {
                return Some(found);
            }
            if let Message::Request(request) = message {
                let answer = Response::new_ok(request.id, Value::Null);
                Message::from(answer).write(&mut self.input).expect("rust-analyzer listens");
            }
        }
    }

    /// Waits until a diagnostic of ours is published.
    fn diagnostic(&mut self) -> Value {
        self.wait(|message| {
            let Message::Notification(notification) = message else { return None };
            if notification.method != "textDocument/publishDiagnostics" {
                return None;
            }
            let diagnostics = notification.params["diagnostics"].as_array()?;
            diagnostics.iter().find(|diagnostic| is_ours(diagnostic)).cloned()
        })
        .expect("a diagnostic of asm-lint is published")
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // Its own check process ends with its pipe.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn is_ours(diagnostic: &Value) -> bool {
    // The hints that rust-analyzer makes from labels and suggestions have the same source.
    let is_main = diagnostic["severity"] == 1 || diagnostic["severity"] == 2;
    is_main && diagnostic["source"] == "asm_lint"
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// The rust-analyzer of the pinned toolchain.
fn rust_analyzer() -> Option<PathBuf> {
    let mut command = Command::new("rustup");
    let run =
        Run::of(command.args(["which", "rust-analyzer"]).current_dir(env!("CARGO_MANIFEST_DIR")));
    (run.status == Some(0)).then(|| PathBuf::from(run.stdout.trim()))
}

fn check(settings: &Value) {
    let Some(rust_analyzer) = rust_analyzer() else {
        eprintln!("skipped: the pinned toolchain has no rust-analyzer component");
        return;
    };
    let project = Project::library(SOURCE);
    let mut editor = Editor::open(&rust_analyzer, &project, settings);
    let file = uri(&project.root().join("src/lib.rs"));
    editor.notify(
        "textDocument/didOpen",
        json!({ "textDocument": {
            "uri": file, "languageId": "rust", "version": 1, "text": SOURCE,
        }}),
    );
    let diagnostic = editor.diagnostic();
    assert_eq!(diagnostic["severity"], 1, "{diagnostic:#}");
    assert_eq!(diagnostic["code"], "nomem_memory_access", "{diagnostic:#}");
    // The instruction in the template, without the quotes.
    let range = json!({
        "start": { "line": 4, "character": 13 }, "end": { "line": 4, "character": 25 },
    });
    assert_eq!(diagnostic["range"], range, "{diagnostic:#}");
    let message = diagnostic["message"].as_str().unwrap_or_default();
    assert!(message.contains("the block promises `nomem`"), "{diagnostic:#}");

    // The fix is offered where it changes something, at the option, and where the finding is.
    for (line, character) in [(7, 20), (4, 15)] {
        let place = json!({ "line": line, "character": character });
        let place = json!({ "start": place, "end": place });
        offers_fix(&mut editor, &file, &place);
    }
}

/// Checks that the fix can be chosen at a place, and that it changes the option and nothing else.
fn offers_fix(editor: &mut Editor, file: &str, place: &Value) {
    // The editor is notified of a finding before its server has all that belongs to it.
    let mut actions = Value::Null;
    for _ in 0..50 {
        actions = editor.request(
            "textDocument/codeAction",
            json!({
                "textDocument": { "uri": file },
                "range": place,
                "context": { "diagnostics": [] },
            }),
        );
        let mut edits = actions
            .as_array()
            .into_iter()
            .flatten()
            .filter(|action| action["kind"] == "quickfix")
            .flat_map(|action| edits_of(action, file));
        if edits.any(|edit| edit["newText"] == "readonly") {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    unreachable!("{place} {actions:#}");
}

/// The edits of a code action in a file, in either of the forms that the protocol has for them.
fn edits_of(action: &Value, file: &str) -> Vec<Value> {
    let edit = &action["edit"];
    let versioned = edit["documentChanges"].as_array().into_iter().flatten();
    let versioned = versioned
        .filter(|change| change["textDocument"]["uri"] == file)
        .filter_map(|change| change["edits"].as_array());
    let plain = edit["changes"][file].as_array();
    versioned.chain(plain).flatten().cloned().collect()
}

#[test]
fn the_check_command_shows_findings() {
    check(&json!({ "command": "asm-lint" }));
}

#[test]
fn an_overriding_command_shows_findings() {
    check(&json!({
        "overrideCommand": [FRONT_END, "asm-lint", "--workspace", "--message-format=json"],
    }));
}
