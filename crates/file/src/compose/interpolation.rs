//! Variables in values: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?message}`, `${NAME:+alternative}`, also one inside
//! of another. `$$` is a `$`.

use std::ops::Range;

/// How deep expressions may lie in each other.
const MOST_NESTED: usize = 32;

/// A text with its variables filled in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Interpolated {
    /// The text.
    pub text: String,
    /// Variables that are not set and for which nothing is written instead.
    pub unset: Vec<Unset>,
}

/// A variable that is not set.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unset {
    /// Its name.
    pub name: String,
    /// Where the expression stands in the text.
    pub range: Range<usize>,
}

/// Why a text cannot be interpolated, and where in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InterpolationFault {
    /// Where the expression stands in the text.
    pub range: Range<usize>,
    /// What is wrong with it.
    pub kind: InterpolationFaultKind,
}

/// What is wrong with an expression.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum InterpolationFaultKind {
    /// `${…` without its `}`.
    Unclosed,
    /// What stands between the braces is no name with an operator.
    Malformed,
    /// `${NAME?message}` of a variable that is not set.
    Required {
        /// The variable.
        name: String,
        /// The message, which may be empty.
        message: String,
    },
    /// Expressions lie too deep in each other.
    TooDeep,
}

/// The value of a variable, if it is set.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What an expression has behind its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    /// `-`: what follows stands for a variable that is not set.
    Default,
    /// `+`: what follows stands for one that is set.
    Alternative,
    /// `?`: the variable must be set.
    Required,
}

/// Fills in the variables of a text.
pub(super) fn interpolate(text: &str, lookup: Lookup<'_>) -> Result<Interpolated, InterpolationFault> {
    let mut work = Work { lookup, unset: Vec::new() };
    let text = work.text(text, 0, 0)?;
    Ok(Interpolated { text, unset: work.unset })
}

struct Work<'a> {
    lookup: Lookup<'a>,
    unset: Vec<Unset>,
}

impl Work<'_> {
    /// Fills in a part of the text, which begins at `offset` of it.
    fn text(&mut self, text: &str, offset: usize, depth: usize) -> Result<String, InterpolationFault> {
        let mut done = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(found) = text[at..].find('$') {
            done.push_str(&text[at..at + found]);
            at += found;
            let rest = &text[at + 1..];
            let name = name_length(rest);
            let length = if rest.starts_with('$') {
                done.push('$');
                2
            } else if name > 0 {
                let range = offset + at..offset + at + 1 + name;
                done.push_str(&self.variable(&rest[..name], range));
                1 + name
            } else if rest.starts_with('{') {
                let Some(length) = braced_length(&text[at..]) else {
                    let range = offset + at..offset + text.len();
                    return Err(InterpolationFault { range, kind: InterpolationFaultKind::Unclosed });
                };
                done.push_str(&self.braced(&text[at..at + length], offset + at, depth)?);
                length
            } else {
                // A `$` that begins nothing is kept.
                done.push('$');
                1
            };
            at += length;
        }
        done.push_str(&text[at..]);
        Ok(done)
    }

    fn variable(&mut self, name: &str, range: Range<usize>) -> String {
        (self.lookup)(name).unwrap_or_else(|| {
            self.unset.push(Unset { name: name.to_owned(), range });
            String::new()
        })
    }

    /// `${…}`, which begins at `offset` of the text.
    fn braced(&mut self, written: &str, offset: usize, depth: usize) -> Result<String, InterpolationFault> {
        let range = offset..offset + written.len();
        let fault = |kind| InterpolationFault { range: range.clone(), kind };
        if depth >= MOST_NESTED {
            return Err(fault(InterpolationFaultKind::TooDeep));
        }
        let inside = &written[2..written.len() - 1];
        let (name, rest) = inside.split_at(name_length(inside));
        let (takes_empty, operator) = match rest.strip_prefix(':') {
            Some(operator) => (true, operator),
            None => (false, rest),
        };
        let operation = match operator.as_bytes().first() {
            Some(b'-') => Operator::Default,
            Some(b'+') => Operator::Alternative,
            Some(b'?') => Operator::Required,
            None if !takes_empty && !name.is_empty() => return Ok(self.variable(name, range)),
            _ => return Err(fault(InterpolationFaultKind::Malformed)),
        };
        if name.is_empty() {
            return Err(fault(InterpolationFaultKind::Malformed));
        }
        let word = &operator[1..];
        let word_offset = offset + written.len() - 1 - word.len();
        let value = (self.lookup)(name);
        let is_set = value.as_ref().is_some_and(|value| !takes_empty || !value.is_empty());
        match operation {
            Operator::Default | Operator::Required if is_set => Ok(value.unwrap_or_default()),
            Operator::Default => self.text(word, word_offset, depth + 1),
            Operator::Alternative if is_set => self.text(word, word_offset, depth + 1),
            Operator::Alternative => Ok(value.unwrap_or_default()),
            Operator::Required => {
                let message = self.text(word, word_offset, depth + 1)?;
                Err(fault(InterpolationFaultKind::Required { name: name.to_owned(), message }))
            }
        }
    }
}

