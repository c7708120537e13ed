//! What containers wrote: a stream of frames, taken apart into lines.

use std::{collections::VecDeque, mem, time::Duration};

use futures_util::stream::{self, BoxStream, StreamExt as _};
use http_body_util::BodyExt as _;
use hyper::{HeaderMap, body::Incoming, header::CONTENT_TYPE};
use jiff::Timestamp;

use super::{
    error::{Asked, Failure, silent},
    frames::{Frames, Piece},
};
use crate::{EngineError, LogLine, LogOptions};

/// How many bytes a line may have; what comes behind is a line of its own.
const LONGEST_LINE: usize = 64 * 1024;
/// How many bytes of a line an engine keeps as one message: [`defaultBufSize` of its
/// `copier`](https://github.com/moby/moby/blob/master/daemon/logger/copier.go).
const PART: usize = 16 * 1024;
/// How many bytes the time before a message may have, with the space after it: nanoseconds and an offset.
const LONGEST_STAMP: usize = 40;
/// The type of an answer in frames.
const FRAMED: &[u8] = b"application/vnd.docker.multiplexed-stream";

/// What is asked for the log of something at that path.
pub(super) fn path(of: &str, options: LogOptions) -> String {
    let LogOptions { follow, tail, since, until } = options;
    let tail = tail.map_or("all".to_owned(), |lines| lines.to_string());
    let moment = |name, time: Option<Timestamp>| time.map(|time| format!("&{name}={}", seconds(time)));
    let moments = [moment("since", since), moment("until", until)].into_iter().flatten().collect::<String>();
    let follow = u8::from(follow);
    format!("{of}/logs?stdout=1&stderr=1&timestamps=1&follow={follow}&tail={tail}{moments}")
}

/// A moment as an engine reads it: seconds and nanoseconds since 1970.
fn seconds(time: Timestamp) -> String {
    let nanoseconds = time.as_nanosecond().max(0);
    format!("{}.{:09}", nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000)
}

/// Whether an engine says that it sends a log in frames.
pub(super) fn is_framed(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == FRAMED)
}

/// How an engine sends what a container wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// A log: in frames, each a message with its time.
    Log,
    /// The log of a terminal: messages with their times, without frames.
    TerminalLog,
    /// What a command writes: in frames, without times.
    Command,
}

/// The lines in `body`. Silence longer than `timeout` is an error; without it, silence may last.
pub(super) fn lines(
    body: Incoming,
    sent: Sent,
    timeout: Option<Duration>,
    address: String,
) -> BoxStream<'static, Result<LogLine, EngineError>> {
    let reader = Reader { body: Some(body), splitter: Splitter::new(sent), timeout, address };
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

/// Takes the engine's bytes apart, in whatever pieces they come. A message of a log is a line, or a part of a long one.
struct Splitter {
    sent: Sent,
    frames: Frames,
    /// Whether what comes is standard error.
    stderr: bool,
    /// What has come of the current message's time; none once it is read.
    stamp: Option<Vec<u8>>,
    /// How many bytes of the current message have come since its time.
    since_stamp: usize,
    /// Lines that have begun: of standard output, of standard error.
    begun: [Begun; 2],
    /// Lines that are complete.
    done: VecDeque<LogLine>,
}

/// A line that has begun.
#[derive(Default)]
struct Begun {
    time: Option<Timestamp>,
    bytes: Vec<u8>,
    /// Whether a piece of it is done.
    is_rest: bool,
}

impl Begun {
    fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.is_rest
    }
}

impl Splitter {
    fn new(sent: Sent) -> Self {
        Self {
            sent,
            frames: Frames::default(),
            stderr: false,
            stamp: (sent == Sent::TerminalLog).then(Vec::new),
            since_stamp: 0,
            begun: [Begun::default(), Begun::default()],
            done: VecDeque::new(),
        }
    }

    fn feed(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        if self.sent == Sent::TerminalLog {
            self.write_raw(bytes);
            return Ok(());
        }
        while let Some(piece) = self.frames.next(&mut bytes)? {
            match piece {
                Piece::Begin => self.stamp = (self.sent == Sent::Log).then(Vec::new),
                Piece::Content { stderr, bytes, is_last } => {
                    self.stderr = stderr;
                    let bytes = self.take_stamp(bytes);
                    self.write(bytes);
                    if is_last {
                        self.end_stamp();
                    }
                }
            }
        }
        Ok(())
    }

