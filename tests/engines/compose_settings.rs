//! Settings of Compose files on an engine: what it has of them, that nothing differs afterwards, and what becomes of them on
//! an engine that is too old.

use std::fs;

use serde_json::{Value, json};

use super::compose::{inside, project, write};
use crate::support::{IMAGE, site::Site};

/// What all engines of the tests know.
const PROJECT: &str = r#"name: env-unique
services:
  web:
    image: IMAGE
    command: [/bin/busybox, sleep, "1000"]
    ipc: shareable
    stop_grace_period: 2s
    expose: ["8080", "53/udp"]
    extra_hosts: {two: [10.0.0.5, "10.0.0.6"]}
    mac_address: "02:42:ac:11:65:43"
    platform: PLATFORM
    pull_policy: never
    security_opt: ["seccomp=profile.json"]
    volumes:
      - {type: bind, source: /etc, target: /outside, read_only: true, bind: {recursive: disabled}}
      - {type: bind, source: /tmp, target: /there, bind: {create_host_path: false}}
  side:
    image: IMAGE
    command: [/bin/busybox, sleep, "1000"]
    stop_grace_period: 1s
    pid: service:web
    ipc: service:web
    security_opt: [systempaths=unconfined]
"#;

/// What only some know.
const MOUNTS: &str = r#"name: env-unique
services:
  web:
    image: IMAGE
    command: [/bin/busybox, sleep, "1000"]
    stop_grace_period: 100ms
    volumes:
      - {type: image, source: "IMAGE", target: /image}
      - {type: volume, source: data, target: /part, volume: {subpath: part}}
      - {type: bind, source: /tmp, target: /there, read_only: true, bind: {recursive: writable, create_host_path: true}}
    depends_on: {make: {condition: service_completed_successfully}}
  make:
    image: IMAGE
    command: [/bin/busybox, sh, -c, "/bin/busybox mkdir -p /data/part && echo inside >/data/part/file"]
    volumes: ["data:/data"]
volumes:
  data:
"#;

/// A profile that allows everything but `chroot`.
const PROFILE: &str = r#"{
  "defaultAction": "SCMP_ACT_ALLOW",
  "syscalls": [{"names": ["chroot"], "action": "SCMP_ACT_ERRNO"}]
}
"#;

fn real(text: &str, site: &Site) -> String {
    let image = site.docker(&format!("image inspect -f {{{{.Os}}}}/{{{{.Architecture}}}} {IMAGE}"));
    text.replace("IMAGE", IMAGE).replace("PLATFORM", image.trim())
}

fn inspected(site: &Site, name: &str) -> Value {
    let told = site.docker(&format!("inspect {}", site.real(name)));
    let mut all: Vec<Value> = serde_json::from_str(&told).unwrap();
    all.remove(0)
}

fn no_difference(site: &Site) {
    let again = site.succeed("apply");
    assert!(again.contains("nothing to do"), "{again}");
    let diff = site.output("diff").text;
    assert!(!diff.contains('→'), "{diff}");
}

#[test]
#[ignore = "needs an engine"]
fn settings_of_a_compose_file_reach_the_engine() {
    let site = project("");
    let text = real(PROJECT, &site);
    fs::write(site.path().join("profile.json"), PROFILE).unwrap();
    write(&site, &text);
    site.succeed("apply");
    let web = inspected(&site, "env-unique-web-1");
    for (path, value) in [
        ("/Config/StopTimeout", json!(2)),
        ("/Config/ExposedPorts", json!({"8080/tcp": {}, "53/udp": {}})),
        ("/HostConfig/ExtraHosts", json!(["two:10.0.0.5", "two:10.0.0.6"])),
        ("/HostConfig/IpcMode", json!("shareable")),
    ] {
        assert_eq!(web.pointer(path), Some(&value), "{path}");
    }
    let network = site.real("/NetworkSettings/Networks/env-unique_default/MacAddress");
    assert_eq!(web.pointer(&network), Some(&json!("02:42:ac:11:65:43")));
    assert_eq!(inside(&site, "web-1", "cat /sys/class/net/eth0/address"), "02:42:ac:11:65:43");
    assert_eq!(inside(&site, "web-1", "grep -c two$ /etc/hosts"), "2");
    // The profile is at work, and the namespace is shared.
    let chroot = "sh -c '/bin/busybox chroot / /bin/busybox true || echo refused'";
    assert_eq!(inside(&site, "web-1", chroot), "refused");
    let web_sees = inside(&site, "web-1", "ps");
    assert_eq!(web_sees.matches("sleep 1000").count(), 2, "{web_sees}");
    let ipc = |service| inside(&site, service, "readlink /proc/self/ns/ipc");
    assert_eq!(ipc("web-1"), ipc("side-1"));
    let other = inspected(&site, "env-unique-side-1");
    assert_eq!(other.pointer("/HostConfig/MaskedPaths"), Some(&json!([])));
    no_difference(&site);

    // What holds the namespace is replaced with all that uses it; each setting that changes is a difference.
    write(
        &site,
        &text
            .replace("\"8080\", ", "")
            .replace("\"10.0.0.6\"", "10.0.0.7")
            .replace("65:43", "65:44")
            .replace("create_host_path: false", "create_host_path: true"),
    );
    fs::write(site.path().join("profile.json"), PROFILE.replace("chroot", "acct")).unwrap();
    let diff = site.output("diff").text;
    for field in ["expose", "extra_hosts.two", "mac_address", "security_opt", "volumes./there"] {
        assert!(diff.contains(field), "no {field} in\n{diff}");
    }
    assert!(!diff.contains("SCMP_ACT"), "{diff}");
    site.succeed("apply");
    let seen = inside(&site, "web-1", "ps");
    assert_eq!(seen.matches("sleep 1000").count(), 2, "{seen}");
    no_difference(&site);
    site.succeed("kill");
    site.succeed("clean");
}

