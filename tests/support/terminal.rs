//! A command on a pseudo-terminal, which `script` opens, and what its screen shows.

use std::{
    io::Write,
    process::{Child, ChildStdin, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::site::{DEADLINE, PROGRAM, Site, pieces, until};

/// Columns and rows of the terminal.
const SIZE: (usize, usize) = (100, 40);

/// How long a screen is left alone before it is looked at again.
const PAUSE: Duration = Duration::from_millis(50);

/// What Ctrl-C sends.
const INTERRUPT: &[u8] = b"\x03";

/// A command that runs on a terminal.
pub struct Terminal {
    child: Child,
    keyboard: ChildStdin,
    screen: Arc<Mutex<avt::Terminal>>,
    reader: Option<JoinHandle<()>>,
}

impl Terminal {
    /// Begins a command of the program: `status --watch`.
    pub fn begin(site: &Site, arguments: &str) -> Self {
        let words = shlex::split(&site.real(arguments)).unwrap();
        let words = shlex::try_join([PROGRAM].into_iter().chain(words.iter().map(String::as_str))).unwrap();
        Self::open(site, &format!("exec {words}"))
    }

    /// Begins a line of a shell, which has the program as `maestro`.
    pub fn shell(site: &Site, line: &str) -> Self {
        Self::open(site, &site.real(line))
    }

    fn open(site: &Site, line: &str) -> Self {
        let (columns, rows) = SIZE;
        let line = format!("stty cols {columns} rows {rows}; {line}");
        let mut command = site.program("script", &["-qec".to_owned(), line, "/dev/null".to_owned()]);
        command.env("TERM", "xterm").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let screen = avt::Terminal::with_scrollback(columns, rows, None).unwrap();
        let screen = Arc::new(Mutex::new(screen));
        let (output, keyboard) = (child.stdout.take().unwrap(), child.stdin.take().unwrap());
        let reader = thread::spawn({
            let screen = Arc::clone(&screen);
            move || {
                let mut frames = Frames::default();
                pieces(output, |piece| {
                    screen.lock().unwrap().feed(frames.whole(piece));
                });
                screen.lock().unwrap().feed(&frames.rest);
            }
        });
        Self { child, keyboard, screen, reader: Some(reader) }
    }

    /// The lines of the screen, without blanks at their ends, and without empty ones at its end.
    pub fn lines(&self) -> Vec<String> {
        let screen = self.screen.lock().unwrap();
        let lines = screen.screen().visible_lines().map(|line| line.text().trim_end().to_owned());
        let mut lines: Vec<String> = lines.collect();
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines
    }

    /// Waits until a line of the screen has all of these words. Gives the screen.
    pub fn shows(&self, words: &[&str]) -> Vec<String> {
        self.has_line(&format!("with {words:?}"), |line| words.iter().all(|word| line.contains(word)))
    }

    /// Waits until a shell asks for a command. `BusyBox` says `~` where it is in `HOME`, or `/`, as its version has it.
    pub fn shows_prompt(&self) {
        self.has_line("that ends with ' #'", |line| line.ends_with(" #"));
    }

    fn has_line(&self, what: &str, is_it: impl Fn(&str) -> bool) -> Vec<String> {
        let end = Instant::now() + DEADLINE;
        loop {
            let lines = self.lines();
            if lines.iter().any(|line| is_it(line)) {
                return lines;
            }
            assert!(Instant::now() < end, "no line {what} within {DEADLINE:?}: {lines:#?}");
            thread::sleep(PAUSE);
        }
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&mut self) {
        self.types(INTERRUPT);
    }

    /// Types these keys.
    pub fn types(&mut self, keys: &[u8]) {
        self.keyboard.write_all(keys).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Waits for its end. Gives the last screen and the exit code.
    pub fn end(mut self) -> (Vec<String>, Option<i32>) {
        let status = until("the command's end", || self.child.try_wait().unwrap());
        self.reader.take().unwrap().join().unwrap();
        (self.lines(), status.code())
    }
}

/// Output whose frames are shown whole: a terminal that knows synchronized updates shows none before its end, while a
/// read may end in the middle of one.
#[derive(Default)]
struct Frames {
    rest: String,
}

impl Frames {
    const BEGIN: &str = "\u{1b}[?2026h";
    const END: &str = "\u{1b}[?2026l";

    /// What can be shown once this has been read. A frame that has begun is left for later.
    fn whole(&mut self, piece: &str) -> String {
        self.rest.push_str(piece);
        let ended = self.rest.rfind(Self::END).map_or(0, |at| at + Self::END.len());
        let begun = self.rest[ended..].find(Self::BEGIN).map(|at| ended + at);
        let later = self.rest.split_off(begun.unwrap_or_else(|| self.before_part_of_begin()));
        std::mem::replace(&mut self.rest, later)
    }

    /// Where the first bytes of a frame's begin are the last that were read, or the end.
    fn before_part_of_begin(&self) -> usize {
        let mut parts = (1..Self::BEGIN.len()).rev().map(|length| &Self::BEGIN[..length]);
        let part = parts.find(|part| self.rest.ends_with(part)).map_or(0, str::len);
        self.rest.len() - part
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn a_frame_is_shown_when_all_of_it_was_read() {
    let mut frames = Frames::default();
    let shown: Vec<String> = ["a\u{1b}[?20", "26hone", " frame\u{1b}[?2026", "l b", "\u{1b}[?2026hnext"]
        .iter()
        .map(|piece| frames.whole(piece))
        .collect();
    assert_eq!(shown, ["a", "", "", "\u{1b}[?2026hone frame\u{1b}[?2026l b", ""]);
    assert_eq!(frames.rest, "\u{1b}[?2026hnext");
}
