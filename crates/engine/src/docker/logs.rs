//! What containers wrote: a stream of frames, taken apart into lines.

use std::{collections::VecDeque, mem, time::Duration};

use futures_util::stream::{self, BoxStream, StreamExt as _};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::error::{Asked, Failure, silent};
use crate::{EngineError, LogLine};
use maestro_core::fault::Malformed;

/// How many bytes a line may have; what comes behind is a line of its own.
const LONGEST_LINE: usize = 64 * 1024;
/// Bytes before each frame: stream, three zeroes, length of the frame.
const HEADER: usize = 8;

/// The lines in `body`. Silence longer than `timeout` is an error; without it, silence may last.
pub(super) fn lines(
    body: Incoming,
    tty: bool,
    timeout: Option<Duration>,
    address: String,
) -> BoxStream<'static, Result<LogLine, EngineError>> {
    let reader = Reader { body: Some(body), splitter: Splitter::new(tty), timeout, address };
    stream::unfold(reader, |mut reader| async move {
        let item = reader.next().await?;
        Some((item, reader))
    })
    .boxed()
}

struct Reader {
    /// None once it has ended.
    body: Option<Incoming>,
    splitter: Splitter,
    timeout: Option<Duration>,
    address: String,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<LogLine, EngineError>> {
        loop {
            if let Some(line) = self.splitter.done.pop_front() {
                return Some(Ok(line));
            }
            let body = self.body.as_mut()?;
            let frame = match self.timeout {
                None => body.frame().await,
                Some(timeout) => match tokio::time::timeout(timeout, body.frame()).await {
                    Ok(frame) => frame,
                    Err(_) => return Some(self.fail(silent(Asked::Reading, &self.address, timeout))),
                },
            };
            let taken = match frame {
                Some(Ok(frame)) => self.splitter.feed(&frame.into_data().unwrap_or_default()),
                Some(Err(error)) => Err(error.into()),
                None => {
                    self.body = None;
                    self.splitter.finish();
                    Ok(())
                }
            };
            if let Err(failure) = taken {
                return Some(self.fail(failure.told(Asked::Reading, &self.address)));
            }
        }
    }

    /// The last thing that is told.
    fn fail(&mut self, error: EngineError) -> Result<LogLine, EngineError> {
        self.body = None;
        Err(error)
    }
}

/// Takes the engine's bytes apart, in whatever pieces they come.
struct Splitter {
    /// A terminal's output is not multiplexed.
    tty: bool,
    /// The part of a frame's header that has come.
    header: Vec<u8>,
    /// Bytes that are missing of the current frame.
    missing: usize,
    /// Whether the current frame is standard error.
    stderr: bool,
    /// Lines that have begun: of standard output, of standard error.
    begun: [Vec<u8>; 2],
    /// Lines that are complete.
    done: VecDeque<LogLine>,
}

impl Splitter {
    fn new(tty: bool) -> Self {
        Self {
            tty,
            header: Vec::with_capacity(HEADER),
            missing: 0,
            stderr: false,
            begun: [Vec::new(), Vec::new()],
            done: VecDeque::new(),
        }
    }

    fn feed(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        if self.tty {
            self.write(bytes);
            return Ok(());
        }
        while !bytes.is_empty() {
            if self.missing == 0 {
                let (part, rest) = bytes.split_at(bytes.len().min(HEADER - self.header.len()));
                self.header.extend(part);
                bytes = rest;
                self.begin_frame()?;
            } else {
                let (part, rest) = bytes.split_at(bytes.len().min(self.missing));
                self.missing -= part.len();
                self.write(part);
                bytes = rest;
            }
        }
        Ok(())
    }

    /// Reads the header, once it is complete.
    fn begin_frame(&mut self) -> Result<(), Failure> {
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

    fn write(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (piece, ends) = match piece.strip_suffix(b"\n") {
                Some(piece) => (piece, true),
                None => (piece, false),
            };
            for part in piece.chunks(LONGEST_LINE) {
                if self.line().len() + part.len() > LONGEST_LINE {
                    self.end_line();
                }
                self.line().extend(part);
            }
            if ends {
                self.end_line();
            }
        }
    }

    fn line(&mut self) -> &mut Vec<u8> {
        &mut self.begun[usize::from(self.stderr)]
    }

    fn end_line(&mut self) {
        let bytes = mem::take(self.line());
        // Terminals end lines with `\r\n`.
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(&bytes);
        self.done
            .push_back(LogLine { stderr: self.stderr, text: String::from_utf8_lossy(bytes).into_owned() });
    }

    /// Lines that were begun end with the log.
    fn finish(&mut self) {
        for stderr in [false, true] {
            self.stderr = stderr;
            if !self.line().is_empty() {
                self.end_line();
            }
        }
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

    fn split(tty: bool, chunks: &[&[u8]]) -> Vec<(bool, String)> {
        let mut splitter = Splitter::new(tty);
        for chunk in chunks {
            assert!(splitter.feed(chunk).is_ok(), "{chunk:?}");
        }
        splitter.finish();
        splitter.done.into_iter().map(|line| (line.stderr, line.text)).collect()
    }

    fn line(stderr: bool, text: &str) -> (bool, String) {
        (stderr, text.to_owned())
    }

    #[test]
    fn a_line_may_span_frames_of_both_streams() {
        let log = [frame(false, b"one, "), frame(true, b"oops\n"), frame(false, b"two\nthree")].concat();
        assert_eq!(
            split(false, &[&log]),
            [line(true, "oops"), line(false, "one, two"), line(false, "three")]
        );
    }

    #[test]
    fn a_terminals_log_is_raw() {
        assert_eq!(
            split(true, &[b"a\r\nb", b"c\r", b"\n\n"]),
            [line(false, "a"), line(false, "bc"), line(false, "")]
        );
    }

    #[test]
    fn what_is_not_utf_8_is_shown_as_such() {
        assert_eq!(split(false, &[&frame(false, b"a\xffb\n")]), [line(false, "a\u{fffd}b")]);
    }

    #[test]
    fn a_line_has_an_end() {
        let long = vec![b'x'; LONGEST_LINE + 10];
        let lengths = |lines: Vec<(bool, String)>| lines.iter().map(|line| line.1.len()).collect::<Vec<_>>();
        assert_eq!(lengths(split(true, &[&long, b"y\n"])), [LONGEST_LINE, 11]);
    }

    #[test]
    fn what_is_not_framed_is_an_error() {
        assert!(Splitter::new(false).feed(b"plain text\n").is_err());
    }

    proptest! {
        #[test]
        fn lines_come_out_whole_however_they_are_cut(
            lines in prop::collection::vec((any::<bool>(), "[^\n]{0,20}"), 0..20),
            frame_length in 1_usize..12,
            chunk_length in 1_usize..12,
        ) {
            let mut log = Vec::new();
            for (stderr, text) in &lines {
                for piece in format!("{text}\n").as_bytes().chunks(frame_length) {
                    log.extend(frame(*stderr, piece));
                }
            }
            let chunks: Vec<&[u8]> = log.chunks(chunk_length).collect();
            let expected: Vec<_> = lines
                .iter()
                .map(|(stderr, text)| line(*stderr, text.strip_suffix('\r').unwrap_or(text)))
                .collect();
            prop_assert_eq!(split(false, &chunks), expected);
        }
    }
}
