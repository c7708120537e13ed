//! `dash`: a dashboard on the terminal, which shows the environment live and works on it.

mod details;
mod keyboard;
mod logs;
mod plan;
mod run;
mod shared;
mod shell;
mod state;
mod tty;
mod usage;

use std::sync::Arc;

use futures_util::future::OptionFuture;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    task::{AbortHandle, JoinSet},
    time::{Instant, sleep_until},
};

use crate::cli::{
    args::{DashArgs, Output},
    command::ui::Reopening,
    console,
    error::{End, Problem},
    session::Session,
    signals::Signals,
    terminal::is_dumb,
};
use keyboard::Keyboard;
use maestro_dash::{DashEffect, DashMessage, DashModel, DashOptions, update};
use maestro_report::problem::CommandProblem;
use shared::Dash;
use tty::Tty;

/// How many messages may wait. Whoever reads a log faster than it is shown waits.
const WAITING: usize = 64;

/// The number of SIGHUP.
const HANGUP: u8 = 1;

/// Refuses to begin without a terminal.
pub(in crate::cli) fn check(output: Output) -> Result<(), Problem> {
    if output == Output::Text && console::is_terminal() && !is_dumb() {
        return Ok(());
    }
    let problem = CommandProblem::new("`maestro dash` needs a terminal");
    let help = "`maestro status --watch` shows the state without one, `maestro ui` in a browser";
    Err(Problem::bad_input(problem.help(help)))
}

pub(in crate::cli) async fn run(
    session: &Arc<Session>,
    args: &DashArgs,
    reopening: Reopening,
) -> Result<End, Problem> {
    let signals = Signals::take()?;
    let (sender, messages) = mpsc::channel(WAITING);
    let dash = Arc::new(Dash::new(session, reopening, sender));
    let options = DashOptions {
        read_only: args.read_only,
        colour: session.colour,
        invocation: session.invocation.clone(),
    };
    let tty = Tty::enter()?;
    let model = DashModel::new(options, tty.size());
    let mut tasks = JoinSet::new();
    tasks.spawn(state::keep(Arc::clone(&dash)));
    tasks.spawn(usage::count(Arc::clone(&dash)));
    let keyboard = Keyboard::open();
    let board = Board {
        dash,
        model,
        tty,
        keyboard,
        signals,
        messages,
        tasks,
        log: None,
        run: None,
        signal: None,
        is_gone: false,
        is_over: false,
    };
    board.run().await
}

/// The dashboard while it is shown.
struct Board {
    dash: Arc<Dash>,
    model: DashModel,
    tty: Tty,
    keyboard: Keyboard,
    signals: Signals,
    messages: mpsc::Receiver<DashMessage>,
    tasks: JoinSet<()>,
    /// What follows a log.
    log: Option<AbortHandle>,
    /// What interrupts the run.
    run: Option<run::Interrupt>,
    /// The signal that ends it.
    signal: Option<u8>,
    /// Whether the terminal is gone.
    is_gone: bool,
    is_over: bool,
}

impl Board {
    async fn run(mut self) -> Result<End, Problem> {
        let mut resized = signal(SignalKind::window_change())?;
        while !self.is_over {
            let due = self.tty.due();
            let is_due = due.is_some_and(|due| due <= Instant::now());
            tokio::select! {
                biased;
                number = self.signals.next() => {
                    if self.leaves(number).await? {
                        break;
                    }
                }
                keys = self.keyboard.keys(), if !self.is_gone => match keys {
                    None => self.lose().await?,
                    Some(keys) => {
                        self.tty.hurry();
                        for key in keys {
                            self.take(DashMessage::Key(key)).await?;
                        }
                    }
                },
                Some(()) = resized.recv() => {
                    let (columns, rows) = self.tty.size();
                    self.tty.hurry();
                    self.take(DashMessage::Resized(columns, rows)).await?;
                }
                is_ready = self.tty.ready(), if is_due && !self.is_gone => {
                    if is_ready {
                        self.tty.draw(&self.model);
                    } else {
                        self.lose().await?;
                    }
                }
                Some(()) = OptionFuture::from(due.map(sleep_until)), if !is_due => {}
                Some(message) = self.messages.recv() => self.take(message).await?,
                Some(ended) = self.tasks.join_next() => {
                    if let Err(error) = ended && error.is_panic() {
                        std::panic::resume_unwind(error.into_panic());
                    }
                }
            }
        }
        Ok(self.signal.map_or(End::Done, End::Signal))
    }

