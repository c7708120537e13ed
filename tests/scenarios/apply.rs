//! `apply`: what runs becomes what the file says, and a second one finds nothing to do.

use std::{collections::BTreeSet, time::Duration};

use maestro_core::{
    model::{
        container::{
            ContainerNames, ContainerSpec, Mount, Network, Port, Protocol, RestartPolicy, Setting,
            SettingValue, Ulimit,
        },
        graph::Direction,
        selection::{Request, select},
    },
    observed::{
        ContainerState, Observed,
        description::{Description, ImageDefaults},
    },
    plan::{
        Plan,
        action::{Action, ContainerAction},
        apply::{self, ApplyOptions},
        drift::{FieldValue, ObservedContainer, differences},
        reason::Note,
    },
};
use maestro_engine::{Containers as _, observe};
use maestro_fake::InjectedFault;
use proptest::prelude::*;

use crate::world::World;

const PLAIN: ApplyOptions = ApplyOptions::PLAIN;
const PRUNE: ApplyOptions = ApplyOptions { prune: true, ..PLAIN };

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(future)
}

pub async fn described(world: &World) -> Observed {
    let mut observed = world.observe().await;
    for (state, engine) in observed.ships.iter_mut().zip(world.all_engines()) {
        observe::describe(
            &*engine,
            &world.environment.name,
            &observe::Describing::of(&world.environment),
            state,
        )
        .await;
    }
    observed
}

pub async fn planned(world: &World, options: ApplyOptions) -> Plan {
    apply::plan(&world.environment, &described(world).await, &world.all(), options)
}

/// Applies, and holds that a second one finds nothing to do.
pub async fn converge(world: &World, options: ApplyOptions) -> Plan {
    let plan = planned(world, options).await;
    let outcome = world.run(plan.clone()).await;
    assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
    let again = planned(world, options).await;
    assert!(!again.changes() && again.differing.is_empty(), "{again:?}");
    plan
}

/// `stop web-1`, in the order of the plan; what is not ours has its container's name.
fn actions(world: &World, plan: &Plan) -> Vec<String> {
    let expected = plan.steps.iter().filter(|step| step.compensation.is_none());
    let whom = |step: &maestro_core::plan::Step| match (&step.action, step.instance) {
        (
            Action::Container(
                ContainerAction::Stop { container, .. } | ContainerAction::Remove { container, .. },
            ),
            _,
        ) => container.clone(),
        (_, Some(id)) => world.environment.instance(id).name.clone(),
        (_, None) => "all".to_owned(),
    };
    expected.map(|step| format!("{} {}", step.action.word(), whom(step))).collect()
}

pub fn fields(plan: &Plan) -> Vec<String> {
    let each = plan.differing.iter().flat_map(|differing| &differing.differences);
    each.map(|d| {
        let shown = |value: &Option<FieldValue>| {
            value.as_ref().map_or_else(|| "nothing".to_owned(), maestro_report::explain::difference::value)
        };
        format!("{}: {} → {}", d.field, shown(&d.running), shown(&d.declared))
    })
    .collect()
}

/// A database, a web service that requires it and is linked to it, and a cache that stands alone.
fn shop() -> World {
    let mut world = World::new(1);
    world.service("db", &[0], &[]);
    world.service("web", &[0], &["db"]);
    world.service("cache", &[0], &[]);
    let links = vec![("db-1".to_owned(), "db".to_owned())];
    world.instance_mut("web-1").container.network =
        Network::Environment { name: "maestro-world".into(), links };
    world
}

fn port(host: u16) -> Port {
    Port {
        name: "http".into(),
        container: 80,
        host,
        count: 1,
        choice: 1,
        protocol: Protocol::Tcp,
        bind: None,
        ipv6: false,
    }
}

#[test]
fn only_what_differs_is_replaced_and_its_dependants_stay() {
    block_on(async {
        let mut world = shop();
        converge(&world, PLAIN).await;
        world.instance_mut("db-1").container.env.insert("A".into(), Some("1".into()));
        let plan = converge(&world, PLAIN).await;
        assert_eq!(fields(&plan), ["env.A: nothing → 1"]);
        assert_eq!(
            actions(&world, &plan),
            [
                "create db-1",
                "stop db-1",
                "rename db-1",
                "rename db-1",
                "start db-1",
                "ready db-1",
                "remove db-1.previous"
            ]
        );
        assert_eq!(plan.unchanged.len(), 2);
    });
}

