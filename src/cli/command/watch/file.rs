//! The file that is watched, which is read again when it was written.

use std::{fs, path::Path, sync::Arc, time::SystemTime};

use crate::cli::{command::ui::Reopening, error::Problem, placing, session::Session, understood::Needs};

/// When a file was written, and its size.
type Stamp = Option<(SystemTime, u64)>;

fn stamp(path: &Path) -> Stamp {
    let data = fs::metadata(path).ok()?;
    Some((data.modified().ok()?, data.len()))
}

pub(super) struct WatchedFile {
    reopening: Reopening,
    session: Arc<Session>,
    /// When it was written that was read last.
    read: Stamp,
    /// When it was written, as it was seen last.
    seen: Stamp,
}

impl WatchedFile {
    pub(super) fn new(session: Arc<Session>, reopening: Reopening) -> Self {
        let stamp = stamp(reopening.choice.path());
        Self { reopening, session, read: stamp, seen: stamp }
    }

    /// The file as it was read last.
    pub(super) fn session(&self) -> Arc<Session> {
        Arc::clone(&self.session)
    }

    /// Whether it was written since it was read, and not since this was asked last: an editor may not have written all.
    pub(super) fn has_changed(&mut self) -> bool {
        let stamp = stamp(self.reopening.choice.path());
        let is_still = std::mem::replace(&mut self.seen, stamp) == stamp;
        is_still && self.read != stamp && stamp.is_some()
    }

    /// Reads it again; whether it says something else, or that is wanted in any case. With mistakes, what was read last stays.
    pub(super) async fn reopen(&mut self, always: bool) -> Result<bool, Problem> {
        self.read = stamp(self.reopening.choice.path());
        let Reopening { global, choice } = &self.reopening;
        match placing::reopen(global, choice, Needs::Contents).await {
            Ok(session) => {
                let says_other = !session.sources.texts().eq(self.session.sources.texts())
                    || session.environment.instances.len() != self.session.environment.instances.len();
                if says_other || always {
                    self.session = Arc::new(session);
                    self.session.note("the file was read again")?;
                }
                Ok(says_other || always)
            }
            Err(problem) => {
                let known = self.session.known();
                let (text, _) = problem.map_text(|text| known.hide(text).into_owned()).told();
                text.map_or(Ok(()), |text| self.session.tell_line(text.trim_end()))?;
                self.session.warn("the file cannot be read; what it said before goes on")?;
                Ok(false)
            }
        }
    }
}
