//! What a Compose project becomes: services, instances, networks, volumes, and what is refused.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use maestro_core::{
    model::{
        Check, Environment, RequiredState,
        container::{Network, Protocol},
        update::OnFailure,
    },
    value::setting::{Setting, SettingValue},
};
use maestro_file::{
    compose::{ProjectRequest, load},
    resolve::{ProjectParts, Surroundings, resolve_project},
};

/// The environment of a file, or what is said about it.
fn resolved(text: &str) -> Result<Environment, String> {
    let request = ProjectRequest { working_directory: "/project".to_owned(), ..ProjectRequest::default() };
    let files = HashMap::from([
        (PathBuf::from("/project/compose.yaml"), text.to_owned()),
        (PathBuf::from("/project/key.txt"), "hunter2".to_owned()),
    ]);
    let loaded = load(&request, &files);
    let mut diagnostics = loaded.diagnostics;
    let variables = BTreeMap::new();
    let surroundings = Surroundings::new(Path::new("/project"), &variables);
    let environment = loaded.project.and_then(|project| {
        let parts = ProjectParts::new(&project, &files, &loaded.sources);
        resolve_project(parts, surroundings, &mut diagnostics)
    });
    environment.ok_or_else(|| maestro_report::diagnostics::draw(&diagnostics, &loaded.sources, false))
}

const SHOP: &str = "
name: shop
services:
  web:
    image: nginx:1.27
    ports: ['8080-8081:80', '9000-9010:90/udp', '127.0.0.1::70']
    depends_on: {db: {condition: service_healthy}, init: {condition: service_completed_successfully}, cache: {condition: service_started}}
    deploy: {replicas: 2, resources: {limits: {cpus: '0.5', memory: 64m, pids: 10}}}
    networks: {front: {aliases: [www]}, back: {priority: 10}}
    volumes: ['data:/data:ro', './conf:/conf:z', /cache]
    secrets: [key]
    tmpfs: ['/run:size=1m']
    stop_grace_period: 90s
  db:
    build: .
    healthcheck: {test: [CMD, ready], interval: 1s, timeout: 1s, retries: 2}
    networks: [back]
  init: {image: init, networks: {back: {ipv4_address: 10.9.0.5}}}
  cache: {image: cache, network_mode: host, container_name: the-cache}
networks:
  front: {}
  back: {internal: true, ipam: {config: [{subnet: 10.9.0.0/24}]}}
volumes:
  data: {driver: local, labels: {keep: 'yes'}}
secrets:
  key: {file: ./key.txt}
";

fn shop() -> Environment {
    resolved(SHOP).expect("an environment")
}

#[test]
fn names_are_those_of_docker_compose() {
    let environment = shop();
    let names = |name: &str| {
        environment.instance_named(name).map(|instance| instance.container_name().to_owned()).unwrap()
    };
    assert_eq!(names("web-1"), "shop-web-1");
    assert_eq!(names("web-2"), "shop-web-2");
    assert_eq!(names("cache-1"), "the-cache");
    assert_eq!(environment.instances.len(), 5);
    let networks: Vec<&str> =
        environment.declared_networks.iter().map(|network| network.name.as_str()).collect();
    assert_eq!(networks, ["shop_back", "shop_front"]);
    assert_eq!(environment.volumes[0].name, "shop_data");
    assert_eq!(environment.volumes[0].options.labels["keep"], "yes");
    assert_eq!(environment.instance_named("db-1").unwrap().container.image, "shop-db");
}

#[test]
fn a_container_is_on_its_networks_under_its_service_and_its_aliases() {
    let environment = shop();
    let web = &environment.instance_named("web-1").unwrap();
    let Network::Environment { name, .. } = &web.container.network else { panic!("no network") };
    assert_eq!(name, "shop_back", "the one with the highest priority");
    assert_eq!(web.container.attachments["shop_front"].aliases, ["web", "www"]);
    let init = environment.instances.iter().find(|instance| instance.name == "init-1").unwrap();
    assert_eq!(init.container.attachments["shop_back"].ipv4_address.as_deref(), Some("10.9.0.5"));
    assert_eq!(web.aliases(), ["web-1", "web"]);
    let cache = environment.instance_named("cache-1").unwrap();
    assert!(matches!(&cache.container.network, Network::Mode { mode, .. } if mode == "host"));
}

