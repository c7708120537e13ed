//! Revisions: what an `apply` has made can be brought back, all of it, whatever was done since.

use std::{collections::BTreeSet, time::Duration};

use maestro_core::{
    model::{InstanceId, Required},
    observed::{
        Observed,
        revision::{Author, KEPT},
    },
    plan::{
        Plan, Wait,
        action::ActionKind,
        apply::{self, ApplyOptions},
        revision::{
            forgotten,
            history::history,
            recorded,
            rollback::{self, Missing, Rollback},
        },
        tidy::plan_clean,
    },
};
use maestro_engine::{Containers as _, Volumes as _};
use maestro_fake::InjectedFault;
use maestro_report as report;
use maestro_run::store::LabelStore;
use proptest::prelude::*;

use crate::{
    apply::{additions, block_on, described, specs},
    world::{Outcome, World},
};

const PRUNE: ApplyOptions = ApplyOptions { prune: true, ..ApplyOptions::PLAIN };

fn author(command: &str) -> Author {
    Author { by: "ann@box".into(), command: command.into(), commit: None }
}

async fn looked(world: &World) -> Observed {
    let mut observed = described(world).await;
    for (state, engine) in observed.ships.iter_mut().zip(&world.engines) {
        LabelStore::on(engine).observe_revisions(&world.environment.name, state).await;
    }
    observed
}

async fn planned(world: &World, selected: &BTreeSet<InstanceId>) -> Plan {
    let observed = looked(world).await;
    let plan = apply::plan(&world.environment, &observed, selected, PRUNE);
    recorded(plan, &world.environment, &observed, &author("maestro apply"))
}

async fn applied(world: &World) -> Outcome {
    let plan = planned(world, &world.all()).await;
    in_order(&plan);
    world.run(plan).await
}

/// Applies, after which there is nothing to do.
async fn apply(world: &World) {
    let outcome = applied(world).await;
    assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
    let again = planned(world, &world.all()).await;
    assert!(again.steps.is_empty(), "{again:?}");
}

async fn back(world: &World, number: Option<u64>) -> Result<Rollback, Vec<Missing>> {
    let observed = looked(world).await;
    let mut back = rollback::plan(&world.environment, &observed, number, ApplyOptions::default())?;
    let command = author(&back.plan.command.to_string());
    back.plan = recorded(back.plan, &back.environment, &observed, &command);
    in_order(&back.plan);
    Ok(back)
}

/// Goes back, after which a second time finds nothing to do.
async fn roll_back(world: &mut World, number: Option<u64>) -> Rollback {
    let done = back(world, number).await.expect("a way back");
    let file = std::mem::replace(&mut world.environment, done.environment.clone());
    let outcome = world.run(done.plan.clone()).await;
    assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
    world.environment = file;
    let again = back(world, Some(done.number)).await.expect("a way back");
    assert!(!again.plan.changes(), "{:?}", again.plan.steps);
    done
}

/// Steps stand in an order in which they could be done one by one.
fn in_order(plan: &Plan) {
    fn steps(plan: &Plan, waits: &[Wait]) -> Vec<usize> {
        let each = waits.iter().flat_map(|wait| match wait {
            Wait::Step(step) => vec![step.0],
            Wait::Barrier(barrier) => steps(plan, &plan.barrier(*barrier).after),
        });
        each.collect()
    }
    for (at, step) in plan.steps.iter().enumerate() {
        assert!(steps(plan, &step.after).iter().all(|before| *before < at), "{plan:?}");
    }
}

/// `web-1 app 1=2`: name, image and variables of what runs, by ship.
async fn running(world: &World) -> Vec<String> {
    let mut all = Vec::new();
    for engine in &world.engines {
        for container in engine.containers().await.expect("a list") {
            let made =
                engine.inspect(&container.id).await.expect("an answer").expect("a container").description;
            let env: Vec<String> = made
                .env
                .iter()
                .map(|(name, value)| format!(" {name}={}", value.as_deref().unwrap_or("")))
                .collect();
            let up = if container.state.is_up() { "" } else { " (down)" };
            let image = container.image_id.trim_start_matches('0');
            all.push(format!("{} {image}{}{up}", container.name, env.concat()));
        }
    }
    all.sort();
    all
}

