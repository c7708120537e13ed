//! Why a step failed.

use std::time::Duration;

use serde::Serialize;

use crate::{
    fault::{
        CarryFault, EngineFault, HealthRun, HookFault, Probe, ProbeFault, ServiceFailure, VolumeCopyFault,
    },
    model::registry::ImageRefusal,
};

use super::Refusal;

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
    pub log: LastLines,
}

/// The last lines of a container's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastLines {
    /// These.
    Lines(Vec<String>),
    /// The engine does not give the log.
    Unavailable(EngineFault),
    /// The log did not come in time.
    Late,
}

impl LastLines {
    fn map_texts(self, map: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Lines(lines) => Self::Lines(lines.iter().map(|line| map(line)).collect()),
            Self::Unavailable(fault) => Self::Unavailable(fault.map_texts(map)),
            Self::Late => Self::Late,
        }
    }
}

impl Failure {
    /// A failure without an exit code and a log.
    #[must_use]
    pub fn of(cause: Cause) -> Self {
        Self { cause, exit_code: None, log: LastLines::Lines(Vec::new()) }
    }

    /// How certain the failure is.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self.cause {
            Cause::Unreachable(_) => FailureKind::Unreachable,
            Cause::AnswerLost(_) => FailureKind::Unknown,
            Cause::NotCopied { ref fault, .. } if fault.is_silence() => FailureKind::Unreachable,
            Cause::NotCarried { ref fault, .. } if fault.is_silence() => FailureKind::Unreachable,
            Cause::Refused { .. }
            | Cause::PortTaken { .. }
            | Cause::NoProgram(_)
            | Cause::NoCommand
            | Cause::HookFailed(_)
            | Cause::NameKept { .. }
            | Cause::NameTaken { .. }
            | Cause::NotPulled { .. }
            | Cause::NotCopied { .. }
            | Cause::NotCarried { .. }
            | Cause::Died { .. }
            | Cause::Restarted { .. }
            | Cause::Paused
            | Cause::Unhealthy { .. }
            | Cause::CheckFailed { .. }
            | Cause::CheckImpossible { .. }
            | Cause::Service(_) => FailureKind::Failed,
        }
    }

    /// The same with other texts where they say what others wrote: an engine, a registry, a program.
    #[must_use]
    pub fn map_texts(self, map: &dyn Fn(&str) -> String) -> Self {
        Self { cause: self.cause.map_texts(map), log: self.log.map_texts(map), ..self }
    }
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// The engine cannot be reached.
    Unreachable(EngineFault),
    /// The engine was asked, and its answer was lost.
    AnswerLost(EngineFault),
    /// The engine refused the step.
    Refused {
        /// What it said, without the layers that the error passed through.
        fault: EngineFault,
        /// What that means, where it is known.
        refusal: Option<Refusal>,
    },
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
    /// A command in the container failed.
    HookFailed(HookFault),
    /// The engine keeps the name of a container that it does not have.
    NameKept {
        /// The name.
        name: String,
        /// What the engine said.
        fault: EngineFault,
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
        /// What the engine said.
        words: EngineFault,
        /// How often it was tried.
        tries: u32,
    },
    /// A volume could not be copied from another ship.
    NotCopied {
        /// Its name.
        volume: String,
        /// Why.
        fault: VolumeCopyFault,
    },
    /// An image could not be carried from another engine.
    NotCarried {
        /// Its reference.
        image: String,
        /// Why.
        fault: CarryFault,
    },
    /// The container ended by itself.
    Died {
        /// Whether its engine starts it again.
        restarting: bool,
        /// Whether the kernel killed a process of it because its memory limit was reached.
        is_out_of_memory: bool,
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
        /// Its last run.
        last: Option<HealthRun>,
    },
    /// A check did not pass in its time.
    CheckFailed {
        /// What is checked.
        what: Probe,
        /// Its time.
        within: Duration,
        /// How often it was tried.
        tries: u32,
        /// What the last try saw.
        last: ProbeFault,
        /// The key of the file that gives it more time.
        key: &'static str,
    },
    /// A check can never pass.
    CheckImpossible {
        /// What is checked.
        what: Probe,
        /// Why not.
        why: ProbeFault,
    },
    /// A service on a Swarm did not become what it is to be.
    Service(ServiceFailure),
}

impl Cause {
    fn map_texts(mut self, map: &dyn Fn(&str) -> String) -> Self {
        let change = |text: &mut String| *text = map(text);
        let change_fault = |fault: &mut EngineFault| *fault = fault.clone().map_texts(map);
        match &mut self {
            Self::Unreachable(fault) | Self::AnswerLost(fault) | Self::NameKept { fault, .. } => {
                change_fault(fault);
            }
            Self::NoProgram(words) | Self::PortTaken { words, .. } | Self::NameTaken { words, .. } => {
                change(words);
            }
            Self::Refused { fault, refusal } => {
                change_fault(fault);
                *refusal = refusal.take().map(|refusal| refusal.map_texts(map));
            }
            Self::Unhealthy { last } => *last = last.take().map(|run| run.map_texts(map)),
            Self::NotPulled { refusal, words, .. } => {
                change_fault(words);
                **refusal = refusal.as_ref().clone().map_texts(map);
            }
            Self::NotCarried { fault, .. } => *fault = fault.clone().map_texts(map),
            Self::NotCopied { fault, .. } => *fault = fault.clone().map_texts(map),
            Self::CheckFailed { what, last: seen, .. } | Self::CheckImpossible { what, why: seen } => {
                *what = what.clone().map_texts(map);
                *seen = seen.clone().map_texts(map);
            }
            Self::HookFailed(fault) => {
                fault.program = map(&fault.program);
                fault.last_line = fault.last_line.take().map(|line: String| map(&line));
            }
            Self::Service(failure) => *failure = failure.clone().map_texts(map),
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
