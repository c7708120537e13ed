//! `scale`: as many instances as the command line says, and what the next `apply` makes of them.

use crate::{
    compose::project,
    failures::{RUNS, file},
    support::{IMAGE, site::Site},
};

const SHOP: &str = "  db:
    image: busybox
    sh: runs
    stop_timeout: 0
    instances: {db-unique: {}}
  web-unique:
    image: busybox
    sh: runs
    stop_timeout: 0
    requires: db
    replicas: 1
";

/// The containers of the environment that run.
fn up(site: &Site) -> String {
    let filter = "--filter label=maestro.environment=env-unique";
    let names = site.docker(&format!("ps {filter} --format {{{{.Names}}}}"));
    let mut names: Vec<String> = site.told(&names).lines().map(str::to_owned).collect();
    names.sort();
    names.join(" ")
}

#[test]
#[ignore = "needs an engine"]
fn a_number_holds_for_one_run() {
    let site = Site::new(&file("", SHOP));
    site.succeed("apply");
    let before = site.docker("inspect -f {{.Id}} web-unique-1 db-unique");
    insta::assert_snapshot!(site.transcripts(&[
        "scale web-unique=3 --dry-run",
        // One after the other, so that they become ready in the same order each time.
        "scale web-unique=3 -c 1",
        "scale web-unique=3",
        "scale web-unique=2",
    ]));
    assert_eq!(up(&site), "db-unique web-unique-1 web-unique-2");
    assert_eq!(site.docker("inspect -f {{.Id}} web-unique-1 db-unique"), before, "they stay as they are");
    let (lines, code) = site.json_lines("scale web-unique=0");
    assert_eq!((up(&site).as_str(), code), ("db-unique", Some(0)), "{lines:?}");
    // The file says one.
    let said = site.succeed("apply --scale web-unique=1");
    assert!(!said.contains("this run only"), "{said}");
    site.succeed("up --scale web-unique=2");
    assert_eq!(up(&site), "db-unique web-unique-1 web-unique-2");
    site.succeed("apply");
    assert_eq!(up(&site), "db-unique web-unique-1");
}

#[test]
#[ignore = "needs an engine"]
fn services_of_a_compose_file_are_scaled_and_go_back() {
    let text = "name: env-unique
services:
  web:
    image: IMAGE
    command: [/bin/busybox, sh, -c, \"RUNS\"]
    stop_grace_period: 0s
    volumes: [/data]
";
    let site = project(&text.replace("IMAGE", IMAGE).replace("RUNS", &RUNS.replace('$', "$$")));
    let said = site.succeed("scale web=2");
    assert!(
        said.contains("to keep 2 instances of `web`, add `scale: 2` to `web` at compose.yaml:3"),
        "{said}"
    );
    assert_eq!(up(&site), "env-unique-web-1 env-unique-web-2");
    // An anonymous volume has data as well: its container stays.
    let said = site.succeed("scale web=1");
    assert_eq!(up(&site), "env-unique-web-1 env-unique-web-2", "{said}");
    let orphan = site.real("env-unique-web-2");
    assert!(said.contains(&orphan) && said.contains("web is to have 1 instance"), "{said}");
}
