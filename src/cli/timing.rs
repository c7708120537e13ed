//! Files that the timeline of a run is written to.

use std::{path::Path, time::SystemTime};

use super::{
    error::Problem,
    picture_file::{PictureFile, ending},
    session::Session,
};
use maestro_core::timeline::Timeline;
use maestro_report::{json, problem::CommandProblem, timeline};

/// What is written, as the file's name says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TimelineFormat {
    Svg,
    Json,
    Text,
}

/// A file for a timeline.
pub(super) struct TimelineFile {
    file: PictureFile,
    format: TimelineFormat,
}

impl TimelineFile {
    /// The file of that name.
    ///
    /// # Errors
    /// If its name does not tell what to write, or it cannot be written.
    pub(super) fn at(path: &Path) -> Result<Self, Problem> {
        let format = match ending(path).as_str() {
            "svg" => TimelineFormat::Svg,
            "json" => TimelineFormat::Json,
            "txt" => TimelineFormat::Text,
            _ => {
                let problem =
                    CommandProblem::new("the name of the file does not tell how to draw the timeline");
                return Err(Problem::bad_input(problem.help("end it with `.svg`, `.json` or `.txt`")));
            }
        };
        Ok(Self { file: PictureFile::at(path)?, format })
    }

    /// Writes it; when the run ended is known of those that engines remember.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn write(
        &self,
        session: &Session,
        timeline: &Timeline,
        ended: Option<SystemTime>,
    ) -> Result<(), Problem> {
        let text = match self.format {
            TimelineFormat::Svg => timeline::svg(timeline),
            TimelineFormat::Json => json::pretty(&session.hidden(timeline::json(timeline, ended)))? + "\n",
            TimelineFormat::Text => timeline::text(timeline, None, false),
        };
        self.file.write(session, &text)
    }
}