#[test]
fn what_differs_is_replaced_in_order_and_goes_down_one_after_the_other() {
    block_on(async {
        let mut world = shop();
        converge(&world, PLAIN).await;
        for name in ["db-1", "web-1"] {
            world.instance_mut(name).container.user = Some("nobody".into());
        }
        let plan = planned(&world, PLAIN).await;
        let outcome = world.run(plan).await;
        let at = |action, name, done| outcome.at(action, name, done).unwrap();
        assert!(at("ready", "db-1", true) < at("stop", "web-1", false));
        assert!(at("ready", "db-1", true) < at("start", "web-1", false));
    });
}

#[test]
fn a_moved_tag_is_a_difference_and_another_name_of_the_same_image_is_none() {
    block_on(async {
        let mut world = shop();
        converge(&world, PLAIN).await;
        world.engines[0].add_image("app");
        let plan = converge(&world, PLAIN).await;
        assert!(fields(&plan).iter().all(|field| field.starts_with("image: app (")), "{:?}", fields(&plan));
        assert_eq!(plan.differing.len(), 3);
        // Its image is fetched before the old one is stopped; if it cannot be had, the old one runs on.
        world.instance_mut("cache-1").container.image = "gone".into();
        let plan = planned(&world, PLAIN).await;
        let outcome = world.run(plan).await;
        assert_eq!(outcome.failures().len(), 1);
        assert_eq!(world.engines[0].states()["cache-1"], ContainerState::Running);
    });
}

#[test]
fn what_was_changed_by_hand_is_put_right() {
    type Change = fn(&mut Description);
    let changes: [(&str, Change); 10] = [
        ("limits.memory: 64 MiB → nothing", |d| d.memory = 64 << 20),
        ("cpus: 1 → nothing", |d| {
            d.settings.insert(Setting::Cpus, SettingValue::Number(1_000_000_000));
        }),
        ("limits.CpusetMems: 0 → nothing", |d| {
            d.other_limits.insert("CpusetMems".into(), "0".into());
        }),
        ("blkio_config.weight: 500 → nothing", |d| {
            d.settings.insert(Setting::BlkioWeight, SettingValue::Number(500));
        }),
        ("restart: always → no", |d| d.restart.0 = "always".into()),
        ("networks.maestro-world: nothing → connected", |d| d.networks.clear()),
        ("networks.other: connected → nothing", |d| {
            d.networks
                .insert("other".into(), maestro_core::observed::description::AttachedNetwork::default());
        }),
        ("links.db: nothing → db-1", |d| {
            d.networks.values_mut().for_each(|endpoint| endpoint.links.clear());
        }),
        ("aliases: extra → nothing", |d| {
            d.networks.values_mut().for_each(|endpoint| endpoint.aliases = ["extra".to_owned()].into());
        }),
        ("limits.cpu: 100 → nothing", |d| d.cpu_shares = 100),
    ];
    block_on(async {
        let world = shop();
        converge(&world, PLAIN).await;
        for (field, change) in changes {
            world.engines[0].tamper("web-1", change);
            let plan = converge(&world, PLAIN).await;
            assert_eq!(fields(&plan), [field]);
        }
    });
}

#[test]
fn a_renamed_container_gets_its_name_back_and_runs_on() {
    block_on(async {
        let mut world = shop();
        world.instance_mut("web-1").container.ports.push(port(8080));
        world.instance_mut("web-1").ports.push(port(8080));
        converge(&world, PLAIN).await;
        world.engines[0].rename_by_hand("web-1", "mine").unwrap();
        let plan = converge(&world, PLAIN).await;
        assert_eq!(fields(&plan), ["name: mine → web-1"]);
        assert_eq!(actions(&world, &plan), ["rename web-1"]);
        assert!(plan.orphans.is_empty());
    });
}

#[test]
fn what_is_down_and_does_not_differ_is_started_again_as_it_is() {
    block_on(async {
        let world = shop();
        converge(&world, PLAIN).await;
        world.engines[0].kill("db-1").await.unwrap();
        let plan = converge(&world, PLAIN).await;
        assert_eq!(actions(&world, &plan), ["start db-1", "ready db-1"]);
    });
}

