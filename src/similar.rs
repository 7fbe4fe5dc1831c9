//! "Did you mean": the one of several names that is most similar to a misspelt one.

/// The candidate that takes the fewest changed, added, left-out or swapped letters, if they are few
/// for a name of that length.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distances = candidates.into_iter().map(|candidate| (distance(name, candidate), candidate));
    let (least, candidate) = distances.min_by_key(|(distance, _)| *distance)?;
    (least <= (name.chars().count() / 3).max(1)).then_some(candidate)
}

/// How many letters must be changed, added, left out or swapped with their neighbour to turn `from`
/// into `to`.
pub fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    // The usual table: the distance between each prefix of `from` and each prefix of `to`.
    let mut table = vec![(0..=to.len()).collect::<Vec<usize>>()];
    for (index, letter) in from.iter().enumerate() {
        let mut row = vec![index + 1];
        for (column, other) in to.iter().enumerate() {
            let changed = table[index][column] + usize::from(letter != other);
            let least = changed.min(table[index][column + 1] + 1).min(row[column] + 1);
            let is_swap =
                index > 0 && column > 0 && *letter == to[column - 1] && from[index - 1] == *other;
            row.push(if is_swap { least.min(table[index - 1][column - 1] + 1) } else { least });
        }
        table.push(row);
    }
    table[from.len()][to.len()]
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
            ("ab", "ba", 1),
            ("gihtub", "github", 1),
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
