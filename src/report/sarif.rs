//! `--sarif FILE`: the findings as a log of the Static Analysis Results Interchange Format, version
//! 2.1.0 (OASIS standard, errata 01).

use std::{collections::HashMap, fs, path::Path};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::finding::{Finding, Fix, Place};
use crate::{
    catalogue::{LINTS, Lint},
    error::{Error, Result},
    toolchain,
};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The name of the workspace root in the log, so that paths can stay relative.
const ROOT: &str = "SRCROOT";

/// Our fingerprint's name; its number changes whenever its input does.
const FINGERPRINT: &str = "asmLint/v2";

/// What a path segment may contain unescaped (RFC 3986, unreserved characters and the separator).
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Refuses to overwrite a file that is not a SARIF log: the name is a mistake then.
pub fn may_overwrite(path: &Path) -> Result<()> {
    // A pipe or a device, such as `/dev/stdout`, is not overwritten.
    if !path.is_file() {
        return Ok(());
    }
    let text = fs::read(path)
        .map_err(|error| Error::while_doing(format!("read {}", path.display()), error))?;
    let is_log = serde_json::from_slice::<Value>(&text)
        .is_ok_and(|log| log["runs"].is_array() && log["version"].is_string());
    if is_log || text.is_empty() {
        return Ok(());
    }
    let message = format!("{} exists and is not a SARIF log", path.display());
    Err(Error::new(message).with_remedy("name another file, or remove this one"))
}

/// The text of the log. It contains accepted findings as suppressed results, so that a viewer that
/// compares logs does not treat them as fixed.
pub fn log(findings: &[Finding], accepted: &[Finding], workspace_root: &Path) -> String {
    let rules: Vec<_> = LINTS.iter().map(rule).collect();
    let mut seen = HashMap::new();
    let mut results = Vec::new();
    for (finding, is_accepted) in findings
        .iter()
        .map(|finding| (finding, false))
        .chain(accepted.iter().map(|finding| (finding, true)))
    {
        // Equal findings in one file are distinguished by their order.
        let ordinal = seen.entry(finding.identity()).or_insert(0_usize);
        let mut result = result(finding, &fingerprint(finding, *ordinal));
        *ordinal += 1;
        if let Some(index) = LINTS.iter().position(|lint| lint.name == finding.lint) {
            result["ruleIndex"] = json!(index);
        }
        if is_accepted {
            result["suppressions"] =
                json!([{ "kind": "external", "justification": "accepted by the baseline" }]);
        }
        results.push(result);
    }
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "asm-lint",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            "invocations": [{
                // Findings are not a failure to run.
                "executionSuccessful": true,
                "properties": { "toolchain": toolchain::channel() },
            }],
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { ROOT: { "uri": file_uri(workspace_root) } },
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(lint: &Lint) -> Value {
    let level = match lint.level {
        "deny" => "error",
        "warn" => "warning",
        _ => "none",
    };
    json!({
        "id": format!("asm_lint::{}", lint.name),
        "name": camel_case(lint.name),
        "shortDescription": { "text": lint.summary },
        "helpUri": format!("{}/blob/main/docs/lints/{}.md", env!("CARGO_PKG_REPOSITORY"), lint.name),
        "help": { "text": lint.documentation(), "markdown": lint.documentation() },
        "defaultConfiguration": { "enabled": level != "none", "level": level },
        "properties": { "tags": [lint.group] },
    })
}

/// The name in the form that the standard recommends for rules.
fn camel_case(name: &str) -> String {
    name.split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters)
        })
        .collect()
}

fn result(finding: &Finding, fingerprint: &str) -> Value {
    let text = std::iter::once(&finding.message).chain(&finding.notes).map(String::as_str);
    let mut result = json!({
        "ruleId": format!("asm_lint::{}", finding.lint),
        "level": if finding.is_error { "error" } else { "warning" },
        "message": { "text": text.collect::<Vec<_>>().join("\n") },
        // A result has one location; further ones would mean that all must be changed together.
        "locations": finding.places.first().map(|place| location(place, None)).into_iter().collect::<Vec<_>>(),
        "partialFingerprints": { FINGERPRINT: fingerprint },
    });
    let related: Vec<_> = finding
        .places
        .iter()
        .skip(1)
        .map(|place| location(place, None))
        .chain(finding.related.iter().map(|(place, label)| location(place, Some(label))))
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    if !finding.fixes.is_empty() {
        result["fixes"] = finding.fixes.iter().map(fix).collect();
    }
    result
}

fn location(place: &Place, label: Option<&str>) -> Value {
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": artifact(&place.file),
            "region": region(place),
        },
    });
    if let Some(label) = label.filter(|label| !label.is_empty()) {
        location["message"] = json!({ "text": label });
    }
    location
}

fn region(place: &Place) -> Value {
    json!({
        "startLine": place.start_line,
        "startColumn": place.start_column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    })
}

fn artifact(file: &str) -> Value {
    let path = Path::new(file);
    if path.is_absolute() {
        return json!({ "uri": file_uri(path).trim_end_matches('/') });
    }
    json!({ "uri": uri_path(path), "uriBaseId": ROOT })
}

fn fix(fix: &Fix) -> Value {
    // The edits of one file belong into one change.
    let mut changes: Vec<(&str, Vec<Value>)> = Vec::new();
    for (place, text) in &fix.edits {
        let replacement =
            json!({ "deletedRegion": region(place), "insertedContent": { "text": text } });
        match changes.iter_mut().find(|(file, _)| *file == place.file) {
            Some((_, replacements)) => replacements.push(replacement),
            None => changes.push((&place.file, vec![replacement])),
        }
    }
    let changes: Vec<_> = changes
        .into_iter()
        .map(|(file, replacements)| {
            json!({ "artifactLocation": artifact(file), "replacements": replacements })
        })
        .collect();
    json!({
        "description": { "text": fix.description },
        "artifactChanges": changes,
        "properties": { "machineApplicable": fix.is_machine_applicable },
    })
}

/// A folder's `file:` URI, which must end in a slash according to the standard.
fn file_uri(folder: &Path) -> String {
    let path = uri_path(folder);
    let root = if path.starts_with('/') { "" } else { "/" };
    format!("file://{root}{path}/")
}

fn uri_path(path: &Path) -> String {
    let path = path.to_string_lossy();
    let path = if cfg!(windows) { path.replace('\\', "/") } else { path.into_owned() };
    utf8_percent_encode(&path, PATH).to_string()
}

/// A name for the finding that survives moved lines: a 64-bit FNV-1a hash of what it is about. The
/// standard library's hashers may change from release to release; this one must not.
fn fingerprint(finding: &Finding, ordinal: usize) -> String {
    let identity = finding.identity();
    let ordinal = ordinal.to_string();
    let parts = [identity.lint, identity.file, identity.text, ordinal];
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    }
    format!("{hash:016x}")
}
