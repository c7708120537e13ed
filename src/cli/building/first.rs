//! Builds before a command makes containers.

use std::{borrow::Cow, collections::BTreeSet};

use super::{BuildOptions, Builds, choice::choose, look::Looked};
use crate::cli::{
    error::{End, Problem},
    session::Session,
};
use maestro_build::NotBuiltHere;
use maestro_core::{
    model::{InstanceId, ShipId, container::tagged_image},
    observed::{Observed, ShipState},
};
use maestro_engine::observe::Question;
use maestro_report::builds;
use maestro_run::operations::builds::BuildState;

/// Which images a command builds before it makes containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum First {
    /// Those that are not there, and those whose files or settings have changed since they were built.
    Changed,
    /// Those that are not there.
    Missing,
}

impl First {
    /// Leaves out what the command does not ask for. An engine that only builds stays for the ships that lack the image.
    fn keep(self, looked: &mut Vec<Looked<'_>>) {
        if self == Self::Changed {
            return;
        }
        let is_there = |looked: &Looked<'_>| matches!(looked.state, Ok(BuildState::Changed));
        let needing = |looked: &&Looked<'_>| looked.needing_ship().is_some() && !is_there(looked);
        let images: BTreeSet<&str> = looked.iter().filter(needing).map(Looked::image).collect();
        looked.retain(|looked| !is_there(looked) || looked.is_builder && images.contains(looked.image()));
    }
}

/// Images that are not built yet, by their ships: what a plan expects.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Expected(Vec<(ShipId, String)>);

impl Expected {
    /// What the ships will say once these images are built.
    pub(in crate::cli) fn after<'a>(&self, observed: &'a Observed) -> Cow<'a, Observed> {
        if self.0.is_empty() {
            return Cow::Borrowed(observed);
        }
        let mut observed = observed.clone();
        for (ship, image) in &self.0 {
            if let ShipState::Answering(holdings) = &mut observed.ships[ship.0] {
                let images = holdings.images.get_or_insert_default();
                images.insert(tagged_image(image), builds::TO_BE_BUILT.to_owned());
            }
        }
        Cow::Owned(observed)
    }

    /// Whether nothing is to be built.
    pub(in crate::cli) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Builds the images of these instances that are to be built first. In a dry run it only says which; a plan is to be made
/// from what the ships will say then. Ends the command if the end is not [`End::Done`].
pub(in crate::cli) async fn before(
    session: &Session,
    instances: &BTreeSet<InstanceId>,
    first: First,
    dry_run: bool,
) -> Result<(End, Expected), Problem> {
    let options =
        BuildOptions { always: false, no_cache: false, pull: false, otherwise: NotBuiltHere::UsedAsItIs };
    let builds = Builds::of(session, instances, options).await?;
    if builds.is_empty() {
        return Ok((End::Done, Expected::default()));
    }
    let fleet = session.connect_and_observe(instances, Question::default()).await?;
    let mut looked = builds.look(session, &fleet).await;
    builds.check_platforms(session, &looked)?;
    first.keep(&mut looked);
    let needing = |looked: &Looked<'_>| Some((looked.needing_ship()?, looked.image().to_owned()));
    let needed: Vec<(ShipId, String)> = looked.iter().filter_map(needing).collect();
    choose(&session.builders, &mut looked, builds.is_forced());
    looked.retain(|looked| !matches!(looked.state, Ok(BuildState::Unchanged)));
    builds.add_prerequisites(&mut looked).await;
    if looked.is_empty() {
        return Ok((End::Done, Expected::default()));
    }
    if dry_run {
        let images: BTreeSet<&str> = looked.iter().map(Looked::image).collect();
        let others = needed.into_iter().filter(|(_, image)| images.contains(image.as_str()));
        let expected = Expected(others.collect());
        for one in &looked {
            let is_there = matches!(one.state, Ok(BuildState::Changed));
            session.note(&builds::is_planned(one.image(), &builds::place(&one.at), is_there))?;
        }
        return Ok((End::Done, expected));
    }
    let built = builds.carry_out(session, &looked).await?;
    if built.end != End::Done {
        built.print_data(session)?;
        session.note(builds::NOTHING_ELSE)?;
    }
    Ok((built.end, Expected::default()))
}