/// How long the name is with which the text begins.
fn name_length(text: &str) -> usize {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// How long the `${…}` is with which the text begins. Braces inside of it are counted.
fn braced_length(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open += 1,
            b'}' if open == 1 => return Some(at + 1),
            b'}' => open -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lookup(name: &str) -> Option<String> {
        match name {
            "SET" => Some("value".to_owned()),
            "EMPTY" => Some(String::new()),
            "DOLLAR" => Some("$SET".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn all_forms_are_filled_in() {
        for (written, meant) in [
            ("$SET ${SET}", "value value"),
            ("a${SET}b$SET-c", "avaluebvalue-c"),
            ("${NONE-x} ${EMPTY-x} ${SET-x}", "x  value"),
            ("${NONE:-x} ${EMPTY:-x} ${SET:-x}", "x x value"),
            ("${NONE+x} ${EMPTY+x} ${SET+x}", " x x"),
            ("${NONE:+x} ${EMPTY:+x} ${SET:+x}", "  x"),
            ("${SET?needed} ${SET:?needed} ${EMPTY?needed}", "value value "),
            ("${NONE:-${EMPTY:-${SET}}}", "value"),
            ("${NONE:-a${SET}b}c", "avaluebc"),
            ("${NONE:-{}}", "{}"),
            ("${NONE:-}", ""),
            ("${NONE:-a:-b}", "a:-b"),
            ("${NONE:-a?b}", "a?b"),
            ("$$SET $${SET} $$$SET", "$SET ${SET} $value"),
            ("$1 $ $- 5$", "$1 $ $- 5$"),
            ("$DOLLAR", "$SET"),
            ("${SET}ä", "valueä"),
        ] {
            assert_eq!(
                interpolate(written, &lookup).map(|done| done.text),
                Ok(meant.to_owned()),
                "{written}"
            );
        }
    }

    #[test]
    fn variables_that_are_not_set_are_told_with_their_places() {
        let text = "a $ONE ${TWO} ${SET} ${THREE:-$FOUR}";
        let unset = interpolate(text, &lookup).unwrap().unset;
        let told: Vec<_> =
            unset.iter().map(|unset| (unset.name.as_str(), &text[unset.range.clone()])).collect();
        assert_eq!(told, [("ONE", "$ONE"), ("TWO", "${TWO}"), ("FOUR", "$FOUR")]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        use InterpolationFaultKind as Kind;
        let required =
            |name: &str, message: &str| Kind::Required { name: name.into(), message: message.into() };
        for (text, place, kind) in [
            ("a ${SET", "${SET", Kind::Unclosed),
            ("a ${} b", "${}", Kind::Malformed),
            ("${1}", "${1}", Kind::Malformed),
            ("${A.B}", "${A.B}", Kind::Malformed),
            ("${A:}", "${A:}", Kind::Malformed),
            ("${:-a}", "${:-a}", Kind::Malformed),
            ("a ${NONE?say $SET}", "${NONE?say $SET}", required("NONE", "say value")),
            ("${EMPTY:?}", "${EMPTY:?}", required("EMPTY", "")),
            ("${NONE:-${OTHER?x}}", "${OTHER?x}", required("OTHER", "x")),
        ] {
            let fault = interpolate(text, &lookup).unwrap_err();
            assert_eq!((&text[fault.range], fault.kind), (place, kind), "{text}");
        }
        let deep = "${A:-".repeat(99) + &"}".repeat(99);
        assert_eq!(interpolate(&deep, &lookup).unwrap_err().kind, Kind::TooDeep);
    }

    proptest! {
        #[test]
        fn any_text_is_filled_in_or_refused(text in "[$A{}:?+ä-]{0,40}|\\PC*") {
            match interpolate(&text, &lookup) {
                Ok(done) => prop_assert!(done.unset.iter().all(|unset| text.get(unset.range.clone()).is_some())),
                Err(fault) => prop_assert!(text.get(fault.range).is_some()),
            }
        }

        #[test]
        fn a_text_whose_dollars_are_doubled_stays(text in "\\PC*") {
            let written = text.replace('$', "$$");
            prop_assert_eq!(interpolate(&written, &lookup).unwrap().text, text);
        }
    }
}