fn set(world: &mut World, name: &str, value: &str) {
    world.instance_mut(name).container.env.insert("V".into(), Some(value.into()));
}

async fn told(world: &World) -> String {
    let observed = looked(world).await;
    let history = history(&world.environment, &observed);
    report::history::text(&history, &world.environment, &report::history::Clocks::new())
}

fn numbers(world: &World, observed: &Observed) -> Vec<u64> {
    rollback::numbers(&world.environment, observed)
}

/// A web service on two ships that requires a database.
fn shop() -> World {
    let mut world = World::new(2);
    // Engines count their ids from 1; real ones never give the same.
    (0..100).for_each(|_| world.engines[1].add_image("another"));
    world.service("db", &[0], &[]);
    world.service("web", &[0, 1], &["db"]);
    world
}

#[test]
fn every_revision_can_be_brought_back() {
    block_on(async {
        let mut world = shop();
        let mut states = Vec::new();
        for version in ["1", "2", "3"] {
            set(&mut world, "web-1", version);
            set(&mut world, "web-2", version);
            apply(&world).await;
            states.push(running(&world).await);
        }
        assert_eq!(roll_back(&mut world, Some(1)).await.number, 1);
        assert_eq!(running(&world).await, states[0]);
        // Without a number it is the newest that is not what runs: the one before the rollback.
        assert_eq!(roll_back(&mut world, None).await.number, 3);
        assert_eq!(running(&world).await, states[2]);
        assert_eq!(roll_back(&mut world, Some(2)).await.number, 2);
        assert_eq!(running(&world).await, states[1]);
        insta::assert_snapshot!(told(&world).await);
        // The file has not changed: the next apply goes forward again.
        apply(&world).await;
        assert_eq!(running(&world).await, states[2]);
    });
}

#[test]
fn a_rollback_is_planned_in_its_own_words() {
    block_on(async {
        let mut world = shop();
        apply(&world).await;
        set(&mut world, "db-1", "2");
        world.service("extra", &[1], &["web"]);
        apply(&world).await;
        let Rollback { plan, environment, .. } = back(&world, None).await.unwrap();
        let text = report::plan::text(
            &plan,
            &environment,
            &maestro_core::source::Sources::default(),
            report::plan::View { steps: true, colour: false },
        );
        assert!(!text.contains("the file") && !text.contains("prune"), "{text}");
        insta::assert_snapshot!(text);
    });
}

#[test]
fn what_was_added_goes_and_what_was_removed_comes_back_in_order() {
    block_on(async {
        let world = shop();
        apply(&world).await;
        let before = running(&world).await;
        let mut other = World::new(2);
        other.engines.clone_from(&world.engines);
        other.service("cache", &[1], &[]);
        other.service("web", &[0], &["cache"]);
        apply(&other).await;
        assert_eq!(other.engines[1].states().keys().collect::<Vec<_>>(), ["cache-1"]);
        let back = back(&other, Some(1)).await.unwrap();
        let named = |name: &str| back.environment.instances.iter().find(|one| one.name == name).unwrap();
        let on = |name: &str| back.environment.services.iter().position(|one| one.name == name).unwrap();
        assert_eq!(
            named("web-2").requires[0].on,
            Required::Service(maestro_core::model::ServiceId(on("db")))
        );
        other.environment = back.environment;
        let outcome = other.run(back.plan).await;
        assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
        assert!(outcome.at("ready", "db-1", true).unwrap() < outcome.at("start", "web-2", false).unwrap());
        assert_eq!(running(&world).await, before);
    });
}

