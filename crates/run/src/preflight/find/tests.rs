use std::{collections::BTreeMap, net::IpAddr, path::Path};

use super::*;
use crate::preflight::{HostFacts, Offer, Offered, Questions};
use maestro_core::{
    model::{ShipId, container::Protocol, registry::PullFault},
    observed::{Container, ContainerState, Holdings, Published, ShipState},
    plan::{
        action::{ActionKind, ContainerAction},
        apply,
        reason::Reason,
        start,
    },
    source::Sources,
    value::setting::{Setting, SettingValue},
};
use maestro_engine::{credentials::FoundLogin, pull::RemoteImage};
use maestro_file::{
    document,
    resolve::{Surroundings, resolve},
};
use maestro_report::preflight::{CommandOutcome, Occasion, text};

const FILE: &str = "name: shop
ships:
  near: {host: 'unix:///var/run/docker.sock', ip: 10.0.0.1}
  far: {host: 'ssh://ops@10.0.0.2', ip: 10.0.0.2}
services:
  db:
    image: registry.example/db:2
    ports: {sql: 5432}
    instances:
      db-1: {ship: far}
  web:
    image: registry.example/web:9
    ports: {http: '80:8080', names: 53/udp}
    instances:
      web-1:
        ship: near
        volumes: {/data: /srv/web/data, /etc/web: /etc/passwd/web}
        links: {db-1: db}
      web-2:
        ship: near
        ports: {http: '80:8080', names: '53/udp:54/udp'}
";

struct Case {
    environment: Environment,
    sources: Sources,
    observed: Observed,
}

fn container(name: &str, ports: &[Published], environment: Option<&str>) -> Container {
    let labels = environment.map(|of| {
        let label = |name: &str, value: &str| (format!("maestro.{name}"), value.to_owned());
        [label("environment", of), label("instance", name), label("config", "old")]
    });
    Container {
        id: format!("{name}-0123456789abcdef"),
        name: name.to_owned(),
        image: "nginx:1".to_owned(),
        image_id: String::new(),
        state: ContainerState::Running,
        status: "Up 2 days".to_owned(),
        labels: labels.into_iter().flatten().collect(),
        published: ports.to_vec(),
        networks: Vec::new(),
        on_host_network: false,
        mounts: Vec::new(),
    }
}

fn tcp(port: u16) -> Published {
    Published { address: None, port, protocol: Protocol::Tcp }
}

fn udp(port: u16) -> Published {
    Published { address: None, port, protocol: Protocol::Udp }
}

/// What `FILE` says, where these containers run.
fn told(near: Vec<Container>, far: Vec<Container>) -> Case {
    told_of(FILE, near, far)
}

/// What a file with the ships of `FILE` says, where these containers run.
fn told_of(file: &str, near: Vec<Container>, far: Vec<Container>) -> Case {
    let variables = BTreeMap::new();
    let document::Loaded { mut sources, yaml, diagnostics: mut found } =
        document::load("shop.yaml", file.into(), Path::new("."), &variables);
    let document = document::file::read(&yaml.unwrap(), &mut found).unwrap();
    let read = |_: &Path| Ok(Vec::new());
    let surroundings = Surroundings::new(Path::new("."), &variables);
    let environment = resolve(&document, &mut sources, &read, surroundings, &mut found).unwrap();
    let ship = |identity: &str, containers: Vec<Container>| {
        ShipState::Answering(Holdings {
            engine_id: Some(identity.to_owned()),
            containers: containers.into_iter().map(|one| (one.name.clone(), one)).collect(),
            images: Some([("registry.example/db:2".to_owned(), "db".to_owned())].into()),
            networks: Some([].into()),
            ..Holdings::default()
        })
    };
    Case {
        environment,
        sources,
        observed: Observed { ships: vec![ship("a", near), ship("b", far)], ..Observed::default() },
    }
}

