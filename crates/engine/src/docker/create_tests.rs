use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::*;
use maestro_core::model::{
    carried::{FileAccess, FileSpec},
    container::{
        ContainerNames, ContainerOwner, ContainerSettings, Mount, Protocol, RestartPolicy, Setting,
        SettingValue, Ulimit,
    },
};

fn least() -> ContainerSpec {
    ContainerSpec::new(
        "web-1",
        "web",
        Network::Environment { name: "maestro-shop".into(), links: Vec::new() },
        ContainerOwner { environment: "shop".into(), service: "web".into() },
    )
}

fn pair(left: &str, right: &str) -> (String, String) {
    (left.into(), right.into())
}

fn port(container: u16, host: u16, count: u16, protocol: Protocol, bind: Option<&str>) -> Port {
    Port {
        name: "p".into(),
        container,
        host,
        count,
        choice: 1,
        protocol,
        bind: bind.map(|address| address.parse().unwrap()),
        ipv6: false,
    }
}

fn settings() -> ContainerSettings {
    [
        (Setting::Entrypoint, SettingValue::Texts(Vec::new())),
        (Setting::Init, SettingValue::Flag(true)),
        (Setting::Tmpfs, SettingValue::Entries([pair("/run", "size=1m")].into())),
        (Setting::ShmSize, SettingValue::Number(64 << 20)),
        (Setting::StopSignal, SettingValue::Text("SIGINT".into())),
        (Setting::Cgroup, SettingValue::Text("private".into())),
        (Setting::Devices, SettingValue::Texts(vec!["/dev/null:/dev/nothing:r".into()])),
        (Setting::HealthTest, SettingValue::Texts(vec!["CMD".into(), "/ready".into()])),
        (Setting::HealthRetries, SettingValue::Number(3)),
    ]
    .into()
}

fn file(own_volume: bool) -> FileSpec {
    FileSpec { digest: Some("1234".into()), access: FileAccess { uid: 0, gid: 0, mode: 0o444 }, own_volume }
}

fn everything() -> ContainerSpec {
    ContainerSpec {
        command: Some(vec!["serve".into(), "--all".into()]),
        env: [("B".into(), Some("2=3".into())), ("A".into(), None)].into(),
        hostname: Some("web".into()),
        ports: vec![
            port(80, 8080, 1, Protocol::Tcp, None),
            port(80, 8081, 1, Protocol::Tcp, Some("127.0.0.1")),
            port(53, 5353, 1, Protocol::Udp, Some("::1")),
            port(9000, 9100, 3, Protocol::Tcp, None),
        ],
        mounts: vec![Mount { source: "/srv".into(), target: "/data".into(), mode: "ro".into() }],
        volumes: vec!["/cache".into()],
        volumes_from: vec!["data-1".into()],
        network: Network::Environment {
            name: "maestro-shop".into(),
            links: vec![pair("db-1", "db"), pair("cache-1", "cache")],
        },
        extra_hosts: IndexMap::from([pair("mail", "10.0.0.9"), pair("two", "10.0.0.1,::2")]),
        restart: Some(RestartPolicy { name: "on-failure".into(), retries: 3 }),
        privileged: true,
        cap_add: vec!["NET_ADMIN".into()],
        cap_drop: vec!["MKNOD".into()],
        dns: vec!["10.0.0.53".into()],
        security_opt: vec!["no-new-privileges".into()],
        ulimits: vec![Ulimit { name: "nofile".into(), soft: 1024, hard: -1 }],
        user: Some("1000:1000".into()),
        workdir: Some("/srv".into()),
        labels: BTreeMap::from([pair("team", "shop")]),
        cpu_shares: Some(512),
        memory: Some(64 << 20),
        memory_swap: Some(-1),
        log_driver: Some("json-file".into()),
        log_opt: BTreeMap::from([pair("max-size", "1m")]),
        settings: settings(),
        stop_timeout: Some(30),
        files: [("/run/secrets/key".to_owned(), file(true)), ("/etc/app".to_owned(), file(false))].into(),
        ..least()
    }
}

/// The body as it goes out, with keys in order, and without our own hash, which is not what is tested here.
fn json(spec: &ContainerSpec) -> String {
    let mut json = serde_json::to_value(
        body(&spec.clone().into(), &[].into(), &ContainerNames::plain(&spec.name), "sha256:1").unwrap(),
    )
    .unwrap();
    json["Labels"]["maestro.config"] = "(hash)".into();
    let files = json["Labels"]["maestro.files"].as_str().map(|files| files.replace(&spec.hash(), "(hash)"));
    if let Some(files) = files {
        json["Labels"]["maestro.files"] = files.into();
    }
    json["Labels"]["maestro.config.own"] = "(hash)".into();
    json.sort_all_objects();
    serde_json::to_string_pretty(&json).unwrap()
}

#[test]
fn the_least_says_only_what_it_must() {
    insta::assert_snapshot!(json(&least()));
}

#[test]
fn everything_is_said() {
    insta::assert_snapshot!(json(&everything()));
}

/// The snapshot above shows what is sent; this fails for a field that is not sent at all.
#[test]
fn each_field_is_sent() {
    let fields = |spec: &ContainerSpec| match serde_json::to_value(spec).unwrap() {
        serde_json::Value::Object(fields) => fields,
        _ => panic!("a specification is an object"),
    };
    let (least_fields, none) = (fields(&least()), json(&least()));
    for (field, value) in fields(&everything()) {
        // These are the same in both: the name is a part of the address.
        if ["name", "image", "owner"].contains(&field.as_str()) {
            continue;
        }
        let mut variant = least_fields.clone();
        assert_ne!(variant.insert(field.clone(), value.clone()), Some(value), "`everything` lacks `{field}`");
        let variant = serde_json::from_value(serde_json::Value::Object(variant)).unwrap();
        assert_ne!(json(&variant), none, "crates/engine/src/docker/create.rs lacks `{field}`");
    }
}

fn with_mode(mode: &str) -> serde_json::Value {
    let spec = ContainerSpec {
        network: Network::Mode { mode: mode.into(), links: vec![pair("db-1", "db")] },
        ..least()
    };
    serde_json::to_value(
        body(&spec.clone().into(), &[].into(), &ContainerNames::plain(&spec.name), "sha256:1").unwrap(),
    )
    .unwrap()
}

#[test]
fn legacy_links_go_to_the_default_bridge_alone() {
    let bridge = with_mode("bridge");
    assert_eq!(bridge["HostConfig"]["NetworkMode"], "bridge");
    assert_eq!(bridge["HostConfig"]["Links"], serde_json::json!(["db-1:db"]));
    assert!(bridge.get("NetworkingConfig").is_none());
    let host = with_mode("host");
    assert_eq!(host["HostConfig"]["NetworkMode"], "host");
    assert!(host["HostConfig"].get("Links").is_none());
}

#[test]
fn a_range_over_the_last_port_is_not_wrapped_around() {
    let ports: Vec<_> = each_port(&port(65535, 65534, 2, Protocol::Tcp, None)).collect();
    assert_eq!(ports, [("65535/tcp".into(), "65534".into()), ("65536/tcp".into(), "65535".into())]);
}

#[test]
fn a_restart_policy_that_the_api_lacks_is_refused() {
    let spec =
        ContainerSpec { restart: Some(RestartPolicy { name: "sometimes".into(), retries: 0 }), ..least() };
    assert!(
        matches!(body(&spec.clone().into(), &[].into(), &ContainerNames::plain(&spec.name), "sha256:1"), Err(EngineError::Refused(EngineFault::RestartPolicy(name))) if name == "sometimes")
    );
}