#[test]
fn a_moved_tag_does_not_matter() {
    block_on(async {
        let mut world = shop();
        apply(&world).await;
        let before = running(&world).await;
        // Another image by the same name: `build` or `pull` did that.
        world.engines.iter().for_each(|engine| engine.add_image("app"));
        apply(&world).await;
        assert_ne!(running(&world).await, before);
        roll_back(&mut world, None).await;
        assert_eq!(running(&world).await, before);
        // People know it by its name still.
        let told = told(&world).await;
        assert!(told.contains("image app ("), "{told}");
        // Where the name is this image again nothing is made anew.
        apply(&world).await;
        roll_back(&mut world, Some(1)).await;
        assert_eq!(running(&world).await, before);
    });
}

#[test]
fn an_image_that_is_gone_is_pulled_by_its_digest_or_named() {
    block_on(async {
        let mut world = shop();
        world.engines[0].publish("app", "app@sha256:d");
        apply(&world).await;
        let before = running(&world).await;
        for engine in &world.engines {
            engine.lose_image("app");
            engine.add_image("app");
        }
        apply(&world).await;
        let missing = back(&world, Some(1)).await.unwrap_err();
        let about: Vec<String> =
            missing.iter().map(|one| report::history::lacking(one, &world.environment)).collect();
        assert_eq!(
            about,
            [
                "the image of web-2 (app, 0000029e6c82) no longer exists on ship ship-1 and came from no registry"
            ]
        );
        let told = told(&world).await;
        assert!(told.contains("cannot be restored: the image of web-2"), "{told}");
        // Without the instance whose image is gone there is a way.
        let engine = world.engines[1].clone();
        let gone = "maestro-generation-world-1";
        engine.remove_volume(gone).await.unwrap();
        roll_back(&mut world, Some(1)).await;
        let now = running(&world).await;
        assert_eq!(now[..], before[..2], "{now:?}");
    });
}

#[test]
fn what_fails_makes_no_revision() {
    block_on(async {
        let mut world = shop();
        apply(&world).await;
        let before = running(&world).await;
        set(&mut world, "web-1", "2");
        // Nothing is taken back on an engine that does not answer.
        world.engines[0].fail_next("start", "web-1", InjectedFault::Unreachable);
        assert_eq!(applied(&world).await.failures().len(), 1);
        assert_eq!(numbers(&world, &looked(&world).await), [1]);
        // Without a number that is the way back: to the last one that was whole.
        assert_eq!(roll_back(&mut world, None).await.number, 1);
        assert_eq!(running(&world).await, before);
    });
}

#[test]
fn a_run_that_was_killed_before_its_record_is_recorded_by_the_next() {
    block_on(async {
        let mut world = shop();
        apply(&world).await;
        set(&mut world, "web-2", "2");
        let mut plan = planned(&world, &world.all()).await;
        // One engine has it already.
        let records = plan.steps.iter().filter(|step| step.action.kind() == ActionKind::Record).count();
        assert_eq!(records, 2);
        plan.steps.pop();
        world.run(plan).await;
        let plan = planned(&world, &world.all()).await;
        let words: Vec<&str> = plan.steps.iter().map(|step| step.action.word()).collect();
        assert_eq!(words, ["record", "record"]);
        apply(&world).await;
        assert_eq!(numbers(&world, &looked(&world).await), [1, 2, 3]);
        roll_back(&mut world, Some(1)).await;
    });
}

#[test]
fn what_a_killed_run_has_made_and_the_next_gives_its_name_is_recorded() {
    block_on(async {
        // The engine is asked as another ship for it.
        let mut world = World::on_one_engine(2);
        world.service("web", &[0, 1], &[]);
        apply(&world).await;
        // A restart was killed between the removal of the old container and the renaming of the new one.
        let engine = &world.engines[0];
        engine.stop("web-2", Duration::ZERO).await.expect("it stops");
        engine.rename("web-2", "web-2.next").await.expect("it is renamed");
        let plan = planned(&world, &world.all()).await;
        let words: Vec<&str> = plan.steps.iter().map(|step| step.action.word()).collect();
        assert_eq!(words, ["rename", "start", "ready"]);
        world.run(plan).await;
        assert!(planned(&world, &world.all()).await.steps.is_empty());
        assert_eq!(numbers(&world, &looked(&world).await), [1]);
    });
}