    /// Output of a terminal: a time stands before each line, and within a line before each part that the engine keeps.
    fn write_raw(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.stamp.is_some() {
                bytes = self.take_stamp(bytes);
                continue;
            }
            let room = PART - self.since_stamp;
            let end = bytes.iter().take(room).position(|byte| *byte == b'\n').map_or(room, |at| at + 1);
            let (part, rest) = bytes.split_at(end.min(bytes.len()));
            self.since_stamp += part.len();
            self.write(part);
            bytes = rest;
            if part.ends_with(b"\n") || self.since_stamp == PART {
                self.stamp = Some(Vec::new());
            }
        }
    }

    /// Takes the time from the beginning of a message. What is left of `bytes` is its text.
    fn take_stamp<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let Some(stamp) = &mut self.stamp else { return bytes };
        let room = LONGEST_STAMP - stamp.len();
        let end = bytes.iter().take(room).position(|byte| matches!(byte, b' ' | b'\n'));
        let (part, rest) = bytes.split_at(end.map_or(room, |at| at + 1).min(bytes.len()));
        stamp.extend(part);
        if end.is_some() || stamp.len() == LONGEST_STAMP {
            self.end_stamp();
        }
        rest
    }

    /// Reads the time before a message. What is none is text: words of the engine itself.
    fn end_stamp(&mut self) {
        let Some(stamp) = self.stamp.take() else { return };
        self.since_stamp = 0;
        let text = stamp.strip_suffix(b" ").and_then(|text| str::from_utf8(text).ok());
        match text.and_then(|text| text.parse().ok()) {
            Some(time) => {
                let begun = self.line();
                if begun.is_empty() {
                    begun.time = Some(time);
                }
            }
            None => {
                self.since_stamp = stamp.len();
                self.write(&stamp);
                if self.sent == Sent::TerminalLog && stamp.ends_with(b"\n") {
                    self.stamp = Some(Vec::new());
                }
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (piece, ends) = match piece.strip_suffix(b"\n") {
                Some(piece) => (piece, true),
                None => (piece, false),
            };
            for part in piece.chunks(LONGEST_LINE) {
                if self.line().bytes.len() + part.len() > LONGEST_LINE {
                    self.cut_line();
                }
                self.line().bytes.extend(part);
            }
            if ends {
                self.end_line();
            }
        }
    }

    fn line(&mut self) -> &mut Begun {
        &mut self.begun[usize::from(self.stderr)]
    }

    /// A line that is too long ends, and goes on in the next. No character is cut in two.
    fn cut_line(&mut self) {
        let stderr = self.stderr;
        let begun = self.line();
        let rest = match str::from_utf8(&begun.bytes) {
            Err(error) if error.error_len().is_none() => begun.bytes.split_off(error.valid_up_to()),
            Ok(_) | Err(_) => Vec::new(),
        };
        let bytes = mem::replace(&mut begun.bytes, rest);
        begun.is_rest = true;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let line = LogLine { time: begun.time, stderr, text, goes_on: true };
        self.done.push_back(line);
    }

    fn end_line(&mut self) {
        let stderr = self.stderr;
        let Begun { time, bytes, .. } = mem::take(self.line());
        // Terminals end lines with `\r\n`.
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(&bytes);
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.done.push_back(LogLine { time, stderr, text, goes_on: false });
    }

    /// Lines that were begun end with the log.
    fn finish(&mut self) {
        self.end_stamp();
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

    const TIME: &str = "2026-11-29T08:00:00.000000001Z";

    fn frame(stderr: bool, bytes: &[u8]) -> Vec<u8> {
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        [&[1 + u8::from(stderr), 0, 0, 0], &length[..], bytes].concat()
    }

    /// A message of a log in its frame.
    fn message(stderr: bool, text: &str) -> Vec<u8> {
        frame(stderr, format!("{TIME} {text}").as_bytes())
    }

    fn lines_of(sent: Sent, chunks: &[&[u8]]) -> Vec<LogLine> {
        let mut splitter = Splitter::new(sent);
        for chunk in chunks {
            assert!(splitter.feed(chunk).is_ok(), "{chunk:?}");
        }
        splitter.finish();
        splitter.done.into()
    }

    fn split(sent: Sent, chunks: &[&[u8]]) -> Vec<(bool, String)> {
        lines_of(sent, chunks).into_iter().map(|line| (line.stderr, line.text)).collect()
    }

    fn line(stderr: bool, text: &str) -> (bool, String) {
        (stderr, text.to_owned())
    }

    #[test]
    fn a_line_may_span_frames_of_both_streams() {
        let output = [frame(false, b"one, "), frame(true, b"oops\n"), frame(false, b"two\nthree")].concat();
        assert_eq!(
            split(Sent::Command, &[&output]),
            [line(true, "oops"), line(false, "one, two"), line(false, "three")]
        );
        let log = [message(false, "one, "), message(true, "oops\n"), message(false, "two\n")].concat();
        assert_eq!(split(Sent::Log, &[&log]), [line(true, "oops"), line(false, "one, two")]);
    }

    #[test]
    fn a_line_has_the_time_of_its_beginning() {
        let later = "2026-11-29T10:00:01.5+02:00";
        let rest = frame(false, format!("{later} two\n").as_bytes());
        let next = frame(false, format!("{later} three\n").as_bytes());
        let lines = lines_of(Sent::Log, &[&message(false, "one, "), &rest, &next]);
        let times: Vec<_> = lines.iter().map(|line| line.time.unwrap()).collect();
        assert_eq!(times, [TIME.parse().unwrap(), later.parse::<Timestamp>().unwrap()]);
    }

    #[test]
    fn the_engines_own_words_have_no_time() {
        let words = frame(true, b"Error grabbing logs: invalid character\n");
        let lines = lines_of(Sent::Log, &[&words, &message(false, "\n"), &frame(true, b"x")]);
        let told: Vec<_> = lines.iter().map(|line| (line.time.is_some(), line.text.as_str())).collect();
        assert_eq!(told, [(false, "Error grabbing logs: invalid character"), (true, ""), (false, "x")]);
    }

    #[test]
    fn a_terminals_log_is_raw() {
        let log = format!("{TIME} a\r\n{TIME} bc\r\n{TIME} \n");
        for at in 0..log.len() {
            let (first, rest) = log.as_bytes().split_at(at);
            assert_eq!(
                split(Sent::TerminalLog, &[first, rest]),
                [line(false, "a"), line(false, "bc"), line(false, "")]
            );
        }
    }

    #[test]
    fn a_long_line_of_a_terminal_has_a_time_before_each_part() {
        let part = "x".repeat(PART);
        let log = format!("{TIME} {part}{TIME} {part}{TIME} y\r\n{TIME} z\n");
        let expected = [line(false, &format!("{part}{part}y")), line(false, "z")];
        for length in [1, 7, 1000, log.len()] {
            let chunks: Vec<&[u8]> = log.as_bytes().chunks(length).collect();
            assert_eq!(split(Sent::TerminalLog, &chunks), expected);
        }
    }

    #[test]
    fn what_is_not_utf_8_is_shown_as_such() {
        assert_eq!(split(Sent::Command, &[&frame(false, b"a\xffb\n")]), [line(false, "a\u{fffd}b")]);
    }

    #[test]
    fn a_piece_of_a_line_has_an_end() {
        let wide = "é".repeat(LONGEST_LINE);
        let log = [message(false, &wide), message(false, "y\n"), message(false, "z\n")].concat();
        let lines = lines_of(Sent::Log, &[&log]);
        let told: Vec<_> = lines.iter().map(|line| (line.text.len(), line.goes_on)).collect();
        assert_eq!(told, [(LONGEST_LINE, true), (LONGEST_LINE, true), (1, false), (1, false)]);
        let whole: String = lines.iter().take(3).map(|line| line.text.as_str()).collect();
        assert_eq!(whole, format!("{wide}y"));
        assert!(lines.iter().all(|line| line.time.is_some()));
    }

    #[test]
    fn what_is_not_framed_is_an_error() {
        assert!(Splitter::new(Sent::Log).feed(b"plain text\n").is_err());
    }

    proptest! {
        #[test]
        fn lines_come_out_whole_however_they_are_cut(
            lines in prop::collection::vec((any::<bool>(), "[^\n]{0,20}"), 0..20),
            is_log: bool,
            frame_length in 1_usize..12,
            chunk_length in 1_usize..12,
        ) {
            let mut log = Vec::new();
            for (stderr, text) in &lines {
                for piece in format!("{text}\n").as_bytes().chunks(frame_length) {
                    let stamp = if is_log { format!("{TIME} ") } else { String::new() };
                    log.extend(frame(*stderr, &[stamp.as_bytes(), piece].concat()));
                }
            }
            let chunks: Vec<&[u8]> = log.chunks(chunk_length).collect();
            let expected: Vec<_> = lines
                .iter()
                .map(|(stderr, text)| line(*stderr, text.strip_suffix('\r').unwrap_or(text)))
                .collect();
            let sent = if is_log { Sent::Log } else { Sent::Command };
            prop_assert_eq!(split(sent, &chunks), expected);
        }
    }
}
