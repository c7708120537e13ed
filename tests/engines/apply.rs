//! `diff`, `why`, `plan` and `apply`: what was changed in the file, and what was changed by hand.

use crate::{
    failures::file,
    support::{IMAGE, normal::without_beginnings, site::Site},
};

/// With all that a file can say of a container that an engine of a test can do.
const SERVICES: &str = "  db:
    image: busybox
    sh: runs
    env: {PASSWORD: first-secret, MODE: fast}
    instances: {db-unique: {}}
  web:
    image: changing-unique:1
    sh: runs
    requires: db
    ports: {http: '80:PORT1', range: '5000-5001:PORT2-PORT2'}
    env: {DEBUG: '0', BARE: null}
    labels: {team: shop}
    instances:
      web-unique:
        links: {db-unique: service}
        extra_hosts: {elsewhere: 10.1.2.3, six: '::1'}
        volumes: {/tmp: {target: /in/tmp, mode: ro}}
        container_volumes: /own
        restart: {name: on-failure, retries: 3}
        cap_add: [NET_ADMIN]
        cap_drop: [CHOWN]
        dns: [10.9.9.9]
        security_opt: [no-new-privileges]
        ulimits: {nofile: {soft: 100, hard: 200}}
        username: '0'
        workdir: /tmp/
        log_driver: json-file
        log_opt: {max-size: 1m}
        limits: {memory: 64m, cpu: 512}
  tool:
    image: busybox
    sh: runs
    net: none
    instances: {tool-unique: {}}
  old:
    image: busybox
    sh: runs
    net: host
    instances: {old-unique: {}}
";

fn services() -> String {
    SERVICES.replace(", range: '5000-5001:PORT2-PORT2'", "")
}

fn with(schema_two: &str) -> String {
    format!("__maestro: {{schema: 2}}\n{}", file("", schema_two))
}

/// What `apply` ends with, after which there is nothing left to do.
fn apply(site: &Site, options: &str) -> String {
    let told = site.transcript(&format!("apply -c 1 {options}"));
    let again = site.output("plan --detailed-exitcode");
    assert_eq!(again.code, Some(0), "{}", again.text);
    assert!(again.text.contains("nothing to do"), "{}", again.text);
    told
}

#[test]
#[ignore = "needs an engine"]
fn what_was_just_made_does_not_differ() {
    let site = Site::new(&with(&services()));
    site.docker(&format!("tag {IMAGE} changing-unique:1"));
    site.succeed("start");
    let started = site.transcript("diff");
    site.docker_kill(&["tool-unique", "old-unique", "web-unique"]);
    let ago = regex::Regex::new(r"\(Exited \(137\) [^)]* ago\)").unwrap();
    let down = site.transcript("plan");
    let down = ago.replace_all(&down, "(Exited (137) a while ago)");
    apply(&site, "");
    insta::assert_snapshot!(format!("{started}\n{down}"));
    site.succeed("kill");
    site.succeed("clean");
    site.docker("image rm changing-unique:1");
}

#[test]
#[ignore = "needs an engine"]
fn a_changed_file() {
    let mut site = Site::new(&with(&services()));
    site.docker(&format!("tag {IMAGE} changing-unique:1"));
    site.succeed("apply");
    let changed = services()
        .replace("first-secret", "second-secret")
        .replace("DEBUG: '0', BARE: null", "DEBUG: '1', EXTRA: more")
        .replace("memory: 64m", "memory: 128m")
        .replace("team: shop", "team: store")
        .replace("80:PORT1", "8080:PORT1")
        .replace("links: {db-unique: service}", "links: {db-unique: base}")
        .replace("dns: [10.9.9.9]", "dns: [10.9.9.8]")
        .replace("mode: ro", "mode: rw")
        .replace("max-size: 1m", "max-size: 2m");
    let (kept, _) = changed.split_once("  old:").unwrap();
    site.write(&with(kept));
    let ids = || site.docker("inspect -f {{.Id}} tool-unique db-unique");
    let before = ids();
    let looked =
        ["start", "diff", "why web-unique", "why tool", "plan"].map(|command| site.transcript(command));
    let pending = site.output("plan --detailed-exitcode");
    assert_eq!(pending.code, Some(3), "{}", pending.text);
    assert!(!pending.text.contains("secret"), "{}", pending.text);
    for (command, version) in
        [("--output json plan", 2), ("--output json diff", 2), ("--output json why web-unique", 2)]
    {
        let said = site.output(command);
        assert!(!said.text.contains("second-secret") && !said.text.contains("first-secret"));
        let value: serde_json::Value = serde_json::from_str(&said.text).unwrap();
        assert_eq!(value["version"], version);
    }
    let applied = apply(&site, "");
    let after = ids();
    assert_eq!(before.lines().next(), after.lines().next(), "what does not differ stays");
    assert_ne!(before.lines().nth(1), after.lines().nth(1));
    let pruned = site.transcript("apply --prune");
    assert!(!site.docker("ps -a --format {{.Names}}").contains(&site.told("old-unique")));
    let told = format!("{}\n{applied}\n{pruned}", looked.join("\n"));
    insta::assert_snapshot!(without_beginnings(&told));
    site.succeed("kill");
    site.succeed("clean");
    site.docker("image rm changing-unique:1");
}

#[test]
#[ignore = "needs an engine"]
fn what_was_changed_by_hand() {
    let mut site = Site::new(&with(&services()));
    site.docker(&format!("tag {IMAGE} changing-unique:1"));
    site.succeed("apply");
    let mut told = Vec::new();
    for by_hand in [
        "rename web-unique mine-unique",
        "network disconnect maestro-env-unique web-unique",
        "update --restart always --memory 32m --memory-swap 64m --cpu-shares 100 web-unique",
        "commit -c 'LABEL another=1' db-unique changing-unique:1",
        "rm -f db-unique",
        "network connect bridge web-unique",
    ] {
        site.docker(by_hand);
        told.push(format!("$ docker {by_hand}\n{}", site.transcript("diff")));
        apply(&site, "");
    }
    site.strangers.push("mine-unique".to_owned());
    insta::assert_snapshot!(told.join("\n"));
    site.succeed("kill");
    site.succeed("clean");
    site.docker("image rm changing-unique:1");
}
