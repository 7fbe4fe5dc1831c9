//! [`Verdicts`]: the findings against verdicts that people made by reading the blocks.
//!
//! The file has a row for each block, with tab-separated words, under a line that names the columns.
//! These are used:
//!
//! | column | value |
//! |---|---|
//! | `crate`, `version`, `file` | where the block is |
//! | `target` | the architecture (`aarch64`, `arm`, `thumb`, `riscv`); x86, if there is no such column |
//! | `first_line`, `last_line` | its lines; a finding that names one of them is about the block |
//! | `verdict` | `clean`, `violation` or `debatable` |
//! | `confidence` | only rows that are `certain` are compared |
//! | `lints` | for a violation the lints that must fire, separated by commas |
//! | `why` | an explanation for people |

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::lint::{Checked, Finding, Place};
use crate::list::Listed;
use crate::tool::Lint;

/// Groups whose lints accuse a block; findings of other groups on a clean block are not mistakes.
const ACCUSING_GROUPS: [&str; 2] = ["contract", "hazard"];

/// A verdict on a block.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Row {
    name: String,
    version: String,
    architecture: String,
    place: Place,
    verdict: String,
    is_certain: bool,
    lints: Vec<String>,
    why: String,
}

/// The outcome of a row, or of a finding that no row expects.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Outcome {
    Found,
    Silent,
    NotReached,
    NoSuchLint,
    Missed,
    Accused,
}

/// The rows of a file.
#[derive(Default)]
pub struct Verdicts(Vec<Row>);

impl Verdicts {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Verdicts> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        parse(&text).map(Verdicts).with_context(|| format!("in {}", path.display()))
    }

    /// Whether a row can be compared with what linting this finds.
    pub fn are_about(&self, listed: &Listed) -> bool {
        self.0.iter().any(|row| row.is_in(listed))
    }

    /// Prints every difference between findings and verdicts; whether no certain one was
    /// contradicted.
    pub fn compare(&self, checked: &[Checked], lints: &[Lint]) -> bool {
        let Verdicts(rows) = self;
        let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
        let is_linted = |row: &&Row| checked.iter().any(|each| row.is_in(&each.listed));
        for row in rows.iter().filter(is_linted) {
            for (outcome, lint) in row.judge(checked, lints) {
                *counts.entry(outcome).or_default() += 1;
                if matches!(outcome, Outcome::Missed | Outcome::Accused | Outcome::NotReached) {
                    println!("{} {}: {lint}: {}", outcome.words(), row.shown(), row.why);
                }
            }
        }
        for each in checked {
            for finding in &each.findings {
                let is_settled =
                    rows.iter().any(|row| row.is_in(&each.listed) && row.settles(finding));
                if !is_settled && is_accusing(finding, lints) {
                    let place = finding.places.first();
                    let (file, line) = place.map_or(("-", 0), |place| (&place.file, place.line));
                    println!("look at      {} {file}:{line}: {}", each.listed, finding.lint);
                }
            }
        }
        for (outcome, number) in &counts {
            println!("{} {number}", outcome.words());
        }
        !counts.contains_key(&Outcome::Missed) && !counts.contains_key(&Outcome::Accused)
    }
}

fn is_accusing(finding: &Finding, lints: &[Lint]) -> bool {
    let mut lints = lints.iter().filter(|lint| lint.name == finding.lint);
    lints.any(|lint| ACCUSING_GROUPS.contains(&&*lint.group))
}

impl Row {
    /// Whether the crate is the row's, linted for the row's architecture.
    fn is_in(&self, listed: &Listed) -> bool {
        let architecture = listed.architecture();
        self.name == listed.name
            && self.version == listed.version
            && match &*self.architecture {
                "x86" => architecture == "x86_64" || architecture.ends_with("86"),
                // One source covers both states.
                "arm" | "thumb" => {
                    architecture.starts_with("arm") || architecture.starts_with("thumb")
                }
                own => architecture.starts_with(own),
            }
    }

    fn shown(&self) -> String {
        let Place { file, line, last_line } = &self.place;
        format!("{} {} {file}:{line}-{last_line}", self.name, self.version)
    }

    /// Whether the finding is about the block.
    fn has(&self, finding: &Finding) -> bool {
        finding.places.iter().any(|place| overlap(place, &self.place))
    }

    /// Whether the finding no longer needs a look.
    fn settles(&self, finding: &Finding) -> bool {
        let is_expected = match &*self.verdict {
            "clean" => true,
            _ => self.lints.contains(&finding.lint),
        };
        self.is_certain && is_expected && self.has(finding)
    }

