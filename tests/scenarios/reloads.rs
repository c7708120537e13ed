//! Files that are copied into running containers, whose programs read them again at a signal.

use maestro_core::{
    model::{
        carried::{CarriedFile, FileAccess},
        container::{Setting, SettingValue},
        update::Update,
    },
    observed::{ConfigComparison, Observed, revision::Author},
    plan::{
        Plan, StepId, Wait,
        action::{Action, ActionKind, ContainerAction},
        apply::{self, ApplyOptions},
        changes::ChangeKind,
        revision::{
            recorded,
            rollback::{self, Missing},
        },
        tidy,
    },
};
use maestro_engine::Containers as _;
use maestro_fake::{Behaviour, InjectedFault};
use maestro_run::store::LabelStore;

use crate::{
    apply::{block_on, described},
    world::{Outcome, World},
};

const ACCESS: FileAccess = FileAccess { uid: 0, gid: 0, mode: 0o444 };

/// Gives an instance files, each with its path, its content and its signal.
fn give(world: &mut World, instance: &str, files: &[(&str, &str, Option<&str>)]) {
    let instance = world.instance_mut(instance);
    let is_read_only = instance.container.settings.contains_key(&Setting::ReadOnly);
    let owner = instance.container.owner.clone();
    let file = |(path, content, signal): &(&str, &str, Option<&str>)| {
        let content = content.as_bytes().to_vec().into();
        let owner = (owner.environment.as_str(), owner.service.as_str());
        let file = CarriedFile::new(owner, path, ACCESS, is_read_only, content);
        file.on_change(signal.map(str::to_owned))
    };
    instance.files = files.iter().map(file).collect();
    instance.container.files = instance.files.specs();
}

fn web(content: &str) -> World {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    give(&mut world, "web-1", &[("/etc/web", content, Some("HUP"))]);
    world
}

async fn observed(world: &World) -> Observed {
    let mut observed = described(world).await;
    for (engine, state) in world.engines.iter().zip(&mut observed.ships) {
        let store = LabelStore::on(engine);
        store.observe_revisions(&world.environment.name, state).await;
        store.observe_files(&world.environment.name, state).await;
    }
    observed
}

async fn planned(world: &World) -> Plan {
    apply::plan(&world.environment, &observed(world).await, &world.all(), ApplyOptions::PLAIN)
}

async fn apply(world: &World) -> Outcome {
    let outcome = world.run(planned(world).await).await;
    assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
    let again = planned(world).await;
    assert!(!again.changes() && again.differing.is_empty(), "{again:?}");
    outcome
}

fn kinds(plan: &Plan) -> Vec<ActionKind> {
    plan.steps.iter().map(|step| step.action.kind()).collect()
}

async fn id(world: &World, container: &str) -> String {
    let seen = world.engines[0].inspect(container).await.expect("an answer");
    seen.expect("a container").description.id
}

fn records(world: &World) -> usize {
    world.engines[0].volume_names().iter().filter(|name| name.contains("-reloaded-")).count()
}

#[test]
fn a_container_gets_another_content_and_its_signal_and_is_not_replaced() {
    block_on(async {
        let mut world = web("one");
        apply(&world).await;
        let before = id(&world, "web-1").await;
        for (content, signals) in [("two", 1), ("three", 2), ("one", 3)] {
            give(&mut world, "web-1", &[("/etc/web", content, Some("HUP"))]);
            let plan = planned(&world).await;
            assert_eq!(kinds(&plan), [ActionKind::Reload, ActionKind::Ready]);
            assert_eq!(plan.changes_by_target()[0].kind, ChangeKind::Reload);
            assert_eq!(plan.differing[0].differences[0].field, "files./etc/web");
            apply(&world).await;
            assert_eq!(world.engines[0].file_in("web-1", "/etc/web").as_deref(), Some(content));
            assert_eq!(world.engines[0].signals_of("web-1").len(), signals);
            assert_eq!((id(&world, "web-1").await, records(&world)), (before.clone(), 1));
        }
    });
}

#[test]
fn what_a_container_has_is_known_after_a_reload() {
    block_on(async {
        let mut world = web("one");
        apply(&world).await;
        give(&mut world, "web-1", &[("/etc/web", "two", Some("HUP"))]);
        apply(&world).await;
        let seen = observed(&world).await;
        let container = &seen.holdings(maestro_core::model::ShipId(0)).unwrap().containers["web-1"];
        let declared = world.instance_mut("web-1").container.clone();
        assert_eq!(container.made(&declared), ConfigComparison::AsDeclared);
        give(&mut world, "web-1", &[("/etc/web", "one", Some("HUP"))]);
        let declared = world.instance_mut("web-1").container.clone();
        assert_eq!(container.made(&declared), ConfigComparison::Otherwise);
        // The file may stop asking for signals: what the container has stays the same.
        give(&mut world, "web-1", &[("/etc/web", "two", None)]);
        assert!(!planned(&world).await.changes());
    });
}

