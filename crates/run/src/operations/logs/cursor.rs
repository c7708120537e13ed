//! How far a container's log has been read.

use std::time::Duration;

use jiff::Timestamp;

use maestro_engine::LogLine;

/// How far back a log is asked for again. Both outputs of a container are written down with the times at which each was
/// read, so a line may stand after a later one of the other output.
const MARGIN: Duration = Duration::from_secs(2);

/// How far a log has been read. When it is asked for again, lines that were read are known by their times: within one
/// output they never go back, and lines of the same moment are counted.
#[derive(Debug, Clone, Default)]
pub(super) struct LogCursor {
    /// Of standard output, of standard error.
    outputs: [Option<Position>; 2],
    /// Where the log is asked for from as long as no line was read.
    floor: Option<Timestamp>,
}

/// How far one output has been read.
#[derive(Debug, Clone, Copy)]
struct Position {
    time: Timestamp,
    /// How many lines of that moment were read.
    lines: usize,
    /// How many lines of that moment came since the log was asked for last.
    again: usize,
}

impl LogCursor {
    /// Nothing was read, and nothing before `floor` is wanted.
    pub(super) fn from(floor: Option<Timestamp>) -> Self {
        Self { floor, ..Self::default() }
    }

    /// Whether a line was read.
    pub(super) fn has_read(&self) -> bool {
        self.outputs.iter().any(Option::is_some)
    }

    /// From when on the log is to be asked for.
    pub(super) fn since(&self) -> Option<Timestamp> {
        let latest = self.outputs.iter().flatten().map(|position| position.time).max();
        latest.and_then(|time| time.checked_sub(MARGIN).ok()).max(self.floor)
    }

    /// The log is asked for again.
    pub(super) fn resume(&mut self) {
        for position in self.outputs.iter_mut().flatten() {
            position.again = 0;
        }
    }

    /// Takes the next line. False if it was read before.
    pub(super) fn take(&mut self, line: &LogLine) -> bool {
        // Words of the engine itself belong to no moment.
        let Some(time) = line.time else { return true };
        let position = &mut self.outputs[usize::from(line.stderr)];
        match position {
            Some(position) if time < position.time => false,
            Some(position) if time == position.time => {
                position.again += 1;
                let is_new = position.again > position.lines;
                position.lines = position.lines.max(position.again);
                is_new
            }
            Some(_) | None => {
                *position = Some(Position { time, lines: 1, again: 1 });
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(stderr: bool, milliseconds: i64) -> LogLine {
        let time = Timestamp::from_millisecond(milliseconds).unwrap();
        LogLine { time: Some(time), stderr, text: String::new(), goes_on: false }
    }

    #[test]
    fn lines_that_come_again_are_known_and_no_other_is_left_out() {
        let mut cursor = LogCursor::default();
        let first = [line(false, 5_000), line(true, 5_000), line(false, 6_000), line(false, 6_000)];
        assert!(first.iter().all(|line| cursor.take(line)));
        assert_eq!(cursor.since(), Timestamp::from_millisecond(4_000).ok());
        for _ in 0..2 {
            cursor.resume();
            assert!(first.iter().all(|line| !cursor.take(line)));
        }
        // A third line of that moment, and one of standard error that is older than what standard output had.
        cursor.resume();
        let again = [
            (line(false, 5_000), false),
            (line(false, 6_000), false),
            (line(false, 6_000), false),
            (line(false, 6_000), true),
            (line(true, 5_500), true),
            (line(false, 7_000), true),
        ];
        for (line, is_new) in again {
            assert_eq!(cursor.take(&line), is_new, "{line:?}");
        }
    }

    #[test]
    fn a_log_of_which_nothing_was_read_is_asked_for_from_where_it_was_wanted() {
        let floor = Timestamp::from_second(100).ok();
        assert_eq!(LogCursor::default().since(), None);
        let mut cursor = LogCursor::from(floor);
        assert_eq!((cursor.since(), cursor.has_read()), (floor, false));
        assert!(cursor.take(&line(false, 100_500)));
        assert_eq!(cursor.since(), floor);
        assert!(cursor.take(&LogLine { time: None, ..line(false, 0) }), "the engine's own words");
    }
}
