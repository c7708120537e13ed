//! What is not the environment's own is never changed, unless it is told to be taken over.

use crate::{
    failures::file,
    support::{
        IMAGE,
        normal::{self, without_beginnings},
        site::Site,
    },
};

const SERVICES: &str = "  web:
    image: busybox
    sh: runs
    instances:
      web-unique: {}
  app:
    image: busybox
    sh: runs
    requires: web
    instances:
      app-unique: {}
";

/// A container that somebody else runs under the name of `web`, and its id.
fn stranger(site: &mut Site) -> String {
    site.strangers.push("web-unique".to_owned());
    let script = "/bin/busybox sh -c 'trap \"exit 0\" TERM; while true; do /bin/busybox sleep 0.1; done'";
    site.docker(&format!("run -d --name web-unique {IMAGE} {script}"))
}

#[test]
#[ignore = "needs an engine"]
fn a_container_of_somebody_else_is_left_alone() {
    let mut site = Site::new(&file("", SERVICES));
    let id = stranger(&mut site);
    let mut told = site.transcript("plan");
    for command in ["status", "start", "stop", "kill", "restart", "clean", "logs web"] {
        told = format!("{told}\n{}", site.transcript(command));
        let state = site.docker("inspect --format '{{.Id}} {{.State.Status}}' web-unique");
        assert_eq!(state, format!("{id} running"), "after {command}");
    }
    let network = site.docker("network ls -q --filter label=maestro.environment=env-unique");
    assert_eq!(network, "", "nothing was made for what was held");
    insta::assert_snapshot!(told);
}

#[test]
#[ignore = "needs an engine"]
fn adopt_takes_it_over() {
    let mut site = Site::new(&file("", SERVICES));
    let id = stranger(&mut site);
    insta::assert_snapshot!(without_beginnings(&site.transcript("start -c 1 --adopt")));
    let now =
        site.docker("inspect --format '{{.Id}} {{index .Config.Labels \"maestro.environment\"}}' web-unique");
    let (now, environment) = now.split_once(' ').unwrap();
    assert_ne!(now, id);
    assert_eq!(environment, site.real("env-unique"));
    assert!(site.succeed("start").contains("nothing to do"));
}

#[test]
#[ignore = "needs an engine"]
fn another_environment_is_somebody_else() {
    let mut site = Site::new(&file("", SERVICES));
    site.succeed("start web");
    site.write(&file("", SERVICES).replace("name: env-unique", "name: other"));
    insta::assert_snapshot!(site.transcript("stop web"));
}

const RUNS: &str = "/bin/busybox sh -c 'trap \"exit 0\" TERM; while true; do /bin/busybox sleep 0.1; done'";

/// A container that somebody runs from an image that they committed of `web-unique`, and its id.
fn copy(site: &mut Site, name: &str) -> String {
    site.docker("commit web-unique debug-unique:1");
    site.strangers.push(name.to_owned());
    site.docker(&format!("run -d --name {name} debug-unique:1 {RUNS}"))
}

fn state(site: &Site, name: &str) -> String {
    site.docker(&format!("inspect --format '{{{{.Id}}}} {{{{.State.Status}}}}' {name}"))
}

#[test]
#[ignore = "needs an engine"]
fn a_copy_that_inherits_the_labels_is_left_alone() {
    let mut site = Site::new(&file("", SERVICES));
    site.succeed("apply");
    let id = copy(&mut site, "copy-unique");
    let label = "{{index .Config.Labels \"maestro.instance\"}}";
    let inherited = site.docker(&format!("inspect --format '{label}' copy-unique"));
    assert_eq!(inherited, site.real("web-unique"), "engines hand labels down");
    let told = site.transcripts(&["plan", "apply", "stop web"]);
    for command in ["apply", "apply --prune", "restart", "kill", "start", "stop", "clean"] {
        let said = site.run(command);
        assert_eq!(said.code, Some(0), "{command}: {}", said.text);
        assert!(
            normal::unwrapped(&said.text).contains("is unmanaged and left alone"),
            "{command}: {}",
            said.text
        );
        assert_eq!(state(&site, "copy-unique"), format!("{id} running"), "after {command}");
    }
    site.docker("rm -f copy-unique");
    site.docker("rmi debug-unique:1");
    insta::assert_snapshot!(told);
}

#[test]
#[ignore = "needs an engine"]
fn a_copy_in_an_instances_place_is_unmanaged() {
    let mut site = Site::new(&file("", SERVICES));
    site.succeed("apply web");
    site.docker("commit web-unique debug-unique:1");
    site.docker("rm -f web-unique");
    site.strangers.push("web-unique".to_owned());
    let id = site.docker(&format!("run -d --name web-unique debug-unique:1 {RUNS}"));
    for command in ["apply web", "start web", "stop web", "kill web", "restart web", "clean web"] {
        let said = site.run(command);
        assert_eq!(said.code, Some(6), "{command}: {}", said.text);
        assert_eq!(state(&site, "web-unique"), format!("{id} running"), "after {command}");
    }
    site.docker("rm -f web-unique");
    site.docker("rmi debug-unique:1");
}

/// What an older release made bears no id of its image: the labels of the image tell whose it is.
#[test]
#[ignore = "needs an engine"]
fn an_older_container_is_known_by_the_labels_of_its_image() {
    let mut site = Site::new(&file("", SERVICES));
    site.strangers.push("web-unique".to_owned());
    let labels = "--label maestro.environment=env-unique --label maestro.service=web \
                  --label maestro.instance=web-unique --label maestro.config=0";
    site.docker(&format!("run -d --name web-unique {labels} {IMAGE} {RUNS}"));
    let id = copy(&mut site, "copy-unique");
    site.succeed("stop web");
    assert!(state(&site, "web-unique").ends_with(" exited"));
    assert_eq!(state(&site, "copy-unique"), format!("{id} running"));
    site.docker("rm -f copy-unique");
    site.docker("rmi debug-unique:1");
}
