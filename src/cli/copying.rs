//! What commands that copy files share: how far they are, and how they end.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{args::Output, error::End, session::Session, terminal::is_dumb};
use maestro_core::fault::ArchiveFault;
use maestro_report::{copying::CopyProgress, text::harmless};
use maestro_run::archives::CopyAmount;

/// How often the progress is drawn on a terminal, and how often a line tells it without one.
const FRAME: Duration = Duration::from_millis(200);
const LINE: Duration = Duration::from_secs(5);

/// How a command ends whose copy failed.
pub(super) fn fault_end(fault: &ArchiveFault) -> End {
    match fault {
        ArchiveFault::Engine(fault) if fault.is_silence() => End::Unreachable,
        ArchiveFault::NotABackup
        | ArchiveFault::Truncated
        | ArchiveFault::Changed
        | ArchiveFault::NoContainer(_)
        | ArchiveFault::NewerFormat(_) => End::BadInput,
        ArchiveFault::LeadsOut(_) | ArchiveFault::ThroughLink(_) => End::Refused,
        ArchiveFault::Engine(_)
        | ArchiveFault::CutOff
        | ArchiveFault::NotTar(_)
        | ArchiveFault::File { .. }
        | ArchiveFault::NoImage
        | ArchiveFault::NotADirectory(_)
        | ArchiveFault::NoDirectory(_)
        | ArchiveFault::OverFile(_)
        | ArchiveFault::Missing(_)
        | ArchiveFault::Interrupted => End::Failed,
    }
}

/// A line on standard error that says how far something is: drawn anew on a terminal, else printed from time to time.
pub(super) struct ProgressLine {
    begun: Instant,
    last: Mutex<Option<Instant>>,
    what: String,
    is_drawn: bool,
    is_told: bool,
}

impl ProgressLine {
    /// Nothing is shown yet.
    pub(super) fn new(session: &Session, what: &str) -> Self {
        Self {
            begun: Instant::now(),
            last: Mutex::default(),
            what: harmless(what).into_owned(),
            is_drawn: io::stderr().is_terminal() && !is_dumb(),
            is_told: session.output == Output::Text,
        }
    }

    /// For how long it goes on.
    pub(super) fn time(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Shows how far it is, if it was not shown just now.
    pub(super) fn show(&self, text: &str) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let period = if self.is_drawn { FRAME } else { LINE };
        if !self.is_told || last.unwrap_or(self.begun).elapsed() < period {
            return;
        }
        *last = Some(Instant::now());
        let text = format!("{}: {text}", self.what);
        // A line that cannot be drawn is missed by nobody.
        let mut out = io::stderr();
        let _ = if self.is_drawn {
            write!(out, "\r\u{1b}[K{text}").and_then(|()| out.flush())
        } else {
            writeln!(out, "{text}")
        };
    }

    /// Erases what was drawn.
    pub(super) fn end(&self) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.take().is_some() && self.is_drawn && self.is_told {
            let _ = write!(io::stderr(), "\r\u{1b}[K").and_then(|()| io::stderr().flush());
        }
    }
}

/// Shows how far a copy is.
pub(super) struct ShownProgress {
    progress: Mutex<CopyProgress>,
    line: ProgressLine,
}

impl ShownProgress {
    pub(super) fn new(session: &Session, what: &str) -> Self {
        Self { progress: Mutex::default(), line: ProgressLine::new(session, what) }
    }

    /// So much was copied.
    pub(super) fn tell(&self, amount: CopyAmount) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.line.time();
        progress.take(now, amount.bytes, amount.total);
        self.line.show(&progress.text(now));
    }

    /// Erases what was drawn.
    pub(super) fn end(&self) {
        self.line.end();
    }
}