fn machine() -> HostFacts {
    let room = DiskSpace { total: 100 << 30, free: 50 << 30 };
    HostFacts {
        room: Ok(Some(room)),
        listening: Ok(Some(Vec::new())),
        answering: [].into(),
        has_mirrors: false,
        platform: "linux/amd64".to_owned(),
        api: None,
    }
}

impl Case {
    fn applied(&self) -> Plan {
        let all = self.environment.instance_ids().collect();
        apply::plan(&self.environment, &self.observed, &all, apply::ApplyOptions::default())
    }

    fn started(&self) -> Plan {
        let all = self.environment.instance_ids().collect();
        start::plan(&self.environment, &self.observed, &all, start::StartOptions::default())
    }

    fn text(&self, plan: &Plan, answers: &Answers) -> String {
        let mut found = findings(&self.environment, &self.observed, plan, answers);
        let refused = found.iter().any(|found| found.weight == Weight::Error);
        if refused {
            found.extend(held(&self.environment, plan));
        }
        let outcome = if refused { CommandOutcome::Refused } else { CommandOutcome::GoesOn };
        let occasion = Occasion { invocation: "maestro", command: plan.command, outcome };
        text(&found, &self.environment, &self.sources, occasion, false)
    }
}

fn all_is_bad() -> Answers {
    let (near, far) = (ShipId(0), ShipId(1));
    let image = || (near, "registry.example/web:9".to_owned());
    let words = "manifest unknown: \u{1b}[31mmanifest unknown".to_owned();
    let no = Offered::No { fault: PullFault::NoSuchImage, words: words.into() };
    let full = HostFacts {
        room: Ok(Some(DiskSpace { total: 100 << 30, free: 0 })),
        listening: Ok(Some(vec![udp(53)])),
        ..machine()
    };
    Answers {
        machines: [(near, Ok(full)), (far, Err(LookFailure::Timeout))].into(),
        images: [(image(), Offer { outcome: no, found: FoundLogin::default() })].into(),
        paths: [
            ((near, "/srv/web/data".to_owned()), Ok(Some(PathKind::Nothing))),
            ((near, "/etc/passwd/web".to_owned()), Ok(Some(PathKind::BelowAFile))),
        ]
        .into(),
        links: [((far, 5432), PortAnswer::Refuses)].into(),
        platforms: BTreeMap::new(),
    }
}

#[test]
fn an_image_for_another_machine_is_told_before_anything_is_stopped() {
    let near = ShipId(0);
    let mut told = told(Vec::new(), Vec::new());
    let image = (near, "registry.example/web:9".to_owned());
    let remote = |platforms: &[&str]| {
        let platforms = platforms.iter().map(|platform| (*platform).to_owned()).collect();
        let remote = RemoteImage { digest: "sha256:0".to_owned(), platforms };
        let offer = Offer { outcome: Offered::Yes(remote), found: FoundLogin::default() };
        let images = [(image.clone(), offer)].into();
        Answers { machines: [(near, Ok(machine()))].into(), images, ..Answers::default() }
    };
    let there = |platform: &str| {
        let platforms = [(image.clone(), platform.to_owned())].into();
        Answers { machines: [(near, Ok(machine()))].into(), platforms, ..Answers::default() }
    };
    let about = |told: &Case, answers: &Answers| {
        let found = findings(&told.environment, &told.observed, &told.applied(), answers);
        found.iter().any(|found| matches!(found.fact, Fact::ImagePlatform { .. }))
    };
    assert!(!about(&told, &remote(&["linux/amd64", "linux/arm64/v8"])) && !about(&told, &remote(&[])));
    assert!(!about(&told, &there("linux/amd64")) && about(&told, &there("linux/arm64")));
    let plan = told.applied();
    insta::assert_snapshot!(told.text(&plan, &remote(&["linux/arm64/v8", "linux/arm/v7"])));
    // A platform that the file asks for is meant.
    for id in [1, 2] {
        let mut spec = told.environment.instances[id].container.clone();
        spec.settings.insert(Setting::Platform, SettingValue::Text("linux/arm64".to_owned()));
        told.environment.instances[id].container = spec;
    }
    assert!(!about(&told, &remote(&["linux/arm64/v8"])) && about(&told, &remote(&["linux/amd64"])));
    assert!(!about(&told, &there("linux/arm64/v8")) && about(&told, &there("linux/amd64")));
}

