//! Saved plans: what was planned is what is done, and nothing is once anything that it touches has changed.

use std::collections::BTreeSet;

use maestro_core::{
    event::Event,
    model::{
        Check, InstanceId, Required, RequiredBy, RequiredState, Requirement, ServiceId,
        container::RestartPolicy,
    },
    observed::{ContainerState, Observed, ShipState},
    plan::{
        Plan,
        apply::{self, ApplyOptions},
        saved::{self, Asked, Saved},
        stale::Divergence,
    },
    source::Sources,
    value::check::Tries,
};
use maestro_engine::Containers as _;
use maestro_fake::{Fake, InjectedFault};
use maestro_report::{plan as report, stale};

use crate::{
    apply::{block_on, described},
    world::{World, span},
};

const PRUNE: ApplyOptions = ApplyOptions { prune: true, ..ApplyOptions::PLAIN };
const CANARY: &str = "c4nary";

/// Plans, and tells the plan as it is saved and read again.
fn saved(world: &World, observed: &Observed, selected: &BTreeSet<InstanceId>) -> (Plan, Saved) {
    let mut sources = Sources::default();
    sources.add("world.yaml", "");
    let environment = &world.environment;
    let plan = apply::plan(environment, observed, selected, PRUNE);
    let instances = selected.iter().map(|&id| environment.instance(id).name.clone()).collect();
    let asked = Asked { prune: true, instances, ..Asked::default() };
    let told = report::json(&plan, environment, &sources);
    let saved = Saved::of(environment, observed, asked, told, &maestro_report::explain::engine::ship);
    let bytes = serde_json::to_vec_pretty(&saved).expect("JSON");
    assert!(saved::begins(&bytes));
    let read = saved::read(&bytes).expect("what was written");
    assert_eq!(read, saved);
    (plan, read)
}

/// Two ships. On the first `db-1`, as the file says; `web-1`, which requires it and differs; and `old-1`, which the file
/// does not declare. On the second `cache-1`, which differs, and `far-1`, which is not there.
async fn shop() -> World {
    let mut world = World::new(2);
    world.service("db", &[0], &[]);
    world.service("web", &[0], &["db"]);
    world.service("cache", &[1], &[]);
    world.service("old", &[0], &[]);
    world.engines[1].add_image("far");
    let selected = world.all();
    let plan = apply::plan(&world.environment, &described(&world).await, &selected, PRUNE);
    assert!(world.run(plan).await.failures().is_empty());
    world.environment.services.pop();
    world.environment.instances.pop();
    world.service("far", &[1], &["cache"]);
    world.instance_mut("far-1").container.image = "far".into();
    for name in ["web-1", "cache-1"] {
        let env = &mut world.instance_mut(name).container.env;
        env.insert("DB_PASSWORD".into(), Some(format!("{CANARY}-env")));
    }
    world.instance_mut("web-1").lifecycle.pre_stop.push(check(CANARY));
    world
}

fn check(password: &str) -> Check {
    let seconds = std::time::Duration::from_secs;
    let tries = Tries { within: seconds(1), at_least: 1, each: seconds(1), at_most: None };
    Check::Rexec { command: vec!["login".into(), "--password".into(), format!("{password}-word")], tries }
}

/// What keeps a plan that is saved now from being carried out when this has happened, a line each.
async fn told_after(happens: impl AsyncFnOnce(&mut World)) -> Vec<String> {
    let mut world = shop().await;
    let (_, before) = saved(&world, &described(&world).await, &world.all());
    happens(&mut world).await;
    let (_, after) = saved(&world, &described(&world).await, &world.all());
    lines(&before.changes(&after))
}

fn lines(changes: &[Divergence]) -> Vec<String> {
    let text = stale::refusal(changes, "next.plan", "maestro plan -o next.plan").text();
    let lines = text.lines().skip(1).take_while(|line| !line.starts_with("  holds:"));
    // Ids are the engine's own business.
    let id = regex::Regex::new("[0-9a-f]{7,}").expect("an expression");
    lines.map(|line| id.replace_all(line.trim(), "ID").into_owned()).collect()
}

