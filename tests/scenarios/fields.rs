//! Each field of a container's specification is hashed, read back from an engine, compared and recorded. A field that one
//! of these forgets makes `diff` blind or a record incomplete, and the compiler does not find it.

use std::collections::{BTreeMap, HashMap};

use indexmap::IndexMap;
use maestro_core::{
    model::{
        Instance, InstanceId,
        carried::{FileAccess, FileSpec},
        container::{
            ContainerNames, ContainerOwner, ContainerSpec, Mount, Network, Port, Protocol, RestartPolicy,
            Setting, SettingValue, Ulimit,
        },
    },
    observed::{
        ContainerState,
        description::{Description, ImageDefaults},
    },
    plan::{
        drift::{ObservedContainer, differences},
        revision::specification::specification,
    },
    value::setting::{DeviceRequest, SettingForm},
};
use maestro_engine::Containers;
use maestro_fake::Fake;
use serde_json::{Map, Value};

use crate::world::World;

/// Fields that say whose container it is: with another one, it is another instance's.
const IDENTITY: [&str; 2] = ["name", "owner"];

/// A field that is no part of the hash and is not compared: another value makes no other container.
const UNHASHED: &str = "stop_timeout";

fn least() -> ContainerSpec {
    ContainerSpec::new(
        "web-1",
        "web:1",
        Network::Environment { name: "maestro-shop".into(), links: Vec::new() },
        ContainerOwner { environment: "shop".into(), service: "web".into() },
    )
}

/// A value for each field that [`least`] does not have. A new field needs one here to compile.
fn all() -> ContainerSpec {
    let text = str::to_owned;
    ContainerSpec {
        name: text("web-2"),
        image: text("web:2"),
        command: Some(vec![text("serve")]),
        env: [(text("A"), Some(text("1")))].into(),
        hostname: Some(text("inside")),
        ports: vec![Port {
            name: text("80/tcp"),
            container: 80,
            host: 8080,
            count: 1,
            choice: 1,
            protocol: Protocol::Tcp,
            bind: None,
            ipv6: false,
        }],
        mounts: vec![Mount { source: text("/srv"), target: text("/data"), mode: text("ro") }],
        volumes: vec![text("/cache")],
        volumes_from: vec![text("data-1")],
        network: Network::Mode { mode: text("host"), links: Vec::new() },
        extra_hosts: IndexMap::from([(text("mail"), text("10.0.0.9"))]),
        restart: Some(RestartPolicy { name: text("on-failure"), retries: 3 }),
        privileged: true,
        cap_add: vec![text("NET_ADMIN")],
        cap_drop: vec![text("MKNOD")],
        dns: vec![text("10.0.0.53")],
        security_opt: vec![text("no-new-privileges")],
        ulimits: vec![Ulimit { name: text("nofile"), soft: 1024, hard: 2048 }],
        user: Some(text("1000")),
        workdir: Some(text("/srv")),
        labels: BTreeMap::from([(text("team"), text("shop"))]),
        cpu_shares: Some(512),
        memory: Some(64 << 20),
        memory_swap: Some(128 << 20),
        log_driver: Some(text("local")),
        log_opt: BTreeMap::from([(text("max-size"), text("1m"))]),
        attachments: [(
            "backend".to_owned(),
            maestro_core::model::attachment::Attachment {
                aliases: vec!["web".to_owned()],
                ipv4_address: Some("10.9.0.2".to_owned()),
                ..Default::default()
            },
        )]
        .into(),
        files: [(
            text("/run/secrets/key"),
            FileSpec {
                digest: Some(text("1234")),
                access: FileAccess { uid: 1, gid: 2, mode: 0o400 },
                own_volume: true,
            },
        )]
        .into(),
        stop_timeout: Some(30),
        settings: Setting::ALL.iter().map(|setting| (*setting, value(*setting))).collect(),
        owner: ContainerOwner { environment: text("other"), service: text("other") },
    }
}

/// A value for a setting that no engine gives by itself.
fn value(setting: Setting) -> SettingValue {
    match setting.form() {
        SettingForm::Flag => SettingValue::Flag(true),
        SettingForm::Number
        | SettingForm::Bytes
        | SettingForm::Nanoseconds
        | SettingForm::Microseconds
        | SettingForm::Processors => SettingValue::Number(7),
        SettingForm::Text => SettingValue::Text("other".to_owned()),
        SettingForm::Words | SettingForm::Texts => SettingValue::Texts(vec!["a".to_owned(), "b".to_owned()]),
        SettingForm::Entries => SettingValue::Entries([("a".to_owned(), "b".to_owned())].into()),
        SettingForm::DeviceNumbers => SettingValue::Numbers([("/dev/a".to_owned(), 7)].into()),
        SettingForm::DeviceRequests => {
            SettingValue::Requests(vec![DeviceRequest { count: 2, ..DeviceRequest::default() }])
        }
    }
}

fn json(spec: &ContainerSpec) -> Map<String, Value> {
    let Value::Object(fields) = serde_json::to_value(spec).expect("JSON") else { panic!("no object") };
    fields
}

