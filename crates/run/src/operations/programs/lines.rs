//! A program's output in lines.

use std::mem;

use maestro_engine::{Chunk, LogLine};

/// How many bytes a line may have; what comes behind is a line of its own.
const LONGEST_LINE: usize = 64 * 1024;

/// Makes lines of chunks, of both outputs apart.
#[derive(Default)]
pub(super) struct ProgramLines {
    /// Lines that have begun: of standard output, of standard error.
    begun: [Vec<u8>; 2],
}

impl ProgramLines {
    /// The lines, and pieces of long lines, that are complete with this chunk.
    pub(super) fn take(&mut self, chunk: &Chunk) -> Vec<LogLine> {
        let mut lines = Vec::new();
        for piece in chunk.bytes.split_inclusive(|byte| *byte == b'\n') {
            let begun = &mut self.begun[usize::from(chunk.stderr)];
            match piece.strip_suffix(b"\n") {
                Some(end) => {
                    begun.extend(end);
                    lines.push(line(chunk.stderr, &mem::take(begun), false));
                }
                None => begun.extend(piece),
            }
            while begun.len() > LONGEST_LINE {
                let rest = begun.split_off(LONGEST_LINE);
                lines.push(line(chunk.stderr, &mem::replace(begun, rest), true));
            }
        }
        lines
    }

    /// The lines that have begun and end with the program.
    pub(super) fn finish(self) -> Vec<LogLine> {
        let [output, errors] = self.begun;
        let begun = [(false, output), (true, errors)].into_iter().filter(|(_, bytes)| !bytes.is_empty());
        begun.map(|(stderr, bytes)| line(stderr, &bytes, false)).collect()
    }
}

fn line(stderr: bool, bytes: &[u8], goes_on: bool) -> LogLine {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    LogLine { time: None, stderr, text: String::from_utf8_lossy(bytes).into_owned(), goes_on }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(stderr: bool, text: &str) -> Chunk {
        Chunk { stderr, bytes: text.into() }
    }

    #[test]
    fn outputs_have_lines_of_their_own() {
        let mut lines = ProgramLines::default();
        let mut told = lines.take(&chunk(false, "one\r\ntw"));
        told.extend(lines.take(&chunk(true, "oops\nmore")));
        told.extend(lines.take(&chunk(false, "o\n")));
        told.extend(lines.finish());
        let told: Vec<_> = told.iter().map(|line| (line.stderr, line.text.as_str())).collect();
        assert_eq!(told, [(false, "one"), (true, "oops"), (false, "two"), (true, "more")]);
    }

    #[test]
    fn a_long_line_comes_in_pieces() {
        let mut lines = ProgramLines::default();
        let told = lines.take(&chunk(false, &"x".repeat(2 * LONGEST_LINE + 1)));
        assert!(told.iter().all(|line| line.goes_on && line.text.len() == LONGEST_LINE), "{}", told.len());
        assert_eq!((told.len(), lines.finish()[0].text.as_str()), (2, "x"));
    }
}
