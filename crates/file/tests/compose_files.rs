//! Configs and secrets of a Compose project: what is copied to which place, and what cannot be.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use maestro_core::model::{Instance, carried::CarriedFile};
use maestro_file::{
    compose::{ProjectRequest, load},
    resolve::{ProjectParts, Surroundings, resolve_project},
};

/// The only instance of a file, or what is said about it.
fn resolved(text: &str) -> Result<Instance, String> {
    let request = ProjectRequest {
        working_directory: "/project".to_owned(),
        variables: BTreeMap::from([("APP_KEY".to_owned(), "hunter2-of-the-app".to_owned())]),
        ..ProjectRequest::default()
    };
    let files = HashMap::from([
        (PathBuf::from("/project/compose.yaml"), text.to_owned()),
        (PathBuf::from("/project/app.conf"), "from a file".to_owned()),
        (PathBuf::from("/project/.env"), "GREETING=hello\n".to_owned()),
    ]);
    let loaded = load(&request, &files);
    let mut diagnostics = loaded.diagnostics;
    let variables = BTreeMap::new();
    let surroundings = Surroundings::new(Path::new("/project"), &variables);
    let environment = loaded.project.and_then(|project| {
        let parts = ProjectParts::new(&project, &files, &loaded.sources);
        resolve_project(parts, surroundings, &mut diagnostics)
    });
    let environment =
        environment.ok_or_else(|| maestro_report::diagnostics::draw(&diagnostics, &loaded.sources, false))?;
    Ok(environment.instances[0].clone())
}

/// `/etc/app 0:0 444 text`, with `volume` if its directory is one.
fn told(instance: &Instance) -> Vec<String> {
    let file = |file: &CarriedFile| {
        let access = file.spec.access;
        let volume = if file.spec.own_volume { " volume" } else { "" };
        let content = String::from_utf8_lossy(file.content.bytes());
        format!("{} {}:{} {:o}{volume} {content}", file.target, access.uid, access.gid, access.mode)
    };
    instance.files.iter().map(file).collect()
}

#[test]
fn contents_come_from_files_variables_and_the_project_itself() {
    let text = "
services:
  web:
    image: nginx
    configs:
      - inline
      - {source: beside, target: /etc/app/./app.conf, uid: '7', gid: '8', mode: 0640}
      - {source: inline, target: again}
    secrets: [key, {source: key, target: other}, {source: greeting, target: /etc/greeting}]
configs:
  inline: {content: 'say ${GREETING}'}
  beside: {file: ./app.conf}
secrets:
  key: {environment: APP_KEY}
  greeting: {environment: GREETING}
";
    let instance = resolved(text).unwrap();
    assert_eq!(
        told(&instance),
        [
            "/again 0:0 444 say hello",
            "/etc/app/app.conf 7:8 640 from a file",
            "/etc/greeting 0:0 444 hello",
            "/inline 0:0 444 say hello",
            "/run/secrets/key 0:0 444 hunter2-of-the-app",
            "/run/secrets/other 0:0 444 hunter2-of-the-app",
        ]
    );
    assert_eq!(instance.container.files, instance.files.specs());
    assert!(instance.written.contains_key("files./etc/app/app.conf"));
    assert!(instance.container.mounts.is_empty());
    assert!(!format!("{instance:?}").contains("hunter2"));
}

#[test]
fn what_is_below_memory_or_in_a_root_that_is_read_only_is_in_a_volume() {
    let text = "
services:
  web:
    image: nginx
    READ_ONLY
    tmpfs: [/run, /tmp]
    volumes: ['data:/data']
    configs: [{source: inline, target: /etc/app/inline}]
    secrets: [key]
configs:
  inline: {content: hello}
secrets:
  key: {environment: APP_KEY}
volumes: {data: {}}
";
    let plain = resolved(&text.replace("READ_ONLY", "init: true")).unwrap();
    let files = ["/etc/app/inline 0:0 444 hello", "/run/secrets/key 0:0 444 volume hunter2-of-the-app"];
    assert_eq!(told(&plain), files);
    let read_only = resolved(&text.replace("READ_ONLY", "read_only: true")).unwrap();
    let files =
        ["/etc/app/inline 0:0 444 volume hello", "/run/secrets/key 0:0 444 volume hunter2-of-the-app"];
    assert_eq!(told(&read_only), files);
    assert!(read_only.container.volumes.is_empty());
    assert_eq!(read_only.container.anonymous_volumes(), ["/etc/app", "/run/secrets"]);
}

#[test]
fn a_file_of_the_host_that_cannot_be_copied_is_mounted_as_docker_compose_does() {
    let text = "
services:
  web:
    image: nginx
    tmpfs: [/run/secrets]
    volumes: ['./data:/data']
    configs: [{source: beside, target: /data/app.conf}]
    secrets: [beside]
configs:
  beside: {file: ./app.conf}
secrets:
  beside: {file: ./app.conf}
";
    let instance = resolved(text).unwrap();
    assert!(instance.files.is_empty());
    let mounts = instance.container.mounts.iter().skip(1);
    let mounts: Vec<_> = mounts.map(|mount| (&*mount.source, &*mount.target, &*mount.mode)).collect();
    let file = "/project/app.conf";
    assert_eq!(mounts, [(file, "/run/secrets/beside", "ro"), (file, "/data/app.conf", "ro")]);
}

#[test]
fn what_cannot_be_copied_is_told_at_its_place() {
    let text = "
services:
  web:
    image: nginx
    read_only: true
    tmpfs: [/memory]
    volumes: [/cache]
    configs:
      - inline
      - {source: inline, target: /cache/a}
      - {source: inline, target: /memory/a}
      - {source: inline, target: /etc/a/b, uid: root, mode: 010640}
      - {source: missing, target: /etc/c/d}
      - {source: folder, target: /etc/e/f}
    secrets: [unset]
configs:
  inline: {content: hello}
  missing: {file: ./missing.conf}
  folder: {file: .}
secrets:
  unset: {environment: NOT_SET}
";
    insta::assert_snapshot!(resolved(text).unwrap_err());
}
