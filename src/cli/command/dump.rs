//! `dump`: instances and what they depend on, as JSON, in the order of a start. Contacts nothing.

use serde_json::{Map, Value};

use crate::cli::{
    args::DumpArgs,
    error::{End, Problem},
    session::Session,
};
use maestro_core::model::{
    InstanceId,
    graph::{Direction, Graph},
    selection::{Request, select},
};
use maestro_report::{config, json};

pub(in crate::cli) fn run(session: &Session, args: &DumpArgs) -> Result<End, Problem> {
    let environment = &session.environment;
    let request = Request { things: args.things.clone(), with_dependencies: true, ..Request::default() };
    let selected = select(environment, &request, Direction::NeedsFirst)?;
    let in_order: Vec<InstanceId> = Graph::of(environment)
        .instances_in_order(Direction::NeedsFirst)
        .filter(|id| selected.contains(id))
        .collect();
    let mut dumped = Map::new();
    if args.config {
        let all = environment.instance_ids().collect();
        dumped.insert("config".to_owned(), config::view(environment, &all, args.show_secrets));
    }
    dumped.insert("instances".to_owned(), config::instances(environment, &in_order, args.show_secrets));
    let dumped = Value::Object(dumped);
    let dumped = if args.show_secrets { dumped } else { session.hidden(dumped) };
    Session::print_whole(&json::pretty(&dumped)?)?;
    Ok(End::Done)
}
