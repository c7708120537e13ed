//! `status`: what runs. One list call a ship, whatever the number of instances.

use futures_util::StreamExt as _;

use crate::cli::{
    args::{Output, StatusArgs},
    error::{End, Problem},
    fleet::{Fleet, ships_of},
    lease,
    session::Session,
};
use maestro_core::{
    model::{
        InstanceId,
        check::secrets_of,
        container::Protocol,
        graph::{Direction, Graph, Node},
        selection::select,
        variables::Variables,
    },
    observed::{Age, InstanceState, State},
    plan::{orphans, verify::doubt},
};
use maestro_engine::{connect::Routes, observe::Question};
use maestro_report::{
    explain::{self, probe},
    json,
    status::{NotReady, PortStates, Readiness, StatusOptions, is_any_unready, status_json, table},
};
use maestro_run::lifecycle::{self, CheckTarget, NotReached};

pub(in crate::cli) async fn run(session: &Session, args: &StatusArgs) -> Result<End, Problem> {
    session.refuse_left_out(&args.things.things)?;
    let selected = select(&session.environment, &args.things.request(true), Direction::NeedsFirst)?;
    let question = Question { compared: true, leases: true, ..Question::default() };
    // A ship without instances that does not answer is told as well.
    let ships = if args.things.is_all() {
        session.environment.ship_ids().collect()
    } else {
        ships_of(session, &selected)
    };
    let mut fleet = session.connect_and_observe_ships(&ships, question).await;
    if selected.iter().any(|&id| may_have_moved(session, &fleet, id)) {
        fleet = session.connect_and_observe_ships(&ships, Question { images: true, ..question }).await;
    }
    let routes = Routes::new(&session.variables);
    fleet.refresh_old_ships(&session.environment, &routes, &selected, question).await;
    let order = Graph::of(&session.environment).order(Direction::NeedsFirst);
    let shown: Vec<InstanceId> = order
        .into_iter()
        .filter_map(|node| match node {
            Node::Instance(id) if selected.contains(&id) => Some(id),
            Node::Instance(_) | Node::Service(_) => None,
        })
        .collect();
    let readiness = look(session, &fleet, &shown, !args.no_checks).await;
    // What cannot be read of a file may declare any container. Only a status of all asks all ships.
    let strays = if args.things.is_all() && session.partial.is_none() {
        orphans::list(&session.environment, &fleet.observed)
    } else {
        Vec::new()
    };
    let text = match session.output {
        Output::Json => json::pretty(&session.hidden(status_json(
            &session.environment,
            &fleet.observed,
            &shown,
            &strays,
            &readiness,
        )))?,
        Output::Text => {
            let width = width(session);
            let options =
                StatusOptions { full: args.full, show_hosts: args.show_hosts, colour: session.colour, width };
            let ports =
                if args.full { look_at_ports(session, &fleet, &shown).await } else { PortStates::new() };
            table(&session.environment, &fleet.observed, &shown, &strays, (&ports, &readiness), options)
        }
    };
    session.ship_notes(&fleet.told())?;
    lease::tell_holders(session, &fleet).await?;
    session.print(&text)?;
    if !strays.is_empty() && session.output == Output::Text {
        session.note(&format!(
            "the file does not declare the orphans; `{} apply --prune` removes them",
            session.invocation
        ))?;
    }
    let unready = args.exit_code && is_any_unready(&session.environment, &fleet.observed, &shown, &readiness);
    let end = if fleet.is_incomplete() { End::Unreachable } else { End::Done };
    Ok(if unready { end.worse(End::Failed) } else { end })
}

/// How wide the table may be; none if there is no terminal, or one that does not tell its size.
fn width(session: &Session) -> Option<u16> {
    let size = session.terminal.then(crossterm::terminal::size)?.ok();
    size.map(|(width, _)| width).filter(|width| *width > 0)
}

/// How many instances are looked at once.
const AT_ONCE: usize = 32;

