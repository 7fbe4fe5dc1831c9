//! [`table`]: the findings, for people.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::lint::Checked;

/// Counts of words.
pub type Counts = BTreeMap<String, usize>;

impl Checked {
    /// How many blocks could be fully checked.
    pub fn judged(&self) -> usize {
        self.blocks.iter().filter(|block| block.doubts.is_empty()).count()
    }

    /// In how many blocks a rule could not be decided, by rule.
    pub fn undecided(&self) -> Counts {
        count(self.blocks.iter().flat_map(|block| block.undecided.iter().cloned()))
    }

    /// How many blocks could not be fully checked, by reason.
    pub fn doubts(&self) -> Counts {
        count(self.blocks.iter().flat_map(|block| block.doubts.iter().cloned()))
    }

    /// How many findings there are, by lint.
    pub fn findings_by_lint(&self) -> Counts {
        count(self.findings.iter().map(|finding| finding.lint.clone()))
    }
}

fn count(words: impl IntoIterator<Item = String>) -> Counts {
    let mut counts = Counts::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts
}

/// A line for each crate, and one for each reason why blocks were not judged.
pub fn table(checked: &[Checked]) -> String {
    let name_width = checked.iter().map(|each| each.listed.to_string().len()).max().unwrap_or(0);
    let mut text = format!("{:name_width$} blocks judged  findings\n", "crate");
    let (mut blocks, mut judged) = (0, 0);
    let (mut findings, mut doubts, mut undecided) = (Counts::new(), Counts::new(), Counts::new());
    for each in checked {
        let name = each.listed.to_string();
        line(
            &mut text,
            &format!("{name:name_width$}"),
            each.blocks.len(),
            each.judged(),
            &each.findings_by_lint(),
            &each.doubts(),
        );
        blocks += each.blocks.len();
        judged += each.judged();
        add(&mut findings, each.findings_by_lint());
        add(&mut doubts, each.doubts());
        add(&mut undecided, each.undecided());
    }
    line(&mut text, &format!("{:name_width$}", "all"), blocks, judged, &findings, &doubts);
    for (rule, number) in undecided {
        let _ = writeln!(text, "{:name_width$} undecided: {number} ({rule})", "");
    }
    text
}

fn line(
    text: &mut String,
    name: &str,
    blocks: usize,
    judged: usize,
    findings: &Counts,
    doubts: &Counts,
) {
    let listed = |counts: &Counts| {
        counts.iter().map(|(word, number)| format!("{word} {number}")).collect::<Vec<_>>()
    };
    let findings = listed(findings).join(", ");
    let _ = writeln!(text, "{name} {blocks:6} {judged:6}  {findings}");
    for (reason, number) in doubts {
        let indentation = name.chars().count();
        let _ = writeln!(text, "{:indentation$} not judged: {number} ({reason})", "");
    }
}

fn add(to: &mut Counts, from: Counts) {
    for (word, number) in from {
        *to.entry(word).or_default() += number;
    }
}
