//! The file behind the page, which is read again when it changes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::documents::refusal;
use crate::cli::{
    args::Global, contents, error::Problem, file::Choice, placing, session::Session, understood::Needs,
    written_file::WrittenFiles,
};
use maestro_web::{PageRefusal, digest_of};

/// How the file is read again.
#[derive(Clone)]
pub(in crate::cli) struct Reopening {
    pub global: Global,
    pub choice: Choice,
}

/// The file as it was read last, and how it is read again.
pub(in crate::cli::command) struct Source {
    reopening: Reopening,
    current: Mutex<Current>,
}

struct Current {
    session: Arc<Session>,
    /// Tells whether what the file says is the same.
    digest: String,
    written: WrittenFiles,
    /// Why the file cannot be read as it is now.
    problem: Option<Value>,
}

/// Of all files, of what programs print for it, and of where the instances are placed.
fn digest(session: &Session, written: &WrittenFiles) -> String {
    let texts: Vec<&str> = session.sources.texts().collect();
    let instances = session.environment.instances.iter();
    let placed: Vec<(&str, usize)> = instances.map(|one| (one.name.as_str(), one.ship.0)).collect();
    digest_of(&json!([texts, placed, written.digest(), contents::digest()]))
}

impl Source {
    pub(in crate::cli::command) fn new(session: Arc<Session>, reopening: Reopening) -> Self {
        let read = reopening.choice.files.read_files().clone();
        let written = WrittenFiles::new(reopening.choice.path().to_owned(), read);
        let digest = digest(&session, &written);
        Self { reopening, current: Mutex::new(Current { session, digest, written, problem: None }) }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file as it was read last.
    pub(in crate::cli::command) fn session(&self) -> Arc<Session> {
        Arc::clone(&self.current().session)
    }

    /// Why the file cannot be read as it is now.
    pub(super) fn problem(&self) -> Option<Value> {
        self.current().problem.clone()
    }

    /// The name of the first file.
    pub(super) fn name(&self) -> String {
        self.reopening.choice.path().file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// When the first file was written.
    pub(super) fn written(&self) -> Option<String> {
        let time = self.reopening.choice.path().metadata().ok()?.modified().ok()?;
        Some(jiff::Timestamp::try_from(time).ok()?.to_string())
    }

    /// The file as it was read last, and what tells whether it says the same as before.
    pub(in crate::cli::command) fn session_with_digest(&self) -> (Arc<Session>, String) {
        let current = self.current();
        (Arc::clone(&current.session), current.digest.clone())
    }

    /// Whether the file says something else than that.
    pub(in crate::cli::command) fn says_other(&self, digest: &str) -> bool {
        self.current().digest != digest
    }

    /// Whether the file was written, see [`WrittenFiles::has_changed`].
    pub(in crate::cli::command) fn has_changed(&self) -> bool {
        self.current().written.has_changed()
    }

    /// Reads the file again. If it has mistakes, what was read last stays.
    pub(in crate::cli::command) async fn read(&self) -> Result<Arc<Session>, Problem> {
        self.current().written.reading();
        // A program may print something else now, as it does for a command in a terminal.
        contents::forget();
        let Reopening { global, choice } = &self.reopening;
        let session = Arc::new(placing::reopen(global, choice, Needs::Contents).await?);
        let mut current = self.current();
        let digest = digest(&session, &current.written);
        (current.session, current.digest, current.problem) = (Arc::clone(&session), digest, None);
        Ok(session)
    }

    /// The same for the page, which is told of mistakes from then on.
    pub(super) async fn reopen(&self) -> Result<Arc<Session>, PageRefusal> {
        self.read().await.map_err(|problem| {
            let refusal = refusal(&self.session(), problem);
            self.current().problem = Some(refusal.document.clone());
            refusal
        })
    }
}
