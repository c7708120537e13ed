//! `graph`: ships, the instances on them, and what needs what. Contacts nothing, unless it is to show states.

use std::{collections::BTreeSet, path::Path};

use super::status::look::{Depth, look};
use crate::cli::{
    args::{GraphArgs, GraphBy, GraphFormat, Output},
    error::{End, Problem},
    fleet::ships_of,
    picture_file::{PictureFile, ending},
    session::Session,
};
use maestro_core::model::{
    InstanceId,
    filter::Filter,
    graph::{Direction, Graph as Order},
    selection::{Request, SelectionError, select},
};
use maestro_engine::{connect::Routes, observe::Question};
use maestro_report::{
    graph::{self, GraphNodes, ShipGraph},
    json,
    problem::CommandProblem,
    status::Status,
};

pub(in crate::cli) async fn run(session: &Session, args: &GraphArgs) -> Result<End, Problem> {
    let filter = Filter::merged(&args.filter);
    if !filter.is_for_all_states() && !args.observe {
        let problem = CommandProblem::new("a filter of states needs `--observe`");
        let note = "without it no ship is asked, so no state is known";
        return Err(Problem::bad_input(problem.note(note).help("add `--observe`")));
    }
    let format = format(session, args)?;
    let file = args.out.as_deref().map(PictureFile::at).transpose()?;
    let mut shown = selected(session, args, &filter)?;
    let (status, end) = if args.observe {
        let (status, end) = observed(session, &shown, &filter).await?;
        shown = status.shown_instances().collect();
        (Some(status), end)
    } else {
        (None, End::Done)
    };
    let graph = ShipGraph::of(&session.environment, &shown, status.as_ref());
    let nodes = match args.by {
        Some(GraphBy::Instance) => GraphNodes::Instances,
        Some(GraphBy::Service) => GraphNodes::Services,
        None => GraphNodes::of(&graph),
    };
    let (colour, columns) = match file {
        Some(_) => (false, None),
        None => (session.colour, session.columns()),
    };
    let text = match format {
        GraphFormat::Text => graph::text(&graph, nodes, columns, colour),
        GraphFormat::Svg => graph::svg(&graph, nodes),
        GraphFormat::Mermaid => graph::mermaid(&graph, nodes),
        GraphFormat::Dot => graph::dot(&graph, nodes),
        GraphFormat::Json => json::pretty(&session.hidden(graph::json(&graph)))?,
    };
    match file {
        Some(file) => file.write(session, &text)?,
        None => session.print(&text)?,
    }
    Ok(end)
}

/// The format that is asked for, by its name, by the name of the file, or because programs read the output.
fn format(session: &Session, args: &GraphArgs) -> Result<GraphFormat, Problem> {
    if let Some(format) = args.format {
        return Ok(format);
    }
    let of_file = |out: &Path| {
        Some(match ending(out).as_str() {
            "svg" => GraphFormat::Svg,
            "mmd" | "mermaid" => GraphFormat::Mermaid,
            "dot" | "gv" => GraphFormat::Dot,
            "json" => GraphFormat::Json,
            "txt" => GraphFormat::Text,
            _ => return None,
        })
    };
    match (&args.out, session.output) {
        (_, Output::Json) => Ok(GraphFormat::Json),
        (None, Output::Text | Output::Markdown) => Ok(GraphFormat::Text),
        (Some(out), Output::Text | Output::Markdown) => of_file(out).ok_or_else(|| {
            let problem = CommandProblem::new("the name of the file does not tell how to draw the graph");
            let help = "end it with `.svg`, `.mmd`, `.dot`, `.json` or `.txt`, or add `--format FORMAT`";
            Problem::bad_input(problem.help(help))
        }),
    }
}

/// The instances that are named, with all that they require, as far as the filter keeps them.
fn selected(session: &Session, args: &GraphArgs, filter: &Filter) -> Result<BTreeSet<InstanceId>, Problem> {
    session.refuse_left_out(&args.things)?;
    let environment = &session.environment;
    let request = Request {
        things: args.things.clone(),
        include_omitted: true,
        with_dependencies: true,
        ..Request::default()
    };
    let mut shown = select(environment, &request, Direction::NeedsFirst)?;
    let before = shown.len();
    shown.retain(|id| {
        let instance = environment.instance(*id);
        filter.keeps_ship(&environment.ship(instance.ship).name)
            && filter.keeps_service(Some(&environment.service(instance.service).name))
    });
    if shown.is_empty() && before > 0 {
        return Err(vec![SelectionError::Nothing].into());
    }
    Ok(shown)
}

/// How these instances stand.
async fn observed(
    session: &Session,
    shown: &BTreeSet<InstanceId>,
    filter: &Filter,
) -> Result<(Status, End), Problem> {
    let environment = &session.environment;
    let question = Question { compared: true, leases: true, files: true, ..Question::default() };
    let ships = ships_of(session, shown);
    let mut fleet = session.connect_and_observe_ships(&ships, question).await;
    let routes = Routes::new(&session.variables);
    fleet.refresh_old_ships(environment, &routes, shown, question).await;
    let ordered = Order::of(environment).instances_in_order(Direction::NeedsFirst);
    let ordered: Vec<InstanceId> = ordered.filter(|id| shown.contains(id)).collect();
    let findings = look(session, &fleet, &ordered, Depth::WithChecks).await;
    let status = Status::of(environment, &fleet.observed, &ordered, &[], &findings).filtered(filter);
    session.ship_notes(&fleet.told())?;
    Ok((status, if fleet.is_incomplete() { End::Unreachable } else { End::Done }))
}
