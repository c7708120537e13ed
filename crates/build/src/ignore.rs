//! The rules of a `.dockerignore` file, as Docker applies them.
//!
//! They follow `github.com/moby/patternmatcher`, which the classic builder and BuildKit share: Go's `filepath.Match` with
//! `**`, where a path is also matched through each of its parents, and the last rule that matches decides.

use regex::Regex;

/// A line that Docker refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreError {
    /// The line's number, from 1.
    pub line: usize,
    /// The pattern, without spaces around it.
    pub pattern: String,
    /// What is wrong with it.
    pub fault: IgnoreFault,
}

/// What is wrong with a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IgnoreFault {
    /// A `!` with nothing behind it.
    NothingIncluded,
    /// A `[` without its `]`, or with nothing in it.
    OpenClass,
    /// A range in `[]` that lacks an end, or ends before it begins.
    BadRange,
    /// A `\` at the end.
    OpenEscape,
}

/// The rules of an ignore file.
#[derive(Debug, Clone, Default)]
pub struct IgnoreRules {
    rules: Vec<Rule>,
}

/// Which rules match a path or one of its parents: what its children begin with.
#[derive(Debug, Clone, Default)]
pub struct Matched {
    rules: Vec<bool>,
    /// Whether the path is left out.
    pub is_excluded: bool,
}

#[derive(Debug, Clone)]
struct Rule {
    /// A rule with `!`.
    includes: bool,
    pattern: String,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    Suffix(String),
    Regex(Regex),
}

impl IgnoreRules {
    /// Reads an ignore file.
    ///
    /// # Errors
    ///
    /// All lines that Docker refuses.
    pub fn parse(text: &str) -> Result<Self, Vec<IgnoreError>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (mut rules, mut errors) = (Vec::new(), Vec::new());
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
            let line = line.trim();
            match Rule::parse(line) {
                _ if line.is_empty() => {}
                Ok(rule) => rules.push(rule),
                Err(fault) => errors.push(IgnoreError { line: index + 1, pattern: line.to_owned(), fault }),
            }
        }
        if errors.is_empty() { Ok(Self { rules }) } else { Err(errors) }
    }

    /// What the rules say of a path, whose parent they said `parent` of. Paths are relative to the context, with `/`.
    #[must_use]
    pub fn matched(&self, path: &str, parent: &Matched) -> Matched {
        let mut matched = Matched::default();
        for (index, rule) in self.rules.iter().enumerate() {
            // A rule that would change nothing is not looked at, not even for the children: Docker's way.
            let is_match = parent.rules.get(index).copied().unwrap_or(false)
                || (rule.includes == matched.is_excluded && rule.matcher.is_match(path));
            matched.rules.push(is_match);
            if is_match {
                matched.is_excluded = !rule.includes;
            }
        }
        matched
    }

    /// Whether a file in an excluded directory may be included by a rule with `!`. As with BuildKit, a rule with wildcards
    /// may include something anywhere.
    #[must_use]
    pub fn may_include_below(&self, directory: &str) -> bool {
        let inside = format!("{directory}/");
        let mut including = self.rules.iter().filter(|rule| rule.includes);
        including.any(|rule| {
            rule.pattern.contains(['*', '?', '[', '\\']) || format!("{}/", rule.pattern).starts_with(&inside)
        })
    }

    /// Whether a path is left out, by itself or with one of its parents.
    #[must_use]
    pub fn excludes(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        ends.fold(Matched::default(), |parent, end| self.matched(&path[..end], &parent)).is_excluded
    }
}

impl Rule {
    fn parse(line: &str) -> Result<Self, IgnoreFault> {
        let (includes, pattern) = match line.strip_prefix('!') {
            Some(rest) if rest.trim().is_empty() => return Err(IgnoreFault::NothingIncluded),
            Some(rest) => (true, rest.trim()),
            None => (false, line),
        };
        let pattern = clean(pattern);
        let matcher = Matcher::of(&pattern)?;
        Ok(Self { includes, pattern, matcher })
    }
}

