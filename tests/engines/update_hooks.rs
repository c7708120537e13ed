//! `hooks` of a service: jobs around its update, on an engine.

use crate::support::{IMAGE, site::Site};

/// The job writes down each of its runs.
const FILE: &str = r#"__maestro: {schema: 3}
name: env-unique
volumes: {data: {}}
services:
  migrate:
    image: IMAGE
    job: true
    command: [/bin/busybox, sh, -c, "echo run >> /data/runs; exit CODE"]
    volumes: [data:/data]
    instances: {migrate-unique: {}}
  web:
    image: IMAGE
    command: [/bin/busybox, sh, -c, "while :; do /bin/busybox sleep 0.1; done"]
    stop_timeout: 0
    env: {COLOUR: "COLOUR-OF-WEB"}
    hooks: {before_update: migrate}
    volumes: [data:/data]
    instances: {web-unique: {}}
"#;

fn file(code: &str, colour: &str) -> String {
    FILE.replace("IMAGE", IMAGE).replace("CODE", code).replace("COLOUR-OF-WEB", colour)
}

#[test]
#[ignore = "needs an engine"]
fn a_job_runs_before_each_update_and_its_failure_leaves_everything_as_it_was() {
    let mut site = Site::new(&file("0", "blue"));
    site.succeed("apply");
    let runs = |site: &Site| site.docker("exec web-unique /bin/busybox cat /data/runs").lines().count();
    let id = |site: &Site| site.docker("inspect -f {{.Id}} web-unique");
    assert_eq!(runs(&site), 1);
    assert!(site.succeed("apply").contains("nothing to do"));
    let first = id(&site);

    site.write(&file("3", "green"));
    let failed = site.run("apply");
    assert_eq!(failed.code, Some(1), "{}", failed.text);
    assert!(failed.text.contains("exit     code 3"), "{}", failed.text);
    assert!(failed.text.contains("`maestro apply web` again"), "{}", failed.text);
    assert_eq!((id(&site), runs(&site)), (first.clone(), 2));
    // No other container of the job has run again, and its log is there.
    assert_eq!(site.docker("inspect -f {{.State.ExitCode}} migrate-unique"), "3");

    site.write(&file("0", "green"));
    site.succeed("apply web");
    assert_eq!(runs(&site), 3);
    assert_ne!(id(&site), first);

    site.write(&file("0", "red"));
    let planned = site.succeed("plan --steps");
    assert!(planned.contains("it runs before each update of web"), "{planned}");
    site.succeed("apply web");
    assert_eq!(runs(&site), 4);
    assert!(site.succeed("apply").contains("nothing to do"));
    site.succeed("stop");
    site.succeed("clean --volumes");
}
