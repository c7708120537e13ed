//! `cp`: files into instances, out of them, and from one to another.

use std::{fs, os::unix::fs::MetadataExt as _};

use crate::support::{IMAGE, site::Site};

const RUNS: &str =
    "[/bin/busybox, sh, -c, \"trap 'exit 0' TERM; while true; do /bin/busybox sleep 0.2; done\"]";

fn run(site: &Site, instance: &str, script: &str) -> String {
    site.docker(&format!("exec {instance} /bin/busybox sh -c \"{script}\""))
}

#[test]
#[ignore = "needs an engine"]
fn files_are_copied_both_ways_and_between_instances() {
    let site = Site::new(&format!(
        "name: env-unique\nservices:\n  app:\n    image: {IMAGE}\n    command: {RUNS}\n    \
         container_volumes: /data\n    instances: {{a-unique: {{}}, b-unique: {{}}}}\n"
    ));
    site.succeed("start");
    run(
        &site,
        "a-unique",
        "mkdir -p /data/d && echo one > /data/d/f && chown 7:8 /data/d/f && ln -s d /data/l",
    );

    // Out: names as docker cp gives them.
    site.succeed("cp a-unique:/data/d out");
    site.succeed("cp a-unique:data/d out");
    site.succeed("cp a-unique:/data/d/. merged");
    site.succeed("cp -L a-unique:/data/l followed");
    site.succeed("cp a-unique:/data/d/f renamed");
    let text = |path: &str| fs::read_to_string(site.path().join(path)).unwrap();
    for path in ["out/f", "out/d/f", "merged/f", "followed/f", "renamed"] {
        assert_eq!(text(path), "one\n", "{path}");
    }
    site.succeed("cp -a a-unique:/data/d/f owned");
    let owned = site.path().join("owned").metadata().unwrap();
    assert!((owned.uid(), owned.gid()) == (7, 8) || owned.uid() != 0, "root may give files away");

    // In, with a tar archive too.
    fs::create_dir(site.path().join("tree")).unwrap();
    fs::write(site.path().join("tree/x"), "from here").unwrap();
    site.succeed("cp tree b-unique:/data");
    site.succeed("cp tree/. b-unique:/data/new");
    assert_eq!(
        run(&site, "b-unique", "cat /data/tree/x /data/new/x; stat -c %u /data/new/x"),
        "from herefrom here0"
    );
    let piped = site.program("sh", &["-c".to_owned(), site.real(
        "maestro cp a-unique:/data/d - | maestro cp - b-unique:/data && maestro cp a-unique:/data/d - | tar t",
    )]);
    let piped = crate::support::site::Running::begin(piped, true).end();
    assert_eq!((piped.code, site.told(&piped.text).contains("d/f\n")), (Some(0), true), "{}", piped.text);

    // From one to another: owners stay with `-a`.
    site.succeed("cp a-unique:/data/d b-unique:/data/copy");
    site.succeed("cp -a a-unique:/data/d b-unique:/data/kept");
    assert_eq!(run(&site, "b-unique", "stat -c %u:%g /data/d/f /data/copy/f /data/kept/f"), "7:8\n0:0\n7:8");

    // Instances that do not run can be copied from as well.
    site.succeed("stop a-unique");
    site.succeed("cp a-unique:/data/d/f late");
    assert_eq!(text("late"), "one\n");

    for (command, code, words) in [
        ("cp a-unique:/nowhere x", 1, "does not exist"),
        ("cp a-unique:/data/d/f nowhere/x", 1, "directory nowhere does not exist"),
        ("cp a-unique:/data/d renamed", 1, "is a file"),
        ("cp app:/data x", 2, "several instances"),
        ("cp x y", 2, "INSTANCE:PATH"),
        ("cp a-unque:/data x", 2, "there is no service or instance"),
    ] {
        let said = site.run(command);
        assert!(
            said.code == Some(code) && said.text.contains(words),
            "{command}: {:?} {}",
            said.code,
            said.text
        );
    }
}

/// A container whose links would lead the copy elsewhere.
#[test]
#[ignore = "needs an engine"]
fn links_of_a_container_lead_nowhere() {
    let site = Site::new(&format!(
        "name: env-unique\nservices:\n  app:\n    image: {IMAGE}\n    command: {RUNS}\n    \
         container_volumes: /data\n    instances: {{app-unique: {{}}}}\n"
    ));
    site.succeed("start");
    run(
        &site,
        "app-unique",
        "mkdir /data/d /data/e && ln -s ../../outside /data/d/l && ln -s /etc /data/e/absolute",
    );
    let refused = site.run("cp app-unique:/data/d .");
    assert!(
        refused.code == Some(6) && refused.text.contains("leads out"),
        "{:?} {}",
        refused.code,
        refused.text
    );
    site.succeed("cp app-unique:/data/e .");
    assert_eq!(fs::read_link(site.path().join("e/absolute")).unwrap().to_str(), Some("/etc"));
    // A link that is there already is not followed.
    std::os::unix::fs::symlink("/tmp", site.path().join("e/sub")).unwrap();
    run(&site, "app-unique", "mkdir /data/e/sub && touch /data/e/sub/file");
    let refused = site.run("cp app-unique:/data/e .");
    assert!(
        refused.code == Some(6) && refused.text.contains("symbolic link"),
        "{:?} {}",
        refused.code,
        refused.text
    );
}