#[test]
fn what_the_file_does_not_declare_is_told_and_removed_only_if_asked() {
    block_on(async {
        let mut world = shop();
        converge(&world, PLAIN).await;
        let mut stranger = World::new(1);
        stranger.engines = world.engines.clone();
        stranger.environment.name = "another".into();
        stranger.service("theirs", &[0], &[]);
        let spec = &mut stranger.instance_mut("theirs-1").container;
        spec.owner.environment = "another".into();
        spec.network = Network::Environment { name: "maestro-another".into(), links: Vec::new() };
        converge(&stranger, PLAIN).await;
        world.engines[0].add_foreign("nobodys", "app", ContainerState::Running);
        // The file loses web and db; web is linked to db.
        let services = std::mem::take(&mut world.environment.services);
        let instances = std::mem::take(&mut world.environment.instances);
        world.service("cache", &[0], &[]);
        let plan = converge(&world, PLAIN).await;
        let names: Vec<&str> = plan.orphans.iter().map(|orphan| orphan.container.as_str()).collect();
        assert_eq!(names, ["web-1", "db-1"]);
        assert!(plan.steps.is_empty());
        let plan = converge(&world, PRUNE).await;
        assert_eq!(actions(&world, &plan), ["stop web-1", "remove web-1", "stop db-1", "remove db-1"]);
        let left: Vec<String> = world.engines[0].states().into_keys().collect();
        assert_eq!(left, ["cache-1", "nobodys", "theirs-1"]);
        assert_eq!((services.len(), instances.len()), (3, 3));
    });
}

#[test]
fn an_orphan_in_the_way_of_a_port_goes_first() {
    block_on(async {
        let mut world = World::new(1);
        world.service("old", &[0], &[]);
        world.instance_mut("old-1").container.ports.push(port(8080));
        converge(&world, PLAIN).await;
        world.environment.services.clear();
        world.environment.instances.clear();
        world.service("new", &[0], &[]);
        world.instance_mut("new-1").ports.push(port(8080));
        world.instance_mut("new-1").container.ports.push(port(8080));
        let plan = planned(&world, PLAIN).await;
        assert_eq!(plan.remarks[0].note, Note::OrphanHasPort("old-1".into()));
        let plan = converge(&world, PRUNE).await;
        assert_eq!(
            actions(&world, &plan),
            ["stop old-1", "create new-1", "start new-1", "ready new-1", "remove old-1"]
        );
    });
}

#[test]
fn what_moved_to_another_ship_is_no_orphan_and_left_alone_if_a_ship_is_not_known() {
    block_on(async {
        let mut world = World::new(2);
        world.service("web", &[0], &[]);
        converge(&world, PLAIN).await;
        world.instance_mut("web-1").ship = maestro_core::model::ShipId(1);
        let mut observed = described(&world).await;
        let plan = apply::plan(&world.environment, &observed, &world.all(), PLAIN);
        assert_eq!((plan.orphans.len(), plan.moves.len()), (0, 1));
        observed.ships[1] = maestro_core::observed::ShipState::Unreachable { reason: "gone".into() };
        let plan = apply::plan(&world.environment, &observed, &world.all(), PRUNE);
        assert!(plan.orphans.is_empty() && plan.steps.is_empty(), "{plan:?}");
        let plan = converge(&world, PRUNE).await;
        assert_eq!(actions(&world, &plan).last().unwrap(), "remove web-1");
        // Two ships that are one engine have no orphans of each other.
        let mut world = World::on_one_engine(2);
        world.service("web", &[0, 1], &[]);
        converge(&world, PLAIN).await;
        assert!(planned(&world, PRUNE).await.orphans.is_empty());
    });
}

#[test]
fn what_shares_volumes_or_a_network_with_a_replaced_container_is_replaced_too() {
    block_on(async {
        let mut world = shop();
        world.instance_mut("web-1").container.volumes_from.push("db-1".into());
        world.instance_mut("cache-1").container.network =
            Network::Mode { mode: "container:web-1".into(), links: Vec::new() };
        converge(&world, PLAIN).await;
        world.instance_mut("db-1").container.user = Some("nobody".into());
        let plan = planned(&world, PLAIN).await;
        assert_eq!(
            fields(&plan),
            [
                "username: nothing → nobody",
                "volumes_from: db-1 as it was → db-1, which is replaced",
                "net: web-1 as it was → web-1, which is replaced"
            ]
        );
        // An engine keeps the id that the name has when the container is created.
        let outcome = world.run(plan).await;
        let at = |action, name, done| outcome.at(action, name, done).expect("it was done");
        assert!(at("create", "db-1", true) < at("create", "web-1", false));
        assert!(at("create", "web-1", true) < at("create", "cache-1", false));
    });
}

