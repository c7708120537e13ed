//! Files that pictures are written to.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

use super::{
    error::{End, Problem},
    session::Session,
};
use maestro_report::{problem::CommandProblem, text::harmless};

/// Stands for standard output.
const STANDARD_OUTPUT: &str = "-";

/// How the name of a file ends, in lower case.
pub(super) fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

/// A file that can be written, which is tried before an engine is contacted: a run of ten minutes must not end with a
/// picture that has no place.
pub(super) struct PictureFile {
    path: PathBuf,
}

impl PictureFile {
    /// The file of that name. One that exists is kept until there is something to write.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn at(path: &Path) -> Result<Self, Problem> {
        if path != Path::new(STANDARD_OUTPUT) {
            let is_new = !path.exists();
            File::options().append(true).create(true).open(path).map_err(|error| {
                let text = format!("`{}` cannot be written: {error}", shown(path));
                Problem::bad_input(
                    CommandProblem::new(text).help("name a file in a directory that you may write to"),
                )
            })?;
            if is_new {
                // Until then there is none: a command that is refused leaves no empty file.
                fs::remove_file(path).ok();
            }
        }
        Ok(Self { path: path.to_owned() })
    }

    /// Writes the file, or standard output.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn write(&self, session: &Session, text: &str) -> Result<(), Problem> {
        if self.path == Path::new(STANDARD_OUTPUT) {
            return session.print(text);
        }
        let text = session.known().hide(text);
        let written = File::create(&self.path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| {
            let problem = CommandProblem::new(format!("`{}` cannot be written: {error}", shown(&self.path)));
            Problem::ended(problem, End::Failed)
        })
    }
}

fn shown(path: &Path) -> String {
    harmless(&path.display().to_string()).into_owned()
}
