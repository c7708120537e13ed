//! Settings of a container that an engine takes as they are written: what the engine has of them, and what differs.

use serde_json::{Value, json};

use crate::{failures::RUNS, support::IMAGE, support::site::Site};

/// With a value for each setting that an engine of a test takes.
const FILE: &str = r#"name: env-unique
services:
  web:
    image: IMAGE
    sysctls: {net.core.somaxconn: 512}
    healthcheck: {test: [CMD, /bin/busybox, "true"], interval: 1h}
    instances:
      web-unique:
        entrypoint: [/bin/busybox, sh]
        command: [-c, "RUNS"]
        hostname: inside
        domainname: example.com
        init: true
        read_only: true
        tmpfs: [/run, "/scratch:size=1m"]
        shm_size: 32m
        stop_signal: SIGTERM
        group_add: ["1001"]
        ipc: shareable
        userns_mode: host
        cgroup: private
        sysctls: {net.ipv4.ip_unprivileged_port_start: 80}
        devices: ["/dev/null:/dev/nothing:r"]
        device_cgroup_rules: ["c 1:3 mr"]
        pids_limit: 100
        oom_score_adj: 100
        mem_limit: 64m
        mem_reservation: 32m
        cpus: 0.5
        cpuset: "0"
        cpu_shares: 512
        runtime: runc
        dns_search: example.com
        dns_opt: ["ndots:2"]
        stdin_open: true
        tty: true
        healthcheck: {retries: 5, start_period: 1m30s, timeout: 2s}
  host:
    image: IMAGE
    command: [/bin/busybox, sh, -c, "RUNS"]
    instances:
      host-unique: {pid: host, uts: host, cpu_quota: 50ms, cpu_period: 100000, annotations: {tier: web},
        healthcheck: {test: [CMD, /bin/busybox, "true"], interval: 1h, start_interval: 1s}}
"#;

fn text() -> String {
    FILE.replace("IMAGE", IMAGE).replace("RUNS", RUNS)
}

/// What the engine has of a container, as JSON.
fn inspected(site: &Site, name: &str) -> Value {
    let told = site.docker(&format!("inspect {name}"));
    let mut all: Vec<Value> = serde_json::from_str(&told).unwrap();
    all.remove(0)
}

#[test]
#[ignore = "needs an engine"]
fn settings_reach_the_engine() {
    let site = Site::new(&text());
    site.succeed("apply");
    let web = inspected(&site, "web-unique");
    for (path, value) in expected_config().into_iter().chain(expected_host()) {
        assert_eq!(web.pointer(path), Some(&value), "{path}");
    }
    // A kernel may lack these: then the engine drops them, and tells 0.
    for (path, value) in [
        ("/HostConfig/PidsLimit", 100),
        ("/HostConfig/Memory", 64 << 20),
        ("/HostConfig/MemoryReservation", 32 << 20),
        ("/HostConfig/NanoCpus", 500_000_000),
        ("/HostConfig/CpuShares", 512),
    ] {
        let told = web.pointer(path).and_then(Value::as_i64).unwrap_or_default();
        assert!([0, value].contains(&told), "{path}: {told}");
        println!("{path}: {told}");
    }
    let host = inspected(&site, "host-unique");
    // Docker 20.10 has neither, and says nothing of them.
    if let Some(annotations) = host.pointer("/HostConfig/Annotations") {
        assert_eq!(annotations, &json!({"tier": "web"}));
    }
    if let Some(interval) = host.pointer("/Config/Healthcheck/StartInterval") {
        assert_eq!(interval, 1_000_000_000);
    }
    assert_eq!(host["HostConfig"]["PidMode"], "host");
    assert_eq!(host["HostConfig"]["UTSMode"], "host");
    site.succeed("kill");
    site.succeed("clean");
}

