//! `cargo asm-lint completions SHELL`: a completion script, made from the tables in `flags.rs`.

use std::fmt::Write as _;

use crate::{
    catalogue::LINTS,
    error::{Error, Result},
    flags::{Flag, LINT_FLAGS, SUBCOMMANDS},
    status::Status,
    terminal,
};

/// The shells for which there is a script.
pub const SHELLS: [&str; 4] = ["bash", "zsh", "fish", "powershell"];

/// Prints the script.
pub fn run(shell: &str) -> Result<Status> {
    let text = match shell {
        "bash" => bash(),
        "zsh" => zsh(),
        "fish" => fish(),
        "powershell" => powershell(),
        other => {
            return Err(Error::new(format!("there are no completions for `{other}`"))
                .with_remedy(format!("there are completions for {}", SHELLS.join(", "))));
        }
    };
    terminal::print(&text)?;
    Ok(Status::Clean)
}

fn long(flags: &[Flag]) -> String {
    flags.iter().map(|flag| format!("--{}", flag.name)).collect::<Vec<_>>().join(" ")
}

fn lints() -> String {
    LINTS.iter().map(|lint| lint.name).collect::<Vec<_>>().join(" ")
}

/// Which flags follow each subcommand, as the arms of a shell's `case`.
fn cases(line: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    for subcommand in SUBCOMMANDS {
        let _ = writeln!(text, "        {}) {};;", subcommand.name, line(&long(subcommand.flags)));
    }
    text
}

fn bash() -> String {
    let words: Vec<_> = SUBCOMMANDS.iter().map(|subcommand| subcommand.name).collect();
    format!(
        "_cargo_asm_lint() {{\n    local current=${{COMP_WORDS[COMP_CWORD]}} words\n    \
         case ${{COMP_WORDS[COMP_CWORD-1]}} in\n        --explain) words='{lints}';;\n        \
         completions) words='{shells}';;\n{cases}        \
         *) words='{subcommands} {flags}';;\n    esac\n    \
         COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n    \
         [ ${{#COMPREPLY[@]}} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$current\"))\n}}\n\
         complete -F _cargo_asm_lint cargo-asm-lint\n",
        lints = lints(),
        shells = SHELLS.join(" "),
        cases = cases(|flags| format!("words='{flags}'")),
        subcommands = words.join(" "),
        flags = long(LINT_FLAGS),
    )
}

fn zsh() -> String {
    let quoted = |text: &str| text.replace('\'', "'\\''").replace([':', '[', ']'], " ");
    let mut text =
        "#compdef cargo-asm-lint\n_cargo_asm_lint() {\n    _arguments -S \\\n".to_owned();
    for flag in LINT_FLAGS {
        let value = match (flag.name, flag.value) {
            ("explain", _) => format!(":lint:({})", lints()),
            (_, Some("FILE")) => ":file:_files".to_owned(),
            (_, Some(value)) => format!(":{value}:"),
            (_, None) => String::new(),
        };
        let _ = writeln!(text, "        '--{}[{}]{value}' \\", flag.name, quoted(flag.help));
    }
    let words: Vec<_> = SUBCOMMANDS
        .iter()
        .map(|subcommand| format!("{}\\:\"{}\"", subcommand.name, quoted(subcommand.help)))
        .collect();
    let _ = writeln!(text, "        '1:subcommand:(({}))' \\", words.join(" "));
    text.push_str("        '*:file:_files'\n}\n_cargo_asm_lint \"$@\"\n");
    text
}

fn fish() -> String {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('\'', "\\'");
    let mut text = String::new();
    let command = "complete -c cargo-asm-lint";
    for subcommand in SUBCOMMANDS {
        let (name, help) = (subcommand.name, quoted(subcommand.help));
        let _ = writeln!(text, "{command} -f -n __fish_use_subcommand -a {name} -d '{help}'");
        for flag in subcommand.flags {
            let value = if flag.value.is_some() { " -r" } else { "" };
            let _ = writeln!(
                text,
                "{command} -n '__fish_seen_subcommand_from {name}' -l {}{value} -d '{}'",
                flag.name,
                quoted(flag.help)
            );
        }
    }
    for flag in LINT_FLAGS {
        let value = match (flag.name, flag.value) {
            ("explain", _) => format!(" -x -a '{}'", lints()),
            (_, Some(_)) => " -r".to_owned(),
            (_, None) => String::new(),
        };
        let _ = writeln!(text, "{command} -l {}{value} -d '{}'", flag.name, quoted(flag.help));
    }
    let _ = writeln!(
        text,
        "{command} -f -n '__fish_seen_subcommand_from completions' -a '{}'",
        SHELLS.join(" ")
    );
    text
}

fn powershell() -> String {
    let words = SUBCOMMANDS.iter().map(|subcommand| subcommand.name.to_owned());
    let flags = LINT_FLAGS.iter().map(|flag| format!("--{}", flag.name));
    let words: Vec<_> = words.chain(flags).map(|word| format!("'{word}'")).collect();
    let lints: Vec<_> = LINTS.iter().map(|lint| format!("'{}'", lint.name)).collect();
    format!(
        "Register-ArgumentCompleter -Native -CommandName 'cargo-asm-lint' -ScriptBlock {{\n    \
         param($word, $ast, $position)\n    \
         $words = if ($ast.ToString() -match '--explain\\s+\\S*$') {{ @({}) }} else {{ @({}) }}\n    \
         $words | Where-Object {{ $_ -like \"$word*\" }} | ForEach-Object {{\n        \
         [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)\n    \
         }}\n}}\n",
        lints.join(", "),
        words.join(", "),
    )
}
