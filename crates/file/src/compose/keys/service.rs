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
    Property::new("profiles", TEXTS).unique(ItemKey::Name),
    Property::new("annotations", LABELS),
    Property::new("attach", Form::Boolean).printed(),
    Property::new("build", Form::Short(Short::Key("context"), &Form::Section(BUILD))).printed(),
    Property::new("develop", Form::Optional(&Form::Section(DEVELOP))).printed(),
    Property::new("blkio_config", Form::Section(BLOCK_IO)).printed(),
    Property::new("cap_add", TEXTS).unique(ItemKey::Name),
    Property::new("cap_drop", TEXTS).unique(ItemKey::Name),
    Property::new("cgroup_parent", Form::Text),
    Property::new("cgroup", Form::Word(&["host", "private"])),
    Property::new("cpu_count", Form::Integer),
    Property::new("cpu_percent", Form::Number),
    Property::new("cpu_period", Form::Integer),
    Property::new("cpu_quota", Form::Integer),
    Property::new("cpu_rt_period", Form::Integer),
    Property::new("cpu_rt_runtime", Form::Integer),
    Property::new("cpus", Form::Number),
    Property::new("cpuset", Form::Text),
    Property::new("cpu_shares", Form::Integer),
    Property::new("command", Form::Optional(&Form::Command)).replaced().printed(),
    Property::new("configs", Form::List(&FILE)).unique(ItemKey::Target("")),
    Property::new("container_name", Form::Text),
    Property::new("credential_spec", Form::Section(CREDENTIAL_SPEC)).printed(),
    Property::new("depends_on", Form::Short(Short::Dependencies, &Form::Named(&Form::Section(DEPENDENCY)))),
    Property::new("deploy", Form::Optional(&Form::Section(DEPLOY))).printed(),
    Property::new("device_cgroup_rules", TEXTS),
    Property::new("devices", Form::List(&DEVICE)).unique(ItemKey::Of("target")),
    Property::new("dns", Form::Texts).unique(ItemKey::Name),
    Property::new("dns_opt", TEXTS).unique(ItemKey::Name),
    Property::new("dns_search", Form::Texts).unique(ItemKey::Name),
    Property::new("domainname", Form::Text),
    Property::new("entrypoint", Form::Optional(&Form::Command)).replaced().printed(),
    Property::new("provider", Form::Section(PROVIDER)).printed(),
    Property::new("environment", VARIABLES),
    Property::new("env_file", Form::Short(Short::Item, &Form::List(&ENV_FILE))).unique(ItemKey::Of("path")),
    Property::new("expose", Form::List(&Form::Scalar)).unique(ItemKey::Name),
    Property::new("extends", Form::Short(Short::Key("service"), &Form::Section(EXTENDS))),
    Property::new("external_links", TEXTS),
    Property::new("extra_hosts", Form::Hosts),
    Property::new("group_add", Form::List(&Form::Scalar)),
    Property::new("gpus", Form::Short(Short::Gpus, &Form::List(&DEVICE_REQUEST))),
    Property::new("hostname", Form::Text),
    Property::new("healthcheck", Form::Section(HEALTH_CHECK)).printed(),
    Property::new("image", Form::Text),
    Property::new("init", Form::Boolean).printed(),
    Property::new("ipc", Form::Text),
    Property::new("isolation", Form::Text),
    Property::new("labels", LABELS),
    Property::new("label_file", Form::Texts),
    Property::new("links", TEXTS).unique(ItemKey::Name),
    Property::new("logging", Form::Section(LOGGING)).merged(Merge::SameDriver).printed(),
    Property::new("mem_limit", Form::Bytes),
    Property::new("mem_reservation", Form::Bytes),
    Property::new("memswap_limit", Form::Bytes),
    Property::new("mem_swappiness", Form::Bytes),
    Property::new("mac_address", Form::Text),
    Property::new(
        "models",
        Form::Short(Short::Names, &Form::Named(&Form::Optional(&Form::Section(MODEL_USE)))),
    ),
    Property::new("network_mode", Form::Text),
    Property::new(
        "networks",
        Form::Short(Short::Names, &Form::Named(&Form::Optional(&Form::Section(NETWORK_USE)))),
    ),
    Property::new("oom_kill_disable", Form::Boolean),
    Property::new("oom_score_adj", Form::Integer),
    Property::new("pid", Form::Optional(&Form::Text)),
    Property::new("pids_limit", Form::Integer),
    Property::new("platform", Form::Text),
    Property::new("ports", Form::Short(Short::Ports, &Form::List(&Form::Section(PORT))))
        .unique(ItemKey::Port),
    Property::new("privileged", Form::Boolean),
    Property::new("pull_policy", Form::Text),
    Property::new("pull_refresh_after", Form::Text).hidden(),
    Property::new("read_only", Form::Boolean),
    Property::new("restart", Form::Text),
    Property::new("runtime", Form::Text),
    Property::new("scale", Form::Integer).printed(),
    Property::new("secrets", Form::List(&FILE)).unique(ItemKey::Target("/run/secrets")),
    Property::new("security_opt", TEXTS),
    Property::new("shm_size", Form::Bytes),
    Property::new("stdin_open", Form::Boolean),
    Property::new("stop_grace_period", Form::Duration).printed(),
    Property::new("stop_signal", Form::Text),
    Property::new("storage_opt", Form::Named(&Form::Scalar)),
    Property::new("sysctls", LABELS),
    Property::new("tmpfs", Form::Texts).unique(ItemKey::Name),
    Property::new("tty", Form::Boolean),
    Property::new("ulimits", ULIMITS),
    Property::new("use_api_socket", Form::Boolean),
    Property::new("user", Form::Text),
    Property::new("userns_mode", Form::Text),
    Property::new("uts", Form::Text),
    Property::new("volumes", Form::List(&MOUNT)).unique(ItemKey::Of("target")),
    Property::new("volumes_from", TEXTS),
    Property::new("working_dir", Form::Text),
    Property::new("post_start", Form::List(&Form::Section(HOOK))),
    Property::new("pre_stop", Form::List(&Form::Section(HOOK))),
];

