//! Services of a Compose project in types, each value with its place.

use std::{collections::HashMap, path::PathBuf};

use maestro_file::compose::{
    ProjectRequest, load,
    service::{ComposeMountKind, Condition},
};

const FILE: &str = "services:
  web:
    image: web:1
    scale: 2
    ports: ['127.0.0.1:8080:80', '9000-9001:9000-9001/udp']
    volumes: ['./conf:/etc/web:ro', 'data:/data', /cache]
    depends_on: {db: {condition: service_healthy, restart: true}}
    env_file: web.env
    environment: {A: 1, B: }
    mem_limit: 1g
    stop_grace_period: 1m
  db: {image: db, deploy: {mode: global}}
volumes: {data: }
";

#[test]
fn values_have_types_and_places() {
    let files = HashMap::from([
        (PathBuf::from("/shop/compose.yaml"), FILE.to_owned()),
        (PathBuf::from("/shop/web.env"), "C=3\n".to_owned()),
    ]);
    let request = ProjectRequest { working_directory: "/shop".to_owned(), ..ProjectRequest::default() };
    let loaded = load(&request, &files);
    let project = loaded.project.expect("a good file");
    let place = |span| loaded.sources.text(span);
    let [web, db] = &project.services().collect::<Vec<_>>()[..] else { panic!("two services") };

    let image = web.element.spanned_text("image").expect("an image");
    assert_eq!((image.value, place(image.span)), ("web:1", "web:1"));
    let memory = web.element.spanned_integer("mem_limit").expect("a limit");
    assert_eq!((memory.value, place(memory.span)), (1 << 30, "1g"));
    let period = web.element.spanned_integer("stop_grace_period").expect("a period");
    assert_eq!((period.value, place(period.span)), (60_000_000_000, "1m"));

    let ports: Vec<_> = web.ports().collect();
    let first =
        (ports[0].address.as_ref().map(|address| address.value), ports[0].target.value, ports[0].protocol);
    assert_eq!(first, (Some("127.0.0.1"), 80, "tcp"));
    assert_eq!(place(ports[2].target.span), "'9000-9001:9000-9001/udp'");
    assert_eq!(ports[2].published.as_ref().map(|port| port.value), Some("9001"));

    let mounts: Vec<_> =
        web.mounts().map(|mount| (mount.kind, mount.target.value, mount.read_only)).collect();
    let expected = [
        (ComposeMountKind::Bind, "/etc/web", true),
        (ComposeMountKind::Volume, "/data", false),
        (ComposeMountKind::Volume, "/cache", false),
    ];
    assert_eq!(mounts, expected);
    assert_eq!(
        web.mounts().next().and_then(|mount| mount.source).map(|source| source.value),
        Some("/shop/conf")
    );

    let needed: Vec<_> = web.dependencies().collect();
    assert_eq!(
        (needed[0].service.value, needed[0].condition, needed[0].restart),
        ("db", Condition::Healthy, true)
    );
    assert_eq!(place(needed[0].service.span), "db");

    let variables: Vec<_> =
        web.variables().map(|(name, value)| (name.value, value.map(|value| value.value))).collect();
    assert_eq!(variables, [("A", Some("1")), ("B", None), ("C", Some("3"))]);
    assert_eq!((web.written_replicas(), db.written_replicas()), (Some(2), None));
}