#[test]
fn what_was_planned_is_what_is_done() {
    block_on(async {
        let world = shop().await;
        let (_, before) = saved(&world, &described(&world).await, &world.all());
        tokio::time::advance(std::time::Duration::from_secs(100_000)).await;
        let (plan, after) = saved(&world, &described(&world).await, &world.all());
        assert_eq!(before.changes(&after), []);
        let outcome = world.run(plan).await;
        assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
        let mut done: Vec<(u64, String)> = outcome
            .events
            .iter()
            .filter_map(|event| match event {
                Event::StepStarted { step, action, .. } => Some((*step as u64, action.word().to_owned())),
                _ => None,
            })
            .collect();
        done.sort();
        let steps = before.plan["steps"].as_array().expect("steps");
        let entry = |step: &serde_json::Value| {
            (step["id"].as_u64().expect("an id"), step["action"].as_str().expect("a word").to_owned())
        };
        // Nothing failed, so nothing was rescued.
        let expected = steps.iter().filter(|step| step["compensation"].is_null());
        assert_eq!(done, expected.map(entry).collect::<Vec<_>>());
        let (_, after) = saved(&world, &described(&world).await, &world.all());
        assert!(!before.changes(&after).is_empty(), "a plan is carried out once");
    });
}

#[test]
fn no_secret_is_in_a_saved_plan() {
    block_on(async {
        let world = shop().await;
        let (_, saved) = saved(&world, &described(&world).await, &world.all());
        let text = serde_json::to_string(&saved).expect("JSON");
        assert!(!text.contains(CANARY), "{text}");
    });
}

#[test]
fn each_change_on_the_engines_is_told() {
    block_on(async {
        let told = told_after(async |world| world.engines[0].kill("web-1").await.expect("killed")).await;
        assert_eq!(told, ["web-1: it was stopped, or ended by itself"]);
        let told = told_after(async |world| world.engines[0].kill("db-1").await.expect("killed")).await;
        assert_eq!(told, ["db-1: it was stopped, or ended by itself"], "it was to be left alone");
        let told = told_after(async |world| remove(&world.engines[0], "web-1").await).await;
        assert_eq!(told, ["web-1: container ID is gone"]);
        let told = told_after(async |world| {
            remove(&world.engines[0], "web-1").await;
            world.engines[0].add_foreign("web-1", "app", ContainerState::Running);
        })
        .await;
        assert_eq!(told, ["web-1: container ID exists now; the plan has container ID"]);
        let told =
            told_after(async |world| world.engines[0].tamper("web-1", |made| made.memory = 64 << 20)).await;
        assert_eq!(told, ["web-1: its container was changed: limits.memory"]);
        let told = told_after(async |world| {
            world.engines[0].tamper("web-1", |made| {
                made.env.insert("DB_PASSWORD".into(), Some("changed".into()));
            });
        })
        .await;
        assert_eq!(told, ["web-1: its container was changed: env.DB_PASSWORD"]);
        let told = told_after(async |world| {
            world.engines[0].rename_by_hand("web-1", "mine").unwrap();
        })
        .await;
        assert_eq!(told, ["web-1: its container was changed: name"]);
        let told = told_after(async |world| world.engines[1].add_image("far")).await;
        assert_eq!(told, ["ship ship-1: the image far is another one now"]);
        let told = told_after(async |world| remove(&world.engines[0], "old-1").await).await;
        assert_eq!(told, ["old-1 @ship-0: it is gone, or the file declares it now"]);
        let told = told_after(async |world| world.engines[0].kill("old-1").await.expect("killed")).await;
        assert_eq!(told, ["old-1: the plan is to stop, remove; now it would be to remove"]);
    });
}

async fn remove(engine: &Fake, container: &str) {
    engine.kill(container).await.expect("killed");
    engine.remove(container).await.expect("removed");
}