const DEVELOP: &[Property] = &[Property::new("watch", Form::List(&Form::Section(WATCH)))];

const WATCH: &[Property] = &[
    Property::new("path", Form::Text).printed().required(),
    Property::new("action", Form::Word(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"]))
        .printed()
        .required(),
    Property::new("target", Form::Text),
    Property::new("exec", Form::Section(HOOK)),
    Property::new("include", Form::Texts),
    Property::new("ignore", Form::Texts),
    Property::new("initial_sync", Form::Boolean),
];

const HOOK: &[Property] = &[
    Property::new("command", Form::Optional(&Form::Command)).replaced().printed().required(),
    Property::new("user", Form::Text),
    Property::new("privileged", Form::Boolean),
    Property::new("working_dir", Form::Text),
    Property::new("environment", VARIABLES),
];

const BLOCK_IO: &[Property] = &[
    Property::new("weight", Form::Integer),
    Property::new("weight_device", Form::List(&Form::Section(DEVICE_WEIGHT))),
    Property::new("device_read_bps", Form::List(&Form::Section(DEVICE_RATE))),
    Property::new("device_read_iops", Form::List(&Form::Section(DEVICE_RATE))),
    Property::new("device_write_bps", Form::List(&Form::Section(DEVICE_RATE))),
    Property::new("device_write_iops", Form::List(&Form::Section(DEVICE_RATE))),
];

const DEVICE_WEIGHT: &[Property] =
    &[Property::new("path", Form::Text).printed(), Property::new("weight", Form::Integer).printed()];

const DEVICE_RATE: &[Property] =
    &[Property::new("path", Form::Text).printed(), Property::new("rate", Form::Bytes).printed()];

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
    .required(),
    Property::new("restart", Form::Boolean),
    Property::new("required", Form::Boolean).printed(),
];

const PROVIDER: &[Property] = &[
    Property::new("type", Form::Text).required(),
    Property::new("options", Form::Named(&Form::Short(Short::Options, &Form::List(&Form::Scalar)))),
];

const ENV_FILE: Form = Form::Short(
    Short::Key("path"),
    &Form::Section(&[
        Property::new("path", Form::Text).required(),
        Property::new("required", Form::Boolean).printed(),
        Property::new("format", Form::Text),
    ]),
);

const EXTENDS: &[Property] =
    &[Property::new("file", Form::Text), Property::new("service", Form::Text).required()];

const HEALTH_CHECK: &[Property] = &[
    Property::new("test", Form::Test).replaced(),
    Property::new("timeout", Form::Duration).printed(),
    Property::new("interval", Form::Duration).printed(),
    Property::new("retries", Form::Integer).printed(),
    Property::new("start_period", Form::Duration).printed(),
    Property::new("start_interval", Form::Duration).printed(),
    Property::new("disable", Form::Boolean),
];

const LOGGING: &[Property] = &[Property::new("driver", Form::Text), Property::new("options", Form::Options)];

const MODEL_USE: &[Property] =
    &[Property::new("endpoint_var", Form::Text), Property::new("model_var", Form::Text)];

const NETWORK_USE: &[Property] = &[
    Property::new("aliases", TEXTS).unique(ItemKey::Name),
    Property::new("driver_opts", Form::Options),
    Property::new("gw_priority", Form::Integer),
    Property::new("interface_name", Form::Text),
    Property::new("ipv4_address", Form::Text),
    Property::new("ipv6_address", Form::Text),
    Property::new("link_local_ips", TEXTS).unique(ItemKey::Name),
    Property::new("mac_address", Form::Text),
    Property::new("priority", Form::Integer),
];
