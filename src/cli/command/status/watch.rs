//! `status --watch`: the status, kept current until a signal ends the command.

use std::{
    io::{self, Stdout, Write as _},
    time::Duration,
};

use futures_util::future::OptionFuture;
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
use maestro_report::{screen::Screen, status::changes};
use maestro_run::operations::live::{EnvironmentState, LiveState, LiveUpdates};

/// How long nothing may be heard before the ships are asked again: checks fail and times go on without an event.
const REFRESH: Duration = Duration::from_secs(10);
/// How long further changes are waited for after the first: several come at once.
const MOMENT: Duration = Duration::from_millis(200);

/// Shows the status until a signal ends the command.
pub(super) async fn watch(
    session: &Session,
    args: &StatusArgs,
    scope: &Scope,
    mut view: View,
) -> Result<End, Problem> {
    let mut changed = Changes::of(session, scope, &view)?;
    let mut shown = Shown::new(session);
    shown.show(session, args, &view).await?;
    loop {
        let known = view.status.clone();
        if changed.wait(&mut view).await {
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

/// What changes on all ships.
struct Changes {
    live: LiveState,
    updates: LiveUpdates,
    state: EnvironmentState,
    /// Tells that the window has another size; none without a terminal.
    resized: Option<Signal>,
}

impl Changes {
    fn of(session: &Session, scope: &Scope, view: &View) -> Result<Self, Problem> {
        let observed = view.fleet.observed.clone();
        let live = LiveState::follow(&session.environment, &view.fleet.engines, observed, scope.question);
        let resized = session.terminal.then(|| signal(SignalKind::window_change())).transpose()?;
        Ok(Self { updates: live.subscribe(), state: live.now(), live, resized })
    }

    /// Waits until something may have changed, and takes it in. False if only the window has another size.
    async fn wait(&mut self, view: &mut View) -> bool {
        let mut refresh = Instant::now() + REFRESH;
        let mut until = None;
        loop {
            let resized = OptionFuture::from(self.resized.as_mut().map(Signal::recv));
            tokio::select! {
                biased;
                Some(_) = resized => return false,
                Some(_) = self.updates.next(&mut self.state) => {
                    until.get_or_insert(Instant::now() + MOMENT);
                }
                Some(()) = OptionFuture::from(until.map(sleep_until)) => break,
                () = sleep_until(refresh) => {
                    self.live.refresh();
                    refresh += REFRESH;
                }
            }
        }
        view.fleet.observed.ships.clone_from(&self.state.observed.ships);
        true
    }
}