#[test]
#[ignore = "needs an engine"]
fn mounts_that_an_engine_does_not_know_are_told_before_anything_is_changed() {
    let site = project("");
    write(&site, &real(MOUNTS, &site));
    let version = site.docker("version -f {{.Server.APIVersion}}");
    let minor: u32 = version.trim().split_once('.').unwrap().1.parse().unwrap();
    if minor < 48 {
        let refused = site.run("apply");
        assert_eq!(refused.code, Some(6), "{}", refused.text);
        assert!(refused.text.contains("is too old for `type: image`"), "{}", refused.text);
        assert_eq!(refused.text.contains("is too old for `volume.subpath`"), minor < 45, "{}", refused.text);
        assert_eq!(refused.text.contains("is too old for `bind.recursive`"), minor < 44, "{}", refused.text);
        let left = site.docker(&format!("ps -aq -f name={}", site.real("env-unique")));
        assert!(left.is_empty(), "{left}");
        return;
    }
    site.succeed("apply");
    assert_eq!(inside(&site, "web-1", "cat /part/file"), "inside");
    assert!(inside(&site, "web-1", "ls /image/bin").contains("busybox"));
    no_difference(&site);
    write(&site, &real(MOUNTS, &site).replace("target: /image", "target: /image, image: {subpath: bin}"));
    let diff = site.output("diff").text;
    assert!(diff.contains("volumes./image"), "{diff}");
    site.succeed("apply");
    assert!(inside(&site, "web-1", "ls /image").contains("busybox"));
    no_difference(&site);
    site.succeed("kill");
    site.succeed("clean --volumes --yes");
}

#[test]
#[ignore = "needs an engine"]
fn what_is_not_there_and_not_made_is_told_before_anything_is_changed() {
    let site = project("");
    let text = r"name: env-unique
services:
  web:
    image: not-there:1
    pull_policy: never
    volumes: [{type: bind, source: /no/such/path, target: /there, bind: {create_host_path: false}}]
";
    write(&site, text);
    let refused = site.run("apply");
    assert_eq!(refused.code, Some(6), "{}", refused.text);
    assert!(refused.text.contains("image not-there:1 is not on ship"), "{}", refused.text);
    assert!(refused.text.contains("/no/such/path does not exist on ship"), "{}", refused.text);
    let left = site.docker(&format!("ps -aq -f name={}", site.real("env-unique")));
    assert!(left.is_empty(), "{left}");
}

/// With a command after its start and one before its stop, which say who they are in a volume.
const HOOKS: &str = r#"name: env-unique
services:
  web:
    image: IMAGE
    command: [/bin/busybox, sleep, "1000"]
    stop_grace_period: 100ms
    volumes: ["data:/data"]
    post_start:
      - command: [/bin/busybox, sh, -c, "echo $$STEP $$(/bin/busybox id -u) $$(/bin/busybox pwd) >>/data/log"]
        user: "7"
        working_dir: /data
        environment: {STEP: started}
    pre_stop: [{command: [/bin/busybox, sh, -c, "STOP"]}]
  make:
    image: IMAGE
    command: [/bin/busybox, sh, -c, "/bin/busybox chmod 777 /data"]
    volumes: ["data:/data"]
volumes:
  data:
"#;

#[test]
#[ignore = "needs an engine"]
fn hooks_run_in_the_container() {
    let hooks = |stop: &str| {
        HOOKS.replace("IMAGE", IMAGE).replace("STOP", stop).replace(
            "    volumes: [\"data:/data\"]\n    post_start",
            "    depends_on: {make: {condition: service_completed_successfully}}\n    volumes: [\"data:/data\"]\n    post_start",
        )
    };
    let site = project(&hooks("echo stopped >>/data/log"));
    site.succeed("apply");
    assert_eq!(inside(&site, "web-1", "cat /data/log"), "started 7 /data");
    site.succeed("restart web");
    assert_eq!(inside(&site, "web-1", "cat /data/log"), "started 7 /data\nstopped\nstarted 7 /data");

    write(&site, &hooks("echo not now; exit 4"));
    assert!(site.succeed("apply").contains("nothing to do"));
    let refused = site.run("stop web");
    assert_eq!(refused.code, Some(1), "{}", refused.text);
    assert!(
        refused.text.contains("`/bin/busybox` of `pre_stop` ended with exit code 4: not now"),
        "{}",
        refused.text
    );
    assert_eq!(site.docker("inspect -f {{.State.Running}} env-unique-web-1"), "true");
    site.succeed("kill");
    site.succeed("clean --volumes --yes");
}