#[test]
fn more_than_such_contents_replaces_the_container() {
    block_on(async {
        let both = [("/etc/web", "one", Some("HUP")), ("/etc/other", "one", None)];
        let mut world = web("one");
        give(&mut world, "web-1", &both);
        apply(&world).await;
        let cases: [&[(&str, &str, Option<&str>)]; 4] = [
            &[("/etc/web", "two", Some("HUP")), ("/etc/other", "two", None)],
            &[("/etc/web", "one", Some("HUP")), ("/etc/other", "two", None)],
            &[("/etc/web", "two", Some("HUP"))],
            &[("/etc/web", "two", Some("HUP")), ("/etc/other", "one", None), ("/etc/new", "", Some("HUP"))],
        ];
        for files in cases {
            give(&mut world, "web-1", files);
            let kinds = kinds(&planned(&world).await);
            assert!(kinds.contains(&ActionKind::Create) && !kinds.contains(&ActionKind::Reload), "{files:?}");
        }
        give(&mut world, "web-1", &[("/etc/web", "two", Some("HUP")), ("/etc/other", "one", None)]);
        assert_eq!(kinds(&planned(&world).await)[0], ActionKind::Reload);
        world.instance_mut("web-1").container.user = Some("app".to_owned());
        assert!(!kinds(&planned(&world).await).contains(&ActionKind::Reload));
        // What is down gets its content in a new container.
        world.instance_mut("web-1").container.user = None;
        world.engines[0].kill("web-1").await.unwrap();
        assert!(kinds(&planned(&world).await).contains(&ActionKind::Create));
        apply(&world).await;
        assert_eq!(world.engines[0].file_in("web-1", "/etc/web").as_deref(), Some("two"));
    });
}

#[test]
fn each_signal_is_sent_once_for_all_files() {
    block_on(async {
        let files = |content| {
            [("/a", content, Some("USR1")), ("/b", content, Some("HUP")), ("/c", content, Some("HUP"))]
        };
        let mut world = web("one");
        give(&mut world, "web-1", &files("one"));
        apply(&world).await;
        give(&mut world, "web-1", &files("two"));
        apply(&world).await;
        assert_eq!(world.engines[0].signals_of("web-1"), ["HUP", "USR1"]);
    });
}

#[test]
fn a_run_that_is_killed_at_any_call_is_made_good_by_the_next() {
    block_on(async {
        for (method, is_told) in
            [("copy_files", false), ("signal", false), ("create_volume", true), ("remove_volume", true)]
        {
            let mut world = web("zero");
            apply(&world).await;
            give(&mut world, "web-1", &[("/etc/web", "one", Some("HUP"))]);
            apply(&world).await;
            give(&mut world, "web-1", &[("/etc/web", "two", Some("HUP"))]);
            let before = id(&world, "web-1").await;
            world.engines[0].fail_next(method, "", InjectedFault::Refused("killed".to_owned()));
            let outcome = world.run(planned(&world).await).await;
            assert_eq!(outcome.failures().len(), 1, "{method}");
            apply(&world).await;
            assert_eq!(world.engines[0].file_in("web-1", "/etc/web").as_deref(), Some("two"));
            let signals = world.engines[0].signals_of("web-1").len();
            assert_eq!(signals, if is_told && method == "create_volume" { 3 } else { 2 }, "{method}");
            assert_eq!(id(&world, "web-1").await, before);
            for fault in [InjectedFault::AnswerLost, InjectedFault::RequestLost] {
                give(&mut world, "web-1", &[("/etc/web", &format!("{fault:?}"), Some("HUP"))]);
                world.engines[0].fail_next(method, "", fault);
                apply(&world).await;
            }
        }
    });
}

#[test]
fn as_many_instances_at_once_as_update_says() {
    block_on(async {
        let mut world = World::new(1);
        world.service("web", &[0, 0, 0], &[]);
        let all = |world: &mut World, content: &str| {
            for instance in ["web-1", "web-2", "web-3"] {
                give(world, instance, &[("/etc/web", content, Some("HUP"))]);
            }
        };
        all(&mut world, "one");
        apply(&world).await;
        all(&mut world, "two");
        let waits = |plan: &Plan| {
            let reloads = plan.steps.iter().filter(|step| step.action.kind() == ActionKind::Reload);
            reloads.map(|step| step.after.clone()).collect::<Vec<_>>()
        };
        let plan = planned(&world).await;
        assert_eq!(waits(&plan), [vec![], vec![Wait::Step(StepId(1))], vec![Wait::Step(StepId(3))]]);
        world.environment.services[0].update =
            Update { parallel: 2.try_into().unwrap(), ..Update::default() };
        assert_eq!(waits(&planned(&world).await), [vec![], vec![], vec![Wait::Step(StepId(1))]]);
    });
}

