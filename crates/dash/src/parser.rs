//! From the bytes of a terminal to keys.

use super::keys::DashKey;

const ESC: u8 = 0x1b;
/// An escape sequence that is longer is none.
const LONGEST: usize = 32;

/// Reads keys out of bytes. A sequence may come in pieces.
#[derive(Debug, Default)]
pub struct KeyParser {
    rest: Vec<u8>,
}

/// What the first bytes are.
enum Found {
    /// A key, or something that means nothing, of so many bytes.
    Whole(usize, Option<DashKey>),
    /// The beginning of something.
    Part,
}

impl KeyParser {
    /// The keys that are complete with these bytes.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<DashKey> {
        self.rest.extend_from_slice(bytes);
        let mut keys = Vec::new();
        while !self.rest.is_empty() {
            let Found::Whole(length, key) = first(&self.rest) else { break };
            keys.extend(key);
            self.rest.drain(..length.max(1));
        }
        keys
    }

    /// Whether a sequence has begun: an Escape that nothing follows is a key of its own.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.rest.is_empty()
    }

    /// The keys of what has begun, if nothing follows.
    pub fn flush(&mut self) -> Vec<DashKey> {
        let rest = std::mem::take(&mut self.rest);
        if rest == [ESC] { vec![DashKey::Esc] } else { Vec::new() }
    }
}

fn first(bytes: &[u8]) -> Found {
    match bytes {
        [ESC] | [ESC, b'O'] => Found::Part,
        [ESC, ESC, ..] => Found::Whole(1, Some(DashKey::Esc)),
        [ESC, b'[', rest @ ..] => control(rest),
        [ESC, b'O', last, ..] => Found::Whole(3, DashKey::of_sequence(&char::from(*last).to_string())),
        // A letter with Alt.
        [ESC, ..] => Found::Whole(2, None),
        _ => character(bytes),
    }
}

/// What follows `ESC [`: parameters, then one byte that ends them.
fn control(rest: &[u8]) -> Found {
    let Some(end) = rest.iter().position(|byte| (0x40..=0x7e).contains(byte)) else {
        return if rest.len() > LONGEST { Found::Whole(rest.len() + 2, None) } else { Found::Part };
    };
    let sequence = String::from_utf8_lossy(&rest[..=end]);
    Found::Whole(end + 3, DashKey::of_sequence(&sequence))
}

/// A character of one to four bytes.
fn character(bytes: &[u8]) -> Found {
    let length = match bytes[0] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    if bytes.len() < length {
        return Found::Part;
    }
    let text = std::str::from_utf8(&bytes[..length]).ok();
    let key = text.and_then(|text| text.chars().next()).and_then(DashKey::of_char);
    Found::Whole(if text.is_some() { length } else { 1 }, key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_are_read_also_in_pieces() {
        let mut parser = KeyParser::default();
        assert_eq!(
            parser.take(b"j\x1b[A\x1b[5~\x1bOH"),
            [DashKey::Char('j'), DashKey::Up, DashKey::PageUp, DashKey::Home]
        );
        assert_eq!(parser.take(b"\x1b"), []);
        assert_eq!(parser.take(b"["), []);
        assert_eq!(parser.take(b"B\xc3"), [DashKey::Down]);
        assert_eq!(
            parser.take(b"\xbc\x03\r\x7f"),
            [DashKey::Char('ü'), DashKey::Ctrl('c'), DashKey::Enter, DashKey::Backspace]
        );
        assert!(!parser.is_waiting());
    }

    #[test]
    fn an_escape_alone_is_a_key_and_other_sequences_are_none() {
        let mut parser = KeyParser::default();
        assert_eq!(parser.take(b"\x1b"), []);
        assert!(parser.is_waiting());
        assert_eq!(parser.flush(), [DashKey::Esc]);
        assert_eq!(parser.take(b"\x1b[1;5C\x1b[200~\x1bxq"), [DashKey::Char('q')]);
    }

    proptest! {
        #[test]
        fn no_bytes_are_kept_for_ever(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut parser = KeyParser::default();
            parser.take(&bytes);
            prop_assert!(parser.rest.len() <= LONGEST + 2);
            parser.flush();
            prop_assert_eq!(parser.take(b"q"), [DashKey::Char('q')]);
        }
    }
}
