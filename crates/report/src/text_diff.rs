//! The lines that differ between two texts.

use super::text::harmless;
use std::fmt::Write as _;

/// So many lines are compared one by one; longer parts are shown as a whole.
const MOST: usize = 2000;

/// The lines that differ, `-` before the old and `+` before the new ones, each part with the number of its first line.
/// `shown` is what may be seen of a line.
#[must_use]
pub fn diff(old: &str, new: &str, shown: impl Fn(&str) -> String) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let before = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let rest = old[before..].iter().rev().zip(new[before..].iter().rev());
    let behind = rest.take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[before..old.len() - behind], &new[before..new.len() - behind]);
    let mut text = String::new();
    let mut part_open = false;
    for (number, line) in steps(old, new) {
        let Some((sign, line)) = line else {
            part_open = false;
            continue;
        };
        if !part_open {
            let _ = writeln!(text, "@@ line {}", before + number + 1);
            part_open = true;
        }
        let _ = writeln!(text, "{sign}{}", harmless(&shown(line)));
    }
    text
}

/// A line with its sign, or none where a line is in both; with the number of the line in the old text.
type EditStep<'a> = (usize, Option<(char, &'a str)>);

fn steps<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<EditStep<'a>> {
    let mut steps = Vec::new();
    if old.len() > MOST || new.len() > MOST {
        steps.extend(old.iter().enumerate().map(|(at, line)| (at, Some(('-', *line)))));
        steps.extend(new.iter().map(|line| (old.len(), Some(('+', *line)))));
        return steps;
    }
    // How long the common lines behind each pair of places are.
    let width = new.len() + 1;
    let mut common = vec![0_u32; (old.len() + 1) * width];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            common[a * width + b] = if old[a] == new[b] {
                common[(a + 1) * width + b + 1] + 1
            } else {
                common[(a + 1) * width + b].max(common[a * width + b + 1])
            };
        }
    }
    let (mut a, mut b) = (0, 0);
    while a < old.len() || b < new.len() {
        if a < old.len() && b < new.len() && old[a] == new[b] {
            steps.push((a, None));
            (a, b) = (a + 1, b + 1);
        } else if a < old.len()
            && (b == new.len() || common[(a + 1) * width + b] >= common[a * width + b + 1])
        {
            steps.push((a, Some(('-', old[a]))));
            a += 1;
        } else {
            steps.push((a, Some(('+', new[b]))));
            b += 1;
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_differ_are_shown_with_their_place() {
        let told = diff("a\nb\nc\nd\ne\n", "a\nB\nc\ne\n", str::to_owned);
        assert_eq!(told, "@@ line 2\n-b\n+B\n@@ line 4\n-d\n");
        assert_eq!(diff("a\n", "a\n", str::to_owned), "");
        assert_eq!(diff("", "a\n", str::to_owned), "@@ line 1\n+a\n");
        assert_eq!(diff("pw: x\n", "pw: y\n", |_| "***".to_owned()), "@@ line 1\n-***\n+***\n");
    }
}