#[test]
fn what_the_plan_does_not_touch_may_change() {
    block_on(async {
        let world = shop().await;
        let some = world.some(&["web-1"]);
        let (_, before) = saved(&world, &described(&world).await, &some);
        world.engines[0].add_foreign("nobodys", "app", ContainerState::Running);
        world.engines[1].kill("cache-1").await.expect("killed");
        let (_, after) = saved(&world, &described(&world).await, &some);
        assert_eq!(before.changes(&after), []);
    });
}

#[test]
fn each_change_of_the_file_is_told_by_name() {
    type Edit = fn(&mut World);
    let one = ["web-1: the file says something else of it now"];
    let edits: [Edit; 7] = [
        |world| {
            world.instance_mut("web-1").container.env.insert("DB_PASSWORD".into(), Some("other".into()));
        },
        |world| world.instance_mut("web-1").lifecycle.pre_stop = vec![check("other")],
        |world| world.instance_mut("web-1").lifecycle.running = vec![check(CANARY)],
        |world| world.instance_mut("web-1").stop_timeout *= 2,
        |world| world.instance_mut("web-1").container.image = "other".into(),
        |world| {
            let requirement = Requirement {
                on: Required::Service(ServiceId(2)),
                by: RequiredBy::Requires,
                state: RequiredState::Ready,
                span: span(),
            };
            world.instance_mut("web-1").requires.push(requirement);
        },
        |world| world.instance_mut("web-1").container.labels.extend([("a".to_owned(), "b".to_owned())]),
    ];
    block_on(async {
        for (number, edit) in edits.into_iter().enumerate() {
            let told = told_after(async |world| edit(world)).await;
            assert_eq!(told, one, "{number}");
        }
        // What is on its old ship is part of its move.
        let told =
            told_after(async |world| world.instance_mut("web-1").ship = maestro_core::model::ShipId(1)).await;
        assert_eq!(told, one);
        let told = told_after(async |world| world.environment.services[1].omit = true).await;
        assert_eq!(told, ["web: the file says something else of this service now"]);
        let told = told_after(async |world| {
            world.service("new", &[0], &[]);
        })
        .await;
        assert_eq!(told, ["new: the file has this service now", "new-1: the file has this instance now"]);
        // What is in another place of the file is not another environment.
        let told = told_after(async |world| {
            world.instance_mut("web-1").written.insert("image".into(), span());
        })
        .await;
        assert_eq!(told, [""; 0]);
    });
}

#[test]
fn everything_that_has_changed_is_told_at_once() {
    block_on(async {
        let told = told_after(async |world| {
            world.engines[0].kill("web-1").await.expect("killed");
            world.engines[1].tamper("cache-1", |made| made.memory = 64 << 20);
            remove(&world.engines[0], "old-1").await;
            world.engines[1].add_image("far");
            world.instance_mut("db-1").container.user = Some("nobody".into());
        })
        .await;
        assert_eq!(
            told,
            [
                "db-1: the file says something else of it now",
                "cache-1: its container was changed",
                "ship ship-1: the image far is another one now",
                "web-1: it was stopped, or ended by itself",
                "old-1 @ship-0: it is gone, or the file declares it now",
            ]
        );
    });
}

#[test]
fn ships_that_fall_silent_answer_or_are_others_are_told() {
    block_on(async {
        let told = told_after(async |world| {
            world.engines[1].fail_next("containers", "", InjectedFault::Unreachable);
        })
        .await;
        assert_eq!(told, ["ship ship-1: it no longer answers (connection refused)"]);
        let told = told_after(async |world| {
            let other = Fake::new("another");
            other.add_image("app");
            world.engines[1] = other;
        })
        .await;
        assert_eq!(told, ["ship ship-1: another engine answers there now"]);
        // One that was silent when the plan was made.
        let world = shop().await;
        let mut observed = described(&world).await;
        let (_, whole) = saved(&world, &observed, &world.all());
        observed.ships[1] = ShipState::Unreachable { reason: "no route to it".into() };
        let (_, without) = saved(&world, &observed, &world.all());
        assert_eq!(lines(&without.changes(&whole)), ["ship ship-1: it answers now"]);
        observed.ships[1] = ShipState::Unreachable { reason: "it timed out".into() };
        let (_, still) = saved(&world, &observed, &world.all());
        assert_eq!(without.changes(&still), [], "what can be done is the same, whatever the words");
    });
}