#[test]
fn all_that_would_go_wrong_is_told_at_once() {
    let other = container("proxy", &[tcp(8080)], None);
    let told = told(vec![other], vec![container("db-1", &[tcp(5432)], Some("shop"))]);
    insta::assert_snapshot!(told.text(&told.applied(), &all_is_bad()));
}

#[test]
fn a_start_goes_on_with_what_it_can() {
    let other = container("proxy", &[tcp(8080)], Some("another"));
    let told = told(vec![other], vec![]);
    let plan = told.started();
    let found = findings(&told.environment, &told.observed, &plan, &all_is_bad());
    assert!(found.iter().all(|found| found.weight != Weight::Error), "{found:#?}");
    assert!(told.text(&plan, &all_is_bad()).ends_with("before the first step: start continues\n"));
    assert!(Questions::of(&told.environment, &told.observed, &plan).images.is_empty());
}

#[test]
fn what_is_not_certain_is_no_error() {
    let near = ShipId(0);
    let told = told(Vec::new(), Vec::new());
    let mut plan = told.applied();
    // One of the two alone may have the port.
    plan.steps.retain(|step| step.instance != Some(InstanceId(2)));
    let seen = HostFacts {
        room: Ok(Some(DiskSpace { total: 100 << 30, free: (100 << 30) / 50 })),
        listening: Ok(None),
        answering: [tcp(8080)].into(),
        ..machine()
    };
    let no = Offered::No { fault: PullFault::Broken { status: Some(503) }, words: "503".into() };
    let answers = Answers {
        machines: [(near, Ok(seen))].into(),
        images: [(
            (near, "registry.example/web:9".to_owned()),
            Offer { outcome: no, found: FoundLogin::default() },
        )]
        .into(),
        ..Answers::default()
    };
    insta::assert_snapshot!(told.text(&plan, &answers));
}

/// The codes of what is found about ports, with these answers.
fn ports(told: &Case, plan: &Plan, listening: &[Published]) -> Vec<(Weight, &'static str)> {
    let machine = HostFacts { listening: Ok(Some(listening.to_vec())), ..machine() };
    let answers = Answers { machines: [(ShipId(0), Ok(machine))].into(), ..Answers::default() };
    let found = findings(&told.environment, &told.observed, plan, &answers);
    found.iter().map(|found| (found.weight, found.fact.code())).collect()
}

fn stop(name: &str, id: &str) -> maestro_core::plan::Step {
    maestro_core::plan::Step {
        ship: ShipId(0),
        instance: Some(InstanceId(1)),
        action: Action::Container(ContainerAction::Stop {
            hooks: Vec::new(),
            container: name.into(),
            id: id.into(),
            timeout: std::time::Duration::ZERO,
        }),
        reason: Reason::IsRunning,
        after: Vec::new(),
        compensation: None,
    }
}

#[test]
fn a_task_of_a_service_that_the_plan_takes_down_is_in_nobodys_way() {
    let mut task = container("shop_web.1.x", &[tcp(8080), udp(53)], None);
    task.labels = [("com.docker.swarm.service.id".to_owned(), "service".to_owned())].into();
    let told = told(vec![task], vec![]);
    let mut plan = told.applied();
    plan.steps.retain(|step| step.instance != Some(InstanceId(2)));
    assert!(ports(&told, &plan, &[tcp(8080)]).contains(&(Weight::Error, "port-taken")));
    plan.steps.push(stop("shop_web", "service"));
    assert_eq!(ports(&told, &plan, &[tcp(8080)]), []);
}