#[test]
fn nothing_of_somebody_else_is_touched() {
    block_on(async {
        let mut world = World::new(1);
        world.service("web", &[0], &[]);
        world.engines[0].add_foreign("web-1", "app", ContainerState::Running);
        let plan = planned(&world, PRUNE).await;
        assert!(plan.steps.is_empty() && plan.blocked.len() == 1);
        let adopting = ApplyOptions { adopt: true, ..PLAIN };
        let plan = converge(&world, adopting).await;
        assert_eq!(actions(&world, &plan)[1..3], ["stop web-1", "remove web-1"]);
    });
}

#[test]
fn secrets_are_told_to_differ_and_not_shown() {
    block_on(async {
        let mut world = shop();
        let env = |world: &mut World, value: &str| {
            world.instance_mut("web-1").container.env.insert("DB_PASSWORD".into(), Some(value.into()));
        };
        env(&mut world, "first-one");
        converge(&world, PLAIN).await;
        env(&mut world, "second-one");
        let plan = planned(&world, PLAIN).await;
        assert_eq!(fields(&plan), ["env.DB_PASSWORD: (hidden) → (hidden)"]);
    });
}

#[test]
fn a_selection_is_not_widened() {
    block_on(async {
        let mut world = shop();
        converge(&world, PLAIN).await;
        for name in ["db-1", "web-1", "cache-1"] {
            world.instance_mut(name).container.user = Some("nobody".into());
        }
        let request = Request { things: vec!["web".into()], ..Request::default() };
        let selected = select(&world.environment, &request, Direction::NeedsFirst).unwrap();
        let plan = apply::plan(&world.environment, &described(&world).await, &selected, PLAIN);
        assert!(actions(&world, &plan).iter().all(|action| action.contains(" web-1")), "{plan:?}");
    });
}

#[test]
fn every_change_of_the_file_is_told() {
    type Change = fn(&mut ContainerSpec);
    let mount = |mode: &str| Mount { source: "/data".into(), target: "/in".into(), mode: mode.into() };
    let mut before = shop().instance_mut("web-1").container.clone();
    before.mounts = vec![mount("rw")];
    before.labels = [("team".to_owned(), "shop".to_owned())].into();
    before.log_opt = [("token".to_owned(), "hush".to_owned())].into();
    before.command = Some(vec!["serve".into(), "all".into()]);
    before.extra_hosts = [("there".to_owned(), "10.0.0.1".to_owned())].into();
    let changes: [(&[&str], Change); 20] = [
        (&["command: serve all → serve"], |s| s.command = Some(vec!["serve".into()])),
        (&["command: serve all → nothing"], |s| s.command = None),
        (&["username: nothing → me"], |s| s.user = Some("me".into())),
        (&["workdir: nothing → /srv"], |s| s.workdir = Some("/srv".into())),
        (&["env.A: nothing → 1"], |s| drop(s.env.insert("A".into(), Some("1".into())))),
        (&["ports.80/tcp: nothing → 0.0.0.0:8080"], |s| s.ports.push(port(8080))),
        (&["volumes./in: /data → nothing"], |s| s.mounts.clear()),
        (&["volumes./in: /data → /data (ro)"], |s| s.mounts[0].mode = "ro".into()),
        (&["container_volumes./own: nothing → a volume of its own"], |s| s.volumes.push("/own".into())),
        (&["labels.team: shop → nothing"], |s| s.labels.clear()),
        (&["log_opt.token: (hidden) → nothing"], |s| s.log_opt.clear()),
        (&["log_driver: json-file → syslog"], |s| s.log_driver = Some("syslog".into())),
        (&["extra_hosts.there: 10.0.0.1 → ::1"], |s| s.extra_hosts["there"] = "::1".into()),
        (&["dns: nothing → 1.1.1.1, 8.8.8.8"], |s| s.dns = vec!["1.1.1.1".into(), "8.8.8.8".into()]),
        (&["privileged: false → true"], |s| s.privileged = true),
        (&["cap_drop: nothing → CHOWN"], |s| s.cap_drop = vec!["CAP_CHOWN".into()]),
        (&["security_opt: nothing → no-new-privileges"], |s| {
            s.security_opt = vec!["no-new-privileges".into()];
        }),
        (&["restart: no → on-failure:2"], |s| {
            s.restart = Some(RestartPolicy { name: "on-failure".into(), retries: 2 });
        }),
        (&["limits.memory: nothing → 64 MiB"], |s| s.memory = Some(64 << 20)),
        (&["net: maestro-world → host"], |s| {
            s.network = Network::Mode { mode: "host".into(), links: Vec::new() };
        }),
    ];
    block_on(async {
        let mut world = shop();
        world.instance_mut("web-1").container = before.clone();
        converge(&world, PLAIN).await;
        for (told, change) in changes {
            world.instance_mut("web-1").container = before.clone();
            change(&mut world.instance_mut("web-1").container);
            let plan = planned(&world, PLAIN).await;
            let told: Vec<String> = told.iter().map(|told| (*told).to_owned()).collect();
            assert_eq!(fields(&plan), told);
        }
        // What no engine is told makes no difference, and no other hash.
        world.instance_mut("web-1").container = before.clone();
        world.instance_mut("web-1").container.env.extend([("B".into(), None), ("A".into(), None)]);
        let one = world.instance_mut("web-1").container.hash().to_owned();
        world.instance_mut("web-1").container.env.sort_keys();
        assert_eq!(world.instance_mut("web-1").container.hash(), one);
    });
}

