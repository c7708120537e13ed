//! A Compose project as a file of Maestro: the file loads, and its containers are made of the same.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io,
    path::{Path, PathBuf},
};

use maestro_core::{
    diagnostic::Diagnostics,
    model::{Environment, Instance, container::ContainerSpec},
};
use maestro_file::{
    compose::{CanonicalFormat, ProjectRequest, load},
    document,
    export::{Exported, compose_file, maestro_file},
    resolve::{ProjectParts, Surroundings, activate, resolve, resolve_project},
};

/// The only file beside a Compose file.
const CONFIGURATION: (&str, &str) = ("/project/app.conf", "debug = yes\n");

fn project(text: &str) -> Environment {
    project_with(text, &[])
}

/// The environment of a Compose file with these profiles.
fn project_with(text: &str, profiles: &[&str]) -> Environment {
    let request = ProjectRequest {
        working_directory: "/project".to_owned(),
        profiles: profiles.iter().map(|&profile| profile.to_owned()).collect(),
        variables: [("API_KEY".to_owned(), "value of API_KEY".to_owned())].into(),
        ..ProjectRequest::default()
    };
    let files = HashMap::from([
        (PathBuf::from("/project/compose.yaml"), text.to_owned()),
        (PathBuf::from(CONFIGURATION.0), CONFIGURATION.1.to_owned()),
    ]);
    let mut loaded = load(&request, &files);
    let variables = BTreeMap::new();
    let surroundings = Surroundings::new(Path::new("/project"), &variables);
    let project = loaded.project.expect("a project");
    let parts = ProjectParts::new(&project, &files, &loaded.sources);
    resolve_project(parts, surroundings, &mut loaded.diagnostics).unwrap_or_else(|| {
        panic!("{}", maestro_report::diagnostics::draw(&loaded.diagnostics, &loaded.sources, false))
    })
}

/// The environment of an exported file.
fn read_again(exported: &Exported) -> Environment {
    read_with(exported, &[])
}