#[test]
fn an_interface_has_the_name_of_the_file() {
    let text = "
name: shop
services:
  web: {image: a, networks: {default: {interface_name: eth7, driver_opts: {other: '1'}}}}
";
    let attachments = &resolved(text).unwrap().instances[0].container.attachments;
    let options = [("com.docker.network.endpoint.ifname", "eth7"), ("other", "1")];
    let options = options.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(attachments["shop_default"].driver_opts, options.into());
}

#[test]
fn ports_mounts_limits_and_files_are_carried() {
    let environment = shop();
    let web = &environment.instance_named("web-1").unwrap().container;
    let ports: Vec<_> = web
        .ports
        .iter()
        .map(|port| (port.container, port.host, port.choice, port.protocol, port.ipv6))
        .collect();
    assert_eq!(
        ports,
        [
            (80, 8080, 2, Protocol::Tcp, true),
            (90, 9000, 11, Protocol::Udp, true),
            (70, 0, 1, Protocol::Tcp, false)
        ]
    );
    let mounts: Vec<_> = web
        .mounts
        .iter()
        .map(|mount| (mount.source.as_str(), mount.target.as_str(), mount.mode.as_str()))
        .collect();
    assert_eq!(mounts, [("shop_data", "/data", "ro"), ("/project/conf", "/conf", "rw,z")]);
    assert_eq!(web.volumes, ["/cache"]);
    assert_eq!(web.memory, Some(64 << 20));
    assert_eq!(web.settings[&Setting::Cpus], SettingValue::Number(500_000_000));
    assert_eq!(web.settings[&Setting::PidsLimit], SettingValue::Number(10));
    assert_eq!(web.labels["com.docker.compose.service"], "web");
}

#[test]
fn a_failed_update_does_what_deploy_says() {
    for (written, expected) in [
        ("{parallelism: 2}", OnFailure::Rollback),
        ("{failure_action: rollback}", OnFailure::Rollback),
        ("{failure_action: pause}", OnFailure::Pause),
        ("{failure_action: continue}", OnFailure::Continue),
    ] {
        let text = format!("services: {{web: {{image: nginx, deploy: {{update_config: {written}}}}}}}\n");
        let environment = resolved(&text).unwrap_or_else(|told| panic!("{told}"));
        assert_eq!(environment.services[0].update.on_failure, expected, "{written}");
    }
}

#[test]
fn limits_of_devices_and_gpus_are_carried() {
    let text = "
services:
  web:
    image: nginx
    annotations: [com.example.tier=web]
    blkio_config:
      weight: 300
      device_read_bps: [{path: /dev/sda, rate: 12m}]
      device_write_iops: [{path: /dev/sda, rate: 120}]
    cpu_rt_runtime: 50000
    gpus: all
    deploy:
      resources:
        reservations:
          devices: [{capabilities: [tpu], driver: acme, device_ids: ['0', '3']}]
";
    let environment = resolved(text).unwrap_or_else(|told| panic!("{told}"));
    let settings = &environment.instances[0].container.settings;
    let entry = |value: i64| SettingValue::Numbers([("/dev/sda".to_owned(), value)].into());
    assert_eq!(settings[&Setting::BlkioWeight], SettingValue::Number(300));
    assert_eq!(settings[&Setting::BlkioReadBps], entry(12 << 20));
    assert_eq!(settings[&Setting::BlkioWriteIops], entry(120));
    assert_eq!(settings[&Setting::CpuRtRuntime], SettingValue::Number(50_000));
    assert_eq!(settings[&Setting::Annotations].entries().unwrap()["com.example.tier"], "web");
    let requests: Vec<String> =
        settings[&Setting::Gpus].requests().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(requests, ["device=0 3,driver=acme,capabilities=tpu", "all,capabilities=gpu"]);
}

