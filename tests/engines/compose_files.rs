//! Configs and secrets of a Compose project on an engine: what containers find in their files, and who may read them.

use std::fs;

use super::compose::{inside, project, write};
use crate::support::{IMAGE, site::Site};

/// A config that the file has, one that another file has, and a secret of a variable.
const PROJECT: &str = r#"name: env-unique
services:
  web:
    image: IMAGE
    command: [/bin/busybox, sleep, "1000"]
    stop_grace_period: 100ms
    configs:
      - source: inline
        target: /etc/app/inline.conf
        uid: "7"
        gid: "8"
        mode: 0640
      - beside
    secrets: [key]
configs:
  inline: {content: "CONTENT"}
  beside: {file: ./beside.conf}
secrets:
  key: {environment: APP_KEY}
"#;

fn text(content: &str) -> String {
    PROJECT.replace("IMAGE", IMAGE).replace("CONTENT", content)
}

fn files(text: &str) -> Site {
    let site = project(text);
    fs::write(site.path().join("beside.conf"), "from beside").unwrap();
    fs::write(site.path().join(".env"), "APP_KEY=a-key-of-the-app\n").unwrap();
    site
}

fn stat(site: &Site, path: &str) -> String {
    inside(site, "web-1", &format!("stat -c %u:%g:%a {path}"))
}

#[test]
#[ignore = "needs an engine"]
fn files_are_in_the_container_before_it_starts() {
    let site = files(&text("first"));
    let planned = site.told(&site.run("plan --steps").text);
    assert!(planned.contains("copy 3 files to env-unique-web-1"), "{planned}");
    site.succeed("apply");
    assert_eq!(inside(&site, "web-1", "cat /etc/app/inline.conf"), "first");
    assert_eq!(inside(&site, "web-1", "cat /beside"), "from beside");
    assert_eq!(inside(&site, "web-1", "cat /run/secrets/key"), "a-key-of-the-app");
    assert_eq!(stat(&site, "/etc/app/inline.conf"), "7:8:640");
    assert_eq!(stat(&site, "/beside"), "0:0:444");
    assert_eq!(stat(&site, "/run/secrets/key"), "0:0:444");
    // Directories that there were not are root's, and everybody may read them.
    assert_eq!(stat(&site, "/etc/app"), "0:0:755");
    assert_eq!(stat(&site, "/run/secrets"), "0:0:755");
    assert!(site.succeed("apply").contains("nothing to do"));
    assert!(!site.output("diff").text.contains('→'));

    // Another content is another container, and no revision has the old content.
    write(&site, &text("second"));
    let differs = site.output("diff").text;
    assert!(differs.contains("files./etc/app/inline.conf: old content"), "{differs}");
    site.succeed("apply");
    assert_eq!(inside(&site, "web-1", "cat /etc/app/inline.conf"), "second");
    let history = site.succeed("history");
    assert!(history.contains("files./etc/app/inline.conf"), "{history}");
    let refused = site.run("rollback 1");
    assert_eq!(refused.code, Some(6), "{}", refused.text);
    assert!(refused.text.contains("/etc/app/inline.conf"), "{}", refused.text);
    assert_eq!(inside(&site, "web-1", "cat /etc/app/inline.conf"), "second");
    write(&site, &text("first"));
    site.succeed("rollback 1");
    assert_eq!(inside(&site, "web-1", "cat /etc/app/inline.conf"), "first");

    // It is stopped and started with its files.
    site.succeed("stop");
    site.succeed("start --reuse");
    assert_eq!(inside(&site, "web-1", "cat /etc/app/inline.conf"), "first");
    site.succeed("stop");
    site.succeed("clean");
}