/// All that an instance can be made of.
pub fn specs() -> impl Strategy<Value = Change> {
    let word = "[a-z]{1,6}";
    let words = || prop::collection::vec("[a-z]{1,6}", 0..3);
    let pairs = || prop::collection::btree_map("[A-Z]{1,4}", prop::option::of("[a-z0-9]{0,4}"), 0..4);
    let sizes = || prop::option::of(1_i64..1 << 40);
    let ports = prop::collection::vec((1_u16..9, 1_u16..60_000, 1_u16..3, any::<bool>()), 0..4);
    let texts = (prop::option::of(word), prop::option::of("/[a-z]{1,5}/?"), prop::option::of(words()));
    (pairs(), ports, words(), words(), (sizes(), sizes(), sizes()), texts, any::<bool>(), 0_usize..5)
        .prop_map(
            |(
                env,
                ports,
                paths,
                names,
                (cpu, memory, swap),
                (user, workdir, command),
                privileged,
                network,
            )| {
                Change {
                    env,
                    ports,
                    paths,
                    names,
                    cpu,
                    memory,
                    swap,
                    user,
                    workdir,
                    command,
                    privileged,
                    network,
                }
            },
        )
}

#[derive(Debug, Clone)]
pub struct Change {
    env: std::collections::BTreeMap<String, Option<String>>,
    ports: Vec<(u16, u16, u16, bool)>,
    paths: Vec<String>,
    names: Vec<String>,
    cpu: Option<i64>,
    memory: Option<i64>,
    swap: Option<i64>,
    user: Option<String>,
    workdir: Option<String>,
    command: Option<Vec<String>>,
    privileged: bool,
    network: usize,
}

impl Change {
    pub fn on(self, spec: &mut ContainerSpec) {
        let names: BTreeSet<String> = self.names.into_iter().collect();
        let paths: BTreeSet<String> = self.paths.into_iter().collect();
        spec.env.extend(self.env);
        spec.ports = self
            .ports
            .into_iter()
            .map(|(container, host, count, udp)| Port {
                name: format!("p{container}"),
                container,
                host,
                count,
                choice: 1,
                protocol: if udp { Protocol::Udp } else { Protocol::Tcp },
                ipv6: false,
                bind: udp.then(|| [127, 0, 0, 1].into()),
            })
            .collect();
        spec.mounts = paths
            .iter()
            .map(|path| Mount {
                source: format!("/{path}"),
                target: format!("/in/{path}"),
                mode: "ro".into(),
            })
            .collect();
        spec.volumes = names.iter().map(|name| format!("/own/{name}/")).collect();
        spec.labels = names.iter().map(|name| (name.clone(), "x".to_owned())).collect();
        spec.log_opt = names.iter().map(|name| (name.clone(), "1".to_owned())).collect();
        spec.extra_hosts = names.iter().map(|name| (name.clone(), "::1".to_owned())).collect();
        spec.ulimits = names.iter().map(|name| Ulimit { name: name.clone(), soft: 1, hard: 2 }).collect();
        spec.cap_add = names.iter().map(|name| name.to_uppercase()).collect();
        spec.restart = spec.user.is_none().then(|| RestartPolicy { name: "on-failure".into(), retries: 3 });
        (spec.cpu_shares, spec.memory, spec.memory_swap) = (self.cpu, self.memory, self.swap);
        (spec.user, spec.workdir, spec.command) = (self.user, self.workdir, self.command);
        spec.privileged = self.privileged;
        let mode = ["host", "none", "bridge", "container:other"].get(self.network);
        if let Some(mode) = mode {
            spec.network = Network::Mode { mode: (*mode).to_owned(), links: Vec::new() };
        }
    }
}