fn expected_config() -> Vec<(&'static str, Value)> {
    vec![
        ("/Config/Entrypoint", json!(["/bin/busybox", "sh"])),
        ("/Config/Hostname", "inside".into()),
        ("/Config/Domainname", "example.com".into()),
        ("/Config/StopSignal", "SIGTERM".into()),
        ("/Config/OpenStdin", true.into()),
        ("/Config/Tty", true.into()),
        ("/Config/Healthcheck/Test", json!(["CMD", "/bin/busybox", "true"])),
        ("/Config/Healthcheck/Interval", 3_600_000_000_000_i64.into()),
        ("/Config/Healthcheck/Timeout", 2_000_000_000_i64.into()),
        ("/Config/Healthcheck/StartPeriod", 90_000_000_000_i64.into()),
        ("/Config/Healthcheck/Retries", 5.into()),
    ]
}

fn expected_host() -> Vec<(&'static str, Value)> {
    vec![
        ("/HostConfig/Init", true.into()),
        ("/HostConfig/ReadonlyRootfs", true.into()),
        ("/HostConfig/Tmpfs", json!({"/run": "", "/scratch": "size=1m"})),
        ("/HostConfig/ShmSize", (32 << 20).into()),
        ("/HostConfig/GroupAdd", json!(["1001"])),
        ("/HostConfig/IpcMode", "shareable".into()),
        ("/HostConfig/UsernsMode", "host".into()),
        ("/HostConfig/CgroupnsMode", "private".into()),
        ("/HostConfig/Sysctls/net.core.somaxconn", "512".into()),
        ("/HostConfig/Sysctls/net.ipv4.ip_unprivileged_port_start", "80".into()),
        ("/HostConfig/Devices/0/PathInContainer", "/dev/nothing".into()),
        ("/HostConfig/DeviceCgroupRules", json!(["c 1:3 mr"])),
        ("/HostConfig/OomScoreAdj", 100.into()),
        ("/HostConfig/Runtime", "runc".into()),
        ("/HostConfig/DnsSearch", json!(["example.com"])),
        ("/HostConfig/DnsOptions", json!(["ndots:2"])),
    ]
}

#[test]
#[ignore = "needs an engine"]
fn a_setting_that_changes_is_a_difference_and_one_that_does_not_is_none() {
    let mut site = Site::new(&text());
    site.succeed("apply");
    let ids = || site.docker("inspect -f {{.Id}} web-unique host-unique");
    let before = ids();
    let again = site.succeed("apply");
    assert_eq!(ids(), before, "{again}");
    no_difference(&site);

    site.write(
        &text()
            .replace("shm_size: 32m", "shm_size: 48m")
            .replace("somaxconn: 512", "somaxconn: 256")
            .replace("retries: 5", "retries: 4"),
    );
    let planned = site.output("--output json plan");
    let plan: Value = serde_json::from_str(&planned.text).unwrap();
    let mut fields = Vec::new();
    collect_fields(&plan, &mut fields);
    fields.sort();
    fields.dedup();
    let planned = site.output("plan").text;
    assert_eq!(fields, ["healthcheck.retries", "shm_size", "sysctls.net.core.somaxconn"], "{planned}");
    site.succeed("apply");
    site.write(
        &text().replace("        shm_size: 32m\n", "").replace("[/run, \"/scratch:size=1m\"]", "/run"),
    );
    let removed = site.output("diff").text;
    assert!(removed.contains("shm_size") && removed.contains("tmpfs./scratch"), "{removed}");
    site.succeed("apply");
    no_difference(&site);
    site.succeed("kill");
    site.succeed("clean");
}

fn no_difference(site: &Site) {
    let diff = site.output("diff");
    assert!(!diff.text.contains('→'), "{}", diff.text);
}

/// The fields of all differences in a document.
fn collect_fields(value: &Value, fields: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            if let Some(field) = entries.get("field").and_then(|field| field.as_str()) {
                fields.push(field.to_owned());
            }
            entries.values().for_each(|value| collect_fields(value, fields));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_fields(value, fields)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
