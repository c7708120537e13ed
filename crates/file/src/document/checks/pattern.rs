//! `match_regex`: written for Python's `re`, searched for with the crate `regex`.
//!
//! The two differ in a few habits, which are translated: `{` is a character where no number follows, as people write it
//! in front of JSON; `$` matches in front of a last line end; `[` and `&` are characters within brackets; `\Z`.

use regex_syntax::Error;

use crate::document::{read::Reader, yaml::NodeId};
use maestro_core::{diagnostic::Diagnostic, value::check::Pattern};

pub(super) fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<Pattern> {
    let written = reader.text(node, "`match_regex`", "match_regex: \"status.*UP\"")?;
    let Translated { text, origins } = translate(&written.value);
    let problem = match regex_syntax::ParserBuilder::new().dot_matches_new_line(true).build().parse(&text) {
        Err(Error::Parse(error)) => Some((error.kind().to_string(), *error.span())),
        Err(Error::Translate(error)) => Some((error.kind().to_string(), *error.span())),
        Err(other) => Some((other.to_string(), whole(&text))),
        Ok(_) => build(&text)
            .err()
            .map(|_| ("it would need more memory than is sensible".to_owned(), whole(&text))),
    };
    let Some((why, place)) = problem else {
        return Some(Pattern { written: written.value, translated: text });
    };
    let original = |offset: usize| origins.get(offset).copied().unwrap_or(written.value.len());
    let span = written.inside(original(place.start.offset)..original(place.end.offset));
    let unsupported = why.contains("look-around") || why.contains("backreference");
    reader.diagnostics.push(
        Diagnostic::error("bad-regex", "this regular expression cannot be used").at(span, why).help(
            if unsupported {
                "write it without; where that cannot be, check with `exec` and a command that looks at the answer"
            } else {
                "correct it; a character that is meant as itself gets a `\\` before it, within single quotes or none"
            },
        ),
    );
    None
}

/// The expression, ready to be searched for.
fn build(translated: &str) -> Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(translated).dot_matches_new_line(true).build()
}

fn whole(text: &str) -> regex_syntax::ast::Span {
    use regex_syntax::ast::{Position, Span};
    Span::new(Position::new(0, 1, 1), Position::new(text.len(), 1, 1))
}

/// An expression in other words.
struct Translated {
    text: String,
    /// For each byte of it, and its end, where in the original it comes from.
    origins: Vec<usize>,
}

impl Translated {
    fn push(&mut self, words: &str, origin: usize) {
        self.text.push_str(words);
        self.origins.resize(self.text.len(), origin);
    }
}

fn translate(written: &str) -> Translated {
    let mut out = Translated { text: String::new(), origins: Vec::new() };
    let multi_line = has_flag_m(written);
    // How many characters of a class have been seen, if we are in one.
    let mut class: Option<usize> = None;
    let mut characters = written.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let mut buffer = [0; 4];
        let itself = c.encode_utf8(&mut buffer);
        if c == '\\' {
            let Some((_, next)) = characters.next() else {
                out.push("\\", at);
                break;
            };
            match next {
                'Z' if class.is_none() => out.push("\\z", at),
                '<' | '>' => out.push(next.encode_utf8(&mut buffer), at),
                _ => out.push(&format!("\\{next}"), at),
            }
            class = class.map(|seen| seen + 1);
            continue;
        }
        match (class, c) {
            (None, '[') => {
                out.push("[", at);
                if let Some((at, _)) = characters.next_if(|(_, next)| *next == '^') {
                    out.push("^", at);
                }
                class = Some(0);
            }
            (None, '{') => match quantifier(&written[at..]) {
                Some((0, _)) | None => out.push("\\{", at),
                Some((length, words)) => {
                    out.push(&words, at);
                    for _ in 1..length {
                        characters.next();
                    }
                }
            },
            (None, '$') if !multi_line => out.push("(?:\\n?\\z)", at),
            (None, _) => out.push(itself, at),
            (Some(seen), ']') if seen > 0 => {
                out.push("]", at);
                class = None;
            }
            (Some(seen), _) => {
                if matches!(c, '[' | '&' | '~' | ']') {
                    out.push("\\", at);
                }
                out.push(itself, at);
                class = Some(seen + 1);
            }
        }
    }
    out.origins.push(written.len());
    out
}

/// A quantifier `{2}`, `{2,}`, `{,3}` or `{2,3}` at the beginning of `text`: its length, and it in our words.
fn quantifier(text: &str) -> Option<(usize, String)> {
    let (inside, _) = text.strip_prefix('{')?.split_once('}')?;
    let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if inside.is_empty() || !digits(least) || !digits(most) {
        return None;
    }
    let words = if least.is_empty() { format!("{{0{inside}}}") } else { format!("{{{inside}}}") };
    Some((inside.len() + 2, words))
}

/// Whether `(?m)`, alone or with other flags, is somewhere in it: then `$` is every line's end.
fn has_flag_m(written: &str) -> bool {
    written.split("(?").skip(1).any(|rest| {
        let flags: String = rest.chars().take_while(char::is_ascii_lowercase).collect();
        flags.contains('m') && rest[flags.len()..].starts_with([')', ':', '-'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(written: &str, text: &str) -> bool {
        build(&translate(written).text).unwrap().is_match(text)
    }

    /// What Python's `re.compile(…, re.DOTALL).search(…)` finds, tried with Python 3.11.
    #[test]
    fn what_python_finds_is_found() {
        for (written, text) in [
            ("{\"status\": ?\"UP\"}", "{\"status\": \"UP\"}"),
            ("^OK$", "OK\n"),
            ("a{2,3}b", "xaaab"),
            ("^a{,2}$", "aa"),
            ("{}", "{}"),
            ("[[]x[]]", "[x]"),
            ("[&~]", "a&b"),
            ("a.*b", "a\n\nb"),
            (r"ready\Z", "ready"),
            (r"\<b\>", "<b>"),
            ("(?m)^two$", "one\ntwo\nthree"),
            ("(?P<n>up|UP)", "is UP"),
            ("é{2}", "éé"),
        ] {
            assert!(finds(written, text), "{written}");
        }
        for (written, text) in
            [("^OK$", "OK\n\n"), ("{2", "2"), (r"ready\Z", "ready\n"), ("^two$", "one\ntwo")]
        {
            assert!(!finds(written, text), "{written}");
        }
    }

    #[test]
    fn every_byte_of_a_translation_has_its_origin() {
        let Translated { text, origins } = translate("é{x}$[[]");
        assert_eq!((text.as_str(), text.len() + 1), ("é\\{x}(?:\\n?\\z)[\\[]", origins.len()));
        assert_eq!(origins[..6], [0, 0, 2, 2, 3, 4]);
    }

    proptest::proptest! {
        #[test]
        fn any_expression_is_translated(written in "\\PC*") {
            let translated = translate(&written);
            proptest::prop_assert_eq!(translated.origins.len(), translated.text.len() + 1);
        }
    }
}
