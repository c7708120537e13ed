//! `outdated`: the instances whose tag stands for another image now.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::images::reference_of;
use crate::cli::{
    args::{OutdatedArgs, Output},
    containers::{Found, Looked},
    error::{End, Problem},
    session::Session,
};
use maestro_core::model::{
    ShipId,
    registry::{ImageOrigin, PullFault, is_same_repository, repository_of},
};
use maestro_engine::{Inspection, credentials::Credentials, inspection::ImageFacts, observe::Question};
use maestro_report::{
    json,
    outdated::{self, Freshness, OutdatedRow, UnknownReason},
};
use maestro_run::operations::{
    each::ask_each,
    registries::{RemoteAnswer, Told, ask_registries},
};

pub(in crate::cli) async fn run(session: &Session, args: &OutdatedArgs) -> Result<End, Problem> {
    let question = Question { images: true, ..Question::default() };
    let looked = Looked::at(session, &args.things, question).await?.kept(session, &args.filter);
    let end = looked.tell_missing(session, !args.things.is_empty())?;
    session.ship_notes(&looked.fleet.told())?;
    let rows = rows(session, &looked).await;
    let text = match session.output {
        Output::Json => json::pretty(&session.hidden(outdated::json(&session.environment.name, &rows)))?,
        Output::Text | Output::Markdown if args.quiet => outdated::names(&rows),
        Output::Text | Output::Markdown => outdated::text(&rows, Timestamp::now(), session.columns()),
    };
    if !text.is_empty() {
        session.print(&text)?;
    }
    if session.output != Output::Json {
        outdated::unknown(&rows).iter().try_for_each(|text| session.warn(text))?;
        let declared: Vec<String> = (rows.iter())
            .filter(|row| row.freshness.is_outdated())
            .filter(|row| session.environment.instance_named(&row.name).is_some())
            .map(|row| row.name.clone())
            .collect();
        let next = outdated::next(&rows, &declared, &session.invocation).filter(|_| !args.quiet);
        next.iter().try_for_each(|text| session.note(text))?;
    }
    Ok(rows.iter().map(|row| ended(row, args)).fold(end, End::worse))
}

/// How the command ends because of an instance.
fn ended(row: &OutdatedRow, args: &OutdatedArgs) -> End {
    match &row.freshness {
        Freshness::Outdated { .. } if args.detailed_exitcode => End::Pending,
        Freshness::Unknown(reason) => match &**reason {
            UnknownReason::Refused { .. } => End::Failed,
            UnknownReason::Silent { .. } => End::Unreachable,
        },
        Freshness::Outdated { .. }
        | Freshness::Current
        | Freshness::Pinned
        | Freshness::Local
        | Freshness::Gone => End::Done,
    }
}

/// An image on a ship.
type Image = (ShipId, String);

async fn rows(session: &Session, looked: &Looked) -> Vec<OutdatedRow> {
    let found = looked.containers(session);
    let references: Vec<String> = found.iter().map(|found| reference_of(session, found)).collect();
    let ids: BTreeSet<Image> =
        found.iter().map(|found| (found.ship, found.container.image_id.clone())).collect();
    let facts = facts(looked, ids).await;
    let of = |found: &Found| facts.get(&(found.ship, found.container.image_id.clone()));
    let asked: BTreeSet<(String, ShipId)> = (found.iter().zip(&references))
        .filter(|(found, reference)| by_itself(of(found), reference).is_none())
        .map(|(found, reference)| (reference.clone(), found.ship))
        .collect();
    let credentials = Credentials::new(&session.variables);
    let told = ask_registries(&session.environment, &looked.fleet.engines, asked, &credentials).await;
    let newer: BTreeSet<Image> = told
        .iter()
        .filter_map(|((reference, ship), told)| match &told.answer {
            RemoteAnswer::Known(remote) => {
                Some((*ship, format!("{}@{}", repository_of(reference), remote.digest)))
            }
            RemoteAnswer::Refused { .. } | RemoteAnswer::Unknown(_) => None,
        })
        .collect();
    let newer = self::facts(looked, newer).await;
    let rows = found.iter().zip(references).map(|(found, reference)| {
        let facts = of(found);
        let told = told.get(&(reference.clone(), found.ship));
        let freshness = by_itself(facts, &reference)
            .unwrap_or_else(|| compared(session, (found.ship, &reference), facts, told, &newer));
        let is_local = freshness == Freshness::Local;
        OutdatedRow {
            name: found.name(session),
            ship: found.ship(session),
            id: found.container.image_id.clone(),
            digest: facts.and_then(|facts| own_digest(facts, &reference)).filter(|_| !is_local),
            created: facts.and_then(|facts| facts.created),
            reference,
            freshness,
        }
    });
    rows.collect()
}

