//! `.env` files and env files of services: `NAME=value`, with quotes, escapes, comments and variables.

mod escapes;
mod raw;

use std::ops::Range;

use indexmap::IndexMap;

use super::interpolation::{InterpolationFault, Lookup, Unset, interpolate};
pub(super) use raw::read_raw;

/// Variables by name, in the order of their files.
pub type ProjectVariables = IndexMap<String, String>;

/// Why an env file cannot be read, and where in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EnvFault {
    /// The place in the text.
    pub range: Range<usize>,
    /// What is wrong there.
    pub kind: EnvFaultKind,
}

/// What is wrong in an env file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum EnvFaultKind {
    /// A character that no name has.
    Character(char),
    /// A name of several words.
    Space,
    /// A line without a name before its `=`.
    NoName,
    /// A quote that is not closed.
    Unclosed,
    /// A variable in a value that cannot be filled in.
    Interpolation(InterpolationFault),
}

/// Reads an env file into `variables`. A value may use variables of `lookup`, then those of lines above. Returns variables
/// that are not set.
///
/// # Errors
///
/// All lines that cannot be read; after a quote that is not closed, nothing is.
pub(super) fn read(
    text: &str,
    variables: &mut ProjectVariables,
    lookup: Lookup<'_>,
) -> Result<Vec<Unset>, Vec<EnvFault>> {
    let mut reader = EnvReader { text, at: 0, unset: Vec::new() };
    let mut faults = Vec::new();
    while reader.next_statement() {
        if let Err(fault) = reader.statement(variables, lookup) {
            let is_open = matches!(fault.kind, EnvFaultKind::Unclosed);
            reader.go_behind_line(fault.range.start);
            faults.push(fault);
            if is_open {
                break;
            }
        }
    }
    if faults.is_empty() { Ok(reader.unset) } else { Err(faults) }
}

/// What a line begins with.
enum Name {
    /// A name alone: its value is that of the surroundings.
    Inherited(String),
    /// A name with `=` or `:`.
    Assigned(String),
}

struct EnvReader<'a> {
    text: &'a str,
    at: usize,
    unset: Vec<Unset>,
}

impl EnvReader<'_> {
    /// Goes to the next statement. False at the end of the text.
    fn next_statement(&mut self) -> bool {
        loop {
            let rest = &self.text[self.at..];
            self.at += rest.len() - rest.trim_start().len();
            let rest = &self.text[self.at..];
            if !rest.starts_with('#') {
                return !rest.is_empty();
            }
            self.at += rest.find('\n').unwrap_or(rest.len());
        }
    }

    /// Reads a statement into `variables`.
    fn statement(&mut self, variables: &mut ProjectVariables, lookup: Lookup<'_>) -> Result<(), EnvFault> {
        match self.name()? {
            Name::Inherited(name) => {
                if let Some(value) = lookup(&name) {
                    variables.insert(name, value);
                }
            }
            Name::Assigned(name) => {
                let value = self.value(variables, lookup)?;
                variables.insert(name, value);
            }
        }
        Ok(())
    }

    /// Goes to the end of the line that has the place `at`, or stays if it is behind it already.
    fn go_behind_line(&mut self, at: usize) {
        let end = self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline);
        self.at = self.at.max(end);
    }

    fn name(&mut self) -> Result<Name, EnvFault> {
        if let Some(rest) = self.text[self.at..].strip_prefix("export")
            && rest.starts_with(char::is_whitespace)
        {
            self.at += "export".len() + rest.len() - rest.trim_start_matches(is_blank).len();
        }
        let (start, rest) = (self.at, &self.text[self.at..]);
        let is_part = |c: char| is_blank(c) || c.is_alphanumeric() || "_.-[]".contains(c);
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let written = rest[..end].trim_end();
        let sign = rest[end..].chars().next();
        self.at += end + sign.map_or(0, char::len_utf8);
        let place = start..start + written.len();
        let fault = |range, kind| Err(EnvFault { range, kind });
        match sign {
            Some('=' | ':') if written.is_empty() => {
                fault(start + end..start + end + 1, EnvFaultKind::NoName)
            }
            Some('=' | ':' | '\n') | None if written.contains(char::is_whitespace) => {
                fault(place, EnvFaultKind::Space)
            }
            Some('=' | ':') => Ok(Name::Assigned(written.to_owned())),
            Some('\n') | None => Ok(Name::Inherited(written.to_owned())),
            Some(other) => {
                let at = start + end;
                fault(at..at + other.len_utf8(), EnvFaultKind::Character(other))
            }
        }
    }

    fn value(&mut self, variables: &ProjectVariables, lookup: Lookup<'_>) -> Result<String, EnvFault> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches(is_blank).len();
        let rest = &self.text[self.at..];
        match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote, variables, lookup),
            Some(_) | None => {
                let line = rest.split('\n').next().unwrap_or_default();
                let start = self.at;
                self.at += line.len();
                let value = line.split(" #").next().unwrap_or_default().trim_end();
                self.filled_in(value, start..start + value.len(), variables, lookup)
            }
        }
    }

    fn quoted(
        &mut self,
        quote: char,
        variables: &ProjectVariables,
        lookup: Lookup<'_>,
    ) -> Result<String, EnvFault> {
        let start = self.at;
        let rest = &self.text[start + 1..];
        let mut value = String::new();
        let mut is_escaped = false;
        for (at, c) in rest.char_indices() {
            if c == quote && !is_escaped {
                self.at = start + 1 + at + 1;
                let place = start..self.at;
                return match quote {
                    '"' => self.filled_in(&escapes::resolved(&value), place, variables, lookup),
                    _ => Ok(value),
                };
            }
            if c == '\\' && !is_escaped {
                is_escaped = true;
                continue;
            }
            if is_escaped && c != quote {
                value.push('\\');
            }
            is_escaped = false;
            value.push(c);
        }
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        Err(EnvFault { range: start..start + line.len(), kind: EnvFaultKind::Unclosed })
    }

    /// Fills in the variables of a value that stands at `place`.
    fn filled_in(
        &mut self,
        value: &str,
        place: Range<usize>,
        variables: &ProjectVariables,
        lookup: Lookup<'_>,
    ) -> Result<String, EnvFault> {
        let either = |name: &str| lookup(name).or_else(|| variables.get(name).cloned());
        let exact = self.text.get(place.clone()) == Some(value);
        let within = |range: Range<usize>| {
            if exact { place.start + range.start..place.start + range.end } else { place.clone() }
        };
        match interpolate(value, &either) {
            Ok(done) => {
                let unset = done.unset.into_iter().map(|unset| Unset { range: within(unset.range), ..unset });
                self.unset.extend(unset);
                Ok(done.text)
            }
            Err(fault) => {
                let range = within(fault.range.clone());
                Err(EnvFault { range, kind: EnvFaultKind::Interpolation(fault) })
            }
        }
    }
}

