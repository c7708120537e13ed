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

/// Shows how far a copy is, on standard error: a line that is drawn anew on a terminal, else a line from time to time.
pub(super) struct ShownProgress {
    shared: Mutex<Shown>,
    begun: Instant,
    what: String,
    is_drawn: bool,
    is_told: bool,
}

#[derive(Default)]
struct Shown {
    progress: CopyProgress,
    last: Option<Instant>,
}

impl ShownProgress {
    pub(super) fn new(session: &Session, what: &str) -> Self {
        let is_drawn = io::stderr().is_terminal() && !is_dumb();
        Self {
            shared: Mutex::default(),
            begun: Instant::now(),
            what: harmless(what).into_owned(),
            is_drawn,
            is_told: session.output == Output::Text,
        }
    }

    /// So much was copied.
    pub(super) fn tell(&self, amount: CopyAmount) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.begun.elapsed();
        shared.progress.take(now, amount.bytes, amount.total);
        let period = if self.is_drawn { FRAME } else { LINE };
        let last = *shared.last.get_or_insert(self.begun);
        if !self.is_told || last.elapsed() < period {
            return;
        }
        shared.last = Some(Instant::now());
        let text = format!("{}: {}", self.what, shared.progress.text(now));
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
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_drawn && self.is_told && shared.last.is_some_and(|last| last != self.begun) {
            let _ = write!(io::stderr(), "\r\u{1b}[K").and_then(|()| io::stderr().flush());
        }
    }
}
