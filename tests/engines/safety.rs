//! What is not the environment's own is never changed, unless it is told to be taken over.

use crate::{
    failures::file,
    support::{IMAGE, site::Site},
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
fn a_container_of_somebody_else_is_left_alone() {
    let Some(mut site) = Site::new(&file("", SERVICES)) else { return };
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
fn adopt_takes_it_over() {
    let Some(mut site) = Site::new(&file("", SERVICES)) else { return };
    let id = stranger(&mut site);
    insta::assert_snapshot!(site.transcript("start -c 1 --adopt"));
    let now =
        site.docker("inspect --format '{{.Id}} {{index .Config.Labels \"maestro.environment\"}}' web-unique");
    let (now, environment) = now.split_once(' ').unwrap();
    assert_ne!(now, id);
    assert_eq!(environment, site.real("env-unique"));
    assert!(site.succeed("start").contains("nothing to do"));
}

#[test]
fn another_environment_is_somebody_else() {
    let Some(mut site) = Site::new(&file("", SERVICES)) else { return };
    site.succeed("start web");
    site.write(&file("", SERVICES).replace("name: env-unique", "name: other"));
    insta::assert_snapshot!(site.transcript("stop web"));
}
