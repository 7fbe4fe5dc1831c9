//! Tables of facts as text: rows of cells between bars, comments, and empty lines. The first cell of a
//! row is the question; the test computes the others, and either compares or writes them.

use std::path::Path;

/// Compares every table of a folder with what `row` makes of each of its rows, given the file's name
/// and the row as it stands. With `BLESS` in the environment, writes the tables instead. Columns are
/// at least as wide as `header` says. Returns how many rows there are.
pub fn compare(folder: &Path, header: &[usize], row: impl Fn(&str, &str) -> Vec<String>) -> usize {
    let mut wrong = Vec::new();
    let mut rows = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let (table, count) = table(&text, header, |line| row(&name, line));
        rows += count;
        if table == text {
            continue;
        }
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, table).unwrap();
        } else {
            let changed = text.lines().zip(table.lines()).filter(|(old, new)| old != new);
            wrong.extend(
                changed.map(|(old, new)| format!("{name}\n  table    {old}\n  analysis {new}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    rows
}

/// The table as the analysis would write it, and the number of its rows.
fn table(text: &str, header: &[usize], row: impl Fn(&str) -> Vec<String>) -> (String, usize) {
    let mut lines: Vec<Result<Vec<String>, &str>> = Vec::new();
    for line in text.lines() {
        let is_text = line.is_empty() || line.starts_with('#');
        lines.push(if is_text { Err(line) } else { Ok(row(line)) });
    }
    let widths = lines.iter().flatten().fold(header.to_vec(), |widths, row| {
        widths.iter().zip(row).map(|(width, cell)| cell.len().max(*width)).collect()
    });
    let mut written = String::new();
    let mut count = 0;
    for line in lines {
        match line {
            Err(text) => written.push_str(text),
            Ok(row) => {
                count += 1;
                let padded: Vec<String> =
                    row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
                written.push_str(padded.join(" | ").trim_end());
            }
        }
        written.push('\n');
    }
    (written, count)
}
