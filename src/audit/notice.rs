//! What auditors are told, in words: the events of a run become notices.

use std::sync::Arc;

use maestro_core::{
    event::{Subject, Summary},
    model::{Environment, InstanceId},
    plan::action::ActionKind,
    value::audit::Level,
};
use maestro_report::message::{FailureText, Message};

/// So many are named one by one; of more, their number is told.
const NAMED_AT_MOST: usize = 4;

/// Something that an auditor is told.
#[derive(Debug, Clone)]
pub(super) struct Notice {
    pub kind: NoticeKind,
    /// Info is of a command, debug of one step of it.
    pub level: Level,
    /// The command or the step: `start`.
    pub action: String,
    /// What it is done to.
    pub what: Arc<[NoticeInstance]>,
    /// The user.
    pub who: Arc<str>,
    /// Of a failure, why.
    pub message: String,
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoticeKind {
    Begun,
    Succeeded,
    Failed,
    /// Something was found out that nobody has commanded: its sentence says it.
    State,
}

/// An instance.
#[derive(Debug, Clone)]
pub(super) struct NoticeInstance {
    pub name: String,
    pub service: String,
    /// The address of its ship.
    pub ship: String,
}

impl NoticeInstance {
    pub(super) fn of(environment: &Environment, id: InstanceId) -> Self {
        let instance = environment.instance(id);
        Self {
            name: instance.name.clone(),
            service: environment.service(instance.service).name.clone(),
            ship: environment.ship(instance.ship).address.clone(),
        }
    }
}

impl Notice {
    /// The names of all that it is about.
    pub(super) fn names(&self, separator: &str) -> String {
        self.what.iter().map(|target| target.name.as_str()).collect::<Vec<_>>().join(separator)
    }

    /// The names, or of many their number.
    pub(super) fn names_or_number(&self) -> String {
        if self.has_all_names() { self.names(", ") } else { format!("{} containers", self.what.len()) }
    }

    pub(super) fn has_all_names(&self) -> bool {
        self.what.len() <= NAMED_AT_MOST
    }

    /// The sentence that tells it, about `what`.
    pub(super) fn sentence(&self, what: &str) -> String {
        let Self { action, who, message, .. } = self;
        match self.kind {
            NoticeKind::State => message.clone(),
            NoticeKind::Begun => format!("{who} is {} {what}.", doing(action)),
            NoticeKind::Succeeded => format!("{} of {what} succeeded.", capital(action)),
            NoticeKind::Failed if message.is_empty() => format!("Failed to {action} {what}!"),
            NoticeKind::Failed => format!("Failed to {action} {what}! (message: {message})"),
        }
    }

    /// What a name in braces stands for.
    pub(super) fn word(&self, name: &str, separator: &str) -> Option<String> {
        match name {
            "what" => Some(self.names(separator)),
            "action" => Some(self.action.clone()),
            "who" => Some(self.who.to_string()),
            "message" => Some(self.sentence(&self.names(separator))),
            _ => None,
        }
    }
}

/// `starting`
fn doing(action: &str) -> String {
    match action {
        "stop" => "stopping".to_owned(),
        _ => format!("{}ing", action.trim_end_matches('e')),
    }
}

fn capital(action: &str) -> String {
    let mut letters = action.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Makes notices of events.
pub(super) struct Notices {
    what: Arc<[NoticeInstance]>,
    who: Arc<str>,
    /// Why the first of those that failed or were held is not done.
    reason: Option<String>,
}

impl Notices {
    pub(super) fn new(what: Arc<[NoticeInstance]>, who: String) -> Self {
        Self { what, who: who.into(), reason: None }
    }

    /// What is to be told of an event: nothing of most.
    pub(super) fn of(&mut self, event: &Message) -> Option<Notice> {
        match event {
            Message::Started { command, .. } => Some(self.whole(NoticeKind::Begun, command, String::new())),
            Message::StepStarted { subject, action, .. } => {
                self.step(NoticeKind::Begun, subject, *action, None)
            }
            Message::StepDone { subject, action, .. } => {
                self.step(NoticeKind::Succeeded, subject, *action, None)
            }
            Message::StepFailed { subject, action, failure, .. } => {
                self.note_reason(subject, &failure.reason);
                self.step(NoticeKind::Failed, subject, *action, Some(failure))
            }
            Message::Blocked { subject, reason, .. } => {
                self.note_reason(subject, reason);
                None
            }
            Message::Finished { command, summary } => Some(match failure(summary) {
                None => self.whole(NoticeKind::Succeeded, command, String::new()),
                Some(failure) => {
                    let reason = self.reason.as_ref().map(|reason| format!("; {reason}"));
                    self.whole(
                        NoticeKind::Failed,
                        command,
                        format!("{failure}{}", reason.unwrap_or_default()),
                    )
                }
            }),
            Message::Unchanged { .. }
            | Message::Remark { .. }
            | Message::StepProgress { .. }
            | Message::StepRetried { .. }
            | Message::StepCancelled { .. }
            | Message::Interrupted { .. } => None,
        }
    }

    fn note_reason(&mut self, subject: &Subject, reason: &str) {
        let name = subject.instance.as_ref().unwrap_or(&subject.ship);
        self.reason.get_or_insert_with(|| format!("{name}: {}", one_line(reason)));
    }

    fn whole(&self, kind: NoticeKind, command: &str, message: String) -> Notice {
        let (what, who) = (Arc::clone(&self.what), Arc::clone(&self.who));
        Notice { kind, level: Level::Info, action: command.to_owned(), what, who, message }
    }

    /// Of what is done for one instance; what instances share, and mere waits, are no news.
    fn step(
        &self,
        kind: NoticeKind,
        subject: &Subject,
        action: ActionKind,
        failure: Option<&FailureText>,
    ) -> Option<Notice> {
        let name = subject.instance.as_ref()?;
        if matches!(action, ActionKind::Ready | ActionKind::Verify | ActionKind::Pause) && failure.is_none() {
            return None;
        }
        let target = self.what.iter().find(|target| target.name == *name)?.clone();
        Some(Notice {
            kind,
            level: Level::Debug,
            action: if action == ActionKind::Ready { "start" } else { action.word() }.to_owned(),
            what: Arc::from([target]),
            who: Arc::clone(&self.who),
            message: failure.map(|failure| one_line(&failure.reason)).unwrap_or_default(),
        })
    }
}

/// Several lines as one.
fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Why a run has not succeeded, if it has not.
fn failure(summary: &Summary) -> Option<String> {
    let steps = summary.failed + summary.unreachable + summary.unknown;
    let blocked = summary.skipped + summary.blocked_unmanaged;
    match (steps, blocked) {
        _ if summary.interrupted => Some("interrupted".to_owned()),
        (0, 0) => None,
        (0, 1) => Some("1 container blocked".to_owned()),
        (0, blocked) => Some(format!("{blocked} containers blocked")),
        (1, _) => Some("1 step failed".to_owned()),
        (steps, _) => Some(format!("{steps} steps failed")),
    }
}