/// [`least`] with one field of [`all`], for each field, and with one setting for each.
fn variants() -> Vec<(String, ContainerSpec)> {
    let (mut least, all) = (json(&least()), json(&all()));
    // A specification without settings says nothing of them, as in earlier releases.
    assert_eq!(least.insert("settings".to_owned(), Value::Object(Map::new())), None);
    assert_eq!(least.insert("attachments".to_owned(), Value::Object(Map::new())), None);
    assert_eq!(least.insert("files".to_owned(), Value::Object(Map::new())), None);
    assert_eq!(least.insert(UNHASHED.to_owned(), Value::Null), None);
    assert_eq!(least.len(), all.len());
    let with = |(field, value): (&String, &Value)| {
        assert_ne!(least.get(field), Some(value), "`all` needs another value for `{field}`");
        let mut fields = least.clone();
        fields.insert(field.clone(), value.clone());
        (field.clone(), serde_json::from_value(Value::Object(fields)).expect("a specification"))
    };
    let settings = Setting::ALL.iter().map(|setting| {
        let settings = [(*setting, value(*setting))].into();
        ("settings".to_owned(), ContainerSpec { settings, ..crate::fields::least() })
    });
    all.iter().filter(|(field, _)| *field != UNHASHED).map(with).chain(settings).collect()
}

async fn described(spec: &ContainerSpec) -> Description {
    let engine = Fake::new("engine");
    engine.add_image(&spec.image);
    engine.add_foreign("data-1", "data", ContainerState::Running);
    engine
        .create(&spec.name, &spec.clone().into(), &BTreeMap::new(), &ContainerNames::default())
        .await
        .expect("a container");
    *engine.inspect(&spec.name).await.expect("an answer").expect("a container").description
}

/// Fields that `diff` shows of a container made from `running` where the file says `declared`.
fn shown(declared: &ContainerSpec, running: &Description) -> Vec<String> {
    let mut world = World::new(1);
    world.service("web", &[0], &[]);
    let environment = &world.environment;
    let instance =
        Instance { container: declared.clone().into(), ..environment.instance(InstanceId(0)).clone() };
    let running = ObservedContainer {
        description: running,
        image: Some(&ImageDefaults::default()),
        image_id: None,
        containers: &HashMap::new(),
    };
    differences(environment, &instance, running).into_iter().map(|difference| difference.field).collect()
}

#[test]
fn each_field_is_a_part_of_the_hash() {
    for (field, variant) in variants() {
        assert_ne!(
            variant.hash(),
            least().hash(),
            "`InOrder` in crates/core/src/model/container.rs lacks `{field}`"
        );
    }
}

#[tokio::test]
async fn each_field_is_recorded_as_it_was_declared() {
    for (field, variant) in variants() {
        let recorded = specification(&variant.name, &described(&variant).await, &ImageDefaults::default());
        assert_eq!(
            json(&recorded).get(&field),
            json(&variant).get(&field),
            "a description, or crates/core/src/plan/revision/specification.rs, lacks `{field}`"
        );
    }
}

#[tokio::test]
async fn each_field_is_compared() {
    let running = described(&least()).await;
    assert_eq!(shown(&least(), &running), Vec::<String>::new());
    for (field, variant) in variants().into_iter().filter(|(field, _)| !IDENTITY.contains(&field.as_str())) {
        assert!(
            !shown(&variant, &running).is_empty(),
            "crates/core/src/plan/drift.rs lacks `{field}`: added"
        );
        let running = described(&variant).await;
        assert_eq!(shown(&variant, &running), Vec::<String>::new(), "`{field}` differs from itself");
        // Without a declared host name the engine chooses one.
        let is_missed = shown(&least(), &running).is_empty() && field != "hostname";
        assert!(!is_missed, "crates/core/src/plan/drift.rs lacks `{field}`: removed");
    }
}

/// No engine tells these; the container's label does.
#[tokio::test]
async fn what_no_engine_tells_of_a_network_is_compared() {
    use maestro_core::model::attachment::Attachment;
    let attached = |attachment: Attachment| ContainerSpec {
        attachments: [("backend".to_owned(), attachment)].into(),
        ..least()
    };
    let plain = attached(Attachment::default());
    for (key, attachment) in [
        (
            "mac_address",
            Attachment { mac_address: Some("02:42:ac:11:65:43".to_owned()), ..Attachment::default() },
        ),
        (
            "link_local_ips",
            Attachment { link_local_ips: vec!["169.254.8.8".to_owned()], ..Attachment::default() },
        ),
        ("gw_priority", Attachment { gw_priority: Some(2), ..Attachment::default() }),
    ] {
        let with = attached(attachment);
        let field = vec![format!("networks.backend.{key}")];
        let running = described(&with).await;
        assert_eq!(shown(&with, &running), Vec::<String>::new());
        assert_eq!(shown(&plain, &running), field, "removed");
        if key != "mac_address" {
            // Added to a container that an engine gave an address of its own.
            assert_eq!(shown(&with, &described(&plain).await), field, "added");
        }
    }
}