/// The same with these profiles.
fn read_with(exported: &Exported, profiles: &[&str]) -> Environment {
    let mut variables: BTreeMap<String, String> =
        exported.variables.iter().map(|name| (name.clone(), format!("value of {name}"))).collect();
    variables.insert("API_KEY".to_owned(), "value of API_KEY".to_owned());
    let bytes = exported.text.clone().into_bytes();
    let document::Loaded { mut sources, yaml, mut diagnostics } =
        document::load("maestro.yaml", bytes, Path::new("/project"), &variables);
    let told = |diagnostics: &Diagnostics, sources: &_| {
        format!("{}\n{}", exported.text, maestro_report::diagnostics::draw(diagnostics, sources, false))
    };
    let document = yaml.and_then(|yaml| document::file::read(&yaml, &mut diagnostics));
    let mut document = document.unwrap_or_else(|| panic!("{}", told(&diagnostics, &sources)));
    let profiles: Vec<String> = profiles.iter().map(|&profile| profile.to_owned()).collect();
    activate(&mut document, &profiles, &[]);
    let read = |path: &Path| {
        if path == Path::new(CONFIGURATION.0) {
            Ok(CONFIGURATION.1.as_bytes().to_vec())
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    };
    let surroundings = Surroundings::new(Path::new("/project"), &variables);
    let environment = resolve(&document, &mut sources, &read, surroundings, &mut diagnostics);
    environment.unwrap_or_else(|| panic!("{}", told(&diagnostics, &sources)))
}

/// A specification without what a file of Maestro says otherwise: its containers have a host name, are found under their
/// own names on all networks, and have variables about others beside these of their own.
fn comparable(spec: &ContainerSpec, own: &[&str]) -> ContainerSpec {
    let mut spec = spec.clone();
    spec.hostname = None;
    for attachment in spec.attachments.values_mut() {
        attachment.aliases.retain(|alias| *alias != spec.name);
    }
    spec.labels.retain(|name, _| !name.starts_with("com.docker.compose."));
    spec.env.retain(|name, _| own.contains(&name));
    for port in &mut spec.ports {
        port.name = String::new();
    }
    spec
}

/// Tells that two environments have the same networks, volumes and containers. Secrets of the first are variables now.
fn assert_same(before: &Environment, after: &Environment, variables: &BTreeSet<String>) {
    // The environment's own network is made only if a container is on it. Nobody makes external ones with labels.
    let networks = |environment: &Environment| {
        let own = environment.network();
        let networks = environment.declared_networks.iter().filter(|network| network.name != own);
        let mut networks: BTreeMap<_, _> =
            networks.map(|network| (network.name.clone(), network.clone())).collect();
        for network in networks.values_mut().filter(|network| network.external) {
            network.options.labels.clear();
        }
        networks
    };
    assert_eq!(networks(after), networks(before));
    let volumes = |environment: &Environment| {
        let volumes = environment.volumes.iter();
        let mut volumes: BTreeMap<_, _> =
            volumes.map(|volume| (volume.name.clone(), volume.clone())).collect();
        for volume in volumes.values_mut().filter(|volume| volume.external) {
            volume.options.labels.clear();
        }
        volumes
    };
    assert_eq!(volumes(after), volumes(before));
    let names = |environment: &Environment| -> Vec<(String, String)> {
        let instances = environment.instances.iter();
        instances.map(|one| (one.name.clone(), one.container_name().to_owned())).collect()
    };
    assert_eq!(names(after), names(before));
    assert_eq!(after.inactive, before.inactive);
    for (before, after) in before.instances.iter().zip(&after.instances) {
        let own: Vec<&str> = before.container.env.keys().map(String::as_str).collect();
        let (mut before_spec, after_spec) =
            (comparable(&before.container, &own), comparable(&after.container, &own));
        for name in variables {
            if before_spec.env.get(name).is_some() {
                before_spec.env.insert(name.clone(), Some(format!("value of {name}")));
            }
        }
        assert_eq!(after_spec, before_spec, "{}", before.name);
        assert_eq!(after.files, before.files, "{}", before.name);
        assert_eq!(after.hooks, before.hooks, "{}", before.name);
        assert_eq!(after.lifecycle, before.lifecycle, "{}", before.name);
        assert_eq!(after.pull_policy, before.pull_policy, "{}", before.name);
        assert_eq!(after.stop_timeout, before.stop_timeout, "{}", before.name);
    }
    let updates = |environment: &Environment| -> Vec<_> {
        environment.services.iter().map(|service| (service.update, service.profiles.clone())).collect()
    };
    assert_eq!(updates(after), updates(before));
}

const SHOP: &str = "name: shop
services:
  web:
    image: nginx:1.27
    command: [nginx, '-g', 'daemon off;', '{{ no template }}']
    ports: ['8080-8090:80', '127.0.0.1:8443:443', '9125:8125/udp', '9126:8125/udp']
    environment: {TOKEN: abcdef123456, MODE: 'on', PLAIN: text, EMPTY: '', NUMBER: '007', BARE: }
    volumes: ['./conf:/etc/nginx/conf.d:ro', 'data:/srv', /cache]
    deploy: {update_config: {parallelism: 2, delay: 5s}}
    depends_on: {db: {condition: service_healthy}, migrate: {condition: service_completed_successfully}}
    networks: {default: {aliases: [www]}}
    tmpfs: ['/run:size=1m,mode=1777', /tmp]
    healthcheck: {test: curl -f http://localhost/ || exit 1, interval: 1m30s, timeout: 1500ms, retries: 5}
    ulimits: {nofile: {soft: 1024, hard: 2048}, nproc: 100}
    sysctls: {net.core.somaxconn: 1024}
    cpus: 0.5
    mem_limit: 64m
    labels: {traefik.enable: 'true', com.example.x: 'a: b'}
    user: '1000:1000'
    restart: on-failure:3
    stop_grace_period: 90s
    extra_hosts: ['gateway:10.0.0.1']
    logging: {driver: json-file, options: {max-size: 10m}}
    cap_add: [NET_ADMIN]
    read_only: true
  db:
    image: postgres:17
    container_name: the-database
    healthcheck: {test: [CMD, pg_isready], interval: 1s}
    volumes: ['data:/var/lib/postgresql/data']
  migrate: {image: migrate, depends_on: [db]}
  worker: {image: worker, scale: 3, depends_on: [db, web]}
  host: {image: agent, network_mode: host, pid: host, privileged: true}
volumes: {data: {}}
";

#[test]
fn a_project_becomes_a_file_that_says_the_same() {
    let environment = project(SHOP);
    let exported = maestro_file(&environment);
    insta::assert_snapshot!("exported", exported.text);
    insta::assert_snapshot!("exported_notes", exported.notes().join("\n"));
    let again = read_again(&exported);
    assert_eq!(again.name, "shop");
    assert_same(&environment, &again, &exported.variables);
    assert_eq!(maestro_file(&again).left_out, Vec::<String>::new());
}

/// `hunter2` wherever a secret may stand.
const SECRETS: &str = r#"
services:
  web:
    image: nginx:1.27
    entrypoint: [/run, --token=hunter2]
    command: [serve, --password, hunter2, "login -u me:hunter2"]
    environment: {DB_PASSWORD: hunter2}
    labels: {proxy.auth.password: hunter2}
    logging: {driver: splunk, options: {splunk-token: hunter2, splunk-url: "https://me:hunter2@logs.example"}}
    healthcheck: {test: [CMD, probe, --api-key, hunter2]}
"#;

#[test]
fn no_secret_is_written_in_either_format() {
    let environment = project(SECRETS);
    for exported in [maestro_file(&environment), compose_file(&environment)] {
        assert!(!exported.text.contains("hunter2"), "{}", exported.text);
        let variables: Vec<&str> = exported.variables.iter().map(String::as_str).collect();
        let in_command = |name: &&&str| name.contains("_COMMAND_");
        assert_eq!(variables.iter().filter(in_command).count(), 2, "{variables:?}");
        assert!(variables.contains(&"DB_PASSWORD"), "{variables:?}");
        assert_eq!(variables.len(), 8, "{variables:?}");
    }
    let request = ProjectRequest { working_directory: "/project".to_owned(), ..ProjectRequest::default() };
    let files = HashMap::from([(PathBuf::from("/project/compose.yaml"), SECRETS.to_owned())]);
    let project = load(&request, &files).project.expect("a project");
    for format in [CanonicalFormat::Yaml, CanonicalFormat::Json] {
        let printed = project.canonical_without_secrets(format);
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}

/// Everything that needs schema 3.
const WORDS_OF_SCHEMA_THREE: &str = r#"
name: shop
services:
  web:
    image: nginx:1.27
    pull_policy: always
    ports: ["132:132/sctp", "53:53/udp", "80", "127.0.0.1::443", "[::1]:9000:9000"]
    extra_hosts: ["db:10.0.0.1", "db:10.0.0.2"]
    post_start: [{command: ["true"], user: root, privileged: true, environment: {STEP: one}}]
    pre_stop: [{command: [/drain, now], working_dir: /srv}]
    volumes:
      - data:/data
      - data:/again:ro
      - {type: volume, source: data, target: /part, volume: {subpath: part}}
      - {type: image, source: busybox, target: /image}
      - {type: bind, source: /srv, target: /srv, bind: {create_host_path: false, propagation: rshared}}
      - {type: bind, source: /mnt, target: /mnt, read_only: true, bind: {recursive: disabled}}
      - /srv/a:/a:ro,z
      - {type: tmpfs, target: /memory, tmpfs: {size: 1m}}
      - old:/old
    networks:
      front: {aliases: [shop, www], ipv4_address: 172.28.0.5, priority: 5, driver_opts: {a: b}}
      back: {mac_address: "02:42:ac:11:65:43", gw_priority: 2, link_local_ips: [169.254.8.8]}
      theirs:
    links: ["db:store"]
    depends_on: [db]
    configs: [app, {source: inline, target: /etc/inline, uid: "1000", gid: "1001", mode: 0440}]
    secrets: [key]
    expose: ["8080"]
    platform: linux/amd64
    deploy: {update_config: {parallelism: 2, failure_action: pause}}
  db: {image: postgres:17, networks: [back, front], configs: [{source: app, target: /etc/app.conf}]}
  debug: {image: busybox, profiles: [debug, tools], network_mode: "service:db", depends_on: [web]}
networks:
  front: {driver: bridge, driver_opts: {x: y}, ipam: {config: [{subnet: 172.28.0.0/16, gateway: 172.28.0.1, aux_addresses: {a: 172.28.0.2}}]}, labels: {team: web}}
  back: {internal: true, attachable: true, enable_ipv6: false, name: behind}
  theirs: {external: true, name: their-network}
volumes:
  data: {driver: local, driver_opts: {type: tmpfs, device: tmpfs}, labels: {team: web}}
  old: {external: true}
configs:
  app: {file: ./app.conf}
  inline: {content: "a: {{ b }}\nc: $$d\n"}
secrets:
  key: {environment: API_KEY}
"#;

#[test]
fn what_needs_schema_three_is_written_in_both_formats() {
    let all = project_with(WORDS_OF_SCHEMA_THREE, &["*"]);
    let exported = maestro_file(&all);
    insta::assert_snapshot!("exported_schema_three", exported.text);
    assert_eq!(exported.left_out, Vec::<String>::new());
    for profiles in [&[][..], &["tools"]] {
        let environment = project_with(WORDS_OF_SCHEMA_THREE, profiles);
        assert_eq!(environment.inactive.is_empty(), !profiles.is_empty());
        assert_same(&environment, &read_with(&exported, profiles), &exported.variables);
    }
    let compose = compose_file(&all);
    insta::assert_snapshot!("exported_compose", compose.text);
    assert_eq!(compose.left_out, Vec::<String>::new());
    let again = project(&compose.text);
    let by_container = |environment: &Environment| -> BTreeMap<String, Instance> {
        let instances = environment.instances.iter();
        instances.map(|one| (one.container_name().to_owned(), one.clone())).collect()
    };
    let (before, after) = (by_container(&all), by_container(&again));
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    for (name, one) in &before {
        let other = &after[name];
        let files = |one: &Instance| -> Vec<_> {
            let files = one.files.iter();
            files.map(|file| (file.target.clone(), file.spec.access, file.content.clone())).collect()
        };
        assert_eq!(files(other), files(one), "{name}");
        assert_eq!(other.hooks, one.hooks, "{name}");
        assert_eq!(other.container.mounts, one.container.mounts, "{name}");
        assert_eq!(other.container.settings.len(), one.container.settings.len(), "{name}");
    }
}

/// A file of Maestro with what Compose has other words for.
const OF_MAESTRO: &str = r"
__maestro: {schema: 3}
name: shop
configs: {app: {file: /project/app.conf}, inline: {content: debug}}
secrets: {token: {content: hunter2}}
services:
  web:
    image: nginx:1.27
    instances: {web-1: {configs: [app, inline], secrets: [token]}}
    lifecycle: {running: [{type: rexec, command: /ready --all, attempts: 20, delay: 0.5}]}
    update: {parallel: 2, delay: 1.5, order: start-first, on_failure: pause, max_failures: 1}
  db:
    image: postgres:17
    instances: {db-1: {}}
    healthcheck: {test: [CMD, pg_isready], interval: 1s}
    lifecycle: {running: [{type: docker}], stopped: [{type: sleep, wait: 2}]}
  worker: {image: worker, requires: [web, db], instances: {worker-1: {}}}
";

#[test]
fn a_file_of_maestro_is_said_in_composes_words() {
    let exported = Exported { text: OF_MAESTRO.to_owned(), left_out: Vec::new(), variables: BTreeSet::new() };
    let compose = compose_file(&read_again(&exported));
    insta::assert_snapshot!("exported_of_maestro", compose.text);
    insta::assert_snapshot!("exported_of_maestro_notes", compose.notes().join("\n"));
    assert!(!compose.text.contains("hunter2"));
    let again = project(&compose.text.replace("TOKEN_SECRET", "API_KEY"));
    assert_eq!(again.instances.len(), 3);
}