#[test]
#[ignore = "needs an engine"]
fn a_container_with_a_root_that_is_read_only_has_its_files_in_volumes() {
    let read_only = "stop_grace_period: 100ms\n    read_only: true\n    tmpfs: [/run]\n";
    let read_only = |content| {
        text(content)
            .replace("stop_grace_period: 100ms\n", read_only)
            .replace("- beside", "- {source: beside, target: /etc/beside/b}")
    };
    let site = files(&read_only("first"));
    let volumes = || {
        let names = "inspect -f {{range.Mounts}}{{.Name}},{{end}} env-unique-web-1";
        let names = site.docker(names);
        names.trim_matches(',').split(',').map(str::to_owned).collect::<Vec<_>>()
    };
    let exists = |name: &String| !site.docker(&format!("volume ls -q -f name={name}")).is_empty();
    site.succeed("apply");
    let first = volumes();
    assert_eq!(first.len(), 3, "{first:?}");
    assert_eq!(inside(&site, "web-1", "cat /etc/app/inline.conf"), "first");
    assert_eq!(inside(&site, "web-1", "cat /run/secrets/key"), "a-key-of-the-app");
    assert_eq!(stat(&site, "/etc/app/inline.conf"), "7:8:640");
    assert!(site.succeed("apply").contains("nothing to do"));
    write(&site, &read_only("second"));
    let planned = site.run("plan --steps").text;
    assert!(
        planned.contains("with the volumes of its files") && !planned.contains("leave its volumes"),
        "{planned}"
    );
    site.succeed("apply");
    assert_eq!(inside(&site, "web-1", "cat /etc/app/inline.conf"), "second");
    // The volumes of the old container are gone with it.
    let second = volumes();
    assert!(second.len() == 3 && second.iter().all(exists) && !first.iter().any(exists));
    site.succeed("stop");
    site.succeed("clean");
    assert!(!second.iter().any(exists));
}

#[test]
#[ignore = "needs an engine"]
fn a_directory_is_not_overwritten_and_the_old_container_runs_on() {
    let site = files(&text("first"));
    site.succeed("apply");
    write(&site, &text("first").replace("/etc/app/inline.conf", "/bin"));
    let said = site.run("apply");
    assert_eq!(said.code, Some(1), "{}", said.text);
    assert!(said.text.contains("copy 3 files into its container"), "{}", said.text);
    assert_eq!(inside(&site, "web-1", "cat /etc/app/inline.conf"), "first");
    let all = site.docker("ps -a --filter label=maestro.environment=env-unique --format {{.Names}}");
    assert_eq!(site.told(&all), "env-unique-web-1");
    site.succeed("stop");
    site.succeed("clean");
}

/// A file of Maestro with the same: an instance has a file of its own.
const OURS: &str = r#"name: env-unique
configs:
  app: {content: "CONTENT"}
secrets:
  key: {file: ./key.txt}
services:
  web:
    image: IMAGE
    command: [/bin/busybox, sleep, "1000"]
    stop_timeout: 0
    configs: [{source: app, target: /etc/app.conf, uid: 7, mode: "0640"}]
    secrets: [key]
    instances:
      web-1-unique: {}
      web-2-unique: {read_only: true}
"#;

#[test]
#[ignore = "needs an engine"]
fn a_file_of_maestro_has_configs_and_secrets_too() {
    let text = |content: &str| OURS.replace("IMAGE", IMAGE).replace("CONTENT", content);
    let mut site = Site::new(&text("first"));
    fs::write(site.path().join("key.txt"), "a-key-of-the-app").unwrap();
    let said = site.run("apply");
    assert_eq!(said.code, Some(0), "{}", said.text);
    assert!(!said.text.contains("a-key-of-the-app"));
    let cat =
        |site: &Site, name: &str, path: &str| site.docker(&format!("exec {name} /bin/busybox cat {path}"));
    assert_eq!(cat(&site, "web-1-unique", "/etc/app.conf"), "first");
    assert_eq!(site.docker("exec web-1-unique /bin/busybox stat -c %u:%a /etc/app.conf"), "7:640");
    for name in ["web-1-unique", "web-2-unique"] {
        assert_eq!(cat(&site, name, "/run/secrets/key"), "a-key-of-the-app");
    }
    assert!(site.succeed("apply").contains("nothing to do"));
    assert_eq!(site.run("status").code, Some(0));

    site.write(&text("second"));
    let planned = site.succeed("plan");
    assert!(planned.contains("files./etc/app.conf") && planned.contains("maestro.yaml:11"), "{planned}");
    site.succeed("apply");
    assert_eq!(cat(&site, "web-1-unique", "/etc/app.conf"), "second");
    // The file no longer gives what the revision had.
    assert_eq!(site.run("rollback").code, Some(6));
    site.succeed("kill");
    site.succeed("clean --volumes --yes");
}
