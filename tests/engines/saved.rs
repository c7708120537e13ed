//! A plan that is saved, looked at and carried out; and one that is not carried out any more.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::{
    failures::file,
    support::site::{Running, Said, Site},
};

const SERVICES: &str = "  db:
    image: busybox
    sh: runs
    instances: {db-unique: {}}
  web:
    image: busybox
    sh: runs
    requires: db
    env: {COLOUR: blue, DB_PASSWORD: c4nary-env}
    instances:
      web-unique: {}
";

fn changed() -> String {
    SERVICES.replace("blue", "green").replace("c4nary-env", "c4nary-new")
}

/// A site where all runs, with a file that says something else of `web` and a plan of that in `next.plan`.
fn planned() -> (Site, String) {
    let mut site = Site::new(&file("", SERVICES));
    site.succeed("apply");
    site.settled();
    site.write(&file("", &changed()));
    let told = site.transcript("plan -o next.plan");
    (site, told)
}

/// The ids of all containers, and the leases that are held.
fn holdings(site: &Site) -> String {
    let ids = site.docker("ps -aq --no-trunc --filter label=maestro.environment=env-unique");
    let leases = site.docker("volume ls -q --filter label=maestro.environment=env-unique");
    format!("{ids}\n{leases}")
}

/// What is said to `apply next.plan`, which has to be refused and to change nothing.
fn refused(site: &Site, code: i32) -> String {
    let before = holdings(site);
    let said = site.run("apply next.plan");
    assert_eq!(said.code, Some(code), "{}", said.text);
    assert!(!said.text.contains("c4nary"), "{}", said.text);
    assert_eq!(holdings(site), before, "nothing is changed");
    site.transcript_of("apply next.plan", &said)
}

#[test]
#[ignore = "needs an engine"]
fn what_was_planned_is_carried_out_once() {
    let (site, told) = planned();
    let path = site.path().join("next.plan");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let kept = fs::read_to_string(&path).unwrap();
    assert!(!kept.contains("c4nary"), "{kept}");
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    let mut printed: serde_json::Value =
        serde_json::from_str(&site.output("--output json plan").text).unwrap();
    // What would go wrong is no part of the plan.
    printed.as_object_mut().unwrap().remove("findings");
    assert_eq!(kept["plan"], printed, "what is kept is what is told to programs");
    let applied = site.transcript("apply -c 1 next.plan");
    site.settled();
    let again = refused(&site, 5);
    // There is nothing to do, and so there is in the plan of that, which takes the place of the old one.
    let nothing = site.transcripts(&["plan -o next.plan --detailed-exitcode", "apply next.plan"]);
    insta::assert_snapshot!(format!("{told}\n{applied}\n{again}\n{nothing}"));
    let names: Vec<String> = fs::read_dir(site.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("plan"))
        .collect();
    assert_eq!(names, ["next.plan"]);
    // Names and options are part of it, and it needs no file of the usual name.
    site.docker("rm -f web-unique");
    let yaml = site.path().join("maestro.yaml");
    fs::rename(&yaml, site.path().join("shop.yaml")).unwrap();
    site.succeed("-f shop.yaml plan -C 'web-*' -o ./next.plan");
    site.docker_kill(&["db-unique"]);
    site.succeed("-f shop.yaml apply -c 1 --wait 1s ./next.plan");
    assert_eq!(site.docker("inspect -f {{.State.Running}} web-unique db-unique"), "true\nfalse");
    fs::rename(site.path().join("shop.yaml"), yaml).unwrap();
}

#[test]
#[ignore = "needs an engine"]
fn what_was_changed_since_is_named_and_nothing_is_done() {
    let (mut site, _) = planned();
    let mut told = Vec::new();
    let mut after = |site: &mut Site, happens: &str| {
        site.docker(happens);
        told.push(format!("$ docker {happens}\n{}", refused(site, 5)));
        site.succeed("plan -o next.plan");
    };
    after(&mut site, "update --memory 32m --memory-swap 64m web-unique");
    after(&mut site, "kill web-unique");
    after(&mut site, "kill db-unique");
    after(&mut site, "rm -f db-unique");
    site.write(&file("", &changed().replace("c4nary-new", "c4nary-newer")));
    site.docker("start web-unique");
    told.push(refused(&site, 5));
    site.succeed("plan -o next.plan");
    let host = site.host.clone();
    site.set("DOCKER_HOST", "unix:///nowhere/docker.sock");
    let silent = site.run("apply next.plan");
    told.push(site.transcript_of("apply next.plan", &silent));
    assert_eq!(silent.code, Some(4));
    site.set("DOCKER_HOST", &host);
    site.succeed("apply next.plan");
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
#[ignore = "needs an engine"]
fn what_changed_while_another_run_was_waited_for_is_seen_under_the_lease() {
    let slow = "  slow:
    image: busybox
    command: [/bin/busybox, sh, -c, \"trap '' TERM; echo up; while true; do /bin/busybox sleep 0.1; done\"]
    stop_timeout: 5
    instances: {slow-unique: {}}
";
    let with = |services: &str| file("", &format!("{services}{slow}"));
    let mut site = Site::new(&with(SERVICES));
    site.succeed("apply");
    site.write(&with(&changed()));
    site.succeed("plan -o next.plan");
    let web = site.docker("inspect -f {{.Id}} web-unique");
    let mut first = Running::begin(site.command("stop slow-unique"), true);
    first.says("stopping, up to");
    let mut second = Running::begin(site.command("apply next.plan --wait 5m"), true);
    second.says("waiting up to");
    assert_eq!(first.end().code, Some(0));
    let Said { text, code } = second.end();
    assert_eq!(code, Some(5), "{text}");
    assert!(text.contains(&site.real("slow-unique: it was stopped, or ended by itself")), "{text}");
    assert_eq!(site.docker("inspect -f {{.Id}} web-unique"), web);
    // The lease is given back; what was applied before is recorded.
    let labels = "--filter label=maestro.environment=env-unique";
    let leases = site.docker(&format!("volume ls -q {labels} --filter label=maestro.lease"));
    assert_eq!(leases, "");
    let volumes = site.docker(&format!("volume ls -q {labels} --filter label=maestro.generation"));
    assert_eq!(volumes, site.real("maestro-generation-env-unique-1"));
}
