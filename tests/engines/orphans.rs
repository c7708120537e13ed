//! Containers that the file does not declare, taken by name on a real engine.

use crate::{
    failures::file,
    support::{normal, site::Site},
};

const WEB: &str = "  web:
    image: busybox
    sh: runs
    instances: {web-unique: {}}
";
const OLD: &str = "  old:
    image: busybox
    sh: runs
    instances: {one-unique: {}, two-unique: {}, three-unique: {}}
";

/// `web-1` is declared; three instances of a service that the file does not declare any more run.
fn site() -> Site {
    let mut site = Site::new(&file("", &format!("{WEB}{OLD}")));
    site.succeed("apply");
    site.write(&file("", WEB));
    site
}

/// The containers of the environment, with their states.
fn containers(site: &Site) -> Vec<String> {
    let filter = site.real("label=maestro.environment=env-unique");
    let told = site.docker(&format!("ps -a --filter {filter} --format {{{{.Names}}}}={{{{.State}}}}"));
    let mut all: Vec<String> = told.lines().map(|line| site.told(line)).collect();
    all.sort();
    all
}

#[test]
#[ignore = "needs an engine"]
fn an_orphan_is_logged_stopped_killed_cleaned_and_pruned_by_name_alone() {
    let site = site();
    assert!(site.succeed("status").contains("orphan, up"));
    assert_eq!(site.succeed("logs one-unique").trim(), "up");
    site.succeed("stop one-unique");
    site.succeed("kill two-unique");
    let running = |one, two| {
        let mut all = vec![
            format!("one-unique={one}"),
            "three-unique=running".to_owned(),
            format!("two-unique={two}"),
            "web-unique=running".to_owned(),
        ];
        all.retain(|line| !line.ends_with("gone"));
        all
    };
    assert_eq!(containers(&site), running("exited", "exited"));
    assert!(site.succeed("stop one-unique").contains("already down"));
    let cleaned = site.succeed("clean three-unique");
    assert!(cleaned.contains("an orphan: running"), "{cleaned}");
    site.succeed("clean one-unique");
    assert_eq!(containers(&site), running("gone", "exited"));
    // Without `--prune` it is no name.
    assert_eq!(site.run("apply two-unique").code, Some(2));
    let plan = site.told(&site.succeed("plan --prune two-unique"));
    assert!(
        normal::unwrapped(&plan)
            .contains("orphan three-unique: the file does not declare it; `apply --prune`"),
        "{plan}"
    );
    site.succeed("apply --prune two-unique");
    assert_eq!(containers(&site), running("gone", "gone"));
    assert_eq!(site.run("apply --prune nobody").code, Some(2));
    // The service's name stands for what is left of it.
    site.succeed("apply --prune old");
    assert_eq!(containers(&site), ["web-unique=running"]);
    site.succeed("kill");
    site.succeed("clean");
}

#[test]
#[ignore = "needs an engine"]
fn a_file_that_declares_nothing_hides_no_orphan() {
    let mut site = site();
    site.write("name: env-unique\n");
    let status = site.told(&site.succeed("status"));
    assert!(status.contains("web-unique") && !status.contains("No services"), "{status}");
    let plan = site.told(&site.succeed("plan"));
    assert!(plan.contains("orphan") && plan.contains("web-unique"), "{plan}");
    assert!(site.succeed("stop").contains("keep running"));
    site.succeed("stop web-unique");
    assert!(containers(&site).contains(&"web-unique=exited".to_owned()));
    assert!(site.succeed("clean").contains("orphans stay"));
    site.succeed("apply --prune");
    assert!(containers(&site).is_empty());
    assert!(site.succeed("status").starts_with("No services are defined"));
    site.succeed("clean --output json");
}
