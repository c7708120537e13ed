//! A Compose project as a file of Maestro: the file loads, and its containers are made of the same.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::{Path, PathBuf},
};

use maestro_core::{
    diagnostic::Diagnostics,
    model::{
        Environment,
        container::{ContainerSpec, Network},
    },
};
use maestro_file::{
    compose::{CanonicalFormat, ProjectRequest, load},
    document,
    export::{Exported, compose_file, maestro_file},
    resolve::{ProjectParts, Surroundings, resolve, resolve_project},
};

fn project(text: &str) -> Environment {
    let request = ProjectRequest { working_directory: "/project".to_owned(), ..ProjectRequest::default() };
    let files = HashMap::from([(PathBuf::from("/project/compose.yaml"), text.to_owned())]);
    let mut loaded = load(&request, &files);
    let variables = BTreeMap::new();
    let surroundings = Surroundings::new(Path::new("/project"), &variables);
    let project = loaded.project.expect("a project");
    let parts = ProjectParts { project: &project, site: None, files: &files, sources: &loaded.sources };
    resolve_project(parts, surroundings, &mut loaded.diagnostics).unwrap_or_else(|| {
        panic!("{}", maestro_report::diagnostics::draw(&loaded.diagnostics, &loaded.sources, false))
    })
}

/// The environment of an exported file.
fn read_again(exported: &Exported) -> Environment {
    let variables: BTreeMap<String, String> =
        exported.variables.iter().map(|name| (name.clone(), format!("value of {name}"))).collect();
    let bytes = exported.text.clone().into_bytes();
    let document::Loaded { mut sources, yaml, mut diagnostics } =
        document::load("maestro.yaml", bytes, Path::new("/project"), &variables);
    let told = |diagnostics: &Diagnostics, sources: &_| {
        format!("{}\n{}", exported.text, maestro_report::diagnostics::draw(diagnostics, sources, false))
    };
    let document = yaml.and_then(|yaml| document::file::read(&yaml, &mut diagnostics));
    let document = document.unwrap_or_else(|| panic!("{}", told(&diagnostics, &sources)));
    let read = |_: &Path| Err(io::ErrorKind::NotFound.into());
    let surroundings = Surroundings::new(Path::new("/project"), &variables);
    let environment = resolve(&document, &mut sources, &read, surroundings, &mut diagnostics);
    environment.unwrap_or_else(|| panic!("{}", told(&diagnostics, &sources)))
}

/// A specification without what a file of Maestro says otherwise: its containers have a host name, and variables about
/// others beside these of their own.
fn comparable(spec: &ContainerSpec, own: &[&str]) -> ContainerSpec {
    let mut spec = spec.clone();
    spec.hostname = None;
    spec.attachments.clear();
    spec.labels.retain(|name, _| !name.starts_with("com.docker.compose."));
    spec.env.retain(|name, value| value.is_some() && own.contains(&name));
    if let Network::Environment { name, links } = &mut spec.network {
        name.clear();
        links.clear();
    }
    for port in &mut spec.ports {
        port.name = String::new();
        port.ipv6 = false;
    }
    spec.mounts.sort_by(|a, b| a.source.cmp(&b.source));
    spec
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
    let names: Vec<(&str, &str)> =
        environment.instances.iter().map(|one| (one.name.as_str(), one.container_name())).collect();
    let names_again: Vec<(&str, &str)> =
        again.instances.iter().map(|one| (one.name.as_str(), one.container_name())).collect();
    assert_eq!(names_again, names);
    for (before, after) in environment.instances.iter().zip(&again.instances) {
        let own: Vec<&str> = before.container.env.keys().map(String::as_str).collect();
        let (mut before_spec, after_spec) =
            (comparable(&before.container, &own), comparable(&after.container, &own));
        for name in &exported.variables {
            if before_spec.env.get(name).is_some() {
                before_spec.env.insert(name.clone(), Some(format!("value of {name}")));
            }
        }
        assert_eq!(after_spec, before_spec, "{}", before.name);
        assert_eq!(after.is_job(), before.is_job(), "{}", before.name);
        assert_eq!(after.stop_timeout, before.stop_timeout, "{}", before.name);
    }
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

/// What one format or both have other words for than the other.
const OTHER_WORDS: &str = r#"
services:
  web:
    image: nginx:1.27
    pull_policy: always
    ports: ["132:132/sctp", "53:53/udp"]
    extra_hosts: ["db:10.0.0.1", "db:10.0.0.2"]
    post_start: [{command: ["true"]}]
    volumes:
      - data:/data
      - {type: volume, source: data, target: /part, volume: {subpath: part}}
      - {type: image, source: busybox, target: /image}
volumes: {data: {}}
"#;

#[test]
fn what_has_other_words_is_said_in_them_or_told() {
    let environment = project(OTHER_WORDS);
    let (maestro, compose) = (maestro_file(&environment), compose_file(&environment));
    for exported in [&maestro, &compose] {
        let (text, told) = (&exported.text, exported.left_out.join("\n"));
        assert!(text.contains("pull_policy: always") && text.contains("db: [10.0.0.1, 10.0.0.2]"), "{text}");
        for left_out in ["the mount at `/part`", "the mount at `/image`", "the commands of `post_start`"] {
            assert!(told.contains(left_out), "{left_out} in {told}");
        }
        assert!(!text.contains(":/part") && !text.contains(":/image"), "{text}");
    }
    assert!(compose.text.contains("132:132/sctp") && compose.text.contains("53:53/udp"), "{}", compose.text);
    assert!(maestro.text.contains("132/sctp:132/sctp"), "{}", maestro.text);
    let request = ProjectRequest { working_directory: "/project".to_owned(), ..ProjectRequest::default() };
    let files = HashMap::from([(PathBuf::from("/project/compose.yaml"), compose.text)]);
    let again = load(&request, &files);
    assert!(
        again.project.is_some(),
        "{}",
        maestro_report::diagnostics::draw(&again.diagnostics, &again.sources, false)
    );
}
