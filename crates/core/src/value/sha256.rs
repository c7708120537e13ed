//! What tells bytes from all others, as digits.

use ring::digest;

/// The first so many hexadecimal digits of the SHA-256 of these bytes; all 64 at most.
#[must_use]
pub fn digits(bytes: &[u8], count: usize) -> String {
    hexadecimal(&digest::digest(&digest::SHA256, bytes), count)
}

fn hexadecimal(digest: &digest::Digest, count: usize) -> String {
    const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";
    let halves = digest.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    halves.take(count).map(|half| char::from(HEXADECIMAL[usize::from(half)])).collect()
}

/// The SHA-256 of bytes that come in pieces.
#[derive(Clone)]
pub struct Sum(digest::Context);

impl Default for Sum {
    fn default() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }
}

impl Sum {
    /// Takes in more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The SHA-256 itself.
    #[must_use]
    pub fn bytes(self) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }

    /// The 64 hexadecimal digits of all bytes.
    #[must_use]
    pub fn digits(self) -> String {
        hexadecimal(&self.0.finish(), 64)
    }
}

#[cfg(test)]
mod tests {
    use super::{Sum, digits};

    #[test]
    fn they_are_as_sha256sum_says() {
        let all = "f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7";
        assert_eq!(digits(b"hunter2", 64), all);
        assert_eq!(digits(b"hunter2", 100), all);
        assert_eq!(digits(b"hunter2", 5), "f52fb");
        let mut sum = Sum::default();
        sum.update(b"hunt");
        sum.update(b"er2");
        assert_eq!(sum.digits(), all);
    }
}