/// The shortest path that means the same, relative to the context; see Go's `filepath.Clean`.
fn clean(pattern: &str) -> String {
    let is_absolute = pattern.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|&last| last != "..") => drop(parts.pop()),
            ".." if is_absolute => {}
            _ => parts.push(part),
        }
    }
    match (parts.is_empty(), is_absolute) {
        (true, true) => "/".to_owned(),
        (true, false) => ".".to_owned(),
        (false, _) => parts.join("/"),
    }
}

impl Matcher {
    fn of(pattern: &str) -> Result<Self, IgnoreFault> {
        let expression = expression(pattern)?;
        if let Some(suffix) = pattern.strip_prefix("**")
            && !suffix.trim_start_matches('/').contains(['*', '?', '[', ']', '\\'])
        {
            return Ok(Self::Suffix(suffix.to_owned()));
        }
        // An expression that we have written ourselves is only refused for a class that Go refuses too.
        Regex::new(&expression).map(Self::Regex).map_err(|_| IgnoreFault::BadRange)
    }

    fn is_match(&self, path: &str) -> bool {
        match self {
            Self::Suffix(suffix) => path.ends_with(suffix.as_str()) || suffix.strip_prefix('/') == Some(path),
            Self::Regex(regex) => regex.is_match(path),
        }
    }
}

/// The regular expression of a pattern.
fn expression(pattern: &str) -> Result<String, IgnoreFault> {
    let mut expression = String::from("(?s)^");
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '*' if rest.next_if_eq(&'*').is_some() => {
                rest.next_if_eq(&'/');
                expression += if rest.peek().is_none() { ".*" } else { "(.*/)?" };
            }
            '*' => expression += "[^/]*",
            '?' => expression += "[^/]",
            '[' => class(&mut rest, &mut expression)?,
            '\\' => expression += &regex::escape(&rest.next().ok_or(IgnoreFault::OpenEscape)?.to_string()),
            other => expression += &regex::escape(&other.to_string()),
        }
    }
    expression.push('$');
    Ok(expression)
}

type Characters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// A class of characters, whose `[` is read: ranges, and `^` for all others.
fn class(rest: &mut Characters<'_>, expression: &mut String) -> Result<(), IgnoreFault> {
    expression.push('[');
    if rest.next_if_eq(&'^').is_some() {
        expression.push('^');
    }
    let mut is_empty = true;
    loop {
        if !is_empty && rest.next_if_eq(&']').is_some() {
            expression.push(']');
            return Ok(());
        }
        is_empty = false;
        let low = class_character(rest)?;
        let high = if rest.next_if_eq(&'-').is_some() { class_character(rest)? } else { low };
        if low > high {
            return Err(IgnoreFault::BadRange);
        }
        *expression += &[code(low), code(high)].join("-");
    }
}

/// A character in an expression, whatever it means there.
fn code(character: char) -> String {
    format!("\\x{{{:x}}}", u32::from(character))
}