#[test]
fn the_restart_policy_of_deploy_takes_precedence() {
    let text = "
name: shop
services:
  both: {image: a, restart: always, deploy: {restart_policy: {condition: on-failure, max_attempts: 2}}}
  own: {image: a, restart: 'on-failure:3', deploy: {replicas: 1}}
";
    let environment = resolved(text).unwrap();
    let policies = environment.instances.iter().map(|instance| instance.container.restart.clone().unwrap());
    let policies: Vec<(String, u32)> = policies.map(|policy| (policy.name, policy.retries)).collect();
    assert_eq!(policies, [("on-failure".to_owned(), 2), ("on-failure".to_owned(), 3)]);
}

#[test]
fn an_empty_published_port_is_chosen_by_the_engine() {
    let text = "
name: shop
services:
  web: {image: a, ports: [{target: 80, published: '${WEB_PORT:-}'}]}
";
    let ports = &resolved(text).unwrap().instances[0].container.ports;
    assert_eq!((ports[0].container, ports[0].host, ports[0].choice), (80, 0, 1));
}

#[test]
fn memory_that_is_mounted_read_only_stays_so() {
    let text = "
name: shop
services:
  web: {image: a, volumes: [{type: tmpfs, target: /run, read_only: true, tmpfs: {size: 1m, mode: 0o1777}}]}
";
    let settings = &resolved(text).unwrap().instances[0].container.settings;
    let options = [("/run".to_owned(), "ro,size=1048576,mode=1777".to_owned())];
    assert_eq!(settings[&Setting::Tmpfs], SettingValue::Entries(options.into()));
}

#[test]
fn a_device_without_a_path_is_asked_of_the_container_device_interface() {
    let text = "
name: shop
services:
  web: {image: a, devices: [vendor.com/class=one, /dev/null, vendor.com/class=two, '/dev/by=name']}
";
    let settings = &resolved(text).unwrap().instances[0].container.settings;
    let paths = ["/dev/null:/dev/null:rwm", "/dev/by=name:/dev/by=name:rwm"].map(str::to_owned);
    assert_eq!(settings[&Setting::Devices], SettingValue::Texts(paths.into()));
    let requests = settings[&Setting::Gpus].requests().unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].to_string(), "device=vendor.com/class=one vendor.com/class=two,driver=cdi");
}

#[test]
fn the_health_check_of_an_image_is_awaited_if_a_service_waits_for_it() {
    let text = "
name: shop
services:
  image: {image: a, healthcheck: {interval: 5s}}
  awaited: {image: a, healthcheck: {interval: 5s}}
  own: {image: a, healthcheck: {test: [CMD, ready]}, depends_on: {awaited: {condition: service_healthy}}}
";
    let environment = resolved(text).unwrap();
    let checks = |name: &str| environment.instance_named(name).unwrap().lifecycle.running.len();
    assert_eq!(["image-1", "awaited-1", "own-1"].map(checks), [0, 1, 1]);
}

#[test]
fn conditions_are_states_and_a_service_that_must_complete_is_a_job() {
    let environment = shop();
    let web = environment.services.iter().find(|service| service.name == "web").unwrap();
    let mut states: Vec<RequiredState> = web.requires.iter().map(|requirement| requirement.state).collect();
    states.sort();
    assert_eq!(states, [RequiredState::Started, RequiredState::Ready, RequiredState::Ready]);
    assert!(environment.instance_named("init-1").unwrap().is_job());
    let db = environment.instance_named("db-1").unwrap();
    assert!(matches!(db.lifecycle.running[..], [Check::Docker { .. }]));
    let web = environment.instance_named("web-1").unwrap();
    assert!(web.lifecycle.running.is_empty() && web.may_end);
    assert_eq!(web.stop_timeout.as_secs(), 90);
}

#[test]
fn what_cannot_be_carried_out_is_refused_at_its_place() {
    let text = "
services:
  web:
    image: nginx
    platform: linux/arm64
    gpus: all
    annotations: {a: b}
    ports: ['80:80/sctp']
    volumes: [{type: volume, source: data, target: /d, volume: {subpath: sub}}]
    configs: [c]
    pid: service:other
    security_opt: ['seccomp:./profile.json', 'no-new-privileges:true']
  other: {image: nginx}
configs: {c: {content: hello}}
volumes: {data: {}}
";
    insta::assert_snapshot!(resolved(text).unwrap_err());
}
