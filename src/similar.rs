//! "Did you mean": the one of several names that a misspelt one is most like.

/// The candidate that takes the fewest changed, added or left-out letters, if they are few for a
/// name of that length.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distances = candidates.into_iter().map(|candidate| (distance(name, candidate), candidate));
    let (least, candidate) = distances.min_by_key(|(distance, _)| *distance)?;
    (least <= (name.chars().count() / 3).max(1)).then_some(candidate)
}

/// How many letters must be changed, added or left out to make `to` of `from`.
pub fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    // A row of the usual table: what it takes to make each beginning of `to`.
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, &other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted() {
        for (from, to, expected) in [
            ("", "", 0),
            ("", "ab", 2),
            ("lint", "lint", 0),
            ("githb", "github", 1),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(from, to), expected, "{from} {to}");
            assert_eq!(distance(to, from), expected, "{to} {from}");
        }
    }

    #[test]
    fn what_is_not_like_any_is_nothing() {
        assert_eq!(nearest("doctr", ["setup", "doctor"]), Some("doctor"));
        assert_eq!(nearest("build", ["setup", "doctor"]), None);
        assert_eq!(nearest("x", []), None);
    }
}