#[test]
fn what_the_plan_takes_down_is_in_nobodys_way() {
    // Its own container publishes the port, and the engine's proxy listens there for it.
    let old = container("web-1", &[tcp(8080), udp(53)], Some("shop"));
    let told = told(vec![old], vec![]);
    let plan = told.applied();
    let plan_without_second = Plan {
        steps: plan.steps.iter().filter(|step| step.instance != Some(InstanceId(2))).cloned().collect(),
        ..plan.clone()
    };
    let stops = plan.steps.iter().any(|step| step.action.kind() == ActionKind::Stop);
    assert!(!stops, "without a description nothing differs");
    // It is not taken down here, so it is in the way of the second.
    assert_eq!(ports(&told, &plan, &[tcp(8080)]), [(Weight::Error, "port-taken")]);
    let mut replaced = plan;
    replaced.steps.push(stop("web-1", "web-1-0123456789abcdef"));
    assert_eq!(ports(&told, &replaced, &[tcp(8080)]), []);
    assert_eq!(ports(&told, &plan_without_second, &[tcp(8080)]), []);
}

#[test]
fn ports_meet_where_their_addresses_do() {
    let at = |address: Option<&str>| Published {
        address: address.map(|text| text.parse::<IpAddr>().unwrap()),
        ..tcp(80)
    };
    let meet = |a, b| at(a).meets(&at(b));
    assert!(meet(None, None) && meet(None, Some("127.0.0.1")) && meet(Some("10.0.0.1"), Some("10.0.0.1")));
    assert!(!meet(Some("10.0.0.1"), Some("10.0.0.2")) && !meet(None, Some("::1")));
    assert!(!tcp(80).meets(&udp(80)) && !tcp(80).meets(&tcp(81)));
}

#[test]
fn little_room_is_told_and_enough_is_not() {
    let of = |total: u64, free: u64| weight(DiskSpace { total, free });
    let gib = 1_u64 << 30;
    assert_eq!(of(100 * gib, 0), Some(Weight::Error));
    assert_eq!(of(100 * gib, 4 * gib), Some(Weight::Warning));
    assert_eq!(of(2 * gib, gib - 1), Some(Weight::Warning));
    assert_eq!(of(100 * gib, 6 * gib), None);
    assert_eq!(of(20_000 * gib, 30 * gib), None, "a large disk");
}

#[test]
fn networks_and_containers_that_are_not_there_are_errors() {
    let file = "name: shop
ships:
  near: {host: 'unix:///var/run/docker.sock', ip: 10.0.0.1}
  far: {host: 'ssh://ops@10.0.0.2', ip: 10.0.0.2}
services:
  web:
    image: registry.example/web:9
    instances:
      web-1: {ship: near, net: nosuch}
      web-2: {ship: near, net: nosuch}
      web-3: {ship: near, net: host}
      web-4: {ship: near, net: 'container:web-1'}
      web-5: {ship: near, net: 'container:nobody'}
      web-6: {ship: near, net: 'container:proxy'}
      web-7: {ship: near, net: 'container:ended'}
      web-8: {ship: near, net: front}
";
    let ended = Container { state: ContainerState::Exited, ..container("ended", &[], None) };
    let mut told = told_of(file, vec![container("proxy", &[], None), ended], Vec::new());
    let ShipState::Answering(near) = &mut told.observed.ships[0] else { panic!() };
    near.networks = Some([("front".to_owned(), BTreeMap::new())].into());
    let plan = told.applied();
    let found = findings(&told.environment, &told.observed, &plan, &Answers::default());
    let missing = found.iter().filter(|found| found.fact.code() == "network-missing");
    let missing: Vec<_> =
        missing.map(|found| (found.weight, found.instances.len(), found.fact.clone())).collect();
    assert_eq!(
        missing,
        [
            (Weight::Error, 2, Fact::NoNetwork("nosuch".into())),
            (Weight::Error, 1, Fact::NoContainer("nobody".into())),
            (Weight::Error, 1, Fact::ContainerDown("ended".into())),
        ]
    );
}
