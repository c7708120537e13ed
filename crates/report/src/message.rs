//! Events in words: what reporters show, and what programs read as JSON.

use serde::Serialize;

use super::explain::{self, Context, remark, unchanged};
use maestro_core::{
    event::{
        BlockedKind, CopiedAmount, Event, FailureKind, PullOutcome, Standing, StepProgress, Subject, Summary,
    },
    model::selection::typed_instance,
    observed::pull::PullAmount,
    plan::{StepId, action::ActionKind},
};

/// Something that happened, in words.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Message {
    /// A plan begins.
    Started {
        /// The command.
        command: String,
        /// The environment's name.
        environment: String,
        /// How many steps there are.
        steps: usize,
    },
    /// Nothing needs to be done for an instance.
    Unchanged {
        /// Which instance.
        #[serde(flatten)]
        subject: Subject,
        /// Its state: `already running`.
        reason: String,
        /// What its user should know.
        #[serde(skip_serializing_if = "Option::is_none")]
        remark: Option<String>,
    },
    /// Something that the user should know about an instance for which steps are done.
    Remark {
        /// Which instance.
        #[serde(flatten)]
        subject: Subject,
        /// What to know, in a sentence.
        remark: String,
    },
    /// A step begins.
    StepStarted {
        /// Which step, from 0, as in the plan.
        step: usize,
        /// What it is done to.
        #[serde(flatten)]
        subject: Subject,
        /// The action's word: `pull`, `create`, `start` …
        action: ActionKind,
    },
    /// A step tells how far it is.
    StepProgress {
        /// Which step.
        step: usize,
        /// What it is done to.
        #[serde(flatten)]
        subject: Subject,
        /// The action's word.
        action: ActionKind,
        /// How far: `12 of 40 MB`.
        progress: String,
        /// In numbers, of an image that is fetched.
        #[serde(skip_serializing_if = "Option::is_none")]
        pulled: Option<PullAmount>,
        /// In numbers, of a volume that is copied.
        #[serde(skip_serializing_if = "Option::is_none")]
        copied: Option<CopiedAmount>,
    },
    /// A try of a step did not succeed, and another will be made.
    StepRetried {
        /// Which step.
        step: usize,
        /// What it is done to.
        #[serde(flatten)]
        subject: Subject,
        /// The action's word.
        action: ActionKind,
        /// The number of the try that comes: 2 or more.
        attempt: u32,
        /// How many there may be.
        attempts: u32,
        /// When it comes, in milliseconds from now.
        milliseconds: u64,
        /// Why the last one did not succeed, as a clause.
        reason: String,
    },
    /// A step has succeeded.
    StepDone {
        /// Which step.
        step: usize,
        /// What it was done to.
        #[serde(flatten)]
        subject: Subject,
        /// The action's word.
        action: ActionKind,
        /// The container's id, where the step learned it.
        #[serde(skip_serializing_if = "Option::is_none")]
        container: Option<String>,
        /// What came of it, where that can differ: `up to date`.
        #[serde(skip_serializing_if = "Option::is_none")]
        outcome: Option<String>,
        /// Whether it pulled an image that was there already.
        #[serde(skip)]
        is_up_to_date: bool,
        /// How long it took, in milliseconds.
        milliseconds: u64,
    },
    /// A step has failed, or its outcome is unknown.
    StepFailed {
        /// Which step.
        step: usize,
        /// What it was done to.
        #[serde(flatten)]
        subject: Subject,
        /// The action's word.
        action: ActionKind,
        /// All that is known about it.
        failure: FailureText,
    },
    /// A step that only waited was given up, because the user interrupted the run.
    StepCancelled {
        /// Which step.
        step: usize,
        /// What it was done to.
        #[serde(flatten)]
        subject: Subject,
        /// The action's word.
        action: ActionKind,
    },
    /// An instance does not get to its end, because of something else; told once an instance. Steps of it that wait
    /// for nothing else, such as its create, may still be done.
    Blocked {
        /// Which instance.
        #[serde(flatten)]
        subject: Subject,
        /// What kind of reason.
        kind: BlockedKind,
        /// Why, in a sentence.
        reason: String,
        /// What to do about it; empty where the cause is told elsewhere.
        next: String,
    },
    /// The run ends before its time, because the user interrupted it or its lease was taken away: what is there now.
    Interrupted {
        /// The instances that it was to change, on each ship where it was to change them.
        instances: Vec<Standing>,
        /// What to type next.
        next: String,
    },
    /// All is over.
    Finished {
        /// The command.
        command: String,
        /// What came of it.
        summary: Summary,
    },
}