    /// Its outcome, on all targets that the crate was linted for: of each lint that must fire, or of
    /// the expected silence.
    fn judge(&self, checked: &[Checked], lints: &[Lint]) -> Vec<(Outcome, String)> {
        if !self.is_certain {
            return Vec::new();
        }
        let its_own = || checked.iter().filter(|each| self.is_in(&each.listed));
        let is_reached = its_own()
            .flat_map(|each| &each.blocks)
            .flat_map(|block| &block.places)
            .any(|place| overlap(place, &self.place));
        let findings: Vec<_> =
            its_own().flat_map(|each| &each.findings).filter(|finding| self.has(finding)).collect();
        match &*self.verdict {
            "clean" => {
                let accusing: Vec<_> =
                    findings.iter().filter(|finding| is_accusing(finding, lints)).collect();
                match accusing.as_slice() {
                    [] if is_reached => vec![(Outcome::Silent, "clean".to_owned())],
                    [] => vec![(Outcome::NotReached, "clean".to_owned())],
                    _ => accusing
                        .iter()
                        .map(|finding| (Outcome::Accused, finding.lint.clone()))
                        .collect(),
                }
            }
            "violation" => {
                let judge = |name: &String| {
                    if findings.iter().any(|finding| finding.lint == *name) {
                        Outcome::Found
                    } else if !lints.iter().any(|lint| lint.name == *name) {
                        Outcome::NoSuchLint
                    } else if is_reached {
                        Outcome::Missed
                    } else {
                        Outcome::NotReached
                    }
                };
                self.lints.iter().map(|name| (judge(name), name.clone())).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Outcome {
    /// As at the head of a line.
    fn words(self) -> &'static str {
        match self {
            Outcome::Found => "found       ",
            Outcome::Silent => "silent      ",
            Outcome::NotReached => "not reached ",
            Outcome::NoSuchLint => "no such lint",
            Outcome::Missed => "MISSED      ",
            Outcome::Accused => "ACCUSED     ",
        }
    }
}

fn overlap(one: &Place, other: &Place) -> bool {
    one.file == other.file && one.line <= other.last_line && other.line <= one.last_line
}

fn parse(text: &str) -> Result<Vec<Row>> {
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().context("it is empty")?.split('\t').collect();
    let rows = lines.enumerate().map(|(index, line)| {
        let words: Vec<&str> = line.split('\t').collect();
        let column = |name: &str| {
            let position = columns.iter().position(|column| *column == name);
            let word = position.and_then(|position| words.get(position).copied());
            word.with_context(|| format!("line {} has no `{name}`", index + 2))
        };
        let number = |name: &str| -> Result<usize> {
            column(name)?.parse().with_context(|| format!("in line {}", index + 2))
        };
        let lints = column("lints")?.split(',').filter(|name| *name != "-");
        Ok(Row {
            name: column("crate")?.to_owned(),
            version: column("version")?.to_owned(),
            architecture: column("target").unwrap_or("x86").to_owned(),
            place: Place {
                file: column("file")?.to_owned(),
                line: number("first_line")?,
                last_line: number("last_line")?,
            },
            verdict: column("verdict")?.to_owned(),
            is_certain: column("confidence")? == "certain",
            lints: lints.map(str::to_owned).collect(),
            why: column("why")?.to_owned(),
        })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::Block;

    const VERDICTS: &str = "\
crate\tversion\tfile\tfirst_line\tlast_line\tverdict\tconfidence\tlints\twhy
some\t1.0.0\tsrc/lib.rs\t3\t5\tclean\tcertain\t-\tadds
some\t1.0.0\tsrc/lib.rs\t7\t9\tviolation\tcertain\tundeclared_clobber\twrites rdx
some\t1.0.0\tsrc/lib.rs\t11\t11\tdebatable\tdebatable\t-\twho knows";

    fn place(line: usize, last_line: usize) -> Place {
        Place { file: "src/lib.rs".to_owned(), line, last_line }
    }

    fn finding(lint: &str, line: usize) -> Finding {
        Finding {
            lint: lint.to_owned(),
            level: "deny",
            places: vec![place(line, line)],
            rendered: String::new(),
        }
    }

    fn outcomes(findings: Vec<Finding>, blocks: &[Place]) -> Vec<Outcome> {
        let lint = |name: &str, group: &str| Lint { name: name.into(), group: group.into() };
        let lints = [lint("undeclared_clobber", "contract"), lint("unused_input", "style")];
        let checked = [Checked {
            listed: Listed {
                name: "some".to_owned(),
                version: "1.0.0".to_owned(),
                features: Vec::new(),
                default_features: true,
                target: Some("x86_64-unknown-linux-gnu".to_owned()),
                target_features: Vec::new(),
            },
            blocks: blocks
                .iter()
                .map(|place| Block {
                    places: vec![place.clone()],
                    doubts: Vec::new(),
                    undecided: Vec::new(),
                })
                .collect(),
            findings,
        }];
        let rows = parse(VERDICTS).unwrap();
        rows.iter()
            .flat_map(|row| row.judge(&checked, &lints))
            .map(|(outcome, _)| outcome)
            .collect()
    }

    #[test]
    fn verdicts_are_compared() {
        let blocks = [place(3, 5), place(7, 9), place(11, 11)];
        let right = vec![finding("undeclared_clobber", 8), finding("unused_input", 4)];
        assert_eq!(outcomes(right, &blocks), [Outcome::Silent, Outcome::Found]);
        let wrong = vec![finding("undeclared_clobber", 4)];
        assert_eq!(outcomes(wrong, &blocks), [Outcome::Accused, Outcome::Missed]);
        assert_eq!(outcomes(Vec::new(), &[]), [Outcome::NotReached, Outcome::NotReached]);
    }

    #[test]
    fn a_row_is_about_its_architecture() {
        let text =
            "crate\tversion\tfile\tfirst_line\tlast_line\tverdict\tconfidence\tlints\ttarget\twhy
some\t1.0.0\tsrc/lib.rs\t3\t5\tclean\tcertain\t-\taarch64\tadds";
        let verdicts = Verdicts(parse(text).unwrap());
        let listed = |target: &str| Listed {
            name: "some".to_owned(),
            version: "1.0.0".to_owned(),
            features: Vec::new(),
            default_features: true,
            target: Some(target.to_owned()),
            target_features: Vec::new(),
        };
        assert!(verdicts.are_about(&listed("aarch64-apple-darwin")));
        assert!(!verdicts.are_about(&listed("x86_64-unknown-linux-gnu")));
        assert!(!verdicts.are_about(&listed("arm-unknown-linux-gnueabi")));
    }
}
