//! Keys of a service.

use super::{
    build::BUILD,
    deploy::{DEPLOY, DEVICE_REQUEST},
    limits::ULIMITS,
    mounts::{DEVICE, FILE, MOUNT, PORT},
};
use crate::compose::form::{Form, ItemKey, Merge, NoValue, Property, Short};

const TEXTS: Form = Form::List(&Form::Text);
const VARIABLES: Form = Form::Pairs(NoValue::Inherited);
const LABELS: Form = Form::Pairs(NoValue::Empty);

/// The keys of a service.
pub const SERVICE: &[Property] = &[
    Property::new("profiles", TEXTS).like("[debug]").unique(ItemKey::Name),
    Property::new("annotations", LABELS).like("{owner: web}"),
    Property::new("attach", Form::Boolean).printed(),
    Property::new("build", Form::Short(Short::Key("context"), &Form::Section(BUILD)))
        .like("{context: .}")
        .printed(),
    Property::new("develop", Form::Optional(&Form::Section(DEVELOP)))
        .like("{watch: [{path: ., action: rebuild}]}")
        .printed(),
    Property::new("blkio_config", Form::Section(BLOCK_IO)).like("{weight: 300}").printed(),
    Property::new("cap_add", TEXTS).like("[NET_ADMIN]").unique(ItemKey::Name),
    Property::new("cap_drop", TEXTS).like("[ALL]").unique(ItemKey::Name),
    Property::new("cgroup_parent", Form::Text),
    Property::new("cgroup", Form::Word(&["host", "private"])),
    Property::new("cpu_count", Form::Integer),
    Property::new("cpu_percent", Form::Number),
    Property::new("cpu_period", Form::Integer).like("100000"),
    Property::new("cpu_quota", Form::Integer).like("50000"),
    Property::new("cpu_rt_period", Form::Integer),
    Property::new("cpu_rt_runtime", Form::Integer),
    Property::new("cpus", Form::Number),
    Property::new("cpuset", Form::Text),
    Property::new("cpu_shares", Form::Integer).like("512"),
    Property::new("command", Form::Optional(&Form::Command))
        .like(r#"["nginx", "-g", "daemon off;"]"#)
        .replaced()
        .printed(),
    Property::new("configs", Form::List(&FILE)).like("[page]").unique(ItemKey::Target("")),
    Property::new("container_name", Form::Text),
    Property::new("credential_spec", Form::Section(CREDENTIAL_SPEC)).like("{file: spec.json}").printed(),
    Property::new("depends_on", Form::Short(Short::Dependencies, &Form::Named(&Form::Section(DEPENDENCY))))
        .like("{db: {condition: service_healthy}}"),
    Property::new("deploy", Form::Optional(&Form::Section(DEPLOY))).like("{replicas: 2}").printed(),
    Property::new("device_cgroup_rules", TEXTS).like(r#"["c 1:3 mr"]"#),
    Property::new("devices", Form::List(&DEVICE))
        .like(r#"["/dev/ttyUSB0:/dev/ttyUSB0"]"#)
        .unique(ItemKey::Of("target")),
    Property::new("dns", Form::Texts).like("[10.0.0.53]").unique(ItemKey::Name),
    Property::new("dns_opt", TEXTS).like("[use-vc]").unique(ItemKey::Name),
    Property::new("dns_search", Form::Texts).like("[example.org]").unique(ItemKey::Name),
    Property::new("domainname", Form::Text),
    Property::new("entrypoint", Form::Optional(&Form::Command))
        .like(r#"["/entrypoint.sh"]"#)
        .replaced()
        .printed(),
    Property::new("provider", Form::Section(PROVIDER)).like("{type: model}").printed(),
    Property::new("environment", VARIABLES).like("{TZ: Europe/Berlin}"),
    Property::new("env_file", Form::Short(Short::Item, &Form::List(&ENV_FILE)))
        .like("[web.env]")
        .unique(ItemKey::Of("path")),
    Property::new("expose", Form::List(&Form::Scalar)).like(r#"["8080"]"#).unique(ItemKey::Name),
    Property::new("extends", Form::Short(Short::Key("service"), &Form::Section(EXTENDS)))
        .like("{service: base}"),
    Property::new("external_links", TEXTS).like("[db]"),
    Property::new("extra_hosts", Form::Hosts).like("{db.example.org: 10.0.0.5}"),
    Property::new("group_add", Form::List(&Form::Scalar)).like(r#"["1000"]"#),
    Property::new("gpus", Form::Short(Short::Gpus, &Form::List(&DEVICE_REQUEST))).like("all"),
    Property::new("hostname", Form::Text),
    Property::new("healthcheck", Form::Section(HEALTH_CHECK))
        .like("{test: curl -f http://localhost}")
        .printed(),
    Property::new("image", Form::Text).like("nginx:1.27"),
    Property::new("init", Form::Boolean).printed(),
    Property::new("ipc", Form::Text),
    Property::new("isolation", Form::Text),
    Property::new("labels", LABELS).like("{owner: web}"),
    Property::new("label_file", Form::Texts).like("[web.labels]"),
    Property::new("links", TEXTS).like("[db]").unique(ItemKey::Name),
    Property::new("logging", Form::Section(LOGGING))
        .like("{driver: json-file}")
        .merged(Merge::SameDriver)
        .printed(),
    Property::new("mem_limit", Form::Bytes),
    Property::new("mem_reservation", Form::Bytes),
    Property::new("memswap_limit", Form::Bytes),
    Property::new("mem_swappiness", Form::Bytes).like("10"),
    Property::new("mac_address", Form::Text),
    Property::new(
        "models",
        Form::Short(Short::Names, &Form::Named(&Form::Optional(&Form::Section(MODEL_USE)))),
    )
    .like("[llm]"),
    Property::new("network_mode", Form::Text),
    Property::new(
        "networks",
        Form::Short(Short::Names, &Form::Named(&Form::Optional(&Form::Section(NETWORK_USE)))),
    )
    .like("[front]"),
    Property::new("oom_kill_disable", Form::Boolean),
    Property::new("oom_score_adj", Form::Integer).like("-500"),
    Property::new("pid", Form::Optional(&Form::Text)),
    Property::new("pids_limit", Form::Integer).like("100"),
    Property::new("platform", Form::Text),
    Property::new("ports", Form::Short(Short::Ports, &Form::List(&Form::Section(PORT))))
        .like(r#"["8080:80"]"#)
        .unique(ItemKey::Port),
    Property::new("privileged", Form::Boolean),
    Property::new("pull_policy", Form::Text),
    Property::new("pull_refresh_after", Form::Text).hidden(),
    Property::new("read_only", Form::Boolean),
    Property::new("restart", Form::Text).like("unless-stopped"),
    Property::new("runtime", Form::Text),
    Property::new("scale", Form::Integer).like("2").printed(),
    Property::new("secrets", Form::List(&FILE)).like("[db_password]").unique(ItemKey::Target("/run/secrets")),
    Property::new("security_opt", TEXTS).like(r#"["no-new-privileges:true"]"#),
    Property::new("shm_size", Form::Bytes),
    Property::new("stdin_open", Form::Boolean),
    Property::new("stop_grace_period", Form::Duration).printed(),
    Property::new("stop_signal", Form::Text),
    Property::new("storage_opt", Form::Named(&Form::Scalar)).like("{size: 10G}"),
    Property::new("sysctls", LABELS).like("{net.core.somaxconn: 1024}"),
    Property::new("tmpfs", Form::Texts).like("[/run]").unique(ItemKey::Name),
    Property::new("tty", Form::Boolean),
    Property::new("ulimits", ULIMITS).like("{nofile: 65536}"),
    Property::new("use_api_socket", Form::Boolean),
    Property::new("user", Form::Text),
    Property::new("userns_mode", Form::Text),
    Property::new("uts", Form::Text),
    Property::new("volumes", Form::List(&MOUNT))
        .like(r#"["data:/var/lib/data"]"#)
        .unique(ItemKey::Of("target")),
    Property::new("volumes_from", TEXTS).like("[db]"),
    Property::new("working_dir", Form::Text),
    Property::new("post_start", Form::List(&Form::Section(HOOK))).like(r#"[{command: ["true"]}]"#),
    Property::new("pre_stop", Form::List(&Form::Section(HOOK))).like(r#"[{command: ["true"]}]"#),
];

const DEVELOP: &[Property] =
    &[Property::new("watch", Form::List(&Form::Section(WATCH))).like("[{path: ., action: rebuild}]")];

const WATCH: &[Property] = &[
    Property::new("path", Form::Text).like(".").printed().required(),
    Property::new("action", Form::Word(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"]))
        .like("rebuild")
        .printed()
        .required(),
    Property::new("target", Form::Text),
    Property::new("exec", Form::Section(HOOK)).like(r#"{command: ["true"]}"#),
    Property::new("include", Form::Texts).like(r#"["*.js"]"#),
    Property::new("ignore", Form::Texts).like("[node_modules]"),
    Property::new("initial_sync", Form::Boolean),
];

const HOOK: &[Property] = &[
    Property::new("command", Form::Optional(&Form::Command))
        .like(r#"["nginx", "-g", "daemon off;"]"#)
        .replaced()
        .printed()
        .required(),
    Property::new("user", Form::Text),
    Property::new("privileged", Form::Boolean),
    Property::new("working_dir", Form::Text),
    Property::new("environment", VARIABLES).like("{TZ: Europe/Berlin}"),
];

const BLOCK_IO: &[Property] = &[
    Property::new("weight", Form::Integer),
    Property::new("weight_device", Form::List(&Form::Section(DEVICE_WEIGHT)))
        .like("[{path: /dev/sda, weight: 300}]"),
    Property::new("device_read_bps", Form::List(&Form::Section(DEVICE_RATE)))
        .like("[{path: /dev/sda, rate: 1mb}]"),
    Property::new("device_read_iops", Form::List(&Form::Section(DEVICE_RATE)))
        .like("[{path: /dev/sda, rate: 1000}]"),
    Property::new("device_write_bps", Form::List(&Form::Section(DEVICE_RATE)))
        .like("[{path: /dev/sda, rate: 1mb}]"),
    Property::new("device_write_iops", Form::List(&Form::Section(DEVICE_RATE)))
        .like("[{path: /dev/sda, rate: 1000}]"),
];

const DEVICE_WEIGHT: &[Property] = &[
    Property::new("path", Form::Text).like("/dev/sda").printed(),
    Property::new("weight", Form::Integer).printed(),
];

const DEVICE_RATE: &[Property] = &[
    Property::new("path", Form::Text).like("/dev/sda").printed(),
    Property::new("rate", Form::Bytes).printed(),
];

const CREDENTIAL_SPEC: &[Property] = &[
    Property::new("config", Form::Text),
    Property::new("file", Form::Text),
    Property::new("registry", Form::Text),
];

const DEPENDENCY: &[Property] = &[
    Property::new(
        "condition",
        Form::Word(&["service_started", "service_healthy", "service_completed_successfully"]),
    )
    .like("service_started")
    .required(),
    Property::new("restart", Form::Boolean),
    Property::new("required", Form::Boolean).printed(),
];

const PROVIDER: &[Property] = &[
    Property::new("type", Form::Text).like("model").required(),
    Property::new("options", Form::Named(&Form::Short(Short::Options, &Form::List(&Form::Scalar))))
        .like("{max-size: 10m}"),
];

const ENV_FILE: Form = Form::Short(
    Short::Key("path"),
    &Form::Section(&[
        Property::new("path", Form::Text).like("web.env").required(),
        Property::new("required", Form::Boolean).printed(),
        Property::new("format", Form::Text),
    ]),
);

const EXTENDS: &[Property] =
    &[Property::new("file", Form::Text), Property::new("service", Form::Text).like("base").required()];

const HEALTH_CHECK: &[Property] = &[
    Property::new("test", Form::Test).like(r#"["CMD", "curl", "-f", "http://localhost"]"#).replaced(),
    Property::new("timeout", Form::Duration).printed(),
    Property::new("interval", Form::Duration).printed(),
    Property::new("retries", Form::Integer).printed(),
    Property::new("start_period", Form::Duration).printed(),
    Property::new("start_interval", Form::Duration).printed(),
    Property::new("disable", Form::Boolean),
];

const LOGGING: &[Property] =
    &[Property::new("driver", Form::Text), Property::new("options", Form::Options).like("{max-size: 10m}")];

const MODEL_USE: &[Property] =
    &[Property::new("endpoint_var", Form::Text), Property::new("model_var", Form::Text)];

const NETWORK_USE: &[Property] = &[
    Property::new("aliases", TEXTS).like("[api]").unique(ItemKey::Name),
    Property::new("driver_opts", Form::Options).like("{com.example.mtu: 1400}"),
    Property::new("gw_priority", Form::Integer),
    Property::new("interface_name", Form::Text),
    Property::new("ipv4_address", Form::Text),
    Property::new("ipv6_address", Form::Text),
    Property::new("link_local_ips", TEXTS).like("[169.254.8.8]").unique(ItemKey::Name),
    Property::new("mac_address", Form::Text),
    Property::new("priority", Form::Integer),
];
