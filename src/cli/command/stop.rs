//! `stop` and `kill`: bring down what runs.

use std::collections::BTreeSet;

use crate::{
    cli::{
        args::{LeaseArgs, StopArgs},
        change::{Change, change},
        error::{End, Problem},
        session::Session,
    },
    engine::observe::Question,
    model::{InstanceId, graph::Direction},
    plan::stop::{How, StopOptions, plan},
};

pub(in crate::cli) async fn run(
    session: &Session,
    args: &StopArgs,
    lease: &LeaseArgs,
    how: How,
) -> Result<End, Problem> {
    let mut selected = session.select(&args.things, Direction::DependantsFirst)?;
    if !args.things.ignore_dependencies && leave_alone(session, &mut selected)? {
        return Ok(End::BadInput);
    }
    let question = Question { identity: true, ..Question::default() };
    let options =
        StopOptions { how, adopt: args.adopt.adopt, ignore_dependencies: args.things.ignore_dependencies };
    let asked = Change::new(session, &selected, question, &args.things, lease);
    // To kill a container ends a stop of it that is under way.
    change(asked.impatient(how == How::Kill), &|observed| {
        plan(&session.environment, observed, &selected, options)
    })
    .await
}

/// Takes out what cannot be ordered, because it has to do with instances that cannot be read, and says so. True if nothing
/// else is left.
fn leave_alone(session: &Session, selected: &mut BTreeSet<InstanceId>) -> Result<bool, Problem> {
    let Some(partial) = &session.partial else { return Ok(false) };
    let left: Vec<&str> = selected
        .intersection(&partial.unordered)
        .map(|&id| session.environment.instance(id).name.as_str())
        .collect();
    if left.is_empty() {
        return Ok(false);
    }
    session.note(&format!(
        "left alone: {}. Their order with what cannot be read is not known; `{} stop --ignore-dependencies NAME` stops \
         them in any order",
        left.join(", "),
        session.invocation
    ))?;
    selected.retain(|id| !partial.unordered.contains(id));
    Ok(selected.is_empty())
}
