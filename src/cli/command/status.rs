//! `status`: what runs. One list call a ship, whatever the number of instances.

pub(in crate::cli::command) mod look;
mod view;
mod watch;

use crate::cli::{
    args::{Output, StatusArgs},
    error::{End, Problem},
    lease,
    session::Session,
};
use maestro_core::{
    model::InstanceId,
    observed::{InstanceState, Observed},
};
use maestro_engine::connect::Routes;
use maestro_report::{
    json,
    status::{Findings, Status, names},
};
use view::{Scope, View};

pub(in crate::cli) async fn run(session: &Session, args: &StatusArgs) -> Result<End, Problem> {
    let mut scope = Scope::of(session, args)?;
    let mut fleet = session.connect_and_observe_ships(&scope.ships, scope.question).await;
    let may_have_moved = {
        let observed = fleet.observed.by_label(&session.environment);
        scope.instances.iter().any(|&id| may_have_moved(session, &observed, id))
    };
    if may_have_moved {
        scope.question.images = true;
        fleet = session.connect_and_observe_ships(&scope.ships, scope.question).await;
    }
    let routes = Routes::new(&session.variables);
    fleet.refresh_old_ships(&session.environment, &routes, &scope.instances, scope.question).await;
    let mut view = View { fleet, findings: Findings::new(), orphans: Vec::new(), status: Status::default() };
    view.look(session, args, &scope).await;
    let text = match session.output {
        _ if args.watch => String::new(),
        Output::Json => json::pretty(&view.json(session))?,
        Output::Text | Output::Markdown if args.quiet => names(&view.status),
        Output::Text | Output::Markdown => view.text(session, args).await,
    };
    session.ship_notes(&view.fleet.told())?;
    lease::tell_holders(session, &view.fleet).await?;
    if args.watch {
        return watch::watch(session, args, &scope, view).await;
    }
    if !text.is_empty() {
        session.print(&text)?;
    }
    if view.orphans.iter().any(|orphan| orphan.reason.is_pruned())
        && session.output == Output::Text
        && !args.quiet
    {
        session.note(&format!(
            "the file does not declare the orphans; `{} apply --prune` removes them",
            session.invocation
        ))?;
    }
    let end = if view.fleet.is_incomplete() { End::Unreachable } else { End::Done };
    Ok(if args.exit_code && view.status.is_any_unready() { end.worse(End::Failed) } else { end })
}

/// Whether an engine names a container's image by its id: then the image's name is another's by now, or nobody's.
fn may_have_moved(session: &Session, observed: &Observed, id: InstanceId) -> bool {
    match observed.instance(&session.environment, id) {
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
