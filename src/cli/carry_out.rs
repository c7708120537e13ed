//! A plan carried out, and its events shown as they come.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::Arc,
    time::Duration,
};

use tokio::sync::{mpsc, watch};

use super::{
    args::Output,
    error::{End, Problem},
    fleet::Fleet,
    lease::Tenure,
    session::Session,
    signals::Signals,
    user,
};
use crate::{
    engine::credentials::Credentials,
    event::{Event, Subject},
    execute::{self, Run},
    model::{Environment, InstanceId},
    plan::Plan,
    report::{audit::Audit, json::JsonLines, lines::Lines, live::Live, outlook::Outlook, progress::Reporter},
};

/// Time between two pictures on a terminal.
const FRAME: Duration = Duration::from_millis(50);

/// What a plan is carried out with, beside the engines.
pub(super) struct Charge {
    /// How many changes may be under way at once over all ships.
    pub concurrency: Option<u32>,
    /// The lease on the environment; none if the plan changes nothing.
    pub tenure: Option<Tenure>,
    /// Where signals come from.
    pub signals: Signals,
    /// The environment that the plan is for, if that is not the file's: all of it is meant then.
    pub environment: Option<Environment>,
}

/// Carries out a plan for these instances, and gives the lease back.
pub(super) async fn carry_out(
    session: &Session,
    fleet: Fleet,
    instances: &BTreeSet<InstanceId>,
    plan: Plan,
    charge: Charge,
) -> Result<End, Problem> {
    let Charge { concurrency, tenure, mut signals, environment } = charge;
    let (environment, shown) = meant(session, instances, environment);
    let (events, mut received) = mpsc::unbounded_channel();
    let (interrupt, interrupted) = watch::channel(false);
    let mut reporter = reporter(session, Outlook::new(&environment, &shown, &plan));
    let mut audit = Audit::begin(&environment, &shown, user::name(&session.variables));
    let run = tokio::spawn(execute::execute(Run {
        environment,
        plan: Arc::new(plan),
        same_engine: fleet.same_engine(),
        engines: fleet.engines.clone(),
        credentials: Credentials::new(&session.variables),
        concurrency: concurrency.and_then(|limit| usize::try_from(limit).ok()),
        invocation: session.invocation.clone(),
        interrupted,
        events,
    }));
    let mut frames = tokio::time::interval(FRAME);
    let mut under_way: BTreeMap<usize, (Subject, &'static str)> = BTreeMap::new();
    let mut signal = None;
    loop {
        tokio::select! {
            event = received.recv() => {
                let Some(event) = event else { break };
                note_step(&mut under_way, &event);
                // The run goes on though nobody reads: to end it here could leave half of it undone.
                reporter.event(&event).ok();
                audit.event(&event).ok();
            }
            number = signals.next() => {
                if signal.is_some() {
                    quit(&mut *reporter, &under_way);
                    tenure.iter().try_for_each(|tenure| tenure.left(session))?;
                    return Ok(End::Signal(number));
                }
                signal = Some(number);
                interrupt.send_replace(true);
                reporter.note(&interrupted_text(under_way.len())).ok();
            }
            _ = frames.tick() => { reporter.tick().ok(); }
        }
    }
    if let Some(tenure) = &tenure
        && let Some(end) = tenure.give_back(session, &mut signals).await?
    {
        return Ok(end);
    }
    if let Some(end) = audited(session, audit, &mut signals).await? {
        return Ok(end);
    }
    let summary = run.await.map_err(|error| {
        Problem::Told(format!("error: the run ended without a result: {error}"), End::Failed)
    })?;
    let end = End::of(&summary, signal);
    if end != End::Done {
        session.notes(&fleet.remarks)?;
    }
    Ok(end)
}

/// The environment that is meant, and what of it.
fn meant(
    session: &Session,
    instances: &BTreeSet<InstanceId>,
    other: Option<Environment>,
) -> (Arc<Environment>, Vec<InstanceId>) {
    match other {
        Some(environment) => {
            let all = environment.instance_ids().collect();
            (Arc::new(environment), all)
        }
        None => (Arc::new(session.environment.clone()), instances.iter().copied().collect()),
    }
}

/// Waits until auditors are told, and warns of those that were not. A signal ends the wait, and so the command.
async fn audited(session: &Session, audit: Audit, signals: &mut Signals) -> Result<Option<End>, Problem> {
    tokio::select! {
        warnings = audit.finish() => {
            warnings.iter().try_for_each(|warning| session.warn(warning))?;
            Ok(None)
        }
        number = signals.next() => Ok(Some(End::Signal(number))),
    }
}

/// The first signal: says what is waited for.
fn interrupted_text(under_way: usize) -> String {
    let steps = match under_way {
        0 => return "interrupted: nothing new begins".to_owned(),
        1 => "1 step".to_owned(),
        more => format!("{more} steps"),
    };
    format!("interrupted: nothing new begins; {steps} under way will end first. Once more ends at once.")
}

/// Keeps what an engine is changing now. What only waits is given up at the first signal.
fn note_step(under_way: &mut BTreeMap<usize, (Subject, &'static str)>, event: &Event) {
    match event {
        Event::StepStarted { action: "ready" | "pause" | "pre-start" | "pre-stop" | "stopped", .. } => {}
        // What is tried again is under way anew when it goes on.
        Event::StepStarted { step, subject, action } | Event::StepProgress { step, subject, action, .. } => {
            under_way.insert(*step, (subject.clone(), action));
        }
        // Between two tries it only waits.
        Event::StepRetried { step, .. }
        | Event::StepDone { step, .. }
        | Event::StepFailed { step, .. }
        | Event::StepGivenUp { step, .. } => {
            under_way.remove(step);
        }
        _ => {}
    }
}

/// The second signal: says what may or may not have happened.
fn quit(reporter: &mut dyn Reporter, under_way: &BTreeMap<usize, (Subject, &'static str)>) {
    let unknown: Vec<String> = under_way
        .values()
        .map(|(subject, action)| {
            format!("{action} of {}", subject.instance.as_ref().unwrap_or(&subject.ship))
        })
        .collect();
    let text = if unknown.is_empty() {
        "ended at once; nothing was under way".to_owned()
    } else {
        format!("ended at once; whether this has happened is unknown: {}", unknown.join(", "))
    };
    reporter.note(&text).ok();
    reporter.tick().ok();
}

fn reporter(session: &Session, outlook: Outlook) -> Box<dyn Reporter> {
    let out = io::stdout();
    match session.output {
        Output::Json => Box::new(JsonLines::new(out)),
        Output::Text if session.terminal && !is_dumb() => {
            let size = || crossterm::terminal::size().unwrap_or((80, 24));
            Box::new(Live::new(out, size, outlook, session.colour))
        }
        Output::Text => Box::new(Lines::new(out, &outlook, session.colour)),
    }
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term == "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_tries_of_a_pull_nothing_is_under_way() {
        let subject = || Subject { ship: "node1".to_owned(), service: None, instance: None };
        let mut under_way = BTreeMap::new();
        let action = "pull";
        note_step(&mut under_way, &Event::StepStarted { step: 3, subject: subject(), action });
        assert!(interrupted_text(under_way.len()).contains("1 step under way"));
        let again = Event::StepRetried {
            step: 3,
            subject: subject(),
            action,
            attempt: 2,
            attempts: 3,
            milliseconds: 1000,
            because: String::new(),
        };
        note_step(&mut under_way, &again);
        assert_eq!(interrupted_text(under_way.len()), "interrupted: nothing new begins");
        let progress = String::new();
        note_step(&mut under_way, &Event::StepProgress { step: 3, subject: subject(), action, progress });
        assert_eq!(under_way.len(), 1);
    }
}
