//! `watch`: keeps the environment as declared until a signal ends it.

mod file;
mod install;
mod metrics;
mod metrics_server;
mod repository;
mod systemd;
mod teller;

use std::{sync::Arc, time::Duration};

pub(in crate::cli) use repository::follow;
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, MissedTickBehavior, interval},
};

use crate::cli::{
    args::WatchArgs,
    command::ui::Reopening,
    error::{End, Problem},
    lease::{author, me},
    session::Session,
    signals::Signals,
};
use file::WatchedFile;
use maestro_core::watch::HealLimits;
use maestro_engine::credentials::Credentials;
use maestro_run::operations::watching::{WatchOperation, WatchRequest, WatchUpdate};
use metrics::Metrics;
use systemd::Supervisor;
use teller::Teller;

/// The signal at which the file is read again.
const HANG_UP: u8 = 1;
/// The longest time between two tries.
const LONGEST: Duration = Duration::from_secs(300);

pub(in crate::cli) async fn run(
    session: &Arc<Session>,
    args: &WatchArgs,
    reopening: Reopening,
) -> Result<End, Problem> {
    if args.install {
        return install::install(session, args);
    }
    let mut signals = Signals::take()?;
    let metrics = Arc::new(Metrics::new(&session.environment));
    let serving = match args.metrics {
        Some(address) => Some(metrics_server::serve(session, address, Arc::clone(&metrics)).await?),
        None => None,
    };
    let supervisor = Supervisor::of(&session.variables);
    let mut file = WatchedFile::new(Arc::clone(session), reopening);
    let (mut end, mut is_first) = (None, true);
    while end.is_none() {
        let session = file.session();
        metrics.declare(&session.environment);
        let mut teller = Teller::new(Arc::clone(&session), Arc::clone(&metrics), file.commit());
        if std::mem::take(&mut is_first) {
            file.begin(&mut teller)?;
        }
        let (mut operation, mut told) = WatchOperation::spawn(request(&session, args));
        let followed = until_ended(&mut teller, &mut told, &mut file, &mut signals, &supervisor).await;
        operation.interrupt();
        let ended = match followed {
            Ok(Followed::Changed) => {
                let finished = finish(&mut teller, &mut operation, &mut told, &mut signals);
                supervisor.while_waiting(finished).await?
            }
            Ok(Followed::Signal(number)) => {
                supervisor.tell("STOPPING=1");
                end = Some(number);
                let finished = finish(&mut teller, &mut operation, &mut told, &mut signals);
                supervisor.while_waiting(finished).await?
            }
            Err(problem) => return Err(problem),
        };
        end = ended.or(end);
    }
    drop(serving);
    // systemd and Ctrl-C end it as they should.
    Ok(end.map_or(End::Done, End::Signal))
}

/// Why the environment as it was read is watched no more.
enum Followed {
    /// The file says something else.
    Changed,
    /// A signal.
    Signal(u8),
}

fn request(session: &Arc<Session>, args: &WatchArgs) -> WatchRequest {
    let owner = Arc::clone(session);
    WatchRequest {
        environment: Arc::clone(&session.environment),
        routes: Arc::new(session.routes()),
        owner: Arc::new(move || me(&owner)),
        author: author(session),
        credentials: Credentials::new(&session.variables),
        limits: HealLimits {
            tries: args.tries,
            backoff: args.backoff,
            longest: LONGEST.max(args.backoff),
            stable: args.stable,
        },
        applies: args.apply,
        is_dry_run: args.dry_run,
    }
}

/// Tells what happens until the file or a signal ends it.
async fn until_ended(
    teller: &mut Teller,
    told: &mut UnboundedReceiver<WatchUpdate>,
    file: &mut WatchedFile,
    signals: &mut Signals,
    supervisor: &Supervisor,
) -> Result<Followed, Problem> {
    let mut alive = interval(supervisor.every());
    alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_ready = false;
    loop {
        tokio::select! {
            biased;
            number = signals.next() => match number {
                HANG_UP => if supervisor.while_waiting(file.asked(teller)).await? { return Ok(Followed::Changed) },
                number => return Ok(Followed::Signal(number)),
            },
            Some(update) = told.recv() => {
                teller.take(update)?;
                if !std::mem::replace(&mut is_ready, true) {
                    supervisor.tell("READY=1");
                }
            }
            warnings = teller.warnings() => teller.warn(&warnings)?,
            _ = alive.tick() => supervisor.alive(),
            found = file.found() => {
                if supervisor.while_waiting(file.look(found, teller)).await? {
                    return Ok(Followed::Changed);
                }
            }
        }
    }
}

/// Tells what comes until a run that goes on has ended. A second signal ends it at once.
async fn finish(
    teller: &mut Teller,
    operation: &mut WatchOperation,
    told: &mut UnboundedReceiver<WatchUpdate>,
    signals: &mut Signals,
) -> Result<Option<u8>, Problem> {
    loop {
        tokio::select! {
            biased;
            number = signals.next() => return Ok(Some(number)),
            update = told.recv() => match update {
                Some(update) => teller.take(update)?,
                None => break,
            },
        }
    }
    operation.ended().await;
    let until = Instant::now() + Duration::from_secs(10);
    while teller.has_notices() && Instant::now() < until {
        tokio::select! {
            biased;
            number = signals.next() => return Ok(Some(number)),
            warnings = teller.warnings() => teller.warn(&warnings)?,
            () = tokio::time::sleep_until(until) => break,
        }
    }
    Ok(None)
}
