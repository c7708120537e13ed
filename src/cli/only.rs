//! Names on the command line that have to stand for one thing alone.

use super::{error::Problem, session::Session};
use maestro_core::model::{InstanceId, ShipId};
use maestro_report::{problem::CommandProblem, text::harmless};

/// The instance of that name, or the only one of a service. `behind` is what stands behind the name: `:/path`.
pub(super) fn instance(session: &Session, name: &str, behind: &str) -> Result<InstanceId, Problem> {
    let found = session.select_named(&[name.to_owned()])?;
    let names: Vec<&str> = found.iter().map(|id| session.environment.instance(*id).name.as_str()).collect();
    let problem = match (found.first(), &names[..]) {
        (Some(&id), [_]) => return Ok(id),
        (_, [first, ..]) => CommandProblem::new(format!("`{}` has several instances", harmless(name)))
            .note(format!("there are: {}", harmless(&names.join(", "))))
            .help(format!("name one of them: `{}{}`", harmless(first), harmless(behind))),
        (_, []) => CommandProblem::new(format!("`{}` has no instance", harmless(name))),
    };
    Err(Problem::bad_input(problem))
}

/// The ship of that name.
pub(super) fn ship(session: &Session, name: &str) -> Result<ShipId, Problem> {
    let environment = &session.environment;
    environment.ship_ids().find(|id| environment.ship(*id).name == name).ok_or_else(|| {
        let names: Vec<&str> = environment.ships.iter().map(|ship| ship.name.as_str()).collect();
        let problem = CommandProblem::new(format!("there is no ship `{}`", harmless(name)));
        Problem::bad_input(problem.help(format!("there are: {}", harmless(&names.join(", ")))))
    })
}
