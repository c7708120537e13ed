//! Why a step failed.

use std::time::Duration;

use serde::Serialize;

use crate::model::registry::ImageRefusal;

/// How certain a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The step did not succeed.
    Failed,
    /// The engine could not be reached: the step was not begun, or its outcome was found out to be "not done".
    Unreachable,
    /// The step may or may not have happened.
    Unknown,
}

/// What is known of a failure.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// What went wrong.
    pub cause: Cause,
    /// The exit code of a container that ended.
    pub exit_code: Option<i64>,
    /// The last lines of its log.
    pub log: Vec<String>,
}

impl Failure {
    /// A failure without an exit code and a log.
    #[must_use]
    pub fn of(cause: Cause) -> Self {
        Self { cause, exit_code: None, log: Vec::new() }
    }

    /// How certain the failure is.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self.cause {
            Cause::Unreachable(_) => FailureKind::Unreachable,
            Cause::AnswerLost(_) => FailureKind::Unknown,
            Cause::Refused(_)
            | Cause::PortTaken { .. }
            | Cause::NoProgram(_)
            | Cause::NoCommand
            | Cause::NameKept { .. }
            | Cause::NameTaken { .. }
            | Cause::NotPulled { .. }
            | Cause::Died { .. }
            | Cause::Restarted { .. }
            | Cause::Paused
            | Cause::Unhealthy { .. }
            | Cause::CheckFailed { .. }
            | Cause::CheckImpossible { .. } => FailureKind::Failed,
        }
    }

    /// The same with other texts where they say what others wrote: an engine, a registry, a program.
    #[must_use]
    pub fn map_texts(self, map: &dyn Fn(&str) -> String) -> Self {
        let log = self.log.iter().map(|line| map(line)).collect();
        Self { cause: self.cause.map_texts(map), log, ..self }
    }
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// The engine cannot be reached; why, in its client's words.
    Unreachable(String),
    /// The engine was asked, and its answer was lost; how, in its client's words.
    AnswerLost(String),
    /// The engine refused the step, in its own words.
    Refused(String),
    /// A port of the ship that the container publishes is taken.
    PortTaken {
        /// The port, where the engine tells it.
        port: Option<u16>,
        /// The engine's words.
        words: String,
        /// Who holds it, where that is known.
        holder: Option<PortHolder>,
    },
    /// The program that the container runs is not in its image; the engine's words for that.
    NoProgram(String),
    /// Neither the file nor the image says what to run.
    NoCommand,
    /// The engine keeps the name of a container that it does not have.
    NameKept {
        /// The name.
        name: String,
        /// The engine's words.
        words: String,
    },
    /// Somebody created a container of the name after the plan was made.
    NameTaken {
        /// The name.
        name: String,
        /// The engine's words.
        words: String,
    },
    /// An image could not be pulled.
    NotPulled {
        /// The image, the registry's fault and the login.
        refusal: Box<ImageRefusal>,
        /// The engine's words.
        words: String,
        /// How often it was tried.
        tries: u32,
    },
    /// The container ended by itself.
    Died {
        /// Whether its engine starts it again.
        restarting: bool,
    },
    /// The engine has restarted the container so many times.
    Restarted {
        /// How many times.
        times: u64,
    },
    /// Somebody paused the container.
    Paused,
    /// The image's `HEALTHCHECK` finds the container unhealthy.
    Unhealthy {
        /// What it saw last.
        last: String,
    },
    /// A check did not pass in its time.
    CheckFailed {
        /// The check, in words.
        what: String,
        /// Its time.
        within: Duration,
        /// How often it was tried.
        tries: u32,
        /// What the last try saw.
        last: String,
        /// The key of the file that gives it more time.
        key: &'static str,
    },
    /// A check can never pass.
    CheckImpossible {
        /// The check, in words.
        what: String,
        /// Why not.
        why: String,
    },
}

impl Cause {
    fn map_texts(mut self, map: &dyn Fn(&str) -> String) -> Self {
        let change = |text: &mut String| *text = map(text);
        match &mut self {
            Self::Unreachable(words)
            | Self::AnswerLost(words)
            | Self::Refused(words)
            | Self::NoProgram(words)
            | Self::PortTaken { words, .. }
            | Self::NameKept { words, .. }
            | Self::NameTaken { words, .. }
            | Self::Unhealthy { last: words } => change(words),
            Self::NotPulled { refusal, words, .. } => {
                change(words);
                **refusal = refusal.as_ref().clone().map_texts(map);
            }
            Self::CheckFailed { what, last, .. } => [what, last].into_iter().for_each(change),
            Self::CheckImpossible { what, why } => [what, why].into_iter().for_each(change),
            Self::NoCommand | Self::Died { .. } | Self::Restarted { .. } | Self::Paused => {}
        }
        self
    }
}

/// Who holds a port of a ship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortHolder {
    /// A container.
    Container {
        /// Its name.
        name: String,
        /// The environment in its labels.
        environment: Option<String>,
        /// Its image.
        image: String,
    },
    /// A process that is no container.
    Process,
}
