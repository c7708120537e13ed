//! A Compose project on two ships with a site file.

use std::{fs, path::Path};

use crate::support::{
    lab::{IMAGE, Lab},
    projects::{Application, FOLDER, answer, answers, copy, requests},
};

/// `web` of both ships asks `db`, which runs on the second one.
const PROJECT: &str = r#"name: env-unique
services:
  web:
    image: lab/busybox:1
    command: [busybox, sh, -c, "busybox mkdir /w; echo $$SHOP > /w/index.html; exec busybox httpd -f -p 80 -h /w"]
    environment: {SHOP: open}
    ports: ["18080:80"]
    depends_on:
      db: {condition: service_healthy}
      migrate: {condition: service_completed_successfully}
    healthcheck: {test: [CMD, busybox, wget, -q, -O-, "http://db:15432/"], interval: 1s, retries: 30}
    stop_grace_period: 0s
  db:
    image: lab/busybox:1
    command: [busybox, sh, -c, "echo data > /data/index.html; exec busybox httpd -f -p 15432 -h /data"]
    ports: ["15432:15432"]
    volumes: ["data:/data"]
    healthcheck: {test: [CMD, busybox, wget, -q, -O-, "http://localhost:15432/"], interval: 1s, retries: 30}
    stop_grace_period: 0s
  migrate:
    image: lab/busybox:1
    command: [busybox, wget, -q, -O-, "http://db:15432/"]
    depends_on: {db: {condition: service_healthy}}
volumes: {data: {}}
"#;

const SITE: &str = "ship_defaults: {tls: false}
services:
  web: {ships: all, update: {parallel: 1}}
  db: {ship: ship2}
  migrate: {ship: ship1}
";

const FILES: &str = "-f compose.yaml -f site.yaml";

/// A lab with the project's files.
fn project() -> Lab {
    let lab = Lab::with("name: env-unique\nSHIPS\n");
    fs::write(lab.path().join("compose.yaml"), lab.real(PROJECT)).unwrap();
    fs::write(lab.path().join("site.yaml"), format!("{}{SITE}", lab.file("tcp"))).unwrap();
    lab
}

/// The page of `web` on a ship.
fn page(lab: &Lab, ship: usize) -> String {
    let address = lab.real(&format!("IP-OF-SHIP{ship}:18080"));
    let body = answer(&address, "/").unwrap_or_else(|error| panic!("{address}: {error}"));
    body.trim().to_owned()
}

#[test]
#[ignore = "needs a lab"]
fn services_on_two_ships_find_each_other_and_are_replaced_in_batches() {
    let lab = project();
    let run = |command: &str| {
        let said = lab.run(&format!("{FILES} {command}"));
        assert_eq!(said.code, Some(0), "{command}: {}", said.text);
        said.text
    };
    run("apply");
    assert_eq!((page(&lab, 1), page(&lab, 2)), ("open".to_owned(), "open".to_owned()));
    assert_eq!(
        run("status -q").split_whitespace().collect::<Vec<_>>(),
        ["db-1", "migrate-1", "web-1", "web-2"]
    );
    let nothing_to_do = lab.run(&format!("{FILES} plan --detailed-exitcode"));
    assert_eq!(nothing_to_do.code, Some(0), "{}", nothing_to_do.text);

    // Only `web` changes, one ship after the other; the data stay.
    let changed =
        fs::read_to_string(lab.path().join("compose.yaml")).unwrap().replace("SHOP: open", "SHOP: new");
    fs::write(lab.path().join("compose.yaml"), changed).unwrap();
    let said = run("apply");
    assert!(said.contains("2 replaced"), "{said}");
    assert_eq!((page(&lab, 1), page(&lab, 2)), ("new".to_owned(), "new".to_owned()));
    run("rollback");
    assert_eq!((page(&lab, 1), page(&lab, 2)), ("open".to_owned(), "open".to_owned()));
    run("stop");
    run("clean --volumes --yes");
    assert_eq!(lab.things(), Vec::<String>::new());
}

#[test]
#[ignore = "needs a lab"]
fn without_a_ship_the_rest_of_the_project_is_applied() {
    let lab = project();
    lab.command("poweroff ship1");
    let said = lab.run(&format!("{FILES} apply"));
    assert_eq!(said.code, Some(4), "{}", said.text);
    lab.command("mend");
    let said = lab.run(&format!("{FILES} apply"));
    assert_eq!(said.code, Some(0), "{}", said.text);
    assert_eq!((page(&lab, 1), page(&lab, 2)), ("open".to_owned(), "open".to_owned()));
    for command in ["stop", "clean --volumes --yes"] {
        let said = lab.run(&format!("{FILES} {command}"));
        assert_eq!(said.code, Some(0), "{command}: {}", said.text);
    }
}

/// A project of `tests/engines/projects` on two ships: what its services publish there, and where they run.
struct Spread {
    project: &'static str,
    published: &'static str,
    site: &'static str,
    /// The ship that answers.
    asked: usize,
}

const SPREAD: [Spread; 2] = [
    Spread {
        project: "whole-shop",
        published: "services:
  web: {ports: ['8000:8000']}
  db: {ports: ['5432:5432']}
  cache: {ports: ['6379:6379']}
networks:
  data: {internal: false}
",
        site: "services:
  proxy: {ship: ship1}
  web: {ship: ship2}
  worker: {ships: all}
  migrate: {ship: ship1}
  db: {ship: ship2}
  cache: {ship: ship1}
",
        asked: 1,
    },
    Spread {
        project: "queue-and-workers",
        published: "services:
  web: {depends_on: !reset []}
  queue: {ports: ['6379:6379']}
  store: {ports: ['5432:5432']}
",
        site: "services:
  web: {ship: ship2}
  worker: {ships: all}
  order: {ship: ship1}
  queue: {ship: ship2}
  store: {ship: ship1}
",
        asked: 2,
    },
];

#[test]
#[ignore = "needs a lab"]
fn whole_projects_run_on_two_ships() {
    for Spread { project, published, site, asked } in SPREAD {
        let lab = Lab::with("name: env-unique\nSHIPS\n");
        let _image = Application::new(&lab, IMAGE);
        copy(&lab, &Path::new(FOLDER).join(project), lab.path());
        for file in ["compose.yaml", "requests"] {
            let text = fs::read_to_string(lab.path().join(file)).unwrap().replace("PORT1", "18080");
            fs::write(lab.path().join(file), text).unwrap();
        }
        fs::write(lab.path().join("published.yaml"), published).unwrap();
        let site = format!("{}ship_defaults: {{tls: false}}\n{site}", lab.file("tcp"));
        fs::write(lab.path().join("site.yaml"), site).unwrap();
        let run = |command: &str| {
            let said = lab.run(&format!("-f compose.yaml -f published.yaml -f site.yaml {command}"));
            assert_eq!(said.code, Some(0), "{command}: {}", said.text);
        };
        run("apply");
        let requests = requests(&fs::read_to_string(lab.path().join("requests")).unwrap());
        answers(&requests, &lab.real(&format!("IP-OF-SHIP{asked}")), project);
        run("plan --detailed-exitcode");
        run("stop");
        run("clean");
        assert_eq!(lab.things(), Vec::<String>::new(), "{project}");
        for engine in &lab.engines {
            let words = ["volume", "rm", "-f", "env-unique_data"].map(|word| lab.real(word));
            assert!(lab.program("docker", &words).env("DOCKER_HOST", engine).status().unwrap().success());
        }
    }
}