/// What the ships know of these images, as far as they have them. Each is asked for once a ship.
async fn facts(looked: &Looked, images: BTreeSet<Image>) -> HashMap<Image, ImageFacts> {
    let asked = images.iter().map(|(ship, image)| (*ship, image.as_str()));
    let told = ask_each(&looked.fleet.engines, asked, Inspection::image).await;
    let known =
        images.into_iter().zip(told).filter_map(|(image, facts)| Some((image, facts?.ok().flatten()?)));
    known.collect()
}

/// What an image is without a question to a registry; none if that has to be asked.
fn by_itself(facts: Option<&ImageFacts>, reference: &str) -> Option<Freshness> {
    let is_named = !reference.is_empty() && !reference.starts_with("sha256:");
    match facts {
        _ if reference.contains('@') => Some(Freshness::Pinned),
        None => Some(Freshness::Gone),
        Some(facts) if is_named && origin(facts, reference) != ImageOrigin::Local => None,
        Some(_) => Some(Freshness::Local),
    }
}

/// What an image is beside the registry's.
fn compared(
    session: &Session,
    (ship, reference): (ShipId, &str),
    facts: Option<&ImageFacts>,
    told: Option<&Told>,
    newer: &HashMap<Image, ImageFacts>,
) -> Freshness {
    let ship_name = |ship: ShipId| session.environment.ship(ship).name.clone();
    let Some(Told { ship: asked, answer }) = told else { return Freshness::Gone };
    match answer {
        RemoteAnswer::Known(remote) => {
            let mut digests = facts.into_iter().flat_map(|facts| &facts.digests);
            let is_known = digests.any(|known| known.split('@').nth(1) == Some(&remote.digest));
            if is_known || facts.is_some_and(|facts| facts.id_is_digest && facts.id == remote.digest) {
                return Freshness::Current;
            }
            let name = format!("{}@{}", repository_of(reference), remote.digest);
            let created = newer.get(&(ship, name)).and_then(|facts| facts.created);
            Freshness::Outdated { digest: remote.digest.clone(), created }
        }
        RemoteAnswer::Refused { refusal, .. }
            if refusal.fault == PullFault::NoSuchImage
                && facts.is_some_and(|facts| origin(facts, reference) == ImageOrigin::Untold) =>
        {
            Freshness::Local
        }
        RemoteAnswer::Refused { refusal, words } => {
            let (refusal, words, ship) = (refusal.clone(), words.clone(), ship_name(*asked));
            Freshness::Unknown(Box::new(UnknownReason::Refused { refusal, words, ship }))
        }
        RemoteAnswer::Unknown(failure) => {
            let (image, ship, failure) = (reference.to_owned(), ship_name(*asked), failure.clone());
            Freshness::Unknown(Box::new(UnknownReason::Silent { image, ship, failure }))
        }
    }
}

/// Where an image came from, as far as its ship tells.
fn origin(facts: &ImageFacts, reference: &str) -> ImageOrigin {
    match ImageOrigin::of_name(&facts.id, facts.digests.iter().map(String::as_str), reference) {
        ImageOrigin::Local if facts.id_is_digest => ImageOrigin::Untold,
        origin @ (ImageOrigin::Local | ImageOrigin::Registry | ImageOrigin::Untold) => origin,
    }
}

/// The digest by which the reference's own repository knows an image.
fn own_digest(facts: &ImageFacts, reference: &str) -> Option<String> {
    let own = facts.digests.iter().find(|known| is_same_repository(known, reference));
    let own = own.and_then(|known| Some(known.split_once('@')?.1.to_owned()));
    own.or_else(|| facts.id_is_digest.then(|| facts.id.clone()))
}
