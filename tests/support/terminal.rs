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
                pieces(output, |piece| {
                    screen.lock().unwrap().feed(piece);
                });
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

impl Drop for Terminal {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