impl Message {
    /// The same with other texts where they say what others wrote: an engine, a registry, a container.
    #[must_use]
    pub fn map_texts(mut self, map: &dyn Fn(&str) -> String) -> Self {
        let change = |text: &mut String| *text = map(text);
        match &mut self {
            Self::Unchanged { reason, remark, .. } => {
                change(reason);
                remark.iter_mut().for_each(change);
            }
            Self::Remark { remark: text, .. }
            | Self::StepProgress { progress: text, .. }
            | Self::StepRetried { reason: text, .. } => change(text),
            Self::StepDone { outcome, .. } => outcome.iter_mut().for_each(change),
            Self::StepFailed { failure, .. } => *failure = failure.clone().map_texts(map),
            Self::Blocked { reason, next, .. } => {
                change(reason);
                change(next);
            }
            Self::Interrupted { instances, .. } => {
                instances
                    .iter_mut()
                    .flat_map(|one| &mut one.containers)
                    .for_each(|one| change(&mut one.name));
            }
            Self::Started { .. }
            | Self::StepStarted { .. }
            | Self::StepCancelled { .. }
            | Self::Finished { .. } => {}
        }
        self
    }
}

/// A failure in words, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailureText {
    /// How certain it is.
    pub kind: FailureKind,
    /// What went wrong, in a sentence: `the container exited with code 3 right after its start`.
    pub reason: String,
    /// What is known to hold now: `the container server-1 is there, created and not running`.
    pub state: String,
    /// What to do or type next.
    pub next: String,
    /// Exit code of a container that died.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// Its last log lines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
}

impl FailureText {
    /// The same with other texts, for those that may not be told as they are.
    #[must_use]
    pub fn map_texts(self, map: &dyn Fn(&str) -> String) -> Self {
        let Self { kind, reason, state, next, exit_code, log } = self;
        Self {
            kind,
            reason: map(&reason),
            state: map(&state),
            next: map(&next),
            exit_code,
            log: log.iter().map(|line| map(line)).collect(),
        }
    }
}

/// An event in words.
#[must_use]
pub fn message(event: Event, context: &Context<'_>) -> Message {
    let command = context.plan.command;
    match event {
        Event::Started { command, environment, steps } => {
            Message::Started { command: command.to_string(), environment, steps }
        }
        Event::Unchanged { subject, reason, note } => {
            let reason = unchanged::sentence(reason, command, context.environment);
            let remark = note.map(|note| {
                remark::planned(&typed_instance(context.environment, name(&subject)), &note, command)
            });
            Message::Unchanged { subject, reason, remark }
        }
        Event::Remark { subject, remark } => {
            let remark = remark::sentence(
                &typed_instance(context.environment, name(&subject)),
                &remark,
                command,
                remark::stop_timeout(context.environment),
            );
            Message::Remark { subject, remark }
        }
        Event::StepStarted { step, subject, action } => Message::StepStarted { step, subject, action },
        Event::StepProgress { step, subject, action, progress } => {
            let (pulled, copied) = match &progress {
                StepProgress::Pulled(amount) => (Some(*amount), None),
                StepProgress::Copied(amount) => (None, Some(*amount)),
                StepProgress::Tried { .. } => (None, None),
            };
            let progress = explain::probe::progress(&progress);
            Message::StepProgress { step, subject, action, progress, pulled, copied }
        }
        Event::StepRetried { step, subject, action, attempt, attempts, milliseconds, fault } => {
            let reason = explain::pull::fault(fault);
            Message::StepRetried { step, subject, action, attempt, attempts, milliseconds, reason }
        }
        Event::StepDone { step, subject, action, container, outcome, milliseconds } => {
            let is_up_to_date = outcome == Some(PullOutcome::UpToDate);
            let outcome = outcome.map(|outcome| explain::pull::outcome(&outcome));
            Message::StepDone { step, subject, action, container, outcome, is_up_to_date, milliseconds }
        }
        Event::StepFailed { step, subject, action, failure } => {
            let failure = explain::failure::text(context, StepId(step), failure);
            Message::StepFailed { step, subject, action, failure }
        }
        Event::StepCancelled { step, subject, action } => Message::StepCancelled { step, subject, action },
        Event::Blocked { subject, blocked } => {
            let (reason, next) = explain::blocked::sentences(context, &subject, &blocked);
            Message::Blocked { subject, kind: blocked.kind(), reason, next }
        }
        Event::Interrupted { instances } => {
            Message::Interrupted { instances, next: explain::interrupted(context) }
        }
        Event::Finished { command, summary } => Message::Finished { command: command.to_string(), summary },
    }
}

/// The instance that an event is about; nothing for what instances share.
fn name(subject: &Subject) -> &str {
    subject.instance.as_deref().unwrap_or_default()
}
