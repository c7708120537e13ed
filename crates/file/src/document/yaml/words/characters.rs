//! Words for characters that YAML does not allow, or not there.

use super::around::{Around, YamlProblem, character_at, rest_of_line};
use maestro_core::diagnostic::Diagnostic;

/// The first character that YAML does not allow in a file.
pub(in crate::document::yaml) fn control_character(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|&(_, c)| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}'))
            || matches!(c, '\u{fffe}' | '\u{ffff}')
    })
}

/// A character that only looks like one of YAML's, by its name in Unicode.
pub(in crate::document::yaml) fn named(character: char) -> String {
    let name = match character {
        '\u{a0}' => "no-break space",
        '\u{ad}' => "soft hyphen",
        '\u{2000}' | '\u{2002}' => "en space",
        '\u{2001}' | '\u{2003}' => "em space",
        '\u{2007}' => "figure space",
        '\u{2009}' => "thin space",
        '\u{200a}' => "hair space",
        '\u{200b}' => "zero-width space",
        '\u{202f}' => "narrow no-break space",
        '\u{2060}' => "word joiner",
        '\u{feff}' => "byte order mark",
        '\u{3000}' => "ideographic space",
        '‐' => "hyphen",
        '‑' => "non-breaking hyphen",
        '‒' => "figure dash",
        '–' => "en dash",
        '—' => "em dash",
        '−' => "minus sign",
        '：' => "fullwidth colon",
        '，' => "fullwidth comma",
        '；' => "fullwidth semicolon",
        '、' => "ideographic comma",
        '｛' | '｝' => "fullwidth curly bracket",
        '［' | '］' => "fullwidth square bracket",
        _ => "the character",
    };
    let code = format!("U+{:04X}", u32::from(character));
    if name == "the character" { format!("{name} {code}") } else { format!("{name} ({code})") }
}

/// What to say about a control character.
pub(in crate::document::yaml) fn explain_control_character(
    text: &str,
    at: usize,
    character: char,
) -> Diagnostic {
    let name = match character {
        '\0' => "a NUL byte".to_owned(),
        '\u{1b}' => "an escape character (the beginning of a terminal's colour codes)".to_owned(),
        other => format!("the control character U+{:04X}", u32::from(other)),
    };
    let more = text[at + character.len_utf8()..].matches(character).count();
    let problem = Diagnostic::error("control-character", format!("the file contains {name}"));
    let problem = match more {
        0 => problem,
        _ => problem.note(format!("it is there {} times; this is the first", more + 1)),
    };
    match character {
        '\0' => problem.help("is this really a text file? If so, save it as UTF-8"),
        _ => problem.help("delete it; inside double quotes it can be written as `\\x…`"),
    }
}

pub(super) fn reserved_character(character: char, around: &Around<'_>) -> YamlProblem {
    let value = around.text[rest_of_line(around)].split(" #").next().unwrap_or("").trim_end();
    let finding = YamlProblem::new(
        "reserved-character",
        format!("a value cannot begin with `{character}`, unless it is in quotes"),
        character_at(around),
    );
    if value.contains('\'') {
        finding.help("put the value in quotes")
    } else {
        finding.help(format!("write `'{value}'`"))
    }
}

/// Whether a backslash and that character are an escape between double quotes.
pub(in crate::document::yaml) fn is_escape(character: char) -> bool {
    "0abtnvfre \"/\\N_LPxuU\n\r\t".contains(character)
}

pub(super) fn unknown_escape(around: &Around<'_>) -> YamlProblem {
    let mut characters = around.text[around.at..].char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character != '\\' {
            continue;
        }
        match characters.next() {
            Some((_, known)) if is_escape(known) => {}
            Some((_, unknown)) => {
                let range = around.at + at..around.at + at + 1 + unknown.len_utf8();
                return YamlProblem::new(
                    "unknown-escape",
                    format!("`\\{unknown}` means nothing inside of double quotes"),
                    range,
                )
                .help(format!("for a backslash write two, `\\\\{unknown}`, or use single quotes"));
            }
            None => break,
        }
    }
    YamlProblem::new("unknown-escape", "a backslash in this text means nothing", rest_of_line(around))
        .help("for a backslash write two, or use single quotes")
}
