//! `configs` and `secrets` of a file of Maestro: what containers get.

use std::{collections::BTreeMap, io, path::Path};

use maestro_core::model::{Environment, carried::FileAccess};
use maestro_file::{
    document::{file, load},
    resolve::{Surroundings, resolve},
};

const FILE: &str = "name: shop
configs:
  app: {content: \"debug = {{ 1 + 1 }}\"}
  beside: {file: ./beside.conf}
secrets:
  token: {environment: TOKEN}
services:
  web:
    image: nginx:1.27
    configs: [app, {source: beside, target: /etc/app/beside.conf, uid: 7, gid: 8, mode: 0640}]
    secrets: [token]
    instances:
      web-1: {}
      web-2: {configs: [{source: app, target: etc/other.conf, mode: \"0400\"}], read_only: true}
";

/// The environment of the file, with that content of the file beside it.
fn environment(beside: &str) -> Environment {
    let variables = BTreeMap::from([("TOKEN".to_owned(), "a-token".to_owned())]);
    let directory = Path::new("/project");
    let mut loaded = load("maestro.yaml", FILE.as_bytes().to_vec(), directory, &variables);
    let yaml = loaded.yaml.take().expect("YAML");
    let document = file::read(&yaml, &mut loaded.diagnostics).expect("a document");
    let read_file = |path: &Path| match path.to_str() {
        Some("./beside.conf") => Ok(beside.as_bytes().to_vec()),
        _ => Err(io::ErrorKind::NotFound.into()),
    };
    let surroundings = Surroundings::new(directory, &variables);
    let environment =
        resolve(&document, &mut loaded.sources, &read_file, surroundings, &mut loaded.diagnostics);
    environment.unwrap_or_else(|| {
        panic!("{}", maestro_report::diagnostics::draw(&loaded.diagnostics, &loaded.sources, false))
    })
}

/// The path, the content and the access of each file of an instance.
fn files(environment: &Environment, instance: &str) -> Vec<(String, String, FileAccess)> {
    let files = &environment.instance_named(instance).expect("an instance").files;
    let each = files.iter().map(|file| {
        (
            file.target.clone(),
            String::from_utf8(file.content.bytes().to_vec()).expect("text"),
            file.spec.access,
        )
    });
    each.collect()
}

#[test]
fn files_come_from_everywhere_and_go_where_the_file_says() {
    let environment = environment("from beside");
    let access = |uid, gid, mode| FileAccess { uid, gid, mode };
    let file = |path: &str, content: &str, access| (path.to_owned(), content.to_owned(), access);
    assert_eq!(
        files(&environment, "web-1"),
        [
            file("/app", "debug = 2", access(0, 0, 0o444)),
            file("/etc/app/beside.conf", "from beside", access(7, 8, 0o640)),
            file("/run/secrets/token", "a-token", access(0, 0, 0o444)),
        ]
    );
    // Of each kind an instance has its own files, or those of its service.
    assert_eq!(
        files(&environment, "web-2"),
        [
            file("/etc/other.conf", "debug = 2", access(0, 0, 0o400)),
            file("/run/secrets/token", "a-token", access(0, 0, 0o444)),
        ]
    );
    let spec = &environment.instance_named("web-2").expect("an instance").container;
    assert!(
        spec.files.values().all(|file| file.own_volume),
        "no engine copies into a root that is read-only"
    );
}

#[test]
fn another_content_makes_another_container_and_is_in_no_specification() {
    let (first, second) = (environment("first"), environment("second"));
    let spec = |environment: &Environment, instance: &str| {
        environment.instance_named(instance).expect("an instance").container.clone()
    };
    assert_ne!(spec(&first, "web-1").hash(), spec(&second, "web-1").hash());
    assert_eq!(spec(&first, "web-2").hash(), spec(&second, "web-2").hash());
    let json = serde_json::to_string(&*spec(&first, "web-1")).expect("JSON");
    assert!(json.contains("/run/secrets/token") && !json.contains("a-token"), "{json}");
}
