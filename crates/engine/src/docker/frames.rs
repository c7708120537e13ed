//! Frames, in which an engine sends both outputs of a program over one connection.

use super::error::Failure;
use crate::Chunk;
use maestro_core::fault::Malformed;

/// Bytes before each frame: stream, three zeroes, length of the frame.
const HEADER: usize = 8;

/// Takes frames apart, in whatever pieces they come.
#[derive(Default)]
pub(super) struct Frames {
    /// The part of a frame's header that has come.
    header: Vec<u8>,
    /// Bytes that are missing of the current frame.
    missing: usize,
    /// Whether the current frame is standard error.
    stderr: bool,
}

/// A piece of the bytes that came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'b> {
    /// A frame begins.
    Begin,
    /// Content of the current frame; whether it is its last.
    Content {
        /// Written to standard error.
        stderr: bool,
        /// The content.
        bytes: &'b [u8],
        /// Whether the frame ends with it.
        is_last: bool,
    },
}

impl Frames {
    /// The first piece of these bytes, which are cut by it. None if there is none before more bytes come.
    pub(super) fn next<'b>(&mut self, bytes: &mut &'b [u8]) -> Result<Option<Piece<'b>>, Failure> {
        if self.missing > 0 && !bytes.is_empty() {
            let (content, rest) = bytes.split_at(bytes.len().min(self.missing));
            self.missing -= content.len();
            *bytes = rest;
            let is_last = self.missing == 0;
            return Ok(Some(Piece::Content { stderr: self.stderr, bytes: content, is_last }));
        }
        while self.header.len() < HEADER {
            let Some((first, rest)) = bytes.split_first() else { return Ok(None) };
            self.header.push(*first);
            *bytes = rest;
        }
        self.begin().map(|()| Some(Piece::Begin))
    }

    /// Reads the header.
    fn begin(&mut self) -> Result<(), Failure> {
        let Ok([kind, zeroes @ .., a, b, c, d]) = <[u8; HEADER]>::try_from(self.header.as_slice()) else {
            return Ok(());
        };
        self.header.clear();
        // 0 and 1 are standard input and output, 2 is standard error, 3 an error of the engine itself.
        if kind > 3 || zeroes != [0; 3] {
            return Err(Failure::Malformed(Malformed::NoFrames));
        }
        self.stderr = kind >= 2;
        self.missing = u32::from_be_bytes([a, b, c, d]).try_into().unwrap_or(usize::MAX);
        Ok(())
    }

    /// The outputs in these bytes.
    pub(super) fn chunks(&mut self, mut bytes: &[u8]) -> Result<Vec<Chunk>, Failure> {
        let mut chunks: Vec<Chunk> = Vec::new();
        while let Some(piece) = self.next(&mut bytes)? {
            let Piece::Content { stderr, bytes, .. } = piece else { continue };
            match chunks.last_mut().filter(|last| last.stderr == stderr) {
                Some(last) => last.bytes.extend(bytes),
                None => chunks.push(Chunk { stderr, bytes: bytes.to_vec() }),
            }
        }
        Ok(chunks)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(stderr: bool, bytes: &[u8]) -> Vec<u8> {
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        [&[1 + u8::from(stderr), 0, 0, 0], &length[..], bytes].concat()
    }

    fn chunk(stderr: bool, bytes: &[u8]) -> Chunk {
        Chunk { stderr, bytes: bytes.to_vec() }
    }

    #[test]
    fn outputs_are_told_apart_in_their_order() {
        let sent =
            [frame(false, b"a"), frame(false, b"\xff\n"), frame(true, b"b"), frame(true, b"")].concat();
        let chunks = Frames::default().chunks(&sent).unwrap();
        assert_eq!(chunks, [chunk(false, b"a\xff\n"), chunk(true, b"b")]);
    }

    #[test]
    fn what_is_not_framed_is_an_error() {
        assert!(Frames::default().chunks(b"plain text").is_err());
        assert!(Frames::default().chunks(&[4, 0, 0, 0, 0, 0, 0, 0]).is_err());
    }

    proptest! {
        #[test]
        fn content_comes_whole_however_it_is_cut(
            frames in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..20)), 0..20),
            length in 1_usize..12,
        ) {
            let sent: Vec<u8> = frames.iter().flat_map(|(stderr, bytes)| frame(*stderr, bytes)).collect();
            let mut reader = Frames::default();
            let mut got: [Vec<u8>; 2] = Default::default();
            for piece in sent.chunks(length) {
                for chunk in reader.chunks(piece).unwrap() {
                    got[usize::from(chunk.stderr)].extend(chunk.bytes);
                }
            }
            for (at, got) in got.iter().enumerate() {
                let of_it = frames.iter().filter(|(stderr, _)| usize::from(*stderr) == at);
                let expected: Vec<u8> = of_it.flat_map(|(_, bytes)| bytes.clone()).collect();
                prop_assert_eq!(got, &expected);
            }
        }
    }
}
