//! Contents of configs and secrets that change or that programs print, on an engine: what containers find in their files,
//! who is told by a signal, and what is left of volumes and records.

use std::fs;

use crate::support::{
    IMAGE,
    site::{Site, until},
};

/// The program serves what it has read, and reads it again at its signal.
const RELOADED: &str = r#"name: env-unique
configs:
  page: {file: ./page}
services:
  web:
    image: IMAGE
    command: [/bin/busybox, sh, -c, "read() { /bin/busybox cat /etc/app/page > /tmp/served; }; trap read HUP; read; while :; do /bin/busybox sleep 0.1; done"]
    stop_timeout: 0
    tmpfs: /tmp
    configs: [{source: page, target: /etc/app/page, on_change: {signal: HUP}}]
    instances:
      web-1-unique: {}
      web-2-unique: {read_only: true}
"#;

const NAMES: [&str; 2] = ["web-1-unique", "web-2-unique"];

fn cat(site: &Site, name: &str, path: &str) -> String {
    site.docker(&format!("exec {name} /bin/busybox cat {path}"))
}

/// The names of volumes of the environment that records and copied files have.
fn kept(site: &Site) -> Vec<String> {
    let labels = "--filter label=maestro.environment=env-unique --filter label=maestro.files";
    site.docker(&format!("volume ls -q {labels}")).lines().map(str::to_owned).collect()
}

fn page(site: &Site, content: &str) {
    fs::write(site.path().join("page"), content).unwrap();
}

#[test]
#[ignore = "needs an engine"]
fn a_program_reads_another_content_at_its_signal() {
    let site = Site::new(&RELOADED.replace("IMAGE", IMAGE));
    page(&site, "first");
    site.succeed("apply");
    let ids = || NAMES.map(|name| site.docker(&format!("inspect -f {{{{.Id}}}} {name}")));
    let before = ids();
    // The volume of the root that is read-only bears the environment's labels.
    assert_eq!(kept(&site).len(), 1);
    for (content, others) in [("second", "first"), ("third", "second")] {
        page(&site, content);
        let planned = site.run("plan");
        assert!(
            planned.text.contains("reload") && planned.text.contains("files./etc/app/page"),
            "{}",
            planned.text
        );
        assert!(!planned.text.contains("replace"), "{}", planned.text);
        assert!(site.output("diff").text.contains("files./etc/app/page: old content"));
        assert!(site.run("why web-1-unique").text.contains("files./etc/app/page"));
        assert!(site.run("status").text.contains("differs from the file"));
        let said = site.run("apply");
        assert_eq!(said.code, Some(0), "{}", said.text);
        assert!(!said.text.contains(others) && !said.text.contains(content), "{}", said.text);
        for name in NAMES {
            until("the page is read again", || (cat(&site, name, "/tmp/served") == content).then_some(()));
        }
        assert_eq!(ids(), before);
        assert_eq!(kept(&site).len(), 3, "a record for each container");
        assert!(site.succeed("apply").contains("nothing to do"));
        assert!(!site.output("diff").text.contains('→'));
        assert!(!site.run("status").text.contains("differs"));
    }
    // A saved plan has no content, and is carried out.
    page(&site, "fourth");
    site.succeed("plan -o next.plan");
    let saved = fs::read_to_string(site.path().join("next.plan")).unwrap();
    assert!(saved.contains("\"reload\"") && !saved.contains("fourth"), "{saved}");
    site.succeed("apply next.plan");
    assert_eq!(cat(&site, NAMES[0], "/etc/app/page"), "fourth");
    // A revision holds no content.
    let refused = site.run("rollback");
    assert_eq!(refused.code, Some(6), "{}", refused.text);
    assert!(refused.text.contains("/etc/app/page"), "{}", refused.text);
    page(&site, "third");
    site.succeed("rollback");
    assert_eq!((cat(&site, NAMES[1], "/etc/app/page"), ids()), ("third".to_owned(), before));
    site.succeed("kill");
    site.succeed("clean");
    assert_eq!(kept(&site), Vec::<String>::new());
}

#[test]
#[ignore = "needs an engine"]
fn volumes_and_records_whose_containers_are_gone_are_removed() {
    for command in ["apply", "clean"] {
        let site = Site::new(&RELOADED.replace("IMAGE", IMAGE));
        page(&site, "first");
        site.succeed("apply");
        page(&site, "second");
        site.succeed("apply");
        let before = kept(&site);
        assert_eq!(before.len(), 3);
        for name in NAMES {
            site.docker(&format!("rm -f {name}"));
        }
        site.succeed(command);
        assert!(kept(&site).iter().all(|name| !before.contains(name)), "{command}");
        site.succeed("kill");
        site.succeed("clean");
        assert_eq!(kept(&site), Vec::<String>::new());
    }
}

/// Its program writes down that it ran.
const PRINTED: &str = r#"name: env-unique
secrets:
  key: {command: [sh, -c, "echo run >> runs; cat ./secret"]}
services:
  web:
    image: IMAGE
    command: [/bin/busybox, sleep, "1000"]
    stop_timeout: 0
    secrets: [key]
    instances: {web-1-unique: {}, web-2-unique: {}}
"#;

#[test]
#[ignore = "needs an engine"]
fn what_a_program_prints_is_in_the_container() {
    let site = Site::new(&PRINTED.replace("IMAGE", IMAGE));
    let secret = |content: &str| fs::write(site.path().join("secret"), content).unwrap();
    let runs = || fs::read_to_string(site.path().join("runs")).unwrap_or_default().lines().count();
    secret("c4nary-first\n");
    let said = site.run("apply");
    assert_eq!((said.code, runs()), (Some(0), 1), "{}", said.text);
    assert!(!said.text.contains("c4nary"));
    for name in NAMES {
        assert_eq!(site.docker(&format!("exec {name} /bin/busybox stat -c %s /run/secrets/key")), "13");
        assert_eq!(cat(&site, name, "/run/secrets/key").trim_end(), "c4nary-first");
    }
    // Without the content nothing is known of a difference.
    secret("c4nary-second\n");
    let status = site.run("status");
    assert!(!status.text.contains("differs") && !status.text.contains("c4nary"), "{}", status.text);
    assert_eq!(runs(), 1);
    let diff = site.output("diff");
    assert!(diff.text.contains("files./run/secrets/key: old content"), "{}", diff.text);
    assert_eq!(runs(), 2);
    site.succeed("apply");
    assert_eq!(cat(&site, NAMES[0], "/run/secrets/key").trim_end(), "c4nary-second");
    // No label, variable, command, volume or record has it.
    let all = format!("inspect {} {}", NAMES[0], NAMES[1]);
    assert!(!site.docker(&all).contains("c4nary"));
    let volumes = site.docker("volume ls -q --filter label=maestro.environment=env-unique");
    for volume in volumes.lines() {
        assert!(!site.docker(&format!("volume inspect {volume}")).contains("c4nary"), "{volume}");
    }
    let before = runs();
    for command in ["stop", "clean"] {
        site.succeed(command);
    }
    assert_eq!(runs(), before);
}
