//! Lines that break between words. Code between backticks counts as one word, so that it can be copied.

use super::text::width;

/// The columns that a text which is read in logs and on terminals may have.
pub(crate) const COLUMNS: usize = 80;

/// A longer piece of code is broken between its words all the same.
const CODE_AT_MOST: usize = 60;

/// `text` in lines of at most [`COLUMNS`]. `start` stands before the first line; the others are indented by `hanging`
/// columns. A word that is wider than a line stays whole. There is no line end behind the last line.
pub(crate) fn wrapped(start: &str, text: &str, hanging: usize) -> String {
    let mut lines = String::from(start);
    let mut column = width(start);
    // Whether the line has a word already.
    let mut has_word = false;
    for word in words(text) {
        let columns = width(word);
        if has_word && column + 1 + columns > COLUMNS {
            lines.push('\n');
            lines.extend(std::iter::repeat_n(' ', hanging));
            column = hanging;
            has_word = false;
        }
        if has_word {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += columns;
        has_word = true;
    }
    lines
}

/// The words of a text. A number stays with its unit.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let mut end = end_of_word(rest);
        let behind = rest[end..].trim_start_matches(' ');
        let unit = &behind[..behind.find(' ').unwrap_or(behind.len())];
        if is_number(&rest[..end]) && is_unit(unit) {
            end = rest.len() - behind.len() + unit.len();
        }
        words.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(' ');
    }
    words
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.bytes().all(|c| c.is_ascii_digit() || c == b'.')
}

fn is_unit(word: &str) -> bool {
    matches!(
        word.trim_end_matches([',', ';', '.', ')']),
        "s" | "ms" | "min" | "h" | "MB" | "MiB" | "GB" | "GiB"
    )
}

/// Where the first word ends.
fn end_of_word(text: &str) -> usize {
    let end = text.find(' ').unwrap_or(text.len());
    let Some(open) = text[..end].find('`') else { return end };
    let code = &text[open + 1..];
    match code.find('`') {
        Some(close) if width(&code[..close]) <= CODE_AT_MOST => {
            let behind = open + 1 + close + 1;
            behind + text[behind..].find(' ').unwrap_or(text.len() - behind)
        }
        Some(_) | None => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_not_in_code() {
        let text = "the file differs from its container's configuration; `maestro diff web-1 web-2 web-3` shows what, \
                    `apply web-1` replaces it";
        insta::assert_snapshot!(wrapped("note: ", text, 6), @r"
        note: the file differs from its container's configuration;
              `maestro diff web-1 web-2 web-3` shows what, `apply web-1` replaces it
        ");
    }

    #[test]
    fn a_number_stays_with_its_unit() {
        let text = format!("{} 0.3 s; 12 steps", "x".repeat(74));
        assert_eq!(wrapped("", &text, 2), format!("{}\n  0.3 s; 12 steps", "x".repeat(74)));
    }

    #[test]
    fn a_word_wider_than_a_line_stays_whole() {
        let long = "x".repeat(100);
        assert_eq!(wrapped("  a  ", &format!("b {long} c"), 2), format!("  a  b\n  {long}\n  c"));
        assert_eq!(wrapped("- ", "", 2), "- ");
        assert_eq!(wrapped("", "an open ` stays", 0), "an open ` stays");
    }
}
