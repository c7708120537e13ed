//! How wide texts are in a picture. The fonts of the reader are not known: a text is measured in the widest of the usual
//! ones, and has a little more room in the others.

use unicode_width::UnicodeWidthChar as _;

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// 13 px.
    Plain,
    /// 13 px, bold.
    Bold,
    /// 12 px.
    Small,
    /// 12 px, bold.
    SmallBold,
    /// 11 px.
    Tiny,
}

impl Face {
    fn size(self) -> f64 {
        match self {
            Self::Plain => 13.0,
            Self::Bold => 13.0 * 1.1,
            Self::Small => 12.0,
            Self::SmallBold => 12.0 * 1.1,
            Self::Tiny => 11.0,
        }
    }
}

/// The width of a text in pixels.
#[must_use]
pub fn width(text: &str, face: Face) -> f64 {
    text.chars().map(of_char).sum::<f64>() * face.size()
}

/// The width of a character, in its height.
fn of_char(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '(' | ')'
        | '[' | ']' | '/' | ' ' | '-' => 0.4,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' | '→' | '×' => 0.9,
        c if c.width() == Some(2) => 1.05,
        _ => 0.63,
    }
}

/// The text, or its beginning and `…`, in no more than that width.
#[must_use]
pub fn fit(text: &str, room: f64, face: Face) -> String {
    if width(text, face) <= room {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut left = room - width("…", face);
    for c in text.chars() {
        left -= of_char(c) * face.size();
        if left < 0.0 {
            break;
        }
        cut.push(c);
    }
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_wide_is_cut() {
        assert_eq!(fit("web-1", 100.0, Face::Plain), "web-1");
        let cut = fit("a-very-long-name-of-an-instance", 100.0, Face::Plain);
        assert!(cut.ends_with('…') && width(&cut, Face::Plain) <= 100.0, "{cut}");
    }
}