#[test]
fn a_lost_answer_is_found_out() {
    block_on(async {
        for (fault, failures) in [(InjectedFault::AnswerLost, 0), (InjectedFault::RequestLost, 1)] {
            let world = shop();
            world.engines[1].fail_next("create_volume", "", fault);
            let outcome = applied(&world).await;
            assert_eq!(outcome.failures().len(), failures);
            assert_eq!(outcome.summary.unknown, failures);
        }
    });
}

#[test]
fn even_the_first_apply_can_be_taken_back() {
    block_on(async {
        let mut world = shop();
        let plan = apply::plan(&world.environment, &described(&world).await, &world.all(), PRUNE);
        world.run(plan).await;
        let before = running(&world).await;
        set(&mut world, "web-1", "2");
        apply(&world).await;
        assert_eq!(numbers(&world, &looked(&world).await), [1, 2]);
        insta::assert_snapshot!(told(&world).await);
        roll_back(&mut world, None).await;
        assert_eq!(running(&world).await, before);
    });
}

#[test]
fn a_ship_that_does_not_answer_is_in_the_way() {
    block_on(async {
        let mut world = shop();
        apply(&world).await;
        set(&mut world, "web-1", "2");
        // It was not there for the second one either.
        world.engines[1].fail_next("containers", "", InjectedFault::Unreachable);
        applied(&world).await;
        world.engines[1].fail_next("containers", "", InjectedFault::Unreachable);
        let missing = back(&world, Some(1)).await.unwrap_err();
        assert!(matches!(&missing[..], [Missing::Ship { .. }]), "{missing:?}");
        let missing = back(&world, Some(7)).await.unwrap_err();
        assert_eq!(missing, [Missing::Revision { number: 7, known: vec![1, 2] }]);
        // Of the second revision it has nothing, so what it had before counts.
        set(&mut world, "web-1", "3");
        set(&mut world, "web-2", "3");
        apply(&world).await;
        roll_back(&mut world, Some(2)).await;
        let now = running(&world).await;
        assert!(now.iter().any(|one| one.starts_with("web-1") && one.ends_with("V=2")), "{now:?}");
        assert!(now.iter().any(|one| one.starts_with("web-2") && !one.contains("V=")), "{now:?}");
    });
}

#[test]
fn the_newest_are_kept() {
    block_on(async {
        let mut world = shop();
        for version in 0..KEPT + 3 {
            set(&mut world, "web-1", &version.to_string());
            apply(&world).await;
        }
        let observed = looked(&world).await;
        assert_eq!(numbers(&world, &observed), (4..=13).collect::<Vec<u64>>());
        assert_eq!(world.engines[0].volume_names().len(), KEPT);
        let missing = back(&world, Some(3)).await.unwrap_err();
        assert!(matches!(&missing[..], [Missing::Revision { number: 3, .. }]));
    });
}

#[test]
fn a_part_that_is_applied_is_a_revision_of_all() {
    block_on(async {
        let mut world = shop();
        apply(&world).await;
        for name in ["db-1", "web-1"] {
            set(&mut world, name, "2");
        }
        let plan = planned(&world, &world.some(&["web-1"])).await;
        world.run(plan).await;
        let part = running(&world).await;
        apply(&world).await;
        roll_back(&mut world, Some(2)).await;
        assert_eq!(running(&world).await, part);
    });
}

#[test]
fn two_ships_of_one_engine_have_one_record() {
    block_on(async {
        let mut world = World::on_one_engine(2);
        world.service("web", &[0, 1], &[]);
        apply(&world).await;
        let before = running(&world).await;
        set(&mut world, "web-2", "2");
        apply(&world).await;
        assert_eq!(world.engines[0].volume_names().len(), 2);
        roll_back(&mut world, None).await;
        assert_eq!(running(&world).await, before);
    });
}

#[test]
fn clean_forgets_where_nothing_is_left() {
    block_on(async {
        let world = shop();
        apply(&world).await;
        let engine = &world.engines[1];
        engine.kill("web-2").await.unwrap();
        let observed = looked(&world).await;
        let plan = plan_clean(&world.environment, &observed, &world.all(), false);
        let plan = forgotten(plan, &world.environment, &observed);
        in_order(&plan);
        let outcome = world.run(plan).await;
        assert!(outcome.failures().is_empty());
        assert!(engine.volume_names().is_empty());
        assert_eq!(world.engines[0].volume_names().len(), 1, "something runs there");
    });
}