#[test]
fn a_plan_that_was_edited_is_not_carried_out() {
    block_on(async {
        let world = shop().await;
        let (_, whole) = saved(&world, &described(&world).await, &world.all());
        let edit = |edit: fn(&mut Saved)| {
            let mut edited = whole.clone();
            edit(&mut edited);
            lines(&edited.changes(&whole))
        };
        let told = edit(|saved| {
            saved.plan["steps"].as_array_mut().expect("steps").pop();
        });
        assert_eq!(told, ["old-1: the plan is to stop; now it would be to stop, remove"]);
        assert_eq!(edit(|saved| saved.plan["steps"][1]["after"] = serde_json::json!([])).len(), 1);
        assert_eq!(edit(|saved| saved.plan["steps"][0]["details"] = serde_json::json!({})).len(), 1);
        assert_eq!(edit(|saved| saved.asked.instances.extend(["more-1".to_owned()])).len(), 1);
        assert!(!edit(|saved| saved.plan = serde_json::json!("nothing")).is_empty());
        // Words, which may have times in them, decide nothing.
        assert_eq!(
            edit(|saved| saved.plan["steps"][0]["reason"] = "it is down (Exited 3 hours ago)".into()).len(),
            0
        );
        assert_eq!(edit(|saved| saved.plan["unchanged"][0]["reason"] = "Up 2 minutes".into()).len(), 0);
    });
}

#[test]
fn how_long_a_container_has_run_makes_no_other_plan_and_another_order_does() {
    block_on(async {
        // `db-1` was just started, so that it is verified and `web-1` waits for that; later it is not.
        let mut world = World::new(1);
        world.service("db", &[0], &[]);
        world.service("web", &[0, 0], &["db"]);
        world.instance_mut("db-1").container.restart =
            Some(RestartPolicy { name: "always".to_owned(), retries: 0 });
        let plan = apply::plan(&world.environment, &described(&world).await, &world.all(), PRUNE);
        assert!(world.run(plan).await.failures().is_empty());
        for name in ["web-1", "web-2"] {
            world.instance_mut(name).container.env.insert("A".into(), Some("b".into()));
        }
        let (_, young) = saved(&world, &described(&world).await, &world.all());
        let is_verified = |saved: &Saved| saved.plan["steps"].to_string().contains("\"verify\"");
        assert!(is_verified(&young), "{}", young.plan);
        tokio::time::advance(std::time::Duration::from_secs(100_000)).await;
        let (_, settled) = saved(&world, &described(&world).await, &world.all());
        assert!(!is_verified(&settled), "{}", settled.plan);
        assert_eq!(young.changes(&settled), []);
        assert_eq!(settled.changes(&young), []);
        // The same steps in another order are another plan, verified or not.
        let steps = young.plan["steps"].as_array().expect("steps");
        let is_change = |step: &serde_json::Value| step["action"] != "verify";
        let is_order = |wait: &serde_json::Value| {
            wait["step"]
                .as_u64()
                .is_some_and(|id| steps.iter().any(|step| step["id"] == id && is_change(step)))
        };
        for (at, step) in steps.iter().enumerate().filter(|(_, step)| is_change(step)) {
            let waits = &step["after"];
            if !waits.as_array().expect("waits").iter().any(is_order) {
                continue;
            }
            let mut edited = young.clone();
            edited.plan["steps"][at]["after"] = serde_json::json!([]);
            let changes = edited.changes(&settled);
            assert_eq!(changes, [Divergence::Plan], "{at}: {waits}");
        }
    });
}
