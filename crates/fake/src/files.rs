//! Files that are copied into containers of the engine in memory.

use std::collections::BTreeSet;

use super::{Fake, container::FakeContainer, state::Inside};
use maestro_core::model::{
    carried::{CarriedFile, CarriedFiles, FileSpecs},
    container::is_read_only,
    file_label::labelled,
};
use maestro_engine::{EngineError, events::Happened};

impl Fake {
    /// The files that a container has, without their contents.
    #[must_use]
    pub fn files_of(&self, container: &str) -> FileSpecs {
        let mut inside = self.inside();
        let files = inside.find(container).ok().map(|kept| kept.files.clone()).unwrap_or_default();
        files.into_iter().map(|(target, file)| (target, file.spec)).collect()
    }

    /// The signals that a container got, but for those that end it.
    #[must_use]
    pub fn signals_of(&self, container: &str) -> Vec<String> {
        self.inside().find(container).map(|kept| kept.signals.clone()).unwrap_or_default()
    }

    /// Lets the program of a container end with that exit code at its next signal.
    pub fn end_at_signals(&self, container: &str, code: i64) {
        if let Ok(kept) = self.inside().find(container) {
            kept.ends_at_signals = Some(code);
        }
    }

    /// The ids of containers that were started without files that they were created for.
    #[must_use]
    pub fn started_without_files(&self) -> BTreeSet<String> {
        let inside = self.inside();
        let lacks = |kept: &&FakeContainer| {
            let files = labelled(&kept.shown.labels);
            kept.starts > 0
                && files.iter().any(|(path, file)| kept.files.get(path).map(|has| &has.spec) != Some(file))
        };
        inside.containers.values().filter(lacks).map(|kept| kept.shown.id.clone()).collect()
    }

    /// The content of a file that a container has.
    #[must_use]
    pub fn file_in(&self, container: &str, target: &str) -> Option<String> {
        let mut inside = self.inside();
        let file = inside.find(container).ok()?.files.get(target)?.content.clone();
        Some(String::from_utf8_lossy(file.bytes()).into_owned())
    }
}

impl Inside {
    /// Sends a signal to a container that runs.
    pub(super) fn signal(&mut self, container: &str, signal: &str) -> Result<(), EngineError> {
        let kept = self.find(container)?;
        if !kept.shown.state.is_up() {
            let id = &kept.shown.id;
            let words = format!("Cannot kill container: {container}: Container {id} is not running");
            return Err(EngineError::Conflict(words.into()));
        }
        kept.signals.push(signal.to_owned());
        let (id, code) = (kept.shown.id.clone(), kept.ends_at_signals);
        self.happened(&id, Happened::Signalled { is_kill: false });
        code.map_or(Ok(()), |code| self.end(container, code))
    }

    /// Copies files as an engine does: into a container whose root is read-only only below its volumes.
    pub(super) fn copy_files(&mut self, container: &str, files: &CarriedFiles) -> Result<(), EngineError> {
        let kept = self.find(container)?;
        let is_in_volume = |file: &CarriedFile| {
            kept.volumes().any(|(path, _)| file.spec.own_volume && path == file.directory())
        };
        if is_read_only(&kept.description.settings) && !files.iter().all(is_in_volume) {
            return Err(EngineError::Refused("container rootfs is marked read-only".into()));
        }
        kept.files.extend(files.iter().map(|file| (file.target.clone(), file.clone())));
        Ok(())
    }
}
