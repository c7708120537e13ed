//! Tells what happens: lines or JSON on standard output, auditors, metrics.

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use serde_json::json;
use tokio::task::JoinSet;

use super::metrics::Metrics;
use crate::{
    audit::{StateNotice, tell_state},
    cli::{
        args::Output,
        error::Problem,
        session::{LONGEST_SENTENCE, Session},
        user,
    },
};
use maestro_core::{event::Event, model::Environment, plan::Plan, value::shortened, watch::WatchEvent};
use maestro_report::{
    json::line,
    message::{Message, message},
    watch::{WatchContext, WatchNotice, json as event_json, lines, notice},
};
use maestro_run::operations::{Progress, watching::WatchUpdate};

pub(super) struct Teller {
    session: Arc<Session>,
    metrics: Arc<Metrics>,
    /// The plan that is carried out, and its environment, if that is not the file's.
    plan: Arc<Plan>,
    environment: Option<Arc<Environment>>,
    /// Why the run that goes on does not succeed.
    reason: Option<String>,
    /// The commit that the file was read from, if it comes from a repository.
    commit: Option<String>,
    notices: JoinSet<Vec<String>>,
}

impl Teller {
    pub(super) fn new(session: Arc<Session>, metrics: Arc<Metrics>, commit: Option<String>) -> Self {
        let notices = JoinSet::new();
        Self { session, metrics, plan: Arc::default(), environment: None, reason: None, commit, notices }
    }

    /// Tells an update.
    pub(super) fn take(&mut self, update: WatchUpdate) -> Result<(), Problem> {
        match update {
            WatchUpdate::Event(event) => self.event(&event),
            WatchUpdate::Progress(progress) => {
                self.progress(progress);
                Ok(())
            }
        }
    }

    /// Tells an event.
    pub(super) fn event(&mut self, event: &WatchEvent) -> Result<(), Problem> {
        if let WatchEvent::Healing { .. } | WatchEvent::Applying = event {
            self.reason = None;
        }
        let session = &*self.session;
        let context = WatchContext {
            environment: &session.environment,
            invocation: &session.invocation,
            reason: self.reason.as_deref(),
            commit: self.commit.as_deref(),
        };
        self.metrics.take(&session.environment, event);
        let now = jiff::Timestamp::now();
        let mut out = io::stdout().lock();
        if session.output == Output::Json {
            let mut object = event_json(context, event);
            object["version"] = json!(1);
            object["time"] = json!(now.to_string());
            writeln!(out, "{}", line(&session.hidden(object))?)?;
        } else {
            let now = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            for line in lines(context, event) {
                writeln!(out, "{now} {}", session.known().hide(&line))?;
            }
        }
        out.flush()?;
        if let Some(told) = notice(context, event).filter(|_| !session.environment.audit.is_empty()) {
            self.notify(told);
        }
        Ok(())
    }

    fn notify(&mut self, told: WatchNotice) {
        let WatchNotice { action, instances, text, .. } = told;
        let session = Arc::clone(&self.session);
        let text = shortened(&session.known().hide(&text), LONGEST_SENTENCE).into_owned();
        let who = user::name(&session.variables);
        self.notices.spawn(async move {
            let state = StateNotice { action: action.to_owned(), instances, text, who };
            tell_state(&session.environment, state).await
        });
    }

    /// Whether auditors are being told.
    pub(super) fn has_notices(&self) -> bool {
        !self.notices.is_empty()
    }

    /// What to warn of when the next auditors have been told; never, while none are.
    pub(super) async fn warnings(&mut self) -> Vec<String> {
        match self.notices.join_next().await {
            Some(told) => told.unwrap_or_default(),
            None => std::future::pending().await,
        }
    }

    pub(super) fn warn(&self, warnings: &[String]) -> Result<(), Problem> {
        warnings.iter().try_for_each(|warning| self.session.warn(warning))
    }

    /// Keeps why a run does not succeed.
    fn progress(&mut self, progress: Progress) {
        match progress {
            Progress::Planned { plan, environment, .. } => {
                (self.plan, self.environment) = (plan, environment);
            }
            Progress::Event(event) => self.note_reason(Arc::unwrap_or_clone(event)),
            Progress::Found { verdict, .. } if verdict.is_refused => {
                let maestro = &self.session.invocation;
                self.reason = Some(format!("the preflight found what would fail; `{maestro} plan` shows it"));
            }
            Progress::Found { .. }
            | Progress::Looked
            | Progress::Lease(_)
            | Progress::Preflight
            | Progress::Outdated
            | Progress::Timed(_)
            | Progress::Releasing => {}
        }
    }

    fn note_reason(&mut self, event: Event) {
        let session = &*self.session;
        let context = session.context(self.environment.as_deref(), &self.plan, &session.invocation);
        let reason = match message(event, &context) {
            Message::StepFailed { failure, .. } => failure.reason,
            Message::Blocked { reason, .. } => reason,
            Message::Started { .. }
            | Message::StepStarted { .. }
            | Message::StepDone { .. }
            | Message::Finished { .. }
            | Message::Unchanged { .. }
            | Message::Remark { .. }
            | Message::StepProgress { .. }
            | Message::StepRetried { .. }
            | Message::StepCancelled { .. }
            | Message::Interrupted { .. } => return,
        };
        let first = reason.lines().next().unwrap_or_default();
        self.reason.get_or_insert_with(|| session.known().hide(first).into_owned());
    }
}
