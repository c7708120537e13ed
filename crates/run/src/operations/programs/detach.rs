//! The keys that detach from a program.

use std::{mem, str::FromStr};

/// A sequence of keys. What is typed of it is held back until it is clear whether the rest follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetachKeys {
    /// As Docker writes them.
    text: String,
    /// What they send.
    keys: Vec<u8>,
    /// How many of them were typed.
    typed: usize,
}

/// The text is no sequence of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidKeys;

impl Default for DetachKeys {
    fn default() -> Self {
        Self { text: "ctrl-p,ctrl-q".to_owned(), keys: vec![0x10, 0x11], typed: 0 }
    }
}

impl FromStr for DetachKeys {
    type Err = InvalidKeys;

    fn from_str(text: &str) -> Result<Self, InvalidKeys> {
        let keys = text.split(',').map(|key| byte(key).ok_or(InvalidKeys)).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), keys, typed: 0 })
    }
}

/// What a key sends.
fn byte(key: &str) -> Option<u8> {
    let single = |text: &str| match text.as_bytes() {
        [byte] if byte.is_ascii() => Some(*byte),
        _ => None,
    };
    match key.strip_prefix("ctrl-") {
        Some(with) => match single(with)? {
            letter @ b'a'..=b'z' => Some(letter - b'a' + 1),
            sign @ (b'@' | b'['..=b'_') => Some(sign - b'@'),
            _ => None,
        },
        None => single(key),
    }
}

impl DetachKeys {
    /// As Docker writes them.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Takes what was typed. Tells what of it the program gets now, and whether the user detaches.
    pub fn feed(&mut self, bytes: &[u8]) -> (Vec<u8>, bool) {
        let mut passed = Vec::with_capacity(bytes.len());
        for byte in bytes {
            if self.keys.get(self.typed) != Some(byte) && self.typed > 0 {
                passed.extend(&self.keys[..mem::take(&mut self.typed)]);
            }
            if self.keys.get(self.typed) == Some(byte) {
                self.typed += 1;
                if self.typed == self.keys.len() {
                    self.typed = 0;
                    return (passed, true);
                }
            } else {
                passed.push(*byte);
            }
        }
        (passed, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(pieces: &[&[u8]]) -> (Vec<u8>, bool) {
        let mut keys = DetachKeys::default();
        let mut all = Vec::new();
        for piece in pieces {
            let (passed, detached) = keys.feed(piece);
            all.extend(passed);
            if detached {
                return (all, true);
            }
        }
        (all, false)
    }

    #[test]
    fn the_keys_detach_however_they_come() {
        assert_eq!(fed(&[b"ls\r\x10\x11more"]), (b"ls\r".to_vec(), true));
        assert_eq!(fed(&[b"\x10", b"\x11"]), (Vec::new(), true));
        assert_eq!(fed(&[b"\x10\x10\x11"]), (b"\x10".to_vec(), true));
    }

    #[test]
    fn a_beginning_is_passed_on_when_something_else_follows() {
        assert_eq!(fed(&[b"\x10"]), (Vec::new(), false));
        assert_eq!(fed(&[b"\x10", b"x"]), (b"\x10x".to_vec(), false));
        assert_eq!(fed(&[b"\x11\x10\r"]), (b"\x11\x10\r".to_vec(), false));
    }

    #[test]
    fn keys_are_written_as_docker_writes_them() {
        let keys = |text: &str| text.parse::<DetachKeys>().map(|keys| keys.keys);
        assert_eq!(keys("ctrl-p,ctrl-q"), Ok(DetachKeys::default().keys));
        assert_eq!(keys("ctrl-@,ctrl-[,ctrl-_,x"), Ok(vec![0, 27, 31, b'x']));
        for wrong in ["", "ctrl-", "ctrl-1", "ctrl-pq", "a,,b", "é"] {
            assert_eq!(keys(wrong), Err(InvalidKeys), "{wrong}");
        }
    }
}
