//! `status`: what runs. One list call a ship, whatever the number of instances.

use crate::{
    cli::{
        args::{Output, StatusArgs},
        error::{End, Problem},
        fleet::Fleet,
        session::Session,
    },
    engine::observe::Question,
    model::{
        InstanceId,
        graph::{Direction, Graph, Node},
        selection::{Request, select},
    },
    report::{
        json,
        status::{StatusOptions, status_json, table},
    },
};

pub(in crate::cli) async fn run(session: &Session, args: &StatusArgs) -> Result<End, Problem> {
    let request = Request {
        things: args.things.things.clone(),
        container_filter: args.things.container_filter.clone(),
        ship_filter: args.things.ship_filter.clone(),
        with_dependencies: args.things.with_dependencies,
        include_omitted: true,
        ignore_dependencies: args.things.ignore_dependencies,
    };
    let selected = select(&session.environment, &request, Direction::NeedsFirst)?;
    let fleet = Fleet::muster(session, &selected, Question::default()).await?;
    let order = Graph::of(&session.environment).order(Direction::NeedsFirst);
    let shown: Vec<InstanceId> = order
        .into_iter()
        .filter_map(|node| match node {
            Node::Instance(id) if selected.contains(&id) => Some(id),
            Node::Instance(_) | Node::Service(_) => None,
        })
        .collect();
    let text = match session.output {
        Output::Json => json::pretty(&status_json(&session.environment, &fleet.observed, &shown))?,
        Output::Text => {
            let width =
                session.terminal.then(crossterm::terminal::size).and_then(Result::ok).map(|(width, _)| width);
            let options =
                StatusOptions { full: args.full, show_hosts: args.show_hosts, colour: session.colour, width };
            table(&session.environment, &fleet.observed, &shown, options)
        }
    };
    Session::print(&text)?;
    Ok(if fleet.is_incomplete() { End::Unreachable } else { End::Done })
}
