//! `images`: the images that instances run.

use std::collections::HashMap;

use crate::cli::{
    args::{ImagesArgs, Output},
    containers::{Found, Looked},
    error::{End, Problem},
    session::Session,
};
use maestro_core::model::{ShipId, container::tagged_image};
use maestro_engine::{Inspection, inspection::ImageFacts, observe::Question};
use maestro_report::{
    images::{self, ImageRow},
    json,
};
use maestro_run::operations::each::ask_each;

pub(in crate::cli) async fn run(session: &Session, args: &ImagesArgs) -> Result<End, Problem> {
    let question = Question { images: true, ..Question::default() };
    let looked = Looked::at(session, &args.things, question).await?.kept(session, &args.filter);
    let end = looked.tell_missing(session, !args.things.is_empty())?;
    session.ship_notes(&looked.fleet.told())?;
    let rows = rows(session, &looked).await;
    let text = match session.output {
        Output::Json => json::pretty(&session.hidden(images::json(&session.environment.name, &rows)))?,
        Output::Text | Output::Markdown if args.quiet => images::ids(&rows),
        Output::Text | Output::Markdown => images::text(&rows, jiff::Timestamp::now(), session.columns()),
    };
    if !text.is_empty() {
        session.print(&text)?;
    }
    Ok(end)
}

/// The reference that a container was made from. An engine names an image by its id whose tag has moved: then what the
/// file says has the tag.
pub(super) fn reference_of(session: &Session, found: &Found) -> String {
    if found.container.image != found.container.image_id {
        return found.container.image.clone();
    }
    let declared = found.instance.map(|id| session.environment.instance(id).container.image.clone());
    declared.unwrap_or_default()
}

/// The image of each container. Each image is asked for once a ship.
pub(super) async fn rows(session: &Session, looked: &Looked) -> Vec<ImageRow> {
    // Nodes of a Swarm have images, and the Swarm itself none.
    let is_of_engine = |found: &Found| !session.environment.ship(found.ship).swarm;
    let found: Vec<Found> = looked.containers(session).into_iter().filter(is_of_engine).collect();
    let mut wanted: Vec<(ShipId, String)> =
        found.iter().map(|found| (found.ship, found.container.image_id.clone())).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let asked = wanted.iter().map(|(ship, id)| (*ship, id.as_str()));
    let told = ask_each(&looked.fleet.engines, asked, Inspection::image).await;
    let known =
        wanted.into_iter().zip(told).filter_map(|(image, facts)| Some((image, facts?.ok().flatten()?)));
    let facts: HashMap<(ShipId, String), ImageFacts> = known.collect();
    let observed = looked.fleet.observed.by_label(&session.environment);
    let rows = found.iter().map(|found| {
        let facts = facts.get(&(found.ship, found.container.image_id.clone())).cloned();
        let reference = reference_of(session, found);
        let images = observed.holdings(found.ship).and_then(|holdings| holdings.images.as_ref());
        let now = images
            .and_then(|images| images.get(&tagged_image(&reference)).or_else(|| images.get(&reference)));
        let has_moved = images.is_some() && now != Some(&found.container.image_id);
        ImageRow {
            name: found.name(session),
            ship: found.ship(session),
            reference,
            id: found.container.image_id.clone(),
            digests: facts.as_ref().map(|facts| facts.digests.clone()).unwrap_or_default(),
            created: facts.as_ref().and_then(|facts| facts.created),
            size: facts.map(|facts| facts.size),
            moved: has_moved.then(|| now.cloned()),
        }
    });
    rows.collect()
}