/// What an image adds that is none of the file's business.
pub fn additions() -> ImageDefaults {
    ImageDefaults {
        command: vec!["serve".into()],
        env: [("PATH".to_owned(), Some("/bin".to_owned())), ("A".to_owned(), Some("image".to_owned()))]
            .into(),
        user: "app".into(),
        workdir: "/srv".into(),
        labels: [("maintainer".to_owned(), "them".to_owned())].into(),
        volumes: ["/data".to_owned()].into(),
        settings: [
            (Setting::Entrypoint, SettingValue::Texts(vec!["/entry".to_owned()])),
            (Setting::StopSignal, SettingValue::Text("SIGQUIT".to_owned())),
            (Setting::HealthRetries, SettingValue::Number(5)),
        ]
        .into(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_container_does_not_differ_from_what_it_was_made_of(change in specs(), other in specs()) {
        block_on(async {
            let mut world = World::new(1);
            world.engines[0].image_adds("app", additions());
            world.service("web", &[0], &[]);
            change.clone().on(&mut world.instance_mut("web-1").container);
                world.engines[0].create("web-1", &world.environment.instances[0].container, &[].into(), &ContainerNames::default()).await.unwrap();
            let found = |world: &World, observed: &Observed| {
                let holdings = observed.holdings(maestro_core::model::ShipId(0)).unwrap();
                let instance = &world.environment.instances[0];
                let container = &holdings.containers["web-1"];
                differences(&world.environment, instance, ObservedContainer::of(instance, container, holdings).unwrap())
            };
            let observed = described(&world).await;
            let same = found(&world, &observed);
            assert!(same.is_empty(), "{same:?}");
            // Another declaration differs as soon as an engine would be told something else.
            let before = world.environment.instances[0].container.clone();
            let mut fresh = World::new(1);
            fresh.service("web", &[0], &[]);
            other.clone().on(&mut fresh.instance_mut("web-1").container);
            world.instance_mut("web-1").container = fresh.environment.instances[0].container.clone();
            let differ = found(&world, &observed);
            if world.environment.instances[0].container.hash() == before.hash() {
                assert!(differ.is_empty(), "{differ:?}");
            }
            // And back again: it is symmetric, in what differs, for what both say.
            world.instance_mut("web-1").container = before;
            assert!(found(&world, &observed).is_empty());
        });
    }

    #[test]
    fn killed_at_any_point_the_next_apply_carries_on(failing in 0_usize..12, change in specs()) {
        block_on(async {
            let mut world = shop();
            converge(&world, PLAIN).await;
            for name in ["db-1", "web-1", "cache-1"] {
                let spec = &mut world.instance_mut(name).container;
                let (network, ports) = (spec.network.clone(), spec.ports.clone());
                change.clone().on(spec);
                (spec.network, spec.ports, spec.hostname) = (network, ports, Some("anew".to_owned()));
            }
            let methods = ["stop", "remove", "rename", "start"];
            let names = ["db-1", "web-1", "cache-1"];
            let id = world.engines[0].calls().len();
            // Stops and removals are asked for by id, so any of them is the next.
            let about = if failing % 4 < 3 { "" } else { names[failing / 4] };
            world.engines[0].fail_next(methods[failing % 4], about, InjectedFault::Unreachable);
            let plan = planned(&world, PLAIN).await;
            let outcome = world.run(plan).await;
            assert!(!outcome.failures().is_empty() && world.engines[0].calls().len() > id);
            tokio::time::sleep(Duration::from_secs(1)).await;
            converge(&world, PLAIN).await;
            assert!(world.engines[0].states().values().all(|state| *state == ContainerState::Running));
        });
    }
}
