//! The file that is watched, which is read again when it was written.

use std::sync::Arc;

use crate::cli::{
    command::ui::Reopening, error::Problem, placing, session::Session, understood::Needs,
    written_file::WrittenFile,
};

pub(super) struct WatchedFile {
    reopening: Reopening,
    session: Arc<Session>,
    written: WrittenFile,
}

impl WatchedFile {
    pub(super) fn new(session: Arc<Session>, reopening: Reopening) -> Self {
        let written = WrittenFile::new(reopening.choice.path());
        Self { reopening, session, written }
    }

    /// The file as it was read last.
    pub(super) fn session(&self) -> Arc<Session> {
        Arc::clone(&self.session)
    }

    /// Whether it is there and was written, see [`WrittenFile::has_changed`].
    pub(super) fn has_changed(&mut self) -> bool {
        self.written.has_changed() && self.written.is_there()
    }

    /// Reads it again; whether it says something else, or that is wanted in any case. With mistakes, what was read last stays.
    pub(super) async fn reopen(&mut self, always: bool) -> Result<bool, Problem> {
        self.written.reading();
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
