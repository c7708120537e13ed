//! Images that `clean --images` and `down --images` remove.

use std::{collections::BTreeSet, time::Duration};

use super::case::Case;
use maestro_core::{
    model::container::LABEL_ENVIRONMENT,
    observed::{Holdings, ShipState, revision::Record},
};

const SHOP: &str = "name: shop
ships: {a: {ip: 10.0.0.1}}
services:
  db: {image: 'db:1', instances: {db-1: {ship: a}}}
  web: {image: 'web:2', requires: db, instances: {web-1: {ship: a}}}
";

/// A ship that has run another image of `web` in a revision that is not kept any more.
fn case() -> Case {
    let mut case = Case::of(SHOP).sees("a: revision 1 now\na/db-1: running\na/web-1: running");
    let holdings = holdings(&mut case);
    let images = holdings.images.get_or_insert_default();
    let more = [("web:1", "old"), ("web@sha256:1", "old"), ("old", "old"), ("unknown:1", "unknown")];
    images.extend(more.map(|(name, id)| (name.to_owned(), id.to_owned())));
    record(holdings).past_images = vec!["old".to_owned()];
    case
}

fn holdings(case: &mut Case) -> &mut Holdings {
    let ShipState::Answering(holdings) = &mut case.observed.ships[0] else { panic!("it answers") };
    holdings
}

fn record(holdings: &mut Holdings) -> &mut Record {
    holdings.revisions.as_mut().and_then(|records| records.first_mut()).expect("a record")
}

#[test]
fn an_image_is_pulled_again_from_its_age_on() {
    let file = SHOP.replace("image: 'web:2'", "image: 'web:2', pull_policy: every_12h");
    let plan = |age: Option<u64>| {
        let mut case = Case::of(&file);
        let age = age.map(|seconds| ("web:2".to_owned(), Duration::from_secs(seconds)));
        holdings(&mut case).image_ages.extend(age);
        case.start()
    };
    let pulls =
        |text: &str| text.lines().filter(|line| line.contains("pull")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(pulls(&plan(Some(12 * 3600 + 1))), ["3 a/web-1: pull web:2 [ImageOld { age: 43200s }]"]);
    assert_eq!(pulls(&plan(None)), pulls(&plan(Some(12 * 3600 + 1))));
    assert_eq!(pulls(&plan(Some(12 * 3600))), [""; 0]);
    // A digest never names another image.
    let case = Case::of(&file.replace("web:2", &format!("web@sha256:{:0>64}", 1)));
    assert_eq!(pulls(&case.start()), [""; 0]);
}

#[test]
fn the_source_of_images_is_that_of_the_instance_the_service_the_ship_or_all_ships() {
    let file = "name: shop
ship_defaults: {image_source: registry}
ships: {a: {ip: 10.0.0.1, image_source: carry}, b: {ip: 10.0.0.2}}
services:
  db: {image: 'db:1', image_source: auto, instances: {db-1: {ship: a}, db-2: {ship: a, image_source: registry}}}
  web: {image: 'web:2', instances: {web-1: {ship: a}, web-2: {ship: b}}}
";
    let environment = Case::of(file).environment;
    let mut sources: Vec<String> =
        environment.instances.iter().map(|one| format!("{} {}", one.name, one.image_source.word())).collect();
    sources.sort_unstable();
    assert_eq!(sources, ["db-1 auto", "db-2 registry", "web-1 carry", "web-2 registry"]);
}

#[test]
fn what_no_revision_needs_any_more_is_removed() {
    insta::assert_snapshot!(case().clean_images(), @r#"
    clean
    0 a/: remove-image old ["web:1", "web@sha256:1"] [ImageUnneeded]
    unchanged web-1: RunsOn
    unchanged db-1: RunsOn
    "#);
}

#[test]
fn what_somebody_needs_stays() {
    let stays = |change: &dyn Fn(&mut Holdings)| {
        let mut case = case();
        change(holdings(&mut case));
        let plan = case.clean_images();
        assert!(!plan.contains("remove-image"), "{plan}");
    };
    // Somebody else gave it a name.
    stays(&|holdings| drop(holdings.images.as_mut().unwrap().insert("keep:1".into(), "old".into())));
    // A container of nobody's runs it.
    stays(&|holdings| {
        let mut other = holdings.containers["db-1"].clone();
        (other.id, other.name, other.image_id) = ("x".into(), "x".into(), "old".into());
        other.labels.clear();
        holdings.containers.insert("x".into(), other);
    });
    // Another environment may come back to it.
    stays(&|holdings| {
        let mut other = record(holdings).clone();
        other.environment = "other".into();
        other.instances.as_mut().unwrap()[0].image_id = "old".into();
        other.past_images = Vec::new();
        let labels = other.labels().unwrap();
        assert_eq!(labels[LABEL_ENVIRONMENT], "other");
        holdings.volumes.get_or_insert_default().insert(other.volume(), labels);
    });
    // A kept revision has it, or the file declares it.
    stays(&|holdings| record(holdings).instances.as_mut().unwrap()[0].image_id = "old".into());
    stays(&|holdings| drop(holdings.images.as_mut().unwrap().insert("web:2".into(), "old".into())));
    // Nothing of the environment is known to have run it.
    stays(&|holdings| record(holdings).past_images.clear());
}

#[test]
fn what_is_taken_down_needs_its_images_no_more() {
    let plan = case().down_images();
    assert!(!plan.contains("unknown"), "{plan}");
    insta::assert_snapshot!(plan);
    // The records are kept as long as something is left.
    let some = case().only(&["web-1"]).down_images();
    assert_eq!(some.matches("remove-image").count(), 1, "{some}");
}

#[test]
fn a_record_remembers_the_images_of_those_that_it_replaces() {
    let mut case = Case::of(SHOP).was(&SHOP.replace("web:2", "web:1"));
    let all: Vec<String> = (1..=10).map(|number| format!("revision {number} old")).collect();
    case = case.sees(&format!("a: {}\na/db-1: running\na/web-1: running", all.join(" ")));
    for record in holdings(&mut case).revisions.as_mut().unwrap() {
        record.instances.as_mut().unwrap()[1].image_id = format!("id-{}", record.number);
    }
    let images = holdings(&mut case).images.get_or_insert_default();
    images.insert("web@sha256:1".into(), "id-1".into());
    let plan = case.recorded_plan();
    let past: BTreeSet<String> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            maestro_core::plan::action::Action::Record(maestro_core::plan::action::RecordAction::Write {
                record,
            }) => Some(record.past_images.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    assert_eq!(past, ["id-1".to_owned()].into());
}