/// White space within a line.
fn is_blank(c: char) -> bool {
    matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lookup(name: &str) -> Option<String> {
        (name == "HOST").then(|| "host".to_owned())
    }

    fn variables(text: &str) -> Vec<(String, String)> {
        let mut variables = ProjectVariables::new();
        read(text, &mut variables, &lookup).unwrap();
        variables.into_iter().collect()
    }

    #[test]
    fn lines_are_read_as_docker_compose_reads_them() {
        for (text, value) in [
            ("A=1", "1"),
            ("A=1\n", "1"),
            ("  A = 1  \n", "1"),
            ("A: 1\n", "1"),
            ("export A=1\n", "1"),
            ("A=\n", ""),
            ("A=a b\n", "a b"),
            ("A=a #b\n", "a"),
            ("A=a#b\n", "a#b"),
            ("A=#b\n", "#b"),
            ("# c\n\nA=1\n", "1"),
            ("A=\"a #b\" # c\n", "a #b"),
            ("A='a $HOST \\n'\n", "a $HOST \\n"),
            ("A=\"a\\n${HOST}\"\n", "a\nhost"),
            ("A=\"a\nb\"\n", "a\nb"),
            ("A='it\\'s'\n", "it's"),
            ("A=\"say \\\"x\\\"\"\n", "say \"x\""),
            ("A=\"\\$HOST $$HOST\"\n", "$HOST $HOST"),
            ("A=\"\\\\n\"\n", "\\n"),
            ("A=\"\\0101\"\n", "A"),
            ("A=$HOST/${NONE:-x}\n", "host/x"),
            ("A=1\r\n", "1"),
            ("A=0\nA=1\n", "1"),
        ] {
            assert_eq!(variables(text), [("A".to_owned(), value.to_owned())], "{text:?}");
        }
        assert_eq!(variables("A=1\nB=$A$HOST\nHOST\nNONE\n").len(), 3);
        assert_eq!(variables("A=1\nB=${A}2")[1].1, "12");
        assert_eq!(variables("a.b-c[0]=1").len(), 1);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, place, kind) in [
            ("A=1\nB C=2\nD=3\n", "B C", EnvFaultKind::Space),
            ("=1\n", "=", EnvFaultKind::NoName),
            ("A$B=1\n", "$", EnvFaultKind::Character('$')),
            ("A=\"b\nC=1\n", "\"b", EnvFaultKind::Unclosed),
        ] {
            let faults = read(text, &mut ProjectVariables::new(), &lookup).unwrap_err();
            let faults: Vec<_> = faults.into_iter().map(|fault| (&text[fault.range], fault.kind)).collect();
            assert_eq!(faults, [(place, kind)], "{text:?}");
        }
        let text = "B C=1\nA=x ${B?no}\n=1\nD=4\nE=\"f\n=2\n";
        let mut variables = ProjectVariables::new();
        let faults = read(text, &mut variables, &lookup).unwrap_err();
        let places: Vec<_> = faults.into_iter().map(|fault| &text[fault.range]).collect();
        assert_eq!(places, ["B C", "${B?no}", "=", "\"f"]);
        assert_eq!(variables.keys().collect::<Vec<_>>(), ["D"]);
        let unset = read("A=x $B\n", &mut ProjectVariables::new(), &lookup).unwrap();
        assert_eq!((unset[0].name.as_str(), unset[0].range.clone()), ("B", 4..6));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[A-C=:'\"\\\\ #$\\n{}é]{0,30}|\\PC*") {
            match read(&text, &mut ProjectVariables::new(), &lookup) {
                Ok(unset) => prop_assert!(unset.iter().all(|unset| text.get(unset.range.clone()).is_some())),
                Err(faults) => {
                    prop_assert!(!faults.is_empty());
                    prop_assert!(faults.iter().all(|fault| text.get(fault.range.clone()).is_some()));
                }
            }
        }
    }
}
