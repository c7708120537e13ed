//! `volume rm`: removes volumes of the environment that no container has.

use super::{
    copy::Copying,
    find::{Found, find, is_own},
};
use crate::cli::{
    args::{Output, VolumeRmArgs, Where},
    consent::agree,
    error::{End, Problem},
    session::Session,
};
use maestro_core::observed::{copy_mark::KeptVolume, left_behind::LeftBehind, restore_mark::RestoreMark};
use maestro_engine::{CarrierMount, Engine, EngineError};
use maestro_report::{explain, json, problem::CommandProblem, text::harmless};
use serde_json::json;

pub(super) async fn run(session: &Session, args: &VolumeRmArgs) -> Result<End, Problem> {
    let (fleet, found) = find(session, &args.volumes, &args.place).await?;
    session.ship_notes(&fleet.notes)?;
    found.iter().try_for_each(|one| refuse(session, one))?;
    let names: Vec<String> = found.iter().map(|one| on_ship(session, one)).collect();
    let word = if found.len() == 1 { "volume" } else { "volumes" };
    let text = format!("{word} {} will be removed with all data", names.join(", "));
    agree(session, args.yes.yes, &text).await?;
    let mut end = End::Done;
    for one in &found {
        let mut copying = Copying::begin(session, &fleet, one).await?;
        copying.take_lease(&args.place).await?;
        // Before there was a lease, another run could start a container that has it, or make another volume of the name.
        if let Err(problem) = refuse_now(session, one, args).await {
            copying.release().await?;
            return Err(problem);
        }
        let engine = std::sync::Arc::clone(&copying.engine);
        let removed = copying.until_done(remove(&*engine, &session.environment.name, one.name())).await;
        end = end.worse(copying.release().await?);
        let name = on_ship(session, one);
        match removed {
            Ok(()) if session.output == Output::Json => {
                let ship = &session.environment.ship(one.ship).name;
                let line = json!({"version": 1, "removed": one.name(), "ship": ship});
                session.print(&json::line(&session.hidden(line))?)?;
            }
            Ok(()) => session.print(&format!("volume {} removed", harmless(&name)))?,
            Err(error) => {
                end = end.worse((&error).into());
                let why = explain::engine::sentence(error.fault());
                session.warn(&format!("volume {name} was not removed: {why}"))?;
            }
        }
    }
    Ok(end)
}

fn on_ship(session: &Session, found: &Found) -> String {
    format!("{} on {}", found.name(), session.environment.ship(found.ship).name)
}

/// Looks again whose the volume is, and whether a container has it.
async fn refuse_now(session: &Session, found: &Found, args: &VolumeRmArgs) -> Result<(), Problem> {
    let ship = session.environment.ship(found.ship).name.clone();
    let place = Where { ship: Some(ship), wait: args.place.wait };
    let (_, again) = find(session, &[found.name().to_owned()], &place).await?;
    again.iter().try_for_each(|one| refuse(session, one))
}

/// Refuses what is not the environment's to remove, and what a container has.
fn refuse(session: &Session, found: &Found) -> Result<(), Problem> {
    let name = on_ship(session, found);
    let name = harmless(&name);
    let refused = |problem| Err(Problem::ended(problem, End::Refused));
    let (CarrierMount::Volume(_), Some(volume)) = (&found.mount, &found.volume) else {
        let text = format!("{name} is a directory of the ship and not a volume; nothing was changed");
        return refused(CommandProblem::new(text));
    };
    if !is_own(volume) {
        let whose = match &volume.other_owner {
            Some(other) => format!("belongs to {}", harmless(other)),
            None => "is external".to_owned(),
        };
        return refused(
            CommandProblem::new(format!("volume {name} {whose}; nothing was changed"))
                .help(format!("`docker volume rm {}` on the ship", harmless(&volume.name))),
        );
    }
    if !volume.exists {
        let problem = CommandProblem::new(format!("volume {name} does not exist"));
        return Err(Problem::ended(problem, End::Failed));
    }
    if volume.containers.is_empty() {
        return Ok(());
    }
    let mut problem = CommandProblem::new(format!("volume {name} is in use; nothing was changed"));
    let users: Vec<&str> = volume.containers.iter().map(|one| one.name.as_str()).collect();
    problem = problem.note(format!("containers that have it: {}", harmless(&users.join(", "))));
    let own: Vec<&str> = volume.containers.iter().filter_map(|one| one.instance.as_deref()).collect();
    if !own.is_empty() {
        let (invocation, own) = (&session.invocation, harmless(&own.join(" ")).into_owned());
        problem = problem.help(format!("`{invocation} stop {own}`, then `{invocation} clean {own}`"));
    }
    refused(problem)
}

/// Removes a volume, and what is recorded of it.
async fn remove(engine: &dyn Engine, environment: &str, name: &str) -> Result<(), EngineError> {
    engine.remove_volume(name).await?;
    let mark = RestoreMark { environment: environment.to_owned(), volume: name.to_owned() };
    let left = LeftBehind {
        volume: name.to_owned(),
        environment: environment.to_owned(),
        instance: String::new(),
        path: String::new(),
    };
    engine.remove_volume(&mark.record()).await?;
    engine.remove_volume(&KeptVolume::record_of(environment, name)).await?;
    engine.remove_volume(&left.record()).await
}