#[test]
fn a_record_that_cannot_be_read_is_told() {
    block_on(async {
        let mut world = shop();
        apply(&world).await;
        set(&mut world, "db-1", "2");
        let engine = &world.engines[0];
        let volume = engine.volume("maestro-generation-world-1").await.unwrap().unwrap();
        let mut labels = volume.labels;
        labels.insert("maestro.generation.instances".into(), "\u{1b}[2J{".into());
        engine.remove_volume(&volume.name).await.unwrap();
        engine.create_volume(&volume.name, &labels.clone().into()).await.unwrap();
        let missing = back(&world, Some(1)).await.unwrap_err();
        assert!(matches!(&missing[..], [Missing::Unreadable { number: 1, .. }]), "{missing:?}");
        // It does not keep anybody from going on.
        apply(&world).await;
    });
}

#[test]
fn what_bears_a_records_labels_and_is_none_is_left_aside() {
    block_on(async {
        let mut world = shop();
        apply(&world).await;
        let engine = &world.engines[0];
        let labels = engine.volume("maestro-generation-world-1").await.unwrap().unwrap().labels;
        let mut forged = Vec::new();
        for number in ["18446744073709551615", "999999999999", "-1", "0", "x"] {
            let mut labels = labels.clone();
            labels.insert("maestro.generation".into(), number.into());
            let name = format!("maestro-generation-world-{number}");
            engine.create_volume(&name, &labels.clone().into()).await.unwrap();
            forged.push(name);
        }
        // A true one's labels under another name.
        engine.create_volume("maestro-generation-world-01", &labels.clone().into()).await.unwrap();
        forged.push("maestro-generation-world-01".to_owned());
        forged.sort_unstable();
        for version in ["2", "3"] {
            set(&mut world, "db-1", version);
            apply(&world).await;
        }
        let observed = looked(&world).await;
        assert_eq!(numbers(&world, &observed), [1, 2, 3]);
        assert_eq!(observed.holdings(maestro_core::model::ShipId(0)).unwrap().left_aside, forged);
        roll_back(&mut world, Some(1)).await;
        let engine = &world.engines[0];
        assert!(forged.iter().all(|name| engine.volume_names().contains(name)), "nothing is done about them");
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// What is found, without any record, comes back as it was.
    #[test]
    fn what_was_found_comes_back(change in specs()) {
        block_on(async {
            let mut world = World::new(1);
            world.engines[0].image_adds("app", additions());
            world.service("other", &[0], &[]);
            world.service("web", &[0], &[]);
            let spec = &mut world.instance_mut("web-1").container;
            change.on(spec);
            // No engine knows the difference between no command and one of no words.
            spec.command = spec.command.take().filter(|words| !words.is_empty());
            let plan = apply::plan(&world.environment, &described(&world).await, &world.all(), PRUNE);
            world.run(plan).await;
            let plain = |mut made: maestro_core::observed::description::Description| {
                made.id.clear();
                made.labels.retain(|name, _| !name.starts_with("maestro.config"));
                // Its own name is an alias, or none: it is found under it either way.
                made.networks.values_mut().for_each(|network| network.aliases.clear());
                made
            };
            let before = plain(*world.engines[0].inspect("web-1").await.unwrap().unwrap().description);
            let other = world.instance_mut("other-1").container.clone();
            world.instance_mut("web-1").container = maestro_core::model::container::ContainerSpec {
                name: "web-1".into(),
                user: Some("somebody-else".into()),
                ..maestro_core::model::container::ContainerSpec::clone(&other)
            }
            .into();
            apply(&world).await;
            roll_back(&mut world, Some(1)).await;
            let after = plain(*world.engines[0].inspect("web-1").await.unwrap().unwrap().description);
            assert_eq!(before, after);
        });
    }
}
