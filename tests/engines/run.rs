//! `run`: a one-off container beside its instance, which nothing takes for another.

use crate::{
    failures::file,
    support::site::{Running, Site, until},
};

const SHOP: &str = "  db:
    image: busybox
    sh: runs
    stop_timeout: 0
    instances: {db-unique: {}}
  web:
    image: busybox
    sh: runs
    stop_timeout: 0
    requires: db
    env: {COLOUR: blue}
    instances:
      web-unique: {ports: {http: PORT1}, links: {db-unique: db}}
  plain:
    image: busybox
    sh: runs
    stop_timeout: 0
    requires: db
    instances: {plain-unique: {}}
";

/// The one-off containers of the site.
fn one_offs(site: &Site) -> String {
    let filter = "--filter label=maestro.one-off --filter label=maestro.environment=env-unique";
    site.docker(&format!("ps -a {filter} --format {{{{.Names}}}}"))
}

#[test]
#[ignore = "needs an engine"]
fn a_one_off_container_has_the_settings_of_its_instance_and_goes() {
    let site = Site::new(&file("", SHOP));
    let said = site.run("run web /bin/busybox true");
    let db = site.real("db-unique");
    assert!(said.text.contains(&format!("requires {db}, which does not run")), "{}", said.text);
    assert!(said.text.contains(&format!("`maestro start {db}` starts it")), "{}", said.text);
    assert_eq!(said.code, Some(1));
    // What its service requires counts as well.
    let said = site.run("run plain /bin/busybox true");
    assert!(said.text.contains(&format!("requires {db}, which does not run")), "{}", said.text);
    assert_eq!(said.code, Some(1));
    site.succeed("apply");
    let before = site.docker("inspect -f {{.Id}} web-unique");
    let script = "echo $COLOUR $MORE $(/bin/busybox id -u); /bin/busybox cat; exit 3";
    let line = site.real(&format!(
        "echo typed | maestro run -e MORE=x -u 5 web-unique /bin/busybox sh -c '{script}' 2>/dev/null"
    ));
    let said = Running::begin(site.program("sh", &["-c".to_owned(), line]), true).end();
    assert_eq!((said.text.as_str(), said.code), ("blue x 5\ntyped\n", Some(3)));
    assert_eq!(one_offs(&site), "");
    let said = site.run("run --entrypoint '/bin/busybox echo' web-unique hello");
    assert!(said.text.ends_with("hello\n") && said.code == Some(0), "{}", said.text);
    assert_eq!(site.docker("inspect -f {{.Id}} web-unique"), before);

    let mut running = Running::begin(site.command("run web-unique"), true);
    running.says("up\n");
    running.signal("INT");
    assert_eq!(running.end().code, Some(130));
    assert_eq!(one_offs(&site), "");
}

#[test]
#[ignore = "needs an engine"]
fn a_one_off_container_that_a_killed_run_leaves_is_found() {
    let site = Site::new(&file("", SHOP));
    site.succeed("apply");
    let mut running = Running::begin(site.command("run web-unique"), true);
    running.says("up\n");
    running.signal("KILL");
    running.end();
    let name = one_offs(&site);
    assert!(name.starts_with(&site.real("web-unique.run-")), "{name}");
    let said = site.succeed("apply --prune");
    assert!(!said.contains("orphan"), "{said}");
    assert_eq!(one_offs(&site), name, "it runs");
    let status = site.succeed("status");
    assert!(status.contains("one-off, up") && !status.contains("--prune"), "{status}");
    site.docker(&format!("stop -t 0 {name}"));
    until("the list has it", || {
        site.docker(&format!("ps -a --filter name={name} --format {{{{.Status}}}}"))
            .starts_with("Exited")
            .then_some(())
    });
    site.succeed("clean");
    assert_eq!(one_offs(&site), "");
}

const JOB: &str = "  migrate:
    image: busybox
    job: true
    command: [/bin/busybox, sh, -c, \"echo migrating; exit CODE\"]
    instances: {migrate-unique: {}}
  web:
    image: busybox
    sh: runs
    stop_timeout: 0
    instances: {web-unique: {}}
";

#[test]
#[ignore = "needs an engine"]
fn a_job_runs_itself_again_and_status_shows_its_last_run() {
    let mut site = Site::new(&file("", &JOB.replace("CODE", "0")));
    site.succeed("apply");
    let id = || site.docker("inspect -f {{.Id}} migrate-unique");
    let before = id();
    let said = site.succeed("run migrate");
    assert!(said.ends_with("\nmigrating\n"), "{said}");
    assert_ne!(id(), before, "it ran again, in a new container");
    let said = site.succeed("status");
    assert!(said.contains("completed, exit 0, took "), "{said}");
    let (lines, _) = site.json_lines("run migrate");
    assert_eq!(lines.last().unwrap()["event"], "finished", "{lines:?}");
    // What the job does not have, a container beside it has.
    let before = id();
    let said = site.succeed("run -e MORE=x migrate");
    assert!(said.contains("with the settings of") && id() == before, "{said}");

    site.write(&file("", &JOB.replace("CODE", "7")));
    let said = site.run("run migrate");
    assert_eq!(said.code, Some(7), "{}", said.text);
    assert!(said.text.contains("did not become ready") && said.text.contains("migrating"), "{}", said.text);
    let said = site.succeed("status");
    assert!(said.contains("down, exit 7, took "), "{said}");
    let told = site.output("--output json status migrate");
    let told: serde_json::Value = serde_json::from_str(&told.text).unwrap();
    let container = &told["instances"][0]["container"];
    assert!(container["took"].as_f64().is_some() && container["exit_code"] == 7, "{told}");
}

#[test]
#[ignore = "needs an engine"]
fn a_one_off_container_in_the_background_says_its_name_and_how_it_goes() {
    let site = Site::new(&file("", &JOB.replace("CODE", "0")));
    site.succeed("apply");
    let name = site.output("run -d web /bin/busybox sh -c 'echo one-off; exit 4'").text;
    let name = name.trim();
    assert!(name.starts_with(&site.real("web-unique.run-")), "{name}");
    // Its exit code is passed on where it is the only one that is waited for.
    let said = site.run(&format!("wait {name}"));
    assert_eq!((said.text.as_str(), said.code), ("4\n", Some(4)));
    assert_eq!(site.run(&format!("wait {name} migrate")).code, Some(1));
    assert_eq!(site.succeed(&format!("logs {name}")), "one-off\n");
    // `rm` is `clean`.
    site.succeed(&format!("rm -y {name}"));
    assert_eq!(one_offs(&site), "");
    let (lines, code) = site.json_lines("run -d web");
    assert_eq!((lines[0]["instance"].as_str(), code), (Some("web-unique"), Some(0)), "{lines:?}");
    let said = site.run("run --detach web");
    assert!(
        said.text.contains(
            "in the background: `maestro logs -f web-unique.run-"
                .replace("web-unique", &site.real("web-unique"))
                .as_str()
        ),
        "{}",
        said.text
    );
}
