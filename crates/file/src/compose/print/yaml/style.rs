//! How Go's YAML quotes a text.

use std::{fmt::Write as _, sync::LazyLock};

use regex::Regex;

use crate::compose::{element::Content, scalar};

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// As it is.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes, with escapes.
    Double,
    /// In lines of its own, behind `|`.
    Block,
}

/// Words and numbers that YAML 1.1 took for something else than a text.
static OLD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF",
        r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?",
        r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}.*)?)$"
    ))
    .ok()
});

/// The style of a text.
pub(super) fn style_of(text: &str) -> Style {
    let looks = Looks::of(text);
    if text.contains('\n') {
        return if looks.block { Style::Block } else { Style::Double };
    }
    let is_old = OLD.as_ref().is_some_and(|old| old.is_match(text));
    if is_old || !matches!(scalar::plain(text), Content::Text(_)) {
        return Style::Double;
    }
    match (looks.plain, looks.single) {
        (true, _) => Style::Plain,
        (false, true) => Style::Single,
        (false, false) => Style::Double,
    }
}

/// Which styles a text allows.
struct Looks {
    plain: bool,
    single: bool,
    block: bool,
}

impl Looks {
    fn of(text: &str) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let at = |at: usize| characters.get(at).copied();
        let is_space = |c: Option<char>| c.is_none_or(is_blank_or_break);
        let mut looks = Looks { plain: true, single: true, block: true };
        if text.starts_with("---") || text.starts_with("...") {
            looks.plain = false;
        }
        for (position, &c) in characters.iter().enumerate() {
            let (before, after) = (position.checked_sub(1).and_then(at), at(position + 1));
            let is_indicator = match c {
                '#' => is_space(before),
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
                    position == 0
                }
                '?' | '-' => position == 0 && after.is_none_or(|c| c == ' ' || c == '\t'),
                ':' => after.is_none_or(|c| c == ' ' || c == '\t'),
                _ => false,
            };
            looks.plain &= !is_indicator && !is_break(c);
            if c == '\t' {
                (looks.plain, looks.single) = (false, false);
            } else if !is_printable(c) {
                looks = Looks { plain: false, single: false, block: false };
            }
            if c == ' ' && before.is_some_and(is_break) {
                (looks.plain, looks.single) = (false, false);
            }
            if is_break(c) && before == Some(' ') {
                looks = Looks { plain: false, single: false, block: false };
            }
        }
        let is_edge = |c: Option<&char>| c.is_some_and(|&c| c == ' ' || is_break(c));
        looks.plain &= !is_edge(characters.first()) && !is_edge(characters.last());
        looks.block &= characters.last() != Some(&' ');
        looks
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_blank_or_break(c: char) -> bool {
    matches!(c, ' ' | '\t') || is_break(c)
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// A text in double quotes.
pub(super) fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('"');
    for c in text.chars() {
        let short = match c {
            '\0' => "\\0",
            '\u{7}' => "\\a",
            '\u{8}' => "\\b",
            '\t' => "\\t",
            '\n' => "\\n",
            '\u{b}' => "\\v",
            '\u{c}' => "\\f",
            '\r' => "\\r",
            '\u{1b}' => "\\e",
            '"' => "\\\"",
            '\\' => "\\\\",
            '\u{85}' => "\\N",
            '\u{2028}' => "\\L",
            '\u{2029}' => "\\P",
            c if is_printable(c) => {
                written.push(c);
                continue;
            }
            _ => "",
        };
        // Writing into a string cannot fail.
        let _ = match (short, u32::from(c)) {
            ("", code @ ..=0xff) => write!(written, "\\x{code:02X}"),
            ("", code @ ..=0xffff) => write!(written, "\\u{code:04X}"),
            ("", code) => write!(written, "\\U{code:08X}"),
            (short, _) => write!(written, "{short}"),
        };
    }
    written.push('"');
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_are_quoted_as_go_quotes_them() {
        for (text, style) in [
            ("abc", Style::Plain),
            ("é", Style::Plain),
            ("a'b\"c", Style::Plain),
            ("1.2.3", Style::Plain),
            ("?x", Style::Plain),
            (":x", Style::Plain),
            ("<<", Style::Plain),
            ("=", Style::Plain),
            (".", Style::Plain),
            ("aa#b", Style::Plain),
            ("", Style::Double),
            ("true", Style::Double),
            ("yes", Style::Double),
            ("0123", Style::Double),
            ("1:30", Style::Double),
            ("2020-01-01", Style::Double),
            ("~", Style::Double),
            ("a\tb", Style::Double),
            ("\u{7}", Style::Double),
            ("😀", Style::Double),
            ("x\r\ny", Style::Double),
            ("a \nb", Style::Double),
            ("-", Style::Single),
            ("- x", Style::Single),
            ("@x", Style::Single),
            ("#x", Style::Single),
            ("a: b", Style::Single),
            ("a #b", Style::Single),
            (" a", Style::Single),
            ("a ", Style::Single),
            ("---", Style::Single),
            ("'x'", Style::Single),
            ("a\nb", Style::Block),
        ] {
            assert_eq!(style_of(text), style, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_a_style(text in "\\PC*|[ \\-:#\\n'\"]{0,9}") {
            let _ = (style_of(&text), escaped(&text));
        }
    }
}
