//! The one place where text that others wrote (names, labels, an engine's words, log lines) is made harmless before
//! it reaches a terminal, and where its width there is known.

use std::{borrow::Cow, fmt::Write as _};

use unicode_width::UnicodeWidthChar;

/// What stands for the end of a text that was cut.
const ELLIPSIS: char = '…';

/// `text` with every character that could steer a terminal, or that would not be seen, as a visible escape such as
/// `\u{1b}`. Line breaks and tabs are escaped as well: the result is one line of a known width.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    escape(text, |c| is_harmful(c) || is_variation_selector(c))
}

/// A line of a log made harmless: tabs stay, and so do variation selectors, because nothing is aligned behind it; line
/// ends behind it are dropped, because a program that believes that it has a terminal ends its lines with `\r\n`.
#[must_use]
pub fn harmless_line(line: &str) -> Cow<'_, str> {
    escape(line.trim_end_matches(['\r', '\n']), |c| c != '\t' && is_harmful(c))
}

/// Lines of a file made harmless with byte offsets kept: each harmful character becomes a sign of its own length.
/// Line breaks and tabs stay.
#[must_use]
pub fn harmless_in_place(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| is_harmful(c) && !matches!(c, '\n' | '\t');
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        safe.push_str(match c.len_utf8() {
            _ if !harmful(c) => {
                safe.push(c);
                continue;
            }
            1 if c == '\r' => " ",
            1 => "?",
            2 => "¿",
            3 => "\u{fffd}",
            _ => "¿¿",
        });
    }
    Cow::Owned(safe)
}

/// How many columns `text` takes on a terminal. Counted character by character, as terminals do.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// `text`, or if it is wider than `columns`, its beginning and `…` in no more than `columns`.
#[must_use]
pub fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut cut = String::new();
    let mut room = columns.saturating_sub(1);
    for c in text.chars() {
        let Some(rest) = room.checked_sub(char_width(c)) else {
            break;
        };
        room = rest;
        cut.push(c);
    }
    if columns > 0 {
        cut.push(ELLIPSIS);
    }
    Cow::Owned(cut)
}

/// `text` cut or padded to exactly `columns`.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    let mut padded = fit(text, columns).into_owned();
    let missing = columns.saturating_sub(width(&padded));
    padded.extend(std::iter::repeat_n(' ', missing));
    padded
}

/// Whether `c` steers a terminal, changes the direction of what stands around it, breaks a line, or is not seen at all.
pub(crate) fn is_harmful(c: char) -> bool {
    // Nearly all text is ASCII.
    if c.is_ascii() { c.is_ascii_control() } else { c.is_control() || is_directional(c) || is_invisible(c) }
}

/// Controls of the direction of writing, which can make a name read as another.
fn is_directional(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Separators of lines and paragraphs, characters without width, fillers, and tags.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200D}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}'
        | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{13430}'..='\u{13455}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// They ask for another form of the character before them; terminals do not agree how wide that is.
fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}')
}

fn char_width(c: char) -> usize {
    c.width().unwrap_or(0)
}

fn escape(text: &str, harmful: impl Fn(char) -> bool) -> Cow<'_, str> {
    let Some(first) = text.find(&harmful) else {
        return Cow::Borrowed(text);
    };
    let mut escaped = String::with_capacity(text.len() + 16);
    escaped.push_str(&text[..first]);
    for c in text[first..].chars() {
        match c {
            _ if !harmful(c) => escaped.push(c),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            _ => {
                // Writing into a string cannot fail.
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn in_place_every_harmful_character_keeps_its_length() {
        let text = "a\r\u{7}\u{85}\u{ad}\u{202e}\u{e0041}z\n\t";
        let safe = harmless_in_place(text);
        assert_eq!(safe, "a ?¿¿\u{fffd}¿¿z\n\t");
        assert_eq!(safe.len(), text.len());
    }

    #[test]
    fn what_steers_a_terminal_is_shown_and_not_obeyed() {
        assert_eq!(harmless("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(harmless("a\u{9b}31mb\u{7f}"), "a\\u{9b}31mb\\u{7f}");
        assert_eq!(harmless("web\u{202e}gpj"), "web\\u{202e}gpj");
        assert_eq!(harmless("two\r\nlines\tand a tab"), "two\\r\\nlines\\tand a tab");
        assert_eq!(harmless("a\u{200b}b\u{2028}c\u{feff}"), "a\\u{200b}b\\u{2028}c\\u{feff}");
        assert!(matches!(harmless("plain – 日本語 ü"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_log_line_keeps_its_tabs_and_loses_its_line_end() {
        assert_eq!(harmless_line("a\tb \u{26a0}\u{fe0f}\r\n"), "a\tb \u{26a0}\u{fe0f}");
        assert_eq!(harmless_line("50 %\r60 %\u{1b}[0m"), "50 %\\r60 %\\u{1b}[0m");
    }

    #[test]
    fn a_text_is_cut_to_columns_and_not_to_characters() {
        assert_eq!(fit("server-1", 8), "server-1");
        assert_eq!(fit("server-12", 8), "server-…");
        assert_eq!(fit("日本語", 6), "日本語");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日…");
        assert_eq!(fit("日本語", 1), "…");
        assert_eq!(fit("日本語", 0), "");
        assert_eq!(pad("日本語", 4), "日… ");
    }

    proptest! {
        #[test]
        fn no_control_survives(text in any::<String>()) {
            let shown = harmless(&text);
            prop_assert!(!shown.chars().any(is_harmful));
            prop_assert!(!harmless_line(&text).chars().any(|c| c != '\t' && is_harmful(c)));
            // What is clean stays as it is.
            prop_assert_eq!(harmless(&shown), shown.as_ref());
        }

        #[test]
        fn a_text_fits(text in any::<String>(), columns in 0_usize..40) {
            let text = harmless(&text);
            prop_assert!(width(&fit(&text, columns)) <= columns);
            prop_assert_eq!(width(&pad(&text, columns)), columns);
        }
    }
}