/// Looks which instances that are up are ready, where the list of containers does not say it: tries each `running` check
/// once, and asks the engine about what it restarts.
async fn look(session: &Session, fleet: &Fleet, shown: &[InstanceId], with_checks: bool) -> Readiness {
    let environment = &session.environment;
    let looks = shown.iter().filter_map(|&id| {
        let instance = environment.instance(id);
        let InstanceState::Ours(container) = fleet.observed.instance(environment, id) else { return None };
        let engine = fleet.engines[instance.ship.0].as_deref()?;
        let checks = if with_checks { instance.lifecycle.running.as_slice() } else { &[] };
        let is_quick = checks.is_empty() && container.age() == Age::New;
        if !matches!(container.state, State::Running | State::Restarting)
            || is_quick
            || !with_checks && container.age() == Age::Settled && container.state == State::Running
            || doubt(instance, container).is_none()
        {
            return None;
        }
        let env = &instance.container.env;
        let target = CheckTarget { engine, container: &container.id, env, deaths: None };
        Some(async move {
            let found = lifecycle::ready_now(target, checks, container.age()).await;
            (id, found.map_err(|why| not_ready(&why, &instance.container.env)))
        })
    });
    futures_util::stream::iter(looks).buffer_unordered(AT_ONCE).collect().await
}

fn not_ready(why: &NotReached, env: &Variables) -> NotReady {
    let secrets = secrets_of(env);
    let told = |text: String| NotReady::Check(secrets.hide(&text).into_owned());
    match why {
        NotReached::Restarted { times, .. } => NotReady::Restarting(*times),
        NotReached::Paused => told("the container is paused".to_owned()),
        NotReached::Unhealthy { last } => {
            NotReady::Unhealthy(secrets.hide(&probe::last_run(last.as_ref())).into_owned())
        }
        NotReached::Check { what, last, .. } => {
            told(format!("{}: {}", probe::probe(what), probe::sentence(last)))
        }
        NotReached::Impossible { what, why } => {
            told(format!("{} cannot pass: {}", probe::probe(what), probe::sentence(why)))
        }
        NotReached::Died { exit_code } => told(format!("it exited with code {exit_code}")),
        NotReached::Engine(error) => told(explain::engine::sentence(error.fault())),
    }
}

/// Whether an engine names a container's image by its id: then the image's name is another's by now, or nobody's.
fn may_have_moved(session: &Session, fleet: &Fleet, id: InstanceId) -> bool {
    match fleet.observed.instance(&session.environment, id) {
        InstanceState::Ours(container) => {
            container.image == container.image_id
                && session.environment.instance(id).container.image != container.image
        }
        InstanceState::Absent
        | InstanceState::Unmanaged(_)
        | InstanceState::Unreachable { .. }
        | InstanceState::Unknown => false,
    }
}

/// Looks at the TCP ports of all instances that run, all at once; of a range at its first.
async fn look_at_ports(session: &Session, fleet: &Fleet, shown: &[InstanceId]) -> PortStates {
    let environment = &session.environment;
    let mut looks = Vec::new();
    for &id in shown {
        let instance = environment.instance(id);
        let InstanceState::Ours(container) = fleet.observed.instance(environment, id) else { continue };
        if !container.state.is_up() {
            continue;
        }
        for (place, port) in
            // Which of several the engine chose is not known here.
            instance
                .ports
                .iter()
                .enumerate()
                .filter(|(_, port)| port.protocol == Protocol::Tcp && port.choice == 1)
        {
            let address = environment.ship(instance.ship).address.clone();
            let host =
                port.bind.filter(|bind| !bind.is_unspecified()).map_or(address, |bind| bind.to_string());
            let number = port.host;
            looks.push(async move { ((id, place), lifecycle::answers(&host, number).await) });
        }
    }
    futures_util::future::join_all(looks).await.into_iter().collect()
}