#[test]
fn a_program_that_ends_at_its_signal_is_told() {
    block_on(async {
        let mut world = web("one");
        apply(&world).await;
        give(&mut world, "web-1", &[("/etc/web", "two", Some("HUP"))]);
        let plan = planned(&world).await;
        world.engines[0].behave("app", Behaviour::default());
        world.engines[0].end_at_signals("web-1", 129);
        let outcome = world.run(plan).await;
        let failure = outcome.failure_texts()[0].clone();
        assert_eq!(failure.exit_code, Some(129), "{failure:?}");
        assert_eq!(failure.reason, "the program ended at HUP, the signal of its changed files");
        assert!(failure.next.contains("remove `on_change` of these files"), "{failure:?}");
    });
}

#[test]
fn a_record_goes_with_its_container() {
    block_on(async {
        let mut world = web("one");
        apply(&world).await;
        give(&mut world, "web-1", &[("/etc/web", "two", Some("HUP"))]);
        apply(&world).await;
        assert_eq!(records(&world), 1);
        world.instance_mut("web-1").container.user = Some("app".to_owned());
        apply(&world).await;
        assert_eq!(records(&world), 0);
        // Or with the next run, if somebody else removed the container.
        give(&mut world, "web-1", &[("/etc/web", "three", Some("HUP"))]);
        apply(&world).await;
        world.engines[0].kill("web-1").await.unwrap();
        world.engines[0].remove("web-1").await.unwrap();
        apply(&world).await;
        assert_eq!(records(&world), 0);
    });
}

#[test]
fn a_volume_of_files_whose_container_is_gone_is_removed_by_apply_and_by_clean() {
    block_on(async {
        for is_clean in [false, true] {
            let mut world = web("one");
            world.instance_mut("web-1").container.settings =
                [(Setting::ReadOnly, SettingValue::Flag(true))].into();
            give(&mut world, "web-1", &[("/etc/web/a", "one", None)]);
            apply(&world).await;
            let first = world.engines[0].volumes_of("web-1")["/etc/web"].clone();
            give(&mut world, "web-1", &[("/etc/web/a", "two", None)]);
            let removes = |plan: &Plan| {
                plan.steps
                    .iter()
                    .any(|step| matches!(&step.action, Action::Container(ContainerAction::Remove { .. })))
            };
            let plan = planned(&world).await;
            assert!(removes(&plan));
            // As if the run were killed after the container was removed.
            world.engines[0].fail_next("remove_volume", "", InjectedFault::Refused("killed".to_owned()));
            assert_eq!(world.run(plan).await.failures().len(), 1);
            assert!(world.engines[0].volume_names().contains(&first));
            if is_clean {
                let plan = tidy::plan_clean(&world.environment, &observed(&world).await, &world.all(), false);
                assert_eq!(kinds(&plan), [ActionKind::RemoveVolume]);
                world.run(plan).await;
            } else {
                apply(&world).await;
            }
            let now: Vec<String> = world.engines[0].volumes_of("web-1").into_values().collect();
            assert_eq!(world.engines[0].volume_names(), now);
        }
    });
}

#[test]
fn a_rollback_needs_the_contents_from_before_a_reload() {
    block_on(async {
        let mut world = web("one");
        let apply_and_record = async |world: &World| {
            let observed = observed(world).await;
            let plan = apply::plan(&world.environment, &observed, &world.all(), ApplyOptions::PLAIN);
            let plan = recorded(plan, &world.environment, &observed, &Author::default());
            let outcome = world.run(plan).await;
            assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
        };
        apply_and_record(&world).await;
        give(&mut world, "web-1", &[("/etc/web", "two", Some("HUP"))]);
        apply_and_record(&world).await;
        let back = async |world: &World| {
            rollback::plan(&world.environment, &observed(world).await, Some(1), ApplyOptions::PLAIN)
        };
        let missing = back(&world).await.unwrap_err();
        assert!(
            matches!(&missing[..], [Missing::Files { files, .. }] if *files == ["/etc/web"]),
            "{missing:?}"
        );
        // If the file gives it, it is copied as any other content.
        give(&mut world, "web-1", &[("/etc/web", "one", Some("HUP"))]);
        let way = back(&world).await.unwrap();
        assert!(kinds(&way.plan).contains(&ActionKind::Reload), "{:?}", way.plan);
        world.environment = way.environment;
        assert!(world.run(way.plan).await.failures().is_empty());
        assert_eq!(world.engines[0].file_in("web-1", "/etc/web").as_deref(), Some("one"));
    });
}
