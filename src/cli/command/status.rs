//! `status`: what runs. One list call a ship, whatever the number of instances.

use crate::{
    cli::{
        args::{Output, StatusArgs},
        error::{End, Problem},
        fleet::Fleet,
        lease,
        session::Session,
    },
    engine::observe::Question,
    lifecycle,
    model::{
        InstanceId,
        container::Protocol,
        graph::{Direction, Graph, Node},
        selection::select,
    },
    observed::InstanceState,
    report::{
        json,
        status::{PortStates, StatusOptions, status_json, table},
    },
};

pub(in crate::cli) async fn run(session: &Session, args: &StatusArgs) -> Result<End, Problem> {
    session.refuse_left_out(&args.things.things)?;
    let selected = select(&session.environment, &args.things.request(true), Direction::NeedsFirst)?;
    let question = Question { compared: true, leases: true, ..Question::default() };
    let mut fleet = Fleet::muster(session, &selected, question).await?;
    if selected.iter().any(|&id| may_have_moved(session, &fleet, id)) {
        fleet = Fleet::muster(session, &selected, Question { images: true, ..question }).await?;
    }
    let order = Graph::of(&session.environment).order(Direction::NeedsFirst);
    let shown: Vec<InstanceId> = order
        .into_iter()
        .filter_map(|node| match node {
            Node::Instance(id) if selected.contains(&id) => Some(id),
            Node::Instance(_) | Node::Service(_) => None,
        })
        .collect();
    let text = match session.output {
        Output::Json => {
            json::pretty(&session.hidden(status_json(&session.environment, &fleet.observed, &shown)))?
        }
        Output::Text => {
            let width =
                session.terminal.then(crossterm::terminal::size).and_then(Result::ok).map(|(width, _)| width);
            let options =
                StatusOptions { full: args.full, show_hosts: args.show_hosts, colour: session.colour, width };
            let ports =
                if args.full { look_at_ports(session, &fleet, &shown).await } else { PortStates::new() };
            table(&session.environment, &fleet.observed, &shown, &ports, options)
        }
    };
    session.notes(&fleet.told())?;
    lease::tell_holders(session, &fleet).await?;
    session.print(&text)?;
    Ok(if fleet.is_incomplete() { End::Unreachable } else { End::Done })
}

/// Whether an engine names a container's image by its id: then the image's name is another's by now, or nobody's.
fn may_have_moved(session: &Session, fleet: &Fleet, id: InstanceId) -> bool {
    match fleet.observed.instance(&session.environment, id) {
        InstanceState::Ours(container) => {
            container.image == container.image_id
                && session.environment.instance(id).container.image != container.image
        }
        InstanceState::Absent
        | InstanceState::Foreign(_)
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
