//! `ui`: a page in the browser that shows the environment and applies plans.

mod backend;
mod certificate;
mod documents;
mod lease;
mod logs;
mod past_events;
mod place;
pub(in crate::cli::command) mod plans;
mod record;
pub(in crate::cli::command) mod run;
mod shared;
pub(in crate::cli::command) mod source;
pub(in crate::cli::command) mod state;
mod usage;
mod usage_counts;
mod usage_history;
pub(in crate::cli::command) mod wanted;
pub(in crate::cli::command) mod ways;

use std::{io, net::SocketAddr, sync::Arc};

use tokio::net::TcpListener;

use crate::cli::{
    args::{Output, UiArgs},
    error::{End, Problem},
    session::Session,
    signals::Signals,
};
use backend::Answers;
use maestro_core::endpoint::tls::Identity;
use maestro_report::problem::CommandProblem;
use maestro_web::{AccessGuard, Hosts, TlsListener, serve};
use place::Place;
use shared::Ui;
pub(in crate::cli) use source::Reopening;
use source::Source;

pub(in crate::cli) async fn run(
    session: &Arc<Session>,
    args: &UiArgs,
    reopening: Reopening,
) -> Result<End, Problem> {
    let identity = certificate::identity(args)?;
    let listener =
        TcpListener::bind(args.listen).await.map_err(|error| not_listening(args.listen, &error))?;
    let address = listener.local_addr()?;
    let hosts = Hosts { address, names: args.host.clone(), is_tls: identity.is_some() };
    let guard = AccessGuard::new(hosts, args.read_only).ok_or_else(|| {
        Problem::ended(CommandProblem::new("the system gives no random numbers for a token"), End::Failed)
    })?;
    if !address.ip().is_loopback() && identity.is_none() {
        session.warn(
            "the page is not encrypted: whoever can read the network between browser and this machine can do what \
             the page can do. `--tls-cert FILE --tls-key FILE` encrypts it. Without a certificate, listen on \
             127.0.0.1:7000, forward that port with `ssh -L 7000:127.0.0.1:7000 HOST`, and open the page there",
        )?;
    }
    let is_json = session.output == Output::Json;
    let place = Place { address, host: args.host.first().cloned(), is_tls: identity.is_some(), is_json };
    place.tell(&guard.entry())?;
    let mut signals = Signals::take()?;
    let ui = Arc::new(Ui::new(Source::new(Arc::clone(session), reopening), place));
    let keeping = tokio::spawn(state::keep(Arc::clone(&ui)));
    let counting = tokio::spawn(usage::count(Arc::clone(&ui)));
    let looking = tokio::spawn(lease::look(Arc::clone(&ui)));
    let (ended, until) = tokio::sync::oneshot::channel();
    let answers = Arc::new(Answers(Arc::clone(&ui)));
    let until = async {
        until.await.ok();
    };
    let server = match &identity {
        None => tokio::spawn(serve(listener, guard, answers, until)),
        Some(identity) => tokio::spawn(serve(over_tls(listener, identity)?, guard, answers, until)),
    };
    let number = signals.next().await;
    keeping.abort();
    counting.abort();
    looking.abort();
    // A run goes on to the end of its steps; a second signal ends it at once.
    if ui.runs().interrupt() {
        session.note(
            "interrupted: no new steps start; waiting for steps in progress. Press Ctrl-C again to abort.",
        )?;
        tokio::select! {
            () = ui.runs().ended() => {}
            _ = signals.next() => {}
        }
    }
    ended.send(()).ok();
    server.abort();
    Ok(End::Signal(number))
}

/// The same connections over TLS.
fn over_tls(listener: TcpListener, identity: &Identity) -> Result<TlsListener, Problem> {
    let chain = identity.chain().iter().map(|certificate| certificate.0.clone()).collect();
    TlsListener::new(listener, chain, &identity.key().0).map_err(|error| {
        let text = format!("the page cannot be served with this certificate: {error}");
        Problem::ended(CommandProblem::new(text), End::BadInput)
    })
}

fn not_listening(address: SocketAddr, error: &io::Error) -> Problem {
    let problem = CommandProblem::new(format!("the page cannot be served at {address}: {error}"));
    let help = "`--listen 127.0.0.1:0` takes a free port of this machine";
    Problem::ended(problem.help(help), End::Failed)
}
