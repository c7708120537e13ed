//! `status --watch`: the status, kept current until a signal ends the command.

use std::{
    collections::BTreeSet,
    io::{self, Stdout, Write as _},
    time::Duration,
};

use futures_util::{
    StreamExt as _,
    future::{OptionFuture, join_all},
    stream::{BoxStream, SelectAll},
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{Instant, sleep_until},
};

use super::view::{Scope, View};
use crate::cli::{
    args::{Output, StatusArgs},
    error::{End, Problem},
    session::Session,
    terminal::is_dumb,
};
use maestro_core::model::ShipId;
use maestro_engine::{
    observe::observe,
    subscription::{SubscriptionUpdate, subscribe},
};
use maestro_report::{screen::Screen, status::changes};

/// How long nothing may be heard before the ships are asked again: checks fail and times go on without an event.
const REFRESH: Duration = Duration::from_secs(10);
/// How long further events are waited for after the first: several come at once.
const MOMENT: Duration = Duration::from_millis(300);

/// Shows the status until a signal ends the command.
pub(super) async fn watch(
    session: &Session,
    args: &StatusArgs,
    scope: &Scope,
    mut view: View,
) -> Result<End, Problem> {
    let mut events = Events::of(session, scope, &view)?;
    let mut shown = Shown::new(session);
    shown.show(session, args, &view).await?;
    loop {
        let known = view.status.clone();
        if events.wait(session, scope, &mut view).await {
            view.look(session, args, scope).await;
        }
        shown.update(session, args, &known, &view).await?;
    }
}

/// How changes are shown.
enum Shown {
    /// On a terminal, in place.
    Screen(Screen<Stdout>),
    /// A line for each change.
    Lines,
}

impl Shown {
    fn new(session: &Session) -> Self {
        if session.output == Output::Text && session.terminal && !is_dumb() {
            Self::Screen(Screen::new(io::stdout()))
        } else {
            Self::Lines
        }
    }

    /// The whole status.
    async fn show(&mut self, session: &Session, args: &StatusArgs, view: &View) -> Result<(), Problem> {
        match (self, session.output) {
            (Self::Screen(screen), _) => {
                let text = view.text(session, args).await;
                let rows = crossterm::terminal::size().ok().map(|(_, rows)| rows).filter(|rows| *rows > 0);
                Ok(screen.show(&session.known().hide(&text), rows)?)
            }
            (Self::Lines, Output::Text | Output::Markdown) => session.print(&view.text(session, args).await),
            (Self::Lines, Output::Json) => session.print(&view.json_line(session)?),
        }
    }

    /// What has changed.
    async fn update(
        &mut self,
        session: &Session,
        args: &StatusArgs,
        before: &maestro_report::status::Status,
        view: &View,
    ) -> Result<(), Problem> {
        let lines = changes(&session.environment, before, &view.status);
        match (&*self, session.output) {
            (Self::Lines, _) if lines.is_empty() => Ok(()),
            (Self::Screen(_), _) | (Self::Lines, Output::Json) => self.show(session, args, view).await,
            (Self::Lines, Output::Text | Output::Markdown) => {
                let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
                let mut out = io::stdout().lock();
                for line in lines {
                    writeln!(out, "{now} {}", session.known().hide(&line))?;
                }
                Ok(out.flush()?)
            }
        }
    }
}

/// The events of all ships.
struct Events {
    updates: SelectAll<BoxStream<'static, (ShipId, SubscriptionUpdate)>>,
    /// Tells that the window has another size; none without a terminal.
    resized: Option<Signal>,
}

impl Events {
    fn of(session: &Session, scope: &Scope, view: &View) -> Result<Self, Problem> {
        let engines = view.fleet.engines.iter().enumerate();
        let updates = engines.filter_map(|(at, engine)| {
            let events = subscribe(engine.clone()?, &session.environment.name, scope.question);
            Some(events.map(move |update| (ShipId(at), update)).boxed())
        });
        let resized = session.terminal.then(|| signal(SignalKind::window_change())).transpose()?;
        Ok(Self { updates: updates.collect(), resized })
    }

    /// Waits until something may have changed, and takes it in. False if only the window has another size.
    async fn wait(&mut self, session: &Session, scope: &Scope, view: &mut View) -> bool {
        let refresh = Instant::now() + REFRESH;
        let mut until = refresh;
        let mut changed = BTreeSet::new();
        loop {
            let resized = OptionFuture::from(self.resized.as_mut().map(Signal::recv));
            tokio::select! {
                biased;
                Some(_) = resized => return false,
                Some((ship, update)) = self.updates.next() => {
                    match update {
                        SubscriptionUpdate::State(state) => view.fleet.observed.ships[ship.0] = state,
                        SubscriptionUpdate::Event(event) if event.environment.as_deref() == Some(&*session.environment.name) => {
                            changed.insert(ship);
                        }
                        SubscriptionUpdate::Event(_) => continue,
                    }
                    until = until.min(Instant::now() + MOMENT);
                }
                () = sleep_until(until) => break,
            }
        }
        let is_due = until == refresh;
        let engines = view.fleet.engines.iter().enumerate().filter_map(|(at, engine)| {
            let ship = ShipId(at);
            let is_asked = changed.contains(&ship) || is_due && view.fleet.observed.holdings(ship).is_some();
            Some((ship, engine.clone().filter(|_| is_asked)?))
        });
        let states = join_all(engines.map(async |(ship, engine)| {
            (ship, observe(&*engine, &session.environment.name, scope.question).await)
        }));
        for (ship, state) in states.await {
            view.fleet.observed.ships[ship.0] = state;
        }
        true
    }
}