    /// Takes a signal. The first one lets a run come to the end of its steps in progress; true if all is to end at once.
    async fn leaves(&mut self, number: u8) -> Result<bool, Problem> {
        let is_second = self.signal.replace(number).is_some();
        if !is_second {
            self.take(DashMessage::Leave).await?;
        }
        Ok(is_second)
    }

    /// The terminal is gone, which is as good as a hangup.
    async fn lose(&mut self) -> Result<(), Problem> {
        self.is_gone = true;
        self.leaves(HANGUP).await.map(drop)
    }

    /// Takes what happened, and does what the dashboard asks for.
    async fn take(&mut self, message: DashMessage) -> Result<(), Problem> {
        let model = std::mem::replace(&mut self.model, DashModel::new(DashOptions::default(), (0, 0)));
        let (model, effects) = update(model, message);
        self.model = model;
        self.tty.touch();
        for effect in effects {
            self.perform(effect).await?;
        }
        Ok(())
    }

    async fn perform(&mut self, effect: DashEffect) -> Result<(), Problem> {
        let dash = Arc::clone(&self.dash);
        match effect {
            DashEffect::Quit => self.is_over = true,
            DashEffect::Redraw => self.tty.forget(),
            DashEffect::Count(names) => {
                dash.counted.send_replace(names);
            }
            DashEffect::Inspect(name) => {
                let columns = usize::from(self.tty.size().0);
                self.tasks.spawn(details::show(dash, name, columns));
            }
            DashEffect::Follow(name) => {
                self.unfollow();
                self.log = Some(self.tasks.spawn(logs::follow(dash, name)));
            }
            DashEffect::Unfollow => self.unfollow(),
            DashEffect::Shell(name) => return self.shell(name).await,
            DashEffect::Plan => {
                self.tasks.spawn(plan::show(dash));
            }
            DashEffect::Apply => {
                let job = dash.agreed().and_then(run::Job::apply);
                self.begin(job);
            }
            DashEffect::Restart(name) => {
                let job = run::Job::restart(dash.source.session(), &name);
                self.begin(job);
            }
            DashEffect::Interrupt => {
                if let Some(run) = &self.run {
                    run.notify_one();
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, job: Option<run::Job>) {
        let Some(job) = job else { return };
        let interrupt = run::Interrupt::default();
        self.run = Some(Arc::clone(&interrupt));
        let dash = Arc::clone(&self.dash);
        self.tasks.spawn(run::carry_out(dash, job, interrupt, self.tty.sizes()));
    }

    fn unfollow(&mut self) {
        if let Some(log) = self.log.take() {
            log.abort();
        }
    }

    /// Gives the terminal to a shell, and takes it back.
    async fn shell(&mut self, name: String) -> Result<(), Problem> {
        let session = self.dash.source.session();
        let target = match shell::target(&self.dash, &session, &name).await {
            Ok(target) => target,
            Err(text) => return Box::pin(self.take(DashMessage::Told(text))).await,
        };
        self.tty.lend().await;
        let told = shell::talk(&session, &target, &mut self.keyboard, &mut self.signals).await;
        self.tty.take_back()?;
        let (columns, rows) = self.tty.size();
        Box::pin(self.take(DashMessage::Resized(columns, rows))).await?;
        match told? {
            shell::Told::Nothing => Ok(()),
            shell::Told::Text(text) => Box::pin(self.take(DashMessage::Told(text))).await,
            shell::Told::Signal(number) => Box::pin(self.leaves(number)).await.map(drop),
        }
    }
}