/// One end of a range: neither `-` nor `]`, unless they are escaped.
fn class_character(rest: &mut Characters<'_>) -> Result<char, IgnoreFault> {
    match rest.next() {
        None | Some(']') => Err(IgnoreFault::OpenClass),
        Some('-') => Err(IgnoreFault::BadRange),
        Some('\\') => rest.next().ok_or(IgnoreFault::OpenEscape),
        Some(character) => Ok(character),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rules(text: &str) -> IgnoreRules {
        IgnoreRules::parse(text).unwrap()
    }

    #[test]
    fn patterns_match_as_docker_matches_them() {
        for (text, excluded, included) in [
            (
                "node_modules",
                &["node_modules", "node_modules/a/b"][..],
                &["src/node_modules", "node_modules2"][..],
            ),
            ("/dist/", &["dist", "dist/a"], &["src/dist"]),
            ("*.md", &["README.md"], &["docs/a.md"]),
            ("*/temp*", &["a/temp", "a/temporary.txt", "a/temp/b"], &["temp", "a/b/temp"]),
            ("*/*/temp*", &["a/b/temp"], &["a/temp"]),
            ("temp?", &["tempa", "tempb/c"], &["temp", "temp/"]),
            ("**/*.go", &["a.go", "a/b/c.go"], &["a.gox"]),
            ("**/foo", &["foo", "a/foo", "a/foo/b"], &["barfoo"]),
            ("**foo", &["foo", "a/barfoo"], &["foox"]),
            ("**foo*", &["foo1", "a/foo1"], &["barfoo1"]),
            ("foo/**", &["foo/a", "foo/a/b"], &["foo"]),
            ("foo**", &["foo", "foobar/a"], &["afoo"]),
            ("a/**/b", &["a/b", "a/x/b", "a/x/y/b"], &["ab", "a/xb"]),
            ("**", &["a", "a/b"], &[]),
            ("**/", &["a", "a/b"], &[]),
            ("./a/../b", &["b"], &["a"]),
            ("../a", &[], &["a"]),
            ("[a-c]x", &["ax", "cx"], &["dx", "/x"]),
            ("[^a-c]x", &["dx"], &["ax"]),
            ("[!a]", &["!", "a"], &["b"]),
            ("[[&~]", &["[", "&", "~"], &["a"]),
            ("a\\*b", &["a*b"], &["axb"]),
            ("a.b+(c)|{d}$^", &["a.b+(c)|{d}$^"], &["axb+(c)|{d}$^"]),
            ("ä?", &["äö"], &["ä"]),
            ("# a\n #b", &["#b"], &["# a", "a"]),
            ("  a  \n\n\t", &["a"], &["b"]),
            ("\u{feff}a", &["a"], &["b"]),
            ("a\r\nb\r\n", &["a", "b"], &["a\r"]),
            ("/", &[], &["a"]),
            (".", &[], &["a"]),
        ] {
            let rules = rules(text);
            for path in excluded {
                assert!(rules.excludes(path), "{text:?} excludes {path:?}");
            }
            for path in included {
                assert!(!rules.excludes(path), "{text:?} does not exclude {path:?}");
            }
        }
    }

    #[test]
    fn the_last_rule_that_matches_decides() {
        let all_but_one = rules("*.md\n!README*.md\nREADME-secret.md");
        assert!(all_but_one.excludes("a.md"));
        assert!(!all_but_one.excludes("README-a.md"));
        assert!(all_but_one.excludes("README-secret.md"));
        let below = rules("vendor\n!vendor/keep\nvendor/keep/not");
        assert!(below.excludes("vendor/a"));
        assert!(!below.excludes("vendor/keep/a"));
        assert!(below.excludes("vendor/keep/not/a"));
        assert!(!rules("**\n!**/*.rs").excludes("a/b/c.rs"));
        assert!(!rules("*\n!/src").excludes("src/a/b"));
    }

    #[test]
    fn only_directories_that_may_have_something_are_looked_into() {
        assert!(!rules("a").may_include_below("a"));
        assert!(rules("a\n!a/b/c").may_include_below("a"));
        assert!(rules("a\n!a/b/c").may_include_below("a/b"));
        assert!(!rules("a\n!a/b/c").may_include_below("a/x"));
        assert!(!rules("a\n!ab").may_include_below("a"));
        assert!(rules("a\n!**/c").may_include_below("a"));
    }

    #[test]
    fn what_docker_refuses_is_told_at_its_line() {
        let faults = |text: &str| {
            let errors = IgnoreRules::parse(text).unwrap_err();
            errors.iter().map(|error| (error.line, error.fault)).collect::<Vec<_>>()
        };
        assert_eq!(
            faults("a\n!\n[a\nb\\"),
            [(2, IgnoreFault::NothingIncluded), (3, IgnoreFault::OpenClass), (4, IgnoreFault::OpenEscape),]
        );
        assert_eq!(faults("[]a]"), [(1, IgnoreFault::OpenClass)]);
        assert_eq!(faults("[-a]"), [(1, IgnoreFault::BadRange)]);
        assert_eq!(faults("[a-]"), [(1, IgnoreFault::OpenClass)]);
        assert_eq!(faults("[z-a]"), [(1, IgnoreFault::BadRange)]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[ab*?\\[\\]\\\\^!/.#-]{0,12}", path in "[ab/.]{1,8}") {
            if let Ok(rules) = IgnoreRules::parse(&text) {
                let _ = rules.excludes(&path);
            }
        }

        #[test]
        fn a_name_without_wildcards_excludes_itself(name in "[a-z.+(){}$|]{1,8}") {
            prop_assume!(!matches!(name.as_str(), "." | ".."));
            prop_assert!(rules(&name).excludes(&name));
        }
    }
}
