//! `volume ls`: which volumes there are, and which instance uses which.

use futures_util::future::join_all;

use super::find;
use crate::cli::{
    args::{Output, VolumeLsArgs},
    error::{End, Problem},
    fleet::Fleet,
    session::Session,
};
use maestro_core::observed::volume_use::{UsedVolume, volumes};
use maestro_report::{
    explain, json,
    text::harmless,
    volume_list::{self, VolumeFilter, VolumeSizes},
};

pub(super) async fn run(session: &Session, args: &VolumeLsArgs) -> Result<End, Problem> {
    let fleet = find::fleet(session, &session.environment.ship_ids().collect()).await;
    let environment = &session.environment;
    let volumes = VolumeFilter::kept(&args.filter, environment, volumes(environment, &fleet.observed));
    let sizes = if args.size { Some(sizes(session, &fleet, &volumes).await?) } else { None };
    let text = match (session.output, args.quiet) {
        (Output::Json, _) => {
            json::pretty(&session.hidden(volume_list::json(environment, &volumes, sizes.as_ref())))?
        }
        (Output::Text | Output::Markdown, true) => {
            volumes.iter().flat_map(|volume| [harmless(&volume.name).into_owned(), "\n".to_owned()]).collect()
        }
        (Output::Text | Output::Markdown, false) if volumes.is_empty() && !args.filter.is_empty() => {
            "no volume matches the filters\n".to_owned()
        }
        (Output::Text | Output::Markdown, false) => volume_list::text(environment, &volumes, sizes.as_ref()),
    };
    if !text.is_empty() {
        session.print(&text)?;
    }
    find::tell_silent(session, &fleet)
}

/// The sizes that the engines know.
async fn sizes(session: &Session, fleet: &Fleet, volumes: &[UsedVolume]) -> Result<VolumeSizes, Problem> {
    let places = fleet.places();
    let asked = places.iter().filter(|place| volumes.iter().any(|volume| volume.ship == place.ship));
    let told = join_all(asked.map(async |place| (place.ship, place.engine.volume_sizes().await))).await;
    let mut sizes = VolumeSizes::new();
    for (ship, told) in told {
        match told {
            Ok(told) => sizes.extend(told.into_iter().map(|(name, size)| ((ship, name), size))),
            Err(error) => session.note(&format!(
                "ship {}: sizes are not known: {}",
                session.environment.ship(ship).name,
                explain::engine::sentence(error.fault())
            ))?,
        }
    }
    Ok(sizes)
}
